"""Subscribing by e-mail under /langganan, and ending it under /henti: the form, and where the links of mails lead.

A link alone changes nothing, because programs that look for malware open the links of mails: a button does. Mail
programs that unsubscribe for their reader press it themselves (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue.searches import search_text

pages = Blueprint("satudata_subscriptions", __name__)

OPTION = "ckanext.satudatapmi.subscriptions.mail"
FIELDS = ("email", "kind", "target", "frequency")
UNPROCESSABLE, GONE = 422, 410
Answer = Response | str | tuple[str, int]
Errors = Mapping[str, Any]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {"satudata_follow": follow, "satudata_follow_search": follow_search}


def follow(kind: str, target: str) -> dict[str, str] | None:
    """Return the parameters of the form by which one subscribes to something; None where this site sends no mails."""
    return {"kind": kind, "target": target} if tk.config[OPTION] and target else None


def follow_search(words: str, filters: list[tuple[str, str]]) -> dict[str, str] | None:
    """Return the same for a search; one of a category alone is a theme."""
    if not words and [name for name, _value in filters] == ["kategori"]:
        return follow("theme", filters[0][1])
    return follow("search", search_text({**dict(filters), "q": words}))


@pages.get("/langganan")
def form() -> Answer:
    """Show the form."""
    return _form({name: request.args.get(name, "") for name in FIELDS}, {})


@pages.post("/langganan")
def ask() -> Answer:
    """Send the mail that asks for confirmation; whose address it is, is not told."""
    written = {name: request.form.get(name, "") for name in FIELDS}
    try:
        tk.get_action("satudata_subscription_ask")({}, dict(written))
    except tk.ValidationError as error:
        return _form(written, error.error_dict)
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return redirect(tk.h.url_for("satudata_subscriptions.sent"))


@pages.get("/langganan/terkirim")
def sent() -> str:
    """Say that a mail is on its way."""
    return _page("sent", [])


@pages.get("/langganan/konfirmasi/<token>")
def confirm(token: str) -> Answer:
    """Show what the link of a mail confirms, and the button that does."""
    return _linked("confirm", token)


@pages.post("/langganan/konfirmasi/<token>")
def confirmed(token: str) -> Answer:
    """Keep the subscription."""
    try:
        found = tk.get_action("satudata_subscription_confirm")({}, {"token": token})
    except tk.ValidationError as error:
        return _page("none", [], told=error.error_dict["token"]), GONE
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return _page("confirmed", [found])


@pages.get("/henti/<token>")
def end(token: str) -> Answer:
    """Show what the link of a mail ends, and the button that does."""
    return _linked("end", token)


@pages.post("/henti/<token>")
def ended(token: str) -> Answer:
    """End the subscriptions at once."""
    try:
        tk.get_action("satudata_subscription_end")({}, {"token": token})
    except tk.ValidationError as error:
        return _page("none", [], told=error.error_dict["token"]), GONE
    return _page("ended", [])


def _form(written: dict[str, str], errors: Errors) -> str | tuple[str, int]:
    about = {name: written[name] for name in ("kind", "target")}
    if not tk.config[OPTION]:
        return tk.abort(404, tk._("This site sends no e-mail about what is new."))
    try:
        subject = tk.get_action("satudata_subscription_subject_show")({}, about)
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("There is nothing of this name to subscribe to."))
    page = tk.render("satudata/subscribe.html", {"subject": subject, "written": written, "errors": errors})
    return (page, UNPROCESSABLE) if errors else page


def _linked(purpose: str, token: str) -> Answer:
    try:
        found = tk.get_action("satudata_subscription_show")({}, {"token": token, "purpose": purpose})
    except tk.ValidationError as error:
        return _page("none", [], told=error.error_dict["token"]), GONE
    return _page(purpose if found else "ended", found)


def _page(state: str, subjects: list[dict[str, Any]], told: Any = ()) -> str:
    return tk.render("satudata/subscription.html", {"state": state, "subjects": subjects, "told": told})
