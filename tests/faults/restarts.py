"""Kills the servers of a stack that starts them again, at once or later, and waits until they answer."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.redis import is_redis_available
from ckan.lib.search.common import is_available
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.harvest import queue
from sqlalchemy.exc import DBAPIError

from satudata_local import proc
from tests.faults.site import until

PATIENCE = 60.0


PROGRAMS = {"PostgreSQL": "config/bin/postgres", "Redis": "redis-server", "Solr": "config/bin/solr"}
"""By server what config/bin/again starts again when it ends."""


def restarts(home: Path) -> dict[str, Callable[[], None]]:
    """Return what restarts each server of the stack in a folder."""
    return {
        "PostgreSQL": lambda: _restart(_postgres(home), _database_answers),
        "Redis": lambda: _restart(_redis(), is_redis_available),
        "Solr": lambda: _restart(_solr(home), is_available),
    }


@contextmanager
def away(name: str, home: Path) -> Iterator[None]:
    """Kill a server of the stack in a folder; nobody starts it again before the context ends, then it is waited for."""
    pids: dict[str, Callable[[], int]] = {
        "PostgreSQL": lambda: _postgres(home),
        "Redis": _redis,
        "Solr": lambda: _solr(home),
    }
    answers = {"PostgreSQL": _database_answers, "Redis": is_redis_available, "Solr": is_available}[name]
    killed, again = pids[name](), _again(PROGRAMS[name], home)
    os.kill(again, signal.SIGSTOP)
    try:
        os.kill(killed, signal.SIGKILL)
        assert until(lambda: not proc.is_alive(killed), PATIENCE)
        yield
    finally:
        os.kill(again, signal.SIGCONT)
        assert until(answers, PATIENCE), "the server did not come back"


def _again(program: str, home: Path) -> int:
    """Return the process that starts a program again."""
    commands = {pid: proc.command(pid) for pid in proc.belonging_to(home)}
    return next(pid for pid, words in commands.items() if "config/bin/again" in words and program in words)


def _restart(pid: int, answers: Callable[[], bool]) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not proc.is_alive(pid), PATIENCE)
    assert until(answers, PATIENCE), "the server did not come back"


def _postgres(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def _redis() -> int:
    redis: Any = queue.get_connection_redis()
    return redis.info()["process_id"]


def _solr(home: Path) -> int:
    folder = os.fspath(home / "solr-home")
    commands = {pid: proc.command(pid) for pid in proc.belonging_to(home)}
    return next(pid for pid, words in commands.items() if words[0].endswith("java") and folder in words)


def _database_answers() -> bool:
    """Tell whether the databases answer; connections of before are given up."""
    model.Session().invalidate()
    model.Session.remove()
    for engine in (model.ensure_engine(), get_write_engine()):
        engine.dispose()
        try:
            with engine.connect() as connection:
                connection.execute(sa.select(1))
        except DBAPIError:
            return False
    return True
