"""Actions on signals that are kept: what somebody should look at, and who works on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import access_requests, duties, signals
from ckanext.satudatapmi.figures.store import reading
from ckanext.satudatapmi.logic import alert_schema, asking
from ckanext.satudatapmi.logic.figure_links import RowLinks

ANY = reading.Selection(())
SIGNALS = 200
"""How many signals an answer tells at most."""


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "pmi_signal_list": pmi_signal_list,
        "pmi_signal_show": pmi_signal_show,
        "satudata_signal_log": satudata_signal_log,
        "satudata_signal_assign": satudata_signal_assign,
        "satudata_signal_note": satudata_signal_note,
        "satudata_signal_propose_closure": satudata_signal_propose_closure,
        "satudata_signal_close": satudata_signal_close,
        "satudata_signal_reopen": satudata_signal_reopen,
    }


@tk.side_effect_free
def pmi_signal_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return signals whose figures everybody may see, the most urgent first; closed ones come last.

    Args:
        context: CKAN's.
        data_dict: `method`, `indicator` and `state` (open, proposed, closed) for some alone; `offset` (0) and `limit`
            (50, 200 at most).

    Returns:
        `count`, and `signals`, each as `pmi_signal_show` returns it.

    Raises:
        ValidationError: there is no such method, indicator or state, or a number is wrong.
    """
    tk.check_access("pmi_signal_list", context, data_dict)
    wanted = asking.validated(data_dict, alert_schema.list_schema(), context)
    count, found = signals.search(wanted | {"limit": min(wanted["limit"], SIGNALS)})
    return {"count": count, "signals": [_plain(one) for one in found]}


@tk.side_effect_free
def pmi_signal_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a signal that everybody may see: what was found, by which formula, from which rows.

    No notes and no persons: those are for `satudata_signal_log`.

    Args:
        context: CKAN's.
        data_dict: `id`.

    Raises:
        ObjectNotFound: there is none, or one of its figures is not public.
    """
    tk.check_access("pmi_signal_show", context, data_dict)
    wanted = asking.validated(data_dict, alert_schema.show_schema(), context)
    found = signals.find(wanted["id"])
    if found is None or not found["public"]:
        raise tk.ObjectNotFound(tk._("There is no signal of this number."))
    return _plain(found)


@tk.side_effect_free
def satudata_signal_log(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a signal with its owner, and who did what with it when: for those who have a duty.

    Args:
        context: CKAN's.
        data_dict: `id`.

    Returns:
        What `pmi_signal_show` returns, with `owner`, `public`, `steps` (that the caller may take now) and `events`.

    Raises:
        ObjectNotFound, NotAuthorized: there is no such signal, or the caller has no duty for it.
    """
    wanted = asking.validated(data_dict, alert_schema.show_schema(), context)
    tk.check_access("satudata_signal_log", context, wanted)
    return _log(context, wanted["id"])


def satudata_signal_assign(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have somebody answer for a signal until a day.

    Args:
        context: CKAN's.
        data_dict: `id`, `owner` (name of a user who has a duty for it), `due` (a day), `reason` (optional).

    Returns:
        What satudata_signal_log returns.

    Raises:
        ValidationError: the owner has no duty for it, or the signal is closed.
        ObjectNotFound, NotAuthorized: there is no such signal, or the caller has no duty for it.
    """
    wanted = asking.validated(data_dict, alert_schema.assign_schema(), context)
    tk.check_access("satudata_signal_assign", context, wanted)
    owner, signal = model.User.get(wanted["owner"]), signals.find(wanted["id"])
    # Whether somebody who has no duty has an account here is not for the caller to learn.
    if owner is None or signal is None or not duties.of_user(owner.name, signal["organization_id"]):
        raise tk.ValidationError({"owner": [tk._("Name somebody who has a duty for this signal.")]})
    values = {"owner_id": owner.id, "due": wanted["due"]}
    words = " ".join(filter(None, (f"{owner.name}, {wanted['due']}.", wanted["reason"])))
    return _take(context, signals.ASSIGN, wanted["id"], words, **values)


def satudata_signal_note(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Note something on a signal: `id` and `reason`, the note. As satudata_signal_assign."""
    return _step(context, signals.NOTE, data_dict)


def satudata_signal_propose_closure(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Propose to close a signal, with the reason: who works on it does. As satudata_signal_assign."""
    return _step(context, signals.PROPOSE, data_dict)


def satudata_signal_close(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Close a signal as was proposed: walidata do, and never who proposed it. As satudata_signal_assign."""
    return _step(context, signals.CLOSE, data_dict)


def satudata_signal_reopen(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open a signal again, with the reason: walidata do. As satudata_signal_assign."""
    return _step(context, signals.REOPEN, data_dict)


def _step(context: Any, step: str, data_dict: dict[str, Any]) -> dict[str, Any]:
    wanted = asking.validated(data_dict, alert_schema.step_schema(), context)
    tk.check_access(f"satudata_signal_{step}", context, wanted)
    return _take(context, step, wanted["id"], wanted["reason"])


def _take(context: Any, step: str, signal_id: int, words: str, **values: Any) -> dict[str, Any]:
    user = model.User.get(context["user"])
    if user is None:
        raise tk.NotAuthorized(tk._("A person takes this step, not the site itself."))
    try:
        signals.take(signal_id, step, user.id, words, **values)
    except signals.WrongStep as error:
        raise tk.ValidationError({"step": [str(error)]}) from None
    return _log(context, signal_id)


def _log(context: Any, signal_id: int) -> dict[str, Any]:
    found = signals.find(signal_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no signal of this number."))
    owner = model.User.get(found["owner_id"]) if found["owner_id"] else None
    return _plain(found) | {
        "owner": owner.name if owner else None,
        "public": found["public"],
        "steps": [step for step in signals.FROM if _may(context, step, found)],
        "events": [
            {name: one[name] for name in ("user", "step", "to_state", "words")} | {"happened": _utc(one["happened"])}
            for one in signals.events(signal_id)
        ],
    }


def _may(context: Any, step: str, found: dict[str, Any]) -> bool:
    if found["state"] not in signals.FROM[step]:
        return False
    try:
        tk.check_access(f"satudata_signal_{step}", {"user": context.get("user")}, {"id": found["id"]})
    except tk.NotAuthorized:
        return False
    return True


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    from ckanext.satudatapmi.figures.alerts import words

    numbers = found["numbers"]
    return {
        **{name: found[name] for name in ("id", "indicator", "place", "state", "urgency")},
        **words.described(found["method"]),
        "words": words.filled(found["method"], numbers),
        "value": numbers["value"],
        "limit": numbers["limit"],
        "inputs": {name: value for name, value in numbers.items() if name not in ("value", "limit")},
        "figures": _with_addresses(found["figures"]),
        "places": words.places(found["place"]),
        **{name: found[name].isoformat() for name in ("ref_start", "ref_end", "due")},
        "found": _utc(found["found"]),
        "assigned": found["owner_id"] is not None,
        "age_days": signals.age_in_days(found),
        "overdue": signals.is_overdue(found, access_requests.today()),
    }


def _with_addresses(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of a signal, each with the address where its row is shown now."""
    return [dict(row) for row in RowLinks(model.Session.connection()).linked(lambda _selection: figures)(ANY)]


def _utc(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") + "Z"
