"""PostgreSQL with nothing of its data in memory, so that what is asked next comes from the disk."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from .. import proc, servers
from ..processes import Started
from ..settings import Stack

STOP_SECONDS = 60.0


def forget(stack: Stack, started: Started) -> None:
    """Restart PostgreSQL, which comes back by itself, and have the system forget the pages of its files meanwhile.

    Args:
        stack: whose PostgreSQL it is; nobody uses it.
        started: its processes.
    """
    data = stack.home / "postgres"
    servers.psql(stack, "CHECKPOINT")
    server = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    proc.send(server, signal.SIGINT)
    end = time.monotonic() + STOP_SECONDS
    while proc.is_alive(server) and time.monotonic() < end:
        time.sleep(0.05)
    for file in (data / "base").rglob("*"):
        _forget_file(file)
    servers.wait_for_postgres(stack, started.check)


def _forget_file(path: Path) -> None:
    if not path.is_file():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
