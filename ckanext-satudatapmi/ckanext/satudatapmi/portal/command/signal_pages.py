"""Signals: the list, the most urgent first, and a page for each, where those with a duty work on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import signals as kept
from ckanext.satudatapmi.figures.alerts.methods import methods
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.portal.harvest_pages import page_number
from ckanext.satudatapmi.text import _

pages = Blueprint("satudata_signals", __name__, url_prefix="/pusat-kendali/sinyal")

FILTERS = ("method", "indicator", "state")
SIGNALS_A_PAGE = 50
UNPROCESSABLE = 422
STATES: Mapping[str, Callable[[], str]] = {
    kept.OPEN: lambda: _("open"),
    kept.PROPOSED: lambda: _("closure proposed"),
    kept.CLOSED: lambda: _("closed"),
}
STEPS: Mapping[str, Callable[[], str]] = {
    kept.FOUND: lambda: _("Found by the scan"),
    kept.ASSIGN: lambda: _("Assigned"),
    kept.NOTE: lambda: _("Noted"),
    kept.PROPOSE: lambda: _("Closure proposed"),
    kept.CLOSE: lambda: _("Closed"),
    kept.REOPEN: lambda: _("Opened again"),
}
BUTTONS: Mapping[str, Callable[[], str]] = {
    kept.NOTE: lambda: _("Add the note"),
    kept.PROPOSE: lambda: _("Propose to close"),
    kept.CLOSE: lambda: _("Close"),
    kept.REOPEN: lambda: _("Open again"),
}


@pages.get("")
def signals() -> str | tuple[str, int]:
    """Show the signals whose figures everybody may see."""
    chosen, page = {name: request.args.get(name, "") for name in FILTERS}, page_number()
    try:
        part = {"offset": (page - 1) * SIGNALS_A_PAGE, "limit": SIGNALS_A_PAGE}
        found = tk.get_action("pmi_signal_list")({}, chosen | part)
    except tk.ValidationError:
        return tk.abort(404, tk._("There are no signals of this kind, or no such page of them."))
    shown = {
        "title": tk._("Signals"),
        "found": found,
        "chosen": chosen,
        "methods": methods(),
        "indicators": indicators(),
        "states": _in_words(STATES),
        "page": page,
        "pages": -(-found["count"] // SIGNALS_A_PAGE),
        "address": tk.url_for("satudata_signals.signals", **{name: one for name, one in chosen.items() if one}),
    }
    return tk.render("satudata/command/signals.html", shown)


@pages.get("/<int:number>")
def signal(number: int) -> str:
    """Show a signal."""
    return _page(number, {}, {})


@pages.post("/<int:number>")
def take(number: int) -> Response | tuple[str, int]:
    """Take a step with a signal; where something is missing, say what, and keep what was written."""
    step = request.form.get("step", "")
    if step not in kept.FROM:
        tk.abort(400, tk._("There is no such step."))
    written = {name: request.form[name] for name in ("reason", "owner", "due") if name in request.form}
    try:
        tk.get_action(f"satudata_signal_{step}")({}, written | {"id": number})
    except tk.ValidationError as error:
        return _page(number, error.error_dict, written), UNPROCESSABLE
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    tk.h.flash_success(STEPS[step]())
    return redirect(tk.url_for("satudata_signals.signal", number=number))


def _page(number: int, errors: Mapping[str, Any], written: Mapping[str, str]) -> str:
    worked_on = _read("satudata_signal_log", number)
    found = worked_on or _read("pmi_signal_show", number)
    if found is None:
        return tk.abort(404, tk._("There is no signal of this number."))
    shown = {
        "title": found["title"],
        "signal": found,
        "log": worked_on,
        "errors": errors,
        "written": written,
        "indicator": indicators()[found["indicator"]].label,
        "states": _in_words(STATES),
        "steps": _in_words(STEPS),
        "buttons": _in_words(BUTTONS),
    }
    return tk.render("satudata/command/signal.html", shown)


def _read(action: str, number: int) -> dict[str, Any] | None:
    try:
        return tk.get_action(action)({}, {"id": number})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None


def _in_words(words: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    return {name: word() for name, word in words.items()}
