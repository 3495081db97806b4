"""One worker a name: what a worker has in hand of other extensions' harvesters is kept under its name (see guests).

While it runs, a worker holds an advisory lock of PostgreSQL on its name, by a connection of its own. When it dies, or
gives no sign of life for a while, the database gives the name free, and any worker takes up what it had in hand. A
worker that lives on when the database ends or cuts its connection takes its name again.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
SILENT_SECONDS = 120
"""After how long without a sign of life the database gives a name free, as of a stopped process or a lost machine."""
TRIES, PAUSE_SECONDS = 10, 0.2
"""A name that is not free at once may be that of a worker that has just died, or be looked after for a moment."""

LOCK_SEED = 5_170_828
"""Keeps the locks on names apart from those on sources (see leases) and from those of others."""


class NameTaken(Exception):
    """Another worker that runs has the name."""


def default_name() -> str:
    """Return a name that no other process has."""
    return f"{socket.gethostname()}-{os.getpid()}"


class WorkerName:
    """The name of this worker, while it is held."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: sa.Connection | None = None

    @property
    def is_held(self) -> bool:
        """Whether no other worker can have it."""
        return self._connection is not None

    def hold(self) -> None:
        """Take the name, or see that it is still held.

        Raises:
            NameTaken: another worker has it.
            SQLAlchemyError: the database is away.
        """
        try:
            if self._connection is None:
                self._connection = _locked(self._name)
            else:
                self._connection.scalar(sa.select(1))
        except SQLAlchemyError:
            self.release()
            raise

    def release(self) -> None:
        """Give the name free."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def held(name: str) -> Iterator[WorkerName]:
    """Hold the name of this worker as long as it runs.

    Raises:
        NameTaken: another worker that runs has it.
    """
    mine, ended = WorkerName(name), threading.Event()
    mine.hold()
    thread = threading.Thread(target=_keep, args=(mine, ended), name="harvest-worker-name", daemon=True)
    thread.start()
    try:
        yield mine
    finally:
        ended.set()
        thread.join()
        mine.release()


@contextmanager
def held_if_free(name: str) -> Iterator[bool]:
    """Hold a name for a moment; False if a worker that lives has it."""
    connection = _connect()
    try:
        yield _try_lock(connection, name)
    finally:
        connection.close()


def _keep(mine: WorkerName, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            mine.hold()
        except (SQLAlchemyError, NameTaken) as error:
            log.warning("harvest worker does not hold its name, it tries again: error=%s", type(error).__name__)


def _locked(name: str) -> sa.Connection:
    connection = _connect()
    try:
        for _time in range(TRIES):
            if _try_lock(connection, name):
                return connection
            time.sleep(PAUSE_SECONDS)
        raise NameTaken(name)
    except Exception:
        connection.close()
        raise


def _connect() -> sa.Connection:
    """Return a connection outside the pool: when it is closed, its lock and its settings end with it."""
    connection = model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    settings = sa.text("SELECT set_config(name, :value, false) FROM pg_settings WHERE name = 'idle_session_timeout'")
    connection.execute(settings, {"value": f"{SILENT_SECONDS}s"})
    return connection


def _try_lock(connection: sa.Connection, name: str) -> bool:
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(sa.func.hashtextextended(name, LOCK_SEED)))))
