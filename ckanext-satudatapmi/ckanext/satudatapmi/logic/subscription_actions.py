"""Actions on subscriptions by e-mail. None of them tells an address, or whether one is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import asking, subscription_schema
from ckanext.satudatapmi.publication.subscriptions import limits, mails, store, subjects, tokens
from ckanext.satudatapmi.publication.subscriptions.subjects import Subject


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_subscription_subject_show": satudata_subscription_subject_show,
        "satudata_subscription_ask": satudata_subscription_ask,
        "satudata_subscription_show": satudata_subscription_show,
        "satudata_subscription_confirm": satudata_subscription_confirm,
        "satudata_subscription_end": satudata_subscription_end,
    }


@tk.side_effect_free
def satudata_subscription_subject_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what one can subscribe to: its title, the address of its page and of its Atom feed.

    Args:
        context: CKAN's.
        data_dict: `kind` (search, theme, publisher or indicator) and `target` (which one).

    Raises:
        ObjectNotFound: there is no such thing.
    """
    tk.check_access("satudata_subscription_subject_show", context, data_dict)
    wanted = asking.validated(data_dict, subscription_schema.subject_schema(), context)
    return asdict(_subject(wanted["kind"], wanted["target"]))


def satudata_subscription_ask(context: Any, data_dict: dict[str, Any]) -> None:
    """Have a mail sent with the link that confirms a subscription; the answer is the same for every address.

    Args:
        context: CKAN's.
        data_dict: `email`, `kind`, `target`, `frequency` (daily or weekly).

    Raises:
        ObjectNotFound: this site sends no mails, or there is no such thing.
        ValidationError: this is no address.
    """
    tk.check_access("satudata_subscription_ask", context, data_dict)
    if not mails.are_sent():
        raise tk.ObjectNotFound(tk._("This site sends no e-mail about what is new."))
    asked = asking.validated(data_dict, subscription_schema.ask_schema(), context)
    _subject(asked["kind"], asked["target"])
    wanted = tokens.Wanted(
        asked["email"], asked["kind"], asked["target"], tk.h.satudata_language(), asked["frequency"] == "weekly"
    )
    if limits.may_be_mailed(wanted.address):
        tk.enqueue_job(mails.ask_to_confirm, [tokens.confirming(wanted)], title="Confirmation of a subscription")


@tk.side_effect_free
def satudata_subscription_show(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the link of a mail is about: the subjects that it confirms, or those that it ends and that are there.

    Args:
        context: CKAN's.
        data_dict: `token` of the link, and `purpose` (confirm or end).

    Raises:
        ValidationError: this is no such link, or its time is over.
    """
    tk.check_access("satudata_subscription_show", context, data_dict)
    wanted = asking.validated(data_dict, subscription_schema.link_schema(), context)
    try:
        if wanted["purpose"] == "confirm":
            asked = tokens.wanted_by(wanted["token"])
            things = [(asked.kind, asked.target)]
        else:
            things = store.things(model.Session.connection(), tokens.ended_by(wanted["token"]))
    except tokens.NoToken:
        raise _no_link() from None
    return [asdict(found) for kind, target in things if (found := subjects.subject(kind, target))]


def satudata_subscription_confirm(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Keep a subscription that its reader confirmed; return its subject.

    Args:
        context: CKAN's.
        data_dict: `token` of the link in the mail.

    Raises:
        ObjectNotFound: its subject is gone.
        ValidationError: this is no such link, or its time is over.
    """
    tk.check_access("satudata_subscription_confirm", context, data_dict)
    token = asking.validated(data_dict, subscription_schema.token_schema(), context)["token"]
    try:
        wanted = tokens.wanted_by(token)
    except tokens.NoToken:
        raise _no_link() from None
    found = _subject(wanted.kind, wanted.target)
    store.keep(model.Session.connection(), wanted, datetime.now(UTC).replace(tzinfo=None))
    model.Session.commit()
    return asdict(found)


def satudata_subscription_end(context: Any, data_dict: dict[str, Any]) -> None:
    """End subscriptions, and forget the address with its last one; what is ended already stays so.

    Args:
        context: CKAN's.
        data_dict: `token` of the link in a mail.

    Raises:
        ValidationError: this is no such link.
    """
    tk.check_access("satudata_subscription_end", context, data_dict)
    token = asking.validated(data_dict, subscription_schema.token_schema(), context)["token"]
    try:
        store.end(model.Session.connection(), tokens.ended_by(token))
    except tokens.NoToken:
        raise _no_link() from None
    model.Session.commit()


def _subject(kind: str, target: str) -> Subject:
    found = subjects.subject(kind, target)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is nothing of this name to subscribe to."))
    return found


def _no_link() -> tk.ValidationError:
    message = tk._("This link does not work, or its time is over. Links that confirm a subscription hold for 7 days.")
    return tk.ValidationError({"token": [message]})
