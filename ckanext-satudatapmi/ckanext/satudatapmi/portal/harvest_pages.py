"""What operators do with a harvest source: harvest, read without writing, stop, decide, read the report of a job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from flask import Response as FileResponse
from werkzeug.wrappers import Response

from ckanext.satudatapmi.harvesters import base, proposals, report_files
from ckanext.satudatapmi.harvesters.remarks import remark_words
from ckanext.satudatapmi.portal import harvest_words

pages = Blueprint("satudata_harvest", __name__)

UNPROCESSABLE = 422
DATASETS_A_PAGE = 20
STEPS = ("now", "dry_run", "stop")


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_is_proposed": is_proposed,
        "satudata_protocol": protocol_title,
    }


def protocol_title(name: str) -> str:
    """Return what people call a protocol; the name itself for one of another extension."""
    harvester = base.known_harvester(name)
    return harvester.protocol.title() if harvester else name


def is_proposed(source: Mapping[str, Any]) -> bool:
    """Tell whether a harvest source, as harvest_source_show gives it, is proposed."""
    return proposals.is_proposed(source.get("config"))


@pages.post("/sumber/<name>/jalankan")
def run(name: str) -> Response | tuple[str, int]:
    """Harvest a source, read it without writing, or stop its harvest."""
    step = request.form.get("step", "")
    if step not in STEPS:
        tk.abort(400, tk._("There is no such step."))
    try:
        tk.get_action(f"satudata_harvest_{step}")({}, {"id": name})
        tk.h.flash_success(harvest_words.STARTED[step]())
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(error.error_summary.values()))
    except tk.ObjectNotFound as error:
        _abort_unless_known(name)
        tk.h.flash_error(str(error))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    return redirect(tk.h.url_for("satudata.source_show", name=name))


def _abort_unless_known(name: str) -> None:
    """End the request unless the source is there: what was not found is then a run of it."""
    if history_of(name) is None:
        tk.abort(404, tk._("There is no harvest source named {name}").format(name=name))


@pages.get("/sumber/<name>/perbedaan")
def difference(name: str) -> str:
    """Show what the run of a source that waits for a decision would do."""
    return _difference_page(name, {}, "")


@pages.post("/sumber/<name>/perbedaan")
def decide(name: str) -> Response | tuple[str, int]:
    """Accept or refuse what the run that waits would do."""
    step, reason = request.form.get("step", ""), request.form.get("reason", "").strip()
    if step not in ("accept", "refuse"):
        tk.abort(400, tk._("There is no such step."))
    if step == "refuse" and not reason:
        missing = tk._("Write why the difference is refused: the reason is kept, and others will ask for it.")
        return _difference_page(name, {"reason": [missing]}, reason), UNPROCESSABLE
    wanted = {"id": name, "accept": step == "accept", "reason": reason, "job": request.form.get("job", "")}
    try:
        tk.get_action("satudata_harvest_decide")({}, wanted)
    except tk.ValidationError as error:
        return _difference_page(name, error.error_dict, reason), UNPROCESSABLE
    except tk.ObjectNotFound as error:
        _abort_unless_known(name)
        tk.h.flash_error(str(error))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    else:
        tk.h.flash_success(harvest_words.DECIDED[step]())
    return redirect(tk.h.url_for("satudata.source_show", name=name))


def _difference_page(name: str, errors: Mapping[str, Any], reason: str) -> str:
    page = page_number()
    wanted = {"id": name, "offset": (page - 1) * DATASETS_A_PAGE, "limit": DATASETS_A_PAGE}
    try:
        history = tk.get_action("satudata_harvest_history")({}, {"id": name})
        source = tk.get_action("satudata_source_show")({}, {"id": name})
        found = tk.get_action("satudata_harvest_difference")({}, wanted) if history["waits"] else None
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no harvest source named {name}").format(name=name))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    for dataset in found["datasets"] if found else ():
        dataset["changes"] = harvest_words.changes(dataset.get("fields", {}))
    values = {
        "source": source,
        "history": history,
        "found": found,
        "decided": [one for one in history["runs"] if one["decision"]],
        "errors": errors,
        "reason": reason,
        "page": page,
        "pages": -(-found["count"] // DATASETS_A_PAGE) if found else 0,
        "words": harvest_words,
    }
    return tk.render("satudata/difference.html", values)


@pages.get("/sumber/<name>/laporan/<uuid:job>")
def report(name: str, job: uuid.UUID) -> str:
    """Show the report of a job: what became of its records, and every fault with what to do about it."""
    found = _report(name, job)
    source = tk.get_action("satudata_source_show")({}, {"id": name})
    values = {"source": source, "report": found, "lines": report_files.report_lines(found), "faults": _remarked(found)}
    return tk.render("satudata/harvest_report.html", values)


@pages.get("/sumber/<name>/laporan/<uuid:job>.json")
def report_json(name: str, job: uuid.UUID) -> FileResponse:
    """Return the report of a job as JSON, as satudata_harvest_report gives it."""
    return FileResponse(json.dumps(_report(name, job), ensure_ascii=False), mimetype="application/json")


@pages.get("/sumber/<name>/laporan/<uuid:job>.csv")
def report_csv(name: str, job: uuid.UUID) -> FileResponse:
    """Return the faults of a job as CSV (RFC 4180, UTF-8)."""
    headers = {"Content-Disposition": f'attachment; filename="laporan-{name}.csv"'}
    return FileResponse(report_files.report_csv(_report(name, job)), mimetype="text/csv", headers=headers)


def _report(name: str, job: uuid.UUID) -> dict[str, Any]:
    try:
        found = tk.get_action("satudata_harvest_report")({}, {"id": str(job)})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    if found["source"] != name:
        return tk.abort(404, tk._("There is no harvest job or source {reference}").format(reference=job))
    return found


def _remarked(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the faults that a partner should put right, by kind and field, in words, the most frequent first."""
    told = [fault | {"words": remark_words(fault["kind"])} for fault in found["faults"]]
    return sorted(told, key=lambda fault: -fault["count"])


def history_of(name: str) -> dict[str, Any] | None:
    """Return the runs of a source for whoever may update it, None for everybody else."""
    try:
        return tk.get_action("satudata_harvest_history")({}, {"id": name})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None


def page_number() -> int:
    """Return the page asked for, from 1; anything that is no such number means the first."""
    wanted = request.args.get("page", "")
    return max(int(wanted), 1) if wanted.isdecimal() and len(wanted) < 7 else 1
