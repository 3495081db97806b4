"""The report of a harvest job: sums that match, and every record that did not land with its reason.

What gathering found is kept as a task status of CKAN beside the job; what became of the objects is counted from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError, HarvestObjectExtra, HarvestSource

from ckanext.satudatapmi.harvesters.staging import DELETE, HELD, KEY, OPEN, RETURN, VANISH, WRITE, Notes

TASK_TYPE = "satudatapmi_harvest"
TASK_KEY = "report"
FAILURES_TOLD = 1000
"""How many records that were refused are told one by one; a job with more has one fault, not thousands."""

NOTED = {(VANISH, "not modified"): "vanished", (RETURN, "not modified"): "returned", (DELETE, "deleted"): "deleted"}
"""What became of datasets without a record, by what was to be done and the word of ckanext-harvest for it."""


@dataclass
class Gathered:
    """What the gather stage of a job found.

    Attributes:
        source: name of the source.
        records: records of the catalogue.
        unchanged: records whose dataset is up to date.
        identical_repeats: records identical to another.
        rejected: records beyond repair.
        not_done: records that the run left undone: it was stopped, or held and others decided.
        held_back: datasets that vanished and were kept, because the catalogue was not complete or had rejected records.
        pages: pages read.
        complete: whether the catalogue was read to its end.
        rejections: of the first rejected records: number, field, value, reason, expected, advice.
        remarks: number of remarks by kind.
        faults: what the partner should put right: kind (see remarks), field, count, examples of number and value.
        error: why there is no catalogue, "" if there is one.
    """

    source: str = ""
    records: int = 0
    unchanged: int = 0
    identical_repeats: int = 0
    rejected: int = 0
    not_done: int = 0
    held_back: int = 0
    pages: int = 0
    complete: bool = False
    rejections: list[dict[str, Any]] = field(default_factory=list)
    remarks: dict[str, int] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


def save(job_id: str, gathered: Gathered) -> None:
    """Keep what gathering found, and commit."""
    _store(job_id, gathered)
    model.Session.commit()


def note_not_done(job_id: str, count: int) -> None:
    """Note that so many records of a job that has ended will not be done by it; the caller commits."""
    gathered = load([job_id]).get(job_id)
    if gathered is not None and count:
        _store(job_id, replace(gathered, not_done=gathered.not_done + count))


def _store(job_id: str, gathered: Gathered) -> None:
    status = model.Session.scalars(_statuses([job_id])).first()
    if status is None:
        status = model.TaskStatus(
            entity_id=job_id, entity_type="harvest_job", task_type=TASK_TYPE, key=TASK_KEY, value=""
        )
        model.Session.add(status)
    status.value = json.dumps(asdict(gathered))
    status.state = "error" if gathered.error else "complete"
    status.last_updated = datetime.now(UTC).replace(tzinfo=None)


def _statuses(job_ids: Iterable[str]) -> sa.Select[Any]:
    return sa.select(model.TaskStatus).where(
        model.TaskStatus.entity_id.in_(list(job_ids)),
        model.TaskStatus.task_type == TASK_TYPE,
        model.TaskStatus.key == TASK_KEY,
    )


def load(job_ids: Iterable[str]) -> dict[str, Gathered]:
    """Return what gathering found, by job; jobs of other harvesters have nothing."""
    return {
        status.entity_id: Gathered(**json.loads(status.value)) for status in model.Session.scalars(_statuses(job_ids))
    }


def harvest_report(reference: str) -> dict[str, Any] | None:
    """Return the report of a job, or of the latest job of a source.

    Args:
        reference: id of a job, or id or name of a source.

    Returns:
        job, source, status, started and finished (ISO 8601, UTC), then the sums: records = created + updated +
        unchanged + identical_repeats + rejected + failed + waiting + not_done; deleted and held_back count datasets
        that vanished.
        complete, pages, error, rejections, remarks and faults as in `Gathered`; failures: of the first records that the
        portal refused, and of cells of tables: number, identity, reason. None if there is no such job or source.
    """
    job = _job(reference)
    if job is None:
        return None
    gathered = load([job.id]).get(job.id, Gathered())
    counts = _counts(job.id)
    return {
        **asdict(gathered),
        "job": job.id,
        "source": gathered.source or _source_name(job.source_id),
        "status": job.status,
        "started": _iso(job.gather_started or job.created),
        "finished": _iso(job.finished),
        "created": counts.get("added", 0),
        "updated": counts.get("updated", 0),
        "unchanged": gathered.unchanged + counts.get("not modified", 0),
        "deleted": counts.get("deleted", 0),
        "vanished": counts.get("vanished", 0),
        "returned": counts.get("returned", 0),
        "failed": counts.get("errored", 0),
        "waiting": counts.get("waiting", 0),
        "failures": _failures(job.id),
    }


def _source_name(source_id: str) -> str:
    return model.Session.scalars(sa.select(model.Package.name).where(model.Package.id == source_id)).first() or ""


def _failures(job_id: str) -> list[dict[str, Any]]:
    """Return the messages about objects of a job, in the order of the catalogue."""
    query = (
        sa.select(HarvestObject.guid, HarvestObjectExtra.value, HarvestObjectError.message)
        .join(HarvestObjectError, HarvestObjectError.harvest_object_id == HarvestObject.id)
        .outerjoin(
            HarvestObjectExtra,
            sa.and_(HarvestObjectExtra.harvest_object_id == HarvestObject.id, HarvestObjectExtra.key == KEY),
        )
        .where(HarvestObject.harvest_job_id == job_id)
        .order_by(HarvestObjectError.created, HarvestObjectError.id)
        .limit(FAILURES_TOLD)
    )
    rows = [(Notes.parse(notes), guid, message or "") for guid, notes, message in model.Session.execute(query)]
    told = [
        {"number": notes.number, "identity": notes.identity or guid, "reason": message} for notes, guid, message in rows
    ]
    return sorted(told, key=lambda one: one["number"])


def _job(reference: str) -> HarvestJob | None:
    # ckanext-harvest leaves texts in place of times on jobs that it ended in this session.
    job = model.Session.get(HarvestJob, reference, populate_existing=True)
    if job is not None:
        return job
    query = (
        sa.select(HarvestJob)
        .join(HarvestSource, HarvestSource.id == HarvestJob.source_id)
        .join(model.Package, model.Package.id == HarvestSource.id)
        .where(sa.or_(HarvestSource.id == reference, model.Package.name == reference))
        .order_by(HarvestJob.created.desc())
        .execution_options(populate_existing=True)
    )
    return model.Session.scalars(query).first()


def _counts(job_id: str) -> dict[str, int]:
    """Return how many objects of a job came to what; what was not done of datasets without a record is left out."""
    query = (
        sa.select(HarvestObject.report_status, HarvestObject.state, HarvestObjectExtra.value)
        .join(HarvestObjectExtra, HarvestObjectExtra.harvest_object_id == HarvestObject.id)
        .where(HarvestObject.harvest_job_id == job_id, HarvestObjectExtra.key == KEY)
    )
    counts: dict[str, int] = {}
    for status, state, notes in model.Session.execute(query):
        action = Notes.parse(notes).action
        key = "waiting" if state in (*OPEN, HELD) else "errored" if state == "ERROR" else status
        if action != WRITE:
            key = NOTED.get((action, status))
        if key is None:
            continue
        counts[key] = counts.get(key, 0) + 1
    return counts


def _iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
