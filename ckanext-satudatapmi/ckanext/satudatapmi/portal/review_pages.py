"""How a dataset is checked, with the buttons for those who have a duty; work lists and notices."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import principles, review_words, workflow

pages = Blueprint("satudata_review", __name__)

UNPROCESSABLE = 422


@pages.get("/dataset/<reference>/pemeriksaan")
def show(reference: str) -> str:
    """Show how a dataset is checked."""
    return _page(reference, {}, {})


@pages.post("/dataset/<reference>/pemeriksaan")
def take(reference: str) -> Response | tuple[str, int]:
    """Take a step; where something is missing, say what, and keep what was written."""
    step = request.form.get("step", "")
    if step not in workflow.STEPS:
        tk.abort(400, tk._("There is no such step."))
    written: dict[str, Any] = {
        "reason": request.form.get("reason", ""),
        "principles": request.form.getlist("principles"),
    }
    seen = request.form.get("modified", "")
    try:
        wanted = {"id": reference, "language": tk.h.satudata_language(), "modified": seen} | written
        tk.get_action(f"satudata_dataset_{step}")({}, wanted)
    except tk.ValidationError as error:
        return _page(reference, error.error_dict, written | {"step": step}), UNPROCESSABLE
    except tk.ObjectNotFound:
        tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    tk.h.flash_success(review_words.STEPS[step]())
    return _see(reference)


def _see(reference: str) -> Response:
    """Lead to the dataset's page of steps, or to the work list of whoever may not see it any more."""
    try:
        tk.check_access("satudata_review_show", {"user": tk.current_user.name}, {"id": reference})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return redirect(tk.h.url_for("satudata_review.tasks"))
    return redirect(tk.h.url_for("satudata_review.show", reference=reference))


def _page(reference: str, errors: dict[str, Any], written: dict[str, Any]) -> str:
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
        review = tk.get_action("satudata_review_show")({}, {"id": reference})
        marks = tk.get_action("satudata_principles_show")({}, {"id": reference, "language": tk.h.satudata_language()})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    shown = {
        "pkg_dict": package,
        "pkg": package,
        "review": review,
        "marks": marks,
        "errors": errors,
        "written": written,
        "names": principles.PRINCIPLES,
        "with_reason": workflow.WITH_REASON,
    }
    return tk.render("satudata/review.html", shown)


@pages.get("/tugas")
def tasks() -> str | Response:
    """Show what the visitor has to do, and the notices."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=tk.h.url_for("satudata_review.tasks")))
    shown = {
        "work": tk.get_action("satudata_work_list")({}, {}),
        "told": tk.get_action("satudata_notice_list")({}, {}),
        "frozen": tk.get_action("satudata_harvest_waiting")({}, {}),
    }
    return tk.render("satudata/tasks.html", shown)


@pages.post("/tugas")
def see() -> Response:
    """Mark the notices as seen."""
    try:
        tk.get_action("satudata_notice_see")({}, {})
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    return redirect(tk.h.url_for("satudata_review.tasks"))
