"""Workers: each takes the next harvest job that nobody runs, for ever.

Jobs are taken from the database, where they are in any case; so none is ever lost by a queue. Those that a person asked
for come first, partners that answer slowly last, and only half of the workers wait for these at any time. Jobs of other
extensions' harvesters come through the queues of ckanext-harvest and run by its own code (see guests).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob, HarvestSource

from ckanext.satudatapmi.harvesters import (
    base,
    guests,
    ledger,
    runs,
    schedule,
    staging,
    wakeups,
    worker_names,
    working,
)
from ckanext.satudatapmi.harvesters.working import NORMAL, SLOW

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
ALIVE = timedelta(seconds=30)
CANDIDATES = 20
"""How many jobs are tried before a worker rests; another may have taken the first ones meanwhile."""


def work(name: str, rounds: int | None = None, rest: Callable[[float], Any] = wakeups.rest) -> None:
    """Run jobs for ever, or for some rounds.

    Args:
        name: of the worker; no other that runs has the same.
        rounds: how often to look for a job; None for ever.
        rest: waits when there is none, so many seconds at most.

    Raises:
        NameTaken: another worker that runs has the name.
    """
    with worker_names.held(name) as mine:
        hands = guests.Hands(name)
        while rounds is None or rounds > 0:
            busy = _look(name, hands if mine.is_held else None)
            rounds = None if rounds is None else rounds - 1
            if not busy:
                rest(IDLE_SECONDS)


def _look(name: str, hands: guests.Hands | None) -> bool:
    """Look once for something to do; False if nothing was done.

    Args:
        name: of the worker.
        hands: in which it takes messages for other extensions' harvesters; None while its name is not its own.
    """
    busy = False
    try:
        schedule.keep_ticking()
        if hands is not None:
            hands.take_up()
        busy = run_next(name) or (hands is not None and guests.run_guest(name)) or help_out(name)
        if not busy:
            runs.end_finished_jobs()
    except Exception:
        # The database or the queue is away for a moment: the next round finds them again.
        log.exception("harvest worker %s could not look for jobs; it tries again", name)
    finally:
        model.Session.remove()
    return busy


def run_next(name: str) -> bool:
    """Run the next job that no other worker runs; False if there is none."""
    for job_id, source_type in _waiting():
        harvester = base.known_harvester(source_type)
        if harvester is not None and working.run_job(job_id, name, harvester.harvester()):
            return True
    return False


def _waiting() -> list[tuple[str, str]]:
    """Return jobs that are to be run, with the types of their sources, in the order in which they should be.

    Those with a fresh beat come last: most of their workers live. The one that was longest silent may be dead.
    """
    run, source = ledger.RUN, ledger.SOURCE
    lane = sa.func.coalesce(run.c.lane, sa.case((source.c.slow.is_(True), SLOW), else_=NORMAL))
    fresh = sa.case((run.c.beat > ledger.now() - ALIVE, run.c.beat))
    query = (
        sa.select(HarvestJob.id, HarvestSource.type)
        .join(HarvestSource, HarvestSource.id == HarvestJob.source_id)
        .outerjoin(run, run.c.job_id == HarvestJob.id)
        .outerjoin(source, source.c.source_id == HarvestJob.source_id)
        .where(HarvestJob.status.in_(("New", "Running")), HarvestSource.type.in_(base.pipeline_types()))
        .where(sa.or_(lane < SLOW, _slow_running() < _slow_allowed()))
        .order_by(fresh.asc().nulls_first(), lane, HarvestJob.created)
        .limit(CANDIDATES)
    )
    found = [(job_id, kind) for job_id, kind in model.Session.execute(query)]
    model.Session.rollback()
    return found


def help_out(name: str) -> bool:
    """Help with the run of a source that has much to write; False if there is none."""
    run = ledger.RUN
    query = (
        sa.select(run.c.job_id, HarvestSource.type)
        .join(HarvestSource, HarvestSource.id == run.c.source_id)
        .where(run.c.stage == "write", run.c.stopped_by == "", run.c.beat > ledger.now() - ALIVE)
    )
    for job_id, source_type in model.Session.execute(query).all():
        harvester = base.known_harvester(source_type)
        if harvester is None or not working.can_be_helped(harvester.harvester()):
            continue
        if staging.has_more_than(job_id, working.HELP_FROM):
            log.info("worker helps: worker=%s job=%s", name, job_id)
            working.help_with(job_id, harvester.harvester())
            return True
    return False


def _slow_running() -> sa.ScalarSelect[int]:
    run = ledger.RUN.alias()
    query = sa.select(sa.func.count()).where(run.c.lane == SLOW, run.c.stage.in_(("gather", "write")))
    return query.where(run.c.beat > ledger.now() - ALIVE).scalar_subquery()


def _slow_allowed() -> int:
    return max(1, int(tk.config.get("ckanext.satudatapmi.harvest.workers")) // 2)
