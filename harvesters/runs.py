"""Starting harvest jobs, seeing how far they are, and ending those of other extensions' harvesters."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.logic.action.update import _calculate_next_run, _make_scheduled_jobs
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

from ckanext.satudatapmi.harvesters import base, guests, leases, ledger, proposals
from ckanext.satudatapmi.harvesters.ending import harvest_context, send_mails, site_context

__all__ = ["harvest_context", "site_context"]

log = logging.getLogger(__name__)

QUIET = timedelta(minutes=5)
ENDED = ("COMPLETE", "ERROR")


@dataclass(frozen=True)
class Progress:
    """How far the running jobs are: counts of jobs and of their objects."""

    jobs: int
    jobs_ended: int
    objects: int
    objects_ended: int

    @property
    def done(self) -> bool:
        """Whether every job has ended."""
        return self.jobs_ended == self.jobs


def sources_never_harvested() -> list[str]:
    """Return the ids of the active, accepted sources that have no finished job yet, oldest first."""
    query = (
        sa.select(HarvestSource.id)
        .where(HarvestSource.active.is_(True), proposals.accepted())
        .where(~sa.exists().where(HarvestJob.source_id == HarvestSource.id, HarvestJob.status == "Finished"))
        .order_by(HarvestSource.created)
    )
    return list(model.Session.scalars(query))


def active_sources(names: Sequence[str] = ()) -> list[str]:
    """Return the ids of the active, accepted sources, or of those among them that are named."""
    query = sa.select(HarvestSource.id).join(model.Package, model.Package.id == HarvestSource.id)
    query = query.where(HarvestSource.active.is_(True), proposals.accepted()).order_by(HarvestSource.created)
    return list(model.Session.scalars(query.where(model.Package.name.in_(names)) if names else query))


def start_jobs(source_ids: list[str], lane: int | None = None) -> list[str]:
    """Create a job for each accepted source and put it on the gather queue; an open job is taken as it is.

    Args:
        source_ids: ids of active sources.
        lane: in which lane the jobs run; that of their source if not given.
    """
    wanted = sa.select(HarvestSource.id).where(HarvestSource.id.in_(source_ids), proposals.accepted())
    allowed = set(model.Session.scalars(wanted))
    job_ids = []
    for source_id in (one for one in source_ids if one in allowed):
        open_job = ledger.open_job(source_id)
        if open_job is None:
            job = tk.get_action("harvest_job_create")(site_context(), {"source_id": source_id, "run": True})
            open_job = job["id"]
            _plan_next(source_id)
        if lane is not None:
            put_in_lane(open_job, source_id, lane)
        job_ids.append(open_job)
    return job_ids


def _plan_next(source_id: str) -> None:
    """Have the schedule count from now: a source that is being harvested is not due as well."""
    source = model.Session.get_one(HarvestSource, source_id)
    if source.frequency != "MANUAL":
        source.next_run = _calculate_next_run(source.frequency)
        model.Session.commit()


def put_in_lane(job_id: str, source_id: str, lane: int) -> None:
    """Have a job run in a lane, and commit."""
    leases.ensure_run(job_id, source_id, lane)
    ledger.change_run(job_id, lane=lane)
    model.Session.commit()


def measure(job_ids: list[str]) -> Progress:
    """Return how far the jobs are."""
    model.Session.rollback()
    ended = model.Session.scalar(
        sa.select(sa.func.count()).where(HarvestJob.id.in_(job_ids), HarvestJob.status == "Finished")
    )
    objects, objects_ended = model.Session.execute(
        sa.select(
            sa.func.count(HarvestObject.id), sa.func.count(HarvestObject.id).filter(HarvestObject.state.in_(ENDED))
        ).where(HarvestObject.harvest_job_id.in_(job_ids))
    ).one()
    return Progress(len(job_ids), ended or 0, objects, objects_ended)


def jobs_to_end() -> list[HarvestJob]:
    """Return the running jobs of other extensions' harvesters that have gathered and have no object left to do."""
    pending = sa.exists().where(HarvestObject.harvest_job_id == HarvestJob.id, HarvestObject.state.not_in(ENDED))
    query = (
        sa.select(HarvestJob)
        .join(HarvestSource, HarvestSource.id == HarvestJob.source_id)
        .where(HarvestJob.status == "Running", HarvestJob.gather_finished.is_not(None), ~pending)
        .where(HarvestSource.type.not_in(base.pipeline_types()))
    )
    return list(model.Session.scalars(query))


def end_finished_jobs() -> None:
    """Mark those jobs as finished, bring their sources up to date, send the mails; our own jobs end by themselves.

    ckanext-harvest's `harvest_jobs_run` does the same, but each time also puts every waiting object into the queue
    anew: one that a consumer has just taken would be done twice, and marked as failed if its job ended in between.
    """
    for job in jobs_to_end():
        job.status = "Finished"
        last = sa.select(sa.func.max(HarvestObject.import_finished)).where(HarvestObject.harvest_job_id == job.id)
        job.finished = model.Session.scalar(last) or job.gather_finished
        source_id = job.source_id
        model.Session.commit()
        tk.get_action("harvest_source_reindex")(harvest_context(), {"id": source_id})
        send_mails(source_id)


def is_quiet(now: datetime) -> bool:
    """Tell whether no running job has moved for a while, so that what still waits was lost by the queue.

    Args:
        now: the time in UTC, without zone, as ckanext-harvest stores times.
    """
    moved = sa.select(
        sa.func.max(
            sa.func.greatest(
                HarvestJob.gather_started,
                HarvestJob.gather_finished,
                HarvestObject.fetch_started,
                HarvestObject.import_finished,
            )
        )
    )
    running = moved.select_from(HarvestJob).outerjoin(HarvestObject).where(HarvestJob.status == "Running")
    last = model.Session.scalar(running)
    return last is None or now - last > QUIET


def run_to_end(source_ids: list[str], report: Callable[[Progress], None], lane: int | None = None) -> Progress:
    """Harvest the sources and wait until the last job has ended.

    Args:
        source_ids: harvest source ids.
        report: called about twice a second with how far the jobs are.
        lane: as in `start_jobs`.
    """
    return wait_for(start_jobs(source_ids, lane), report)


def wait_for(job_ids: list[str], report: Callable[[Progress], None]) -> Progress:
    """Wait until jobs have ended, which workers run; see `run_to_end`."""
    while not (progress := measure(job_ids)).done:
        report(progress)
        end_finished_jobs()
        time.sleep(0.5)
    report(progress)
    return progress


def tick() -> None:
    """Start the jobs that are due, and have those of others that were lost taken up again."""
    _make_scheduled_jobs(harvest_context(), {})
    guests.send_lost()
    end_finished_jobs()
    if is_quiet(ledger.now()):
        tk.get_action("harvest_jobs_run")(harvest_context(), {})
