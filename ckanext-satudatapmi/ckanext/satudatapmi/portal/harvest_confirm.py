"""Asks before a link of ckanext-harvest's pages changes something.

Its pages delete, clear, harvest and stop by a plain link, so that any page elsewhere could have an operator's browser
do it unasked. Here such a link leads to a page with a button, which sends the token of our pages: no other site can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from ckanext.harvest import utils
from flask import Blueprint, request
from werkzeug.wrappers import Response

pages = Blueprint("satudata_harvest_confirm", __name__)


@dataclass(frozen=True)
class Step:
    """What a link does: as a question, what comes of it, and the words on the button."""

    question: Callable[[], str]
    outcome: Callable[[], str]
    button: Callable[[], str]


_DELETE = Step(
    lambda: tk._("Delete this source?"),
    lambda: tk._("It is harvested no more. Its datasets and the reports of its jobs stay."),
    lambda: tk._("Delete the source"),
)
_CLEAR = Step(
    lambda: tk._("Clear this source?"),
    lambda: tk._("All its datasets and the reports of all its jobs are deleted for good. The source stays."),
    lambda: tk._("Delete all its datasets"),
)
_DELETE_AND_CLEAR = Step(
    lambda: tk._("Delete and clear this source?"),
    lambda: tk._("The source, all its datasets and the reports of all its jobs are deleted for good."),
    lambda: tk._("Delete the source and all its datasets"),
)
_REFRESH = Step(
    lambda: tk._("Harvest this source now?"),
    lambda: tk._("What has changed at the partner is taken over; what was changed here stays."),
    lambda: tk._("Harvest now"),
)
_ABORT = Step(
    lambda: tk._("Stop this job?"),
    lambda: tk._("What it has done stays. The next harvest does the rest."),
    lambda: tk._("Stop the job"),
)
_STEPS: Mapping[str, Step] = {
    "harvester.delete": _DELETE,
    "harvester.clear": _CLEAR,
    "harvester.refresh": _REFRESH,
    "harvester.job_abort": _ABORT,
}


@pages.before_app_request
def ask_first() -> str | None:
    """Show whoever is logged in the question in place of doing what a link says; others may do nothing anyhow."""
    step = _STEPS.get(request.endpoint or "")
    if step is None or request.method not in ("GET", "HEAD") or not tk.current_user.is_authenticated:
        return None
    if step is _DELETE and request.args.get("clear", "").lower() in ("true", "1"):
        step = _DELETE_AND_CLEAR
    values = request.view_args or {}
    source = str(values.get("source") or values["id"])
    try:
        shown = tk.get_action("harvest_source_show")({}, {"id": source})
        tk.check_access("harvest_source_update", {}, {"id": shown["id"]})
    except tk.ObjectNotFound:
        tk.abort(404, tk._("Harvest source not found"))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    clear = {"clear": "True"} if step is _DELETE_AND_CLEAR else {}
    address = tk.h.url_for(request.endpoint, **values, **clear)
    return tk.render("satudata/harvest_confirm.html", {"step": step, "source": shown, "address": address})


# ckanext-harvest's own routes for these two know GET only.
@pages.post("/harvest/delete/<id>")
def delete(id: str) -> Response:  # noqa: A002 - as ckanext-harvest's route has it
    """Delete a source, and clear it if the address says so."""
    return utils.delete_view(id)


@pages.post("/harvest/<source>/job/<id>/abort")
def abort(source: str, id: str) -> Response:  # noqa: A002
    """Stop a job."""
    return utils.job_abort_view(source, id)
