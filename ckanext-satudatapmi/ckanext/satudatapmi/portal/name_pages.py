"""Names in tables: the queue on which walidata decide, and the report of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.learned import options_of
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.reference.published import published_lists

pages = Blueprint("satudata_names", __name__)

UNPROCESSABLE = 422
A_PAGE = 20
STATES: Mapping[str, Callable[[], str]] = {
    "open": lambda: tk._("To be decided"),
    "decided": lambda: tk._("Decided"),
    "refused": lambda: tk._("No code"),
}
STATUSES: Mapping[str, Callable[[], str]] = {
    "unknown": lambda: tk._("Unknown"),
    "ambiguous": lambda: tk._("Several meanings"),
    "fuzzy": lambda: tk._("By likeness"),
    "learned": lambda: tk._("Decided by walidata"),
    "alias": lambda: tk._("Another spelling"),
    "exact": lambda: tk._("Official name"),
}
LEVELS: Mapping[str, Callable[[], str]] = {
    "nasional": lambda: tk._("the nation"),
    "provinsi": lambda: tk._("provinces"),
    "kabupaten_kota": lambda: tk._("regencies and cities"),
}
KINDS: Mapping[str, Callable[[], str]] = {
    "kabupaten": lambda: tk._("names without a kind are regencies"),
    "kota": lambda: tk._("names without a kind are cities"),
}
STEPS = {
    "decide": ("satudata_name_decide", ("code", "everywhere", "note")),
    "refuse": ("satudata_name_refuse", ("everywhere", "note")),
    "take_back": ("satudata_name_take_back", ()),
}
"""The action of each button, and what of the form it takes."""
Answer = Response | str | tuple[str, int]


@pages.get("/tugas/nama")
def queue() -> Answer:
    """Show the names that the visitor decides as walidata."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=tk.h.url_for("satudata_names.queue")))
    return _queue({}, {})


@pages.post("/tugas/nama/<int:number>")
def settle(number: int) -> Answer:
    """Decide a name, or take the decision back; where something is wrong, say what, and keep what was written."""
    form = request.form
    action, fields = STEPS.get(form.get("step", ""), ("", ()))
    if not action:
        tk.abort(400, tk._("There is no such step."))
    written = {
        "code": form.get("other", "").strip() or form.get("code", ""),
        "everywhere": "everywhere" in form,
        "note": form.get("note", ""),
    }
    try:
        found = tk.get_action(action)({}, {"id": number} | {name: written[name] for name in fields})
    except tk.ValidationError as error:
        return _queue(error.error_dict, written | {"id": number}), UNPROCESSABLE
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    tk.h.flash_success(
        {
            "decided": tk._(
                "Decided. Tables that have the name are read again: uploaded ones in a moment, harvested ones at their "
                "next harvest."
            ),
            "refused": tk._("The name means no code; it is not asked about again."),
            "open": tk._("The decision was taken back."),
        }[found["state"]]
    )
    return redirect(tk.h.url_for("satudata_names.queue", state=_state() if _state() != "open" else None))


def _queue(errors: Mapping[str, Any], written: Mapping[str, Any]) -> str:
    page, state = tk.h.get_page_number(request.args), _state()
    wanted = {"state": state, "offset": (page - 1) * A_PAGE, "limit": A_PAGE}
    try:
        found = tk.get_action("satudata_name_question_list")({}, wanted)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError:
        return tk.abort(404, tk._("There is no such page."))
    questions = [one | _in_words(one) for one in found["results"]]
    shown = {
        "questions": questions,
        "count": found["count"],
        "page": page,
        "pages": -(-found["count"] // A_PAGE),
        "state": state,
        "states": {name: word() for name, word in STATES.items()},
        "codes": {name: codes_of(name) for name in {one["list"] for one in questions}} if state == "open" else {},
        "errors": errors,
        "written": written,
    }
    return tk.render("satudata/names.html", shown)


def _state() -> str:
    state = request.values.get("state", "open")
    return state if state in STATES else "open"


def _in_words(question: Mapping[str, Any]) -> dict[str, Any]:
    label = codes_of(question["list"]).get(question["code"] or "", "")
    return {"list_title": list_title(question["list"]), "label": label, "told": context_words(question["context"])}


def list_title(name: str) -> str:
    """Return what people call a code list."""
    info = published_lists().get(name)
    return tk.h.satudata_in_language(info.title) if info else name


def context_words(context: str) -> str:
    """Return what a table says about the names of a column."""
    options = options_of(context)
    told = []
    if area := wilayah.areas().get(options.get("within", "")):
        told.append(tk._("within {area}").format(area=area.name))
    for option, words in (("level", LEVELS), ("unmarked", KINDS)):
        if word := words.get(options.get(option, "")):
            told.append(word())
    return "; ".join(told)


@pages.get("/dataset/<reference>/resource/<resource_id>/nama")
def report(reference: str, resource_id: str) -> str:
    """Show what the names of a table were found to be."""
    try:
        resource = tk.get_action("resource_show")({}, {"id": resource_id})
        package = tk.get_action("package_show")({}, {"id": reference})
        if resource["package_id"] != package["id"]:
            raise tk.ObjectNotFound
        found = tk.get_action("satudata_name_report")({}, {"id": resource_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Resource not found"))
    shown = {
        "pkg_dict": package,
        "pkg": package,
        "resource": resource,
        "counts": found["counts"],
        "names": [
            one
            | {
                "label": codes_of(one["list"]).get(one["code"] or "", ""),
                "list_title": list_title(one["list"]),
                "told": context_words(one["context"]),
            }
            for one in found["names"]
        ],
        "statuses": {name: word() for name, word in STATUSES.items()},
        "states": {name: word() for name, word in STATES.items()},
    }
    return tk.render("satudata/name_report.html", shown)
