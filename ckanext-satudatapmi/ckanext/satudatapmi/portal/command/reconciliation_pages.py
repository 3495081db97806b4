"""The reconciliation pages of the Command Center: the board, a page for each method, and what bodies stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import reconciliations
from ckanext.satudatapmi.figures.reconciliation import settings
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.portal.figure_pages import sentences
from ckanext.satudatapmi.portal.harvest_pages import page_number

LINES_A_PAGE = 20
REFUSED = 422
ASKED = ("indicator", "origin", "destination", "time", "bodies")
MIRROR = ("origin", "destination")
"""The sides of a mirror statistic."""
Answer = Response | str | tuple[str, int]

WORDS: Mapping[str, Any] = {
    "draft": lambda: tk._("Draft: waits for walidata"),
    "signed": lambda: tk._("Signed by walidata"),
    "refused": lambda: tk._("Refused by walidata"),
    "withdrawn": lambda: tk._("Withdrawn by walidata"),
    "create": lambda: tk._("Drafted"),
    "sign": lambda: tk._("Signed"),
    "refuse": lambda: tk._("Refused"),
    "withdraw": lambda: tk._("Withdrawn"),
}
"""What the states and steps are called."""

pages = Blueprint("satudata_reconciliation", __name__, url_prefix="/pusat-kendali/rekonsiliasi")


def get_helpers() -> dict[str, Any]:
    """Return the helpers under the names that templates use."""
    return {"satudata_reconciliation_word": lambda name: WORDS[name]()}


@pages.get("")
def board() -> Answer:
    """Show what each body says of a place, and which of it may be compared."""
    asked = {name: value for name in ASKED if (value := request.args.get(name, "").replace("\0", "").strip())}
    page = page_number()
    values: dict[str, Any] = {
        "asked": asked,
        "page": page,
        "indicators": list(indicators().values()),
        "methods": settings.methods(),
        "title": tk._("Reconciliation"),
    }
    try:
        # Without a place, the board begins where bodies disagree.
        found = _lines(asked if _names_a_place(asked) else {"bodies": 2} | asked, page)
    except tk.ValidationError as error:
        return tk.render("satudata/command/reconciliation.html", values | {"errors": sentences(error.error_dict)}), 409
    more = {"found": found, "pages": -(-found["count"] // LINES_A_PAGE), "address": f"?{urlencode(asked)}"}
    return tk.render("satudata/command/reconciliation.html", values | more)


@pages.get("/metode/<method>")
def method(method: str) -> Answer:
    """Show a method: its formula, what it takes, worked cases, and what comes of what is asked."""
    return _method(method, _text_asked(method), {}, {})


@pages.post("/metode/<method>")
def draft(method: str) -> Answer:
    """Draft what comes of a method, for walidata to sign."""
    written = {name: request.form.get(name, "") for name in ("organization", "title", "reason", "asked")}
    try:
        made = tk.get_action("satudata_reconciliation_create")({}, dict(written))
    except tk.ValidationError as error:
        return _method(method, written["asked"], error.error_dict, written), REFUSED
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    tk.h.flash_success(tk._("The draft is kept. Another one of walidata signs it, then everybody sees it."))
    return redirect(tk.h.url_for("satudata_reconciliation.show", number=made["id"]))


@pages.get("/hasil")
def listing() -> str:
    """Show the reconciliations that bodies stand for, and to those with a duty those that wait."""
    values = {"found": tk.get_action("satudata_reconciliation_list")({}, {}), "title": tk._("Signed reconciliations")}
    return tk.render("satudata/command/reconciliation_list.html", values)


@pages.get("/hasil/<int(max=9223372036854775807):number>")
def show(number: int) -> Answer:
    """Show a reconciliation with its originals and its steps."""
    return _shown(number, {})


@pages.post("/hasil/<int(max=9223372036854775807):number>")
def settle(number: int) -> Answer:
    """Sign, refuse or withdraw a reconciliation."""
    step = request.form.get("step", "")
    if step not in reconciliations.LEADS:
        return tk.abort(400, tk._("There is no such step."))
    try:
        tk.get_action(f"satudata_reconciliation_{step}")({}, {"id": number, "reason": request.form.get("reason", "")})
    except tk.ValidationError as error:
        return _shown(number, error.error_dict), REFUSED
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    tk.h.flash_success(tk._("The step is taken."))
    return redirect(tk.h.url_for("satudata_reconciliation.show", number=number))


def _names_a_place(asked: Mapping[str, str]) -> bool:
    return any(asked.get(name) for name in ("origin", "destination", "bodies"))


def _lines(asked: Mapping[str, Any], page: int) -> dict[str, Any]:
    wanted = dict(asked) | {"offset": (page - 1) * LINES_A_PAGE, "limit": LINES_A_PAGE}
    found = tk.get_action("pmi_reconciliation_board")({}, wanted)
    for line in found["lines"]:
        figures = {one["facet"]: one for one in line["figures"]}
        for pair in line["pairs"]:
            if pair["mirror"]:
                sides = {side: _question(found["indicator"], line, figures[pair["mirror"][side]]) for side in MIRROR}
                pair["address"] = _address("mirror", sides)
    return found


def _question(indicator: str, line: Mapping[str, Any], figure: Mapping[str, Any]) -> dict[str, str]:
    """Return the question that a figure of the board answers."""
    codes = {name: place["code"] for name, place in line["place"].items()}
    period = f"{figure['ref_start']}:{figure['ref_end']}"
    return {"indicator": indicator, **codes, "facet": figure["facet"], "time": period}


def _address(name: str, asked: Mapping[str, Any]) -> str:
    text = json.dumps({"method": name, **asked}, ensure_ascii=False)
    return tk.h.url_for("satudata_reconciliation.method", method=name, asked=text)


def _text_asked(method: str) -> str:
    """Return what is asked of a method, as JSON: of the address, or of one of its worked cases."""
    case = next((one for one in settings.cases() if one.id == request.args.get("case")), None)
    if case and case.asked["method"] == method:
        return json.dumps(case.asked, ensure_ascii=False, indent=2)
    return request.args.get("asked", "").replace("\0", "")


def _method(name: str, asked: str, errors: Mapping[str, Any], written: Mapping[str, str]) -> str:
    if name not in settings.methods():
        tk.abort(404, tk._("There is no such method."))
    result, faults = _result(name, asked)
    values = {
        "name": name,
        "method": settings.methods()[name],
        "methods": settings.methods(),
        "title": tk.h.satudata_in_language(settings.methods()[name].title),
        "cases": [one for one in settings.cases() if one.asked["method"] == name],
        "asked": asked,
        "result": result,
        "faults": faults,
        "bodies": _bodies() if result else [],
        "errors": sentences(errors),
        "written": written,
    }
    return tk.render("satudata/command/reconciliation_method.html", values)


def _result(name: str, asked: str) -> tuple[dict[str, Any] | None, list[str]]:
    """Return what comes of what is asked of a method, or what is wrong with it."""
    if not asked:
        return None, []
    try:
        given = json.loads(asked)
    except ValueError:
        return None, [tk._("This is no JSON.")]
    if not isinstance(given, dict):
        return None, [tk._("Write what pmi_reconcile takes: a method and its inputs.")]
    try:
        return tk.get_action("pmi_reconcile")({}, given | {"method": name}), []
    except tk.ValidationError as error:
        return None, [f"{about}: {said}" for about, said in error.error_summary.items()]


def _bodies() -> list[dict[str, Any]]:
    """Return the organisations for which the visitor may draft; none for who is not logged in."""
    if not tk.current_user.is_authenticated:
        return []
    return tk.get_action("organization_list_for_user")({}, {"permission": "update_dataset"})


def _shown(number: int, errors: Mapping[str, Any]) -> str:
    try:
        found = tk.get_action("satudata_reconciliation_show")({}, {"id": number})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # Who may not see it is not told that it is there.
        tk.abort(404, tk._("There is no such reconciliation."))
    values = {"found": found, "title": found["title"], "errors": sentences(errors), "address": _again(found)}
    return tk.render("satudata/command/reconciliation_saved.html", values)


def _again(found: Mapping[str, Any]) -> str:
    """Return the address at which the same is worked out from the figures of today."""
    asked = dict(found["result"]["asked"])
    return _address(asked.pop("method"), asked)
