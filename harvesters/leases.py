"""One worker a source, and no job without a worker that lives.

A worker that runs a job holds an advisory lock of PostgreSQL on its source, by a connection of its own. When the worker
dies, however it dies, the database gives the lock free at once, and the next worker takes the job up where it stopped.
When the database or the network cuts the connection of a worker that lives on, another may take over; then the fence,
a number that grows with every take-over, keeps the first from committing anything.

The same connection carries the heartbeat. It also brings the wish of an operator that the run be stopped, and ends a
worker that has made no progress for so long that it must be stuck.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ckanext.satudatapmi.harvesters import ledger

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
STALL_SECONDS = 900.0
FROZEN = timedelta(seconds=120)
"""How long after its last sign of life a worker that still holds its source is taken for frozen."""

LOCK_SEED = 5_170_827
"""Keeps our locks apart from those of others in the same database."""

END_HOLDER = sa.text(
    "SELECT pg_terminate_backend(held.pid) FROM pg_locks AS held,"
    " (SELECT hashtextextended(:source, :seed) AS key) AS wanted,"
    " (SELECT oid FROM pg_database WHERE datname = current_database()) AS here"
    " WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 AND held.database = here.oid"
    " AND held.classid = CAST((wanted.key >> 32) & 4294967295 AS oid)"
    " AND held.objid = CAST(wanted.key & 4294967295 AS oid)"
)
"""A lock by one number of 64 bits stands in pg_locks as two of 32 (PostgreSQL manual, pg_locks)."""


class LeaseLost(Exception):
    """Another worker may have taken the run over: nothing more may be written by this one."""


class Stopped(Exception):
    """An operator wants the run to end."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass
class Lease:
    """The right to run a job.

    Attributes:
        job_id: the job.
        source_id: its source.
        fence: grows with every take-over.
        attempts: how many workers began with the run without making progress, this one included.
    """

    job_id: str
    source_id: str
    fence: int
    attempts: int
    _lost: threading.Event = field(default_factory=threading.Event)
    _stopped_by: str = ""
    _moved: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Note that the run moves on.

        Raises:
            LeaseLost, Stopped: it must not.
        """
        self._moved = time.monotonic()
        if self._lost.is_set():
            raise LeaseLost(self.job_id)
        if self._stopped_by:
            raise Stopped(self._stopped_by)

    def confirm(self) -> None:
        """Make sure, within the running transaction, that nobody has taken the run over until it is committed.

        Raises:
            LeaseLost: somebody has.
        """
        query = sa.select(ledger.RUN.c.fence).where(ledger.RUN.c.job_id == self.job_id).with_for_update(read=True)
        if model.Session.scalars(query).first() != self.fence:
            raise LeaseLost(self.job_id)

    def still_for(self) -> float:
        """Return for how many seconds the run has not moved."""
        return time.monotonic() - self._moved

    def lose(self) -> None:
        """Note that the lock is gone."""
        self._lost.set()

    def stop(self, by: str) -> None:
        """Note who wants the run to end."""
        self._stopped_by = by


def ensure_run(job_id: str, source_id: str, lane: int) -> None:
    """Have a row for a run; one that is there stays as it is. The caller commits."""
    statement = ledger.insert(ledger.RUN).values(job_id=job_id, source_id=source_id, stage="gather", lane=lane)
    model.Session.execute(statement.on_conflict_do_nothing(index_elements=["job_id"]))


@contextmanager
def take(job_id: str, source_id: str, worker: str) -> Iterator[Lease | None]:
    """Take a run over, and give the lock back at the end; None if another worker runs the source.

    Args:
        job_id: a job that `ensure_run` was called for.
        source_id: its source.
        worker: name of the worker, for operators.
    """
    connection = model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        if not connection.execute(sa.select(_try_lock(source_id))).scalar():
            _free_from_frozen(connection, job_id, source_id)
            yield None
            return
        run = ledger.RUN
        taken = sa.update(run).where(run.c.job_id == job_id)
        taken = taken.values(fence=run.c.fence + 1, attempts=run.c.attempts + 1, worker=worker, beat=ledger.now())
        row = connection.execute(taken.returning(run.c.fence, run.c.attempts, run.c.stopped_by)).one()
        lease = Lease(job_id, source_id, row.fence, row.attempts)
        lease.stop(row.stopped_by)
        with _beating(lease, connection):
            yield lease
    finally:
        _close(connection)


def _free_from_frozen(connection: sa.Connection, job_id: str, source_id: str) -> None:
    """Cut the connection of a worker that holds a source and gives no sign of life, as a stopped process does.

    The next worker that asks finds the source free; the fence keeps the frozen one, should it wake, from writing.
    """
    beat = connection.execute(sa.select(ledger.RUN.c.beat).where(ledger.RUN.c.job_id == job_id)).scalar()
    if beat is not None and beat < ledger.now() - FROZEN:
        ended = connection.execute(END_HOLDER, {"source": source_id, "seed": LOCK_SEED}).all()
        log.warning(
            "harvest worker gave no sign of life, its lock was taken away: job=%s holders=%d", job_id, len(ended)
        )


def _try_lock(source_id: str) -> sa.ColumnElement[bool]:
    return sa.func.pg_try_advisory_lock(_key(source_id))


def _key(source_id: str) -> sa.ColumnElement[int]:
    return sa.func.hashtextextended(source_id, LOCK_SEED)


def _close(connection: sa.Connection) -> None:
    try:
        connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
    except SQLAlchemyError:
        # The database has ended it, and the lock with it.
        connection.invalidate()
    finally:
        connection.close()


@contextmanager
def _beating(lease: Lease, connection: sa.Connection) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, connection, ended), name="harvest-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(
    lease: Lease, connection: sa.Connection, ended: threading.Event, give_up: Callable[[int], Any] = os._exit
) -> None:
    run = ledger.RUN
    mine = sa.update(run).where(run.c.job_id == lease.job_id, run.c.fence == lease.fence)
    while not ended.wait(BEAT_SECONDS):
        try:
            row = connection.execute(mine.values(beat=ledger.now()).returning(run.c.stopped_by)).first()
        except DBAPIError:
            log.warning("harvest run lost its lock: job=%s", lease.job_id, exc_info=True)
            lease.lose()
            return
        if row is None:
            lease.lose()
            return
        if row.stopped_by:
            lease.stop(row.stopped_by)
        if lease.still_for() > STALL_SECONDS:
            log.critical("harvest run is stuck, its worker ends: job=%s", lease.job_id)
            give_up(70)
