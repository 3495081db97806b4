"""The harvests of sources, latest first: how each went, and what became of how many datasets. Counts only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError, HarvestObjectExtra
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudatapmi.harvesters import holds, ledger, report, staging
from ckanext.satudatapmi.harvesters.report import Gathered

FINISHED = "Finished"
REPORTS = ("added", "updated", "not modified", "deleted", "errored")
NOTED = {staging.VANISH: "vanished", staging.RETURN: "returned"}
RUN = ledger.RUN


def latest_jobs(source_ids: Sequence[str], each: int, *where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the latest jobs of each source, `each` at most, with what the pipeline knows of them.

    Returns:
        id, source_id, status, created, gather_started, finished; stage, verdict, decision, decided and stopped_by are
        None for jobs of other harvesters.
    """
    wanted = sa.select(sa.func.unnest(sa.cast(source_ids, sa.ARRAY(sa.Text))).label("id")).subquery()
    job = HarvestJob.__table__.c
    latest = (
        sa.select(job.id, job.source_id, job.status, job.created, job.gather_started, job.finished)
        .where(job.source_id == wanted.c.id, *where)
        .order_by(job.created.desc())
        .limit(each)
        .lateral()
    )
    names = ("stage", "verdict", "decision", "decided", "stopped_by")
    query = (
        sa.select(latest, *(RUN.c[name] for name in names))
        .select_from(wanted.join(latest, sa.true()).outerjoin(RUN, RUN.c.job_id == latest.c.id))
        .order_by(latest.c.created.desc())
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]


def no_dry_run() -> sa.ColumnElement[bool]:
    """Return the condition that a HarvestJob has ended, and not as a dry run."""
    asked = sa.exists().where(RUN.c.job_id == HarvestJob.id, RUN.c.verdict == holds.ASKED)
    return sa.and_(HarvestJob.status == FINISHED, ~asked)


