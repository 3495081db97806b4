"""Forgets harvest jobs that nobody looks at any more, with all that belongs to them.

The latest jobs of every source stay however old they are, and so does every job that a dataset was last written by: its
record is needed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject

from ckanext.satudatapmi.harvesters import holds, ledger, report, staging

log = logging.getLogger(__name__)

KEPT = 10
"""How many of the latest jobs of a source stay: those that its page shows."""
CHUNK = 50
LONGEST = 36_500
"""Days that a calendar can be turned back."""


def forget_old_jobs(keep_days: int) -> int:
    """Delete jobs that ended so many days ago, and commit; return how many."""
    job_ids = _old_jobs(keep_days)
    for at in range(0, len(job_ids), CHUNK):
        _delete(job_ids[at : at + CHUNK])
        model.Session.commit()
    log.info("harvest jobs forgotten: %d", len(job_ids))
    return len(job_ids)


def _old_jobs(keep_days: int) -> list[str]:
    place = sa.func.row_number().over(partition_by=HarvestJob.source_id, order_by=HarvestJob.created.desc())
    job = sa.select(HarvestJob.id, HarvestJob.status, HarvestJob.finished, place.label("place")).subquery()
    current = sa.exists().where(HarvestObject.harvest_job_id == job.c.id, HarvestObject.current.is_(True))
    run = ledger.RUN
    waits = sa.exists().where(run.c.job_id == job.c.id, run.c.stage == holds.HELD, run.c.decision == "")
    ended = sa.and_(job.c.status == "Finished", job.c.finished < ledger.now() - timedelta(days=min(keep_days, LONGEST)))
    return list(model.Session.scalars(sa.select(job.c.id).where(ended, job.c.place > KEPT, ~current, ~waits)))


def _delete(job_ids: Sequence[str]) -> None:
    staging.delete_objects(staging.OBJECT.c.harvest_job_id.in_(job_ids))
    for statement in (
        sa.delete(HarvestGatherError).where(HarvestGatherError.harvest_job_id.in_(job_ids)),
        sa.delete(ledger.RUN).where(ledger.RUN.c.job_id.in_(job_ids)),
        sa.delete(model.TaskStatus).where(
            model.TaskStatus.entity_id.in_(job_ids), model.TaskStatus.task_type == report.TASK_TYPE
        ),
        sa.delete(HarvestJob).where(HarvestJob.id.in_(job_ids)),
    ):
        model.Session.execute(statement)
