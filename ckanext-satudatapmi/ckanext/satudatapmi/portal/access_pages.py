"""Limited data: the public list, the form to ask for them, and the page on which walidata answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import access_words

pages = Blueprint("satudata_access", __name__)

UNPROCESSABLE = 422
WORDS: Mapping[str, Mapping[str, Callable[[], str]]] = {"state": access_words.STATES, "step": access_words.STEPS}
Answer = Response | str | tuple[str, int]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {"satudata_access_word": word, "satudata_access_listing": listing}


def word(kind: str, name: str) -> str:
    """Return the words for a state or a step of a request; the name itself for one nobody knows."""
    return WORDS[kind].get(name, lambda: name)()


def listing(package: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what walidata wrote for the list of limited data, as satudata_listing_show gives it; None for others."""
    if not tk.current_user.is_authenticated or package.get("type") != "dataset":
        return None
    try:
        return tk.get_action("satudata_listing_show")({}, {"id": package["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


@pages.get("/data-terbatas")
def listed() -> str:
    """Show what the public may know of limited data, and to those who are logged in what they have asked for."""
    mine = tk.get_action("satudata_access_request_list")({}, {}) if tk.current_user.is_authenticated else []
    shown = {"datasets": tk.get_action("satudata_listing_list")({}, {}), "mine": mine}
    return tk.render("satudata/limited.html", shown)


@pages.get("/data-terbatas/<dataset_id>")
def form(dataset_id: str) -> Answer:
    """Show the form to ask for a dataset."""
    return _form(dataset_id, {}, {})


@pages.post("/data-terbatas/<dataset_id>")
def ask(dataset_id: str) -> Answer:
    """Ask for a dataset; where something is missing, say what, and keep what was written."""
    written = {name: request.form.get(name, "") for name in ("institution", "purpose", "days")}
    try:
        tk.get_action("satudata_access_request_create")({}, {"id": dataset_id} | written)
    except tk.ValidationError as error:
        return _form(dataset_id, error.error_dict, written), UNPROCESSABLE
    except tk.ObjectNotFound:
        tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized:
        return _log_in(dataset_id)
    tk.h.flash_success(tk._("Your request is on its way to walidata. Their answer stands on this page."))
    return redirect(tk.h.url_for("satudata_access.listed"))


def _form(dataset_id: str, errors: Mapping[str, Any], written: Mapping[str, str]) -> str:
    found = [one for one in tk.get_action("satudata_listing_list")({}, {}) if one["id"] == dataset_id]
    if not found:
        tk.abort(404, tk._("Dataset not found"))
    return tk.render("satudata/limited_request.html", {"dataset": found[0], "errors": errors, "written": written})


def _log_in(dataset_id: str) -> Response:
    here = tk.h.url_for("satudata_access.form", dataset_id=dataset_id)
    return redirect(tk.h.url_for("user.login", came_from=here))


@pages.get("/tugas/akses")
def requests() -> Answer:
    """Show the requests that the visitor answers as walidata."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=tk.h.url_for("satudata_access.requests")))
    return _requests({}, {})


@pages.post("/tugas/akses/<int:number>")
def settle(number: int) -> Answer:
    """Grant or refuse a request, or withdraw access."""
    written = {name: request.form.get(name, "") for name in ("until", "reason")}
    step = request.form.get("step", "")
    wanted: dict[str, Any] = {"id": number, "reason": written["reason"]}
    try:
        if step == "revoke":
            tk.get_action("satudata_access_request_revoke")({}, wanted)
        elif step in ("grant", "refuse"):
            answer = {"grant": step == "grant", "until": written["until"]}
            tk.get_action("satudata_access_request_answer")({}, wanted | answer)
        else:
            tk.abort(400, tk._("There is no such step."))
    except tk.ValidationError as error:
        return _requests(error.error_dict, written | {"id": number}), UNPROCESSABLE
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    tk.h.flash_success(access_words.STEPS[step]())
    return redirect(tk.h.url_for("satudata_access.requests"))


def _requests(errors: Mapping[str, Any], written: Mapping[str, Any]) -> str:
    found = tk.get_action("satudata_access_request_list")({}, {"to_answer": True})
    return tk.render("satudata/limited_tasks.html", {"requests": found, "errors": errors, "written": written})


@pages.post("/dataset/<reference>/daftar-terbatas")
def put(reference: str) -> Answer:
    """Put a dataset on the public list of limited data, or take it off."""
    wanted = {"id": reference, "listed": "listed" in request.form, "line": request.form.get("line", "")}
    try:
        found = tk.get_action("satudata_listing_set")({}, wanted)
    except tk.ValidationError as error:
        for told in error.error_summary.values():
            tk.h.flash_error(told)
        return redirect(tk.h.url_for("satudata_review.show", reference=reference))
    except tk.ObjectNotFound:
        tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    tk.h.flash_success(access_words.STEPS["list" if found["listed"] else "unlist"]())
    return redirect(tk.h.url_for("satudata_review.show", reference=reference))