def harvests(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how jobs went, in their order.

    Args:
        jobs: as `latest_jobs` gives them.

    Returns:
        {id, started, finished, seconds, status, outcome, decision, errors} and counts of datasets: added, updated,
        not_modified, vanished, returned, deleted, errored. Times are ISO 8601 in UTC; decision is None where there was
        nothing to decide. For outcome see `outcome`.
    """
    ids = [job["id"] for job in jobs]
    noted = _noted(ids)
    counts, errors, gathered = _reports(ids, noted), _error_counts(ids), report.load(ids)
    return [
        _harvest(job, counts.get(job["id"], {}), noted.get(job["id"], {}), errors.get(job["id"], 0))
        | _outcome(job, counts.get(job["id"], {}), gathered.get(job["id"]), errors.get(job["id"], 0))
        for job in jobs
    ]


def _harvest(
    job: Mapping[str, Any], counts: Mapping[str, int], noted: Mapping[str, int], errors: int
) -> dict[str, Any]:
    started = job["gather_started"] or job["created"]
    held = job["stage"] == holds.HELD
    return {
        "id": job["id"],
        "started": iso(started),
        "finished": iso(job["finished"]),
        "seconds": round((job["finished"] - started).total_seconds()) if job["finished"] else None,
        "status": job["status"],
        "decision": (job["decision"] or "") if held else None,
        "errors": errors,
        **{name.replace(" ", "_"): counts.get(name, 0) for name in REPORTS},
        **{name: noted.get(name, 0) for name in NOTED.values()},
    }


def _outcome(
    job: Mapping[str, Any], counts: Mapping[str, int], gathered: Gathered | None, errors: int
) -> dict[str, Any]:
    # Records whose dataset is up to date never become objects; gathering only counts them.
    unchanged = counts.get("not modified", 0) + (gathered.unchanged if gathered else 0)
    took = counts.get("added", 0) + counts.get("updated", 0) + unchanged > 0
    failed = bool(gathered and gathered.error)
    return {"not_modified": unchanged, "outcome": outcome(job, errors=errors, failed=failed, took=took)}


def outcome(job: Mapping[str, Any], *, errors: int, failed: bool, took: bool) -> str:
    """Return how a harvest went in one word.

    Args:
        job: status, stage, verdict, decision and stopped_by.
        errors: number of its messages.
        failed: whether it could not be brought to its end.
        took: whether some dataset came in or was up to date.

    Returns:
        running, dry_run, frozen (held until somebody decides), refused, stopped, ok, partial (something could not be
        taken) or failed.
    """
    if job["status"] != FINISHED:
        return "running"
    if job["stage"] == holds.HELD:
        if job["decision"] == holds.REJECTED:
            return "refused"
        return "dry_run" if job["verdict"] == holds.ASKED else "frozen"
    if job["stopped_by"]:
        return "stopped"
    if not errors:
        return "ok"
    return "partial" if took and not failed else "failed"


def _reports(job_ids: list[str], noted: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    query = (
        sa.select(HarvestObject.harvest_job_id, HarvestObject.report_status, sa.func.count())
        .where(HarvestObject.harvest_job_id.in_(job_ids), HarvestObject.report_status.is_not(None))
        .group_by(HarvestObject.harvest_job_id, HarvestObject.report_status)
    )
    found: dict[str, dict[str, int]] = {}
    for job_id, status, count in model.Session.execute(query):
        found.setdefault(job_id, {})[status] = count
    for job_id, counts in noted.items():
        # The pipeline stores what vanished and came back as objects that changed nothing.
        found[job_id]["not modified"] -= sum(counts.values())
    return found


def _noted(job_ids: list[str]) -> dict[str, dict[str, int]]:
    """Return how many datasets vanished from their source, and came back, by job."""
    action = sa.cast(HarvestObjectExtra.value, JSONB)["action"].astext
    query = (
        sa.select(HarvestObject.harvest_job_id, action, sa.func.count())
        .join(HarvestObjectExtra, HarvestObjectExtra.harvest_object_id == HarvestObject.id)
        .where(HarvestObject.harvest_job_id.in_(job_ids), HarvestObject.report_status == "not modified")
        .where(HarvestObjectExtra.key == staging.KEY, action.in_(NOTED))
        .group_by(HarvestObject.harvest_job_id, action)
    )
    found: dict[str, dict[str, int]] = {}
    for job_id, name, count in model.Session.execute(query):
        found.setdefault(job_id, {})[NOTED[name]] = count
    return found


def _error_counts(job_ids: list[str]) -> dict[str, int]:
    both = error_rows(job_ids).subquery()
    query = sa.select(both.c.job_id, sa.func.count()).group_by(both.c.job_id)
    return dict(model.Session.execute(query).tuples().all())


def error_rows(job_ids: list[str]) -> sa.CompoundSelect[Any]:
    """Return the query for every message of some jobs: job_id, stage, record, message, created, id."""
    gather = sa.select(
        HarvestGatherError.harvest_job_id.label("job_id"),
        sa.literal("Gather").label("stage"),
        sa.null().label("record"),
        HarvestGatherError.message,
        HarvestGatherError.created,
        HarvestGatherError.id,
    ).where(HarvestGatherError.harvest_job_id.in_(job_ids))
    imports = (
        sa.select(
            HarvestObject.harvest_job_id,
            HarvestObjectError.stage,
            HarvestObject.guid,
            HarvestObjectError.message,
            HarvestObjectError.created,
            HarvestObjectError.id,
        )
        .join(HarvestObject, HarvestObject.id == HarvestObjectError.harvest_object_id)
        .where(HarvestObject.harvest_job_id.in_(job_ids))
    )
    return gather.union_all(imports)


def iso(value: dt.datetime | None) -> str | None:
    """Return a moment as ISO 8601."""
    return value.isoformat(timespec="seconds") if value else None
