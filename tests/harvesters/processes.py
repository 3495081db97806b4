"""Harvest workers in processes of their own, which can be killed, stopped and let go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until a condition holds; returns what it gave."""
    last = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < last, "nothing happened in time"
        time.sleep(0.02)
    return found


class Worker:
    """A process that does something; it is a copy of this one, with connections of its own."""

    def __init__(self, do: Callable[[], Any]) -> None:
        import ckan.model as model

        model.Session.remove()
        self._ended: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                model.ensure_engine().dispose(close=False)
                do()
            finally:
                os._exit(0)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._ended is None:
            self.signal(signal.SIGKILL)
            self.join()

    def join(self) -> int:
        """Wait for its end; returns its status as os.waitpid has it."""
        if self._ended is None:
            self._ended = os.waitpid(self.pid, 0)[1]
        return self._ended


def harvest(job_id: str, name: str = "anak") -> bool:
    """Do a job as a worker does."""
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import base, working

    harvester = base.known_harvester(HarvestJob.get(job_id).source.type).harvester()
    return working.run_job(job_id, name, harvester)


def pausing(owner: Any, name: str, call: int, mark: Path, seconds: float = 60.0) -> None:
    """Have a function rest before its so-and-so-manieth call in this process; `mark` is there from then on."""
    original, calls = getattr(owner, name), []

    def rest(*arguments: Any, **more: Any) -> Any:
        calls.append(name)
        if len(calls) == call:
            mark.touch()
            time.sleep(seconds)
        return original(*arguments, **more)

    setattr(owner, name, rest)


def cut_lock() -> int:
    """Have the database end the connections that hold a worker's lock, and wait for it; returns how many there were."""
    import ckan.model as model
    import sqlalchemy as sa

    with model.ensure_engine().connect() as connection:
        cut = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
        return len(cut.all())
