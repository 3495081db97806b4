"""How a harvest job ends: its report, its errors, its source brought up to date, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context
from ckanext.harvest.logic.action.update import send_error_email, send_summary_email
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError
from flask_babel import force_locale

from ckanext.satudatapmi.harvesters import ledger, mails, report
from ckanext.satudatapmi.harvesters.bulk.documents import commit_index
from ckanext.satudatapmi.harvesters.report import Gathered

CHANGING = ("added", "updated", "deleted", "errored")
"""Outcomes after which a source's own page shows something else."""


def site_language() -> AbstractContextManager[None]:
    """Return a context in which texts are in the site's own language: what a harvest stores has no one visitor."""
    return force_locale(tk.config["ckan.locale_default"])


def site_context() -> Context:
    """Return a context for actions that the site itself calls."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def harvest_context() -> Context:
    """Return a context for actions of ckanext-harvest, which take the model from it."""
    return cast(Context, {**site_context(), "model": model, "session": model.Session})


def has_errors(job_id: str) -> bool:
    """Tell whether some object of a job failed."""
    return _did(job_id, "errored")


def end_job(job_id: str, gathered: Gathered, errors: Sequence[str]) -> None:
    """End a job: keep its report and errors, mark it as finished, and commit; then tell whom it concerns.

    Done again after an interruption, it comes to the same.
    """
    model.Session.execute(sa.delete(HarvestGatherError).where(HarvestGatherError.harvest_job_id == job_id))
    job = model.Session.get_one(HarvestJob, job_id)
    model.Session.add_all([HarvestGatherError(message=message, job=job) for message in errors])
    ended = ledger.now()
    job.gather_finished = job.gather_finished or ended
    job.status, job.finished = "Finished", ended
    if ledger.run(job_id).stage != "held":
        ledger.change_run(job_id, stage="ended", token=None, attempts=0)
    ledger.forget_pages(job_id)
    ledger.forget_remarks(job_id)
    if not gathered.error:
        ledger.remember(job.source_id, checked=ended)
    source_id = job.source_id
    report.save(job_id, gathered)
    if _did(job_id, *CHANGING, "not modified"):
        commit_index()
    if errors or _did(job_id, *CHANGING):
        tk.get_action("harvest_source_reindex")(harvest_context(), {"id": source_id})
        send_mails(source_id)
    if errors or _has_faults(job_id):
        mails.after_job(job_id)


def _did(job_id: str, *outcomes: str) -> bool:
    """Tell whether some object of a job came to one of some outcomes."""
    query = sa.select(sa.literal(1)).where(
        HarvestObject.harvest_job_id == job_id, HarvestObject.report_status.in_(outcomes)
    )
    return model.Session.execute(query.limit(1)).first() is not None


def _has_faults(job_id: str) -> bool:
    """Tell whether something is told about an object of a job: a refused record, a table, figures."""
    query = sa.select(sa.literal(1)).join_from(HarvestObjectError, HarvestObject)
    return model.Session.execute(query.where(HarvestObject.harvest_job_id == job_id).limit(1)).first() is not None


def send_mails(source_id: str) -> None:
    """Mail the report of the latest job of a source to those whom the site's configuration names."""
    always = tk.asbool(tk.config.get("ckan.harvest.status_mail.all"))
    on_error = tk.asbool(tk.config.get("ckan.harvest.status_mail.errored"))
    if not (always or on_error):
        return
    status: dict[str, Any] = tk.get_action("harvest_source_show_status")(harvest_context(), {"id": source_id})
    if status["last_job"]["stats"].get("errored"):
        send_error_email(harvest_context(), source_id, status)
    elif always:
        send_summary_email(harvest_context(), source_id, status)
