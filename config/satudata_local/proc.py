"""Processes as /proc shows them: which belong to a stack, and how they are ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from .console import SetupError

PROC = Path("/proc")
# PostgreSQL and Redis write their title over their environment; each runs in its data folder of this name.
FOLDERS = {"postgres": "postgres", "redis-server": "redis"}


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and that nobody asked about (a zombie) does not."""
    return bool(_state(pid)) and _state(pid)[0] != "Z"


def command(pid: int) -> list[str]:
    """Return the words of a process' command line; [] if it has ended."""
    return _read(pid, "cmdline").split("\0")


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal, if the process still runs.

    Raises:
        SetupError: it belongs to another user.
    """
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise SetupError(f"process {pid} belongs to another user: run this as root") from error


def end(pids: Iterable[int]) -> None:
    """Ask processes to end, each in the way it ends soon and cleanly."""
    for pid in pids:
        if _name(pid) != "postgres":
            send(pid, signal.SIGTERM)
        elif _name(_parent(pid)) != "postgres":
            # SIGTERM would make it wait for its clients; its children it ends itself.
            send(pid, signal.SIGINT)


def belonging_to(home: Path) -> list[int]:
    """Return the processes of the stack in `home`, without this one and those above it.

    They are those started with the environment of config/Procfile, and all that descend from them.
    """
    alive = [int(folder.name) for folder in PROC.glob("[0-9]*")]
    parents = {pid: _parent(pid) for pid in alive if is_alive(pid)}
    own = _with_ancestors(os.getpid(), parents)
    found = {pid for pid in parents if pid not in own and _is_of(pid, home)}
    while more := {pid for pid, parent in parents.items() if parent in found} - found - own:
        found |= more
    return sorted(found)


def with_descendants(pid: int) -> set[int]:
    """Return a process and all that descend from it and run."""
    alive = [int(folder.name) for folder in PROC.glob("[0-9]*")]
    parents = {one: _parent(one) for one in alive}
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return {one for one in found if is_alive(one)}


def peak_memory(pid: int) -> float:
    """Return the largest resident memory that a process has had, in MB; 0 if it has ended."""
    for line in _read(pid, "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor_ticks(pid: int) -> int:
    """Return the processor time a process has used, that of its ended children included."""
    return sum(int(field) for field in _state(pid)[11:15])


def _is_of(pid: int, home: Path) -> bool:
    if f"SATUDATA_HOME={home}" in _read(pid, "environ").split("\0"):
        return True
    folder = FOLDERS.get(_name(pid))
    try:
        return folder is not None and (PROC / str(pid) / "cwd").readlink() == home / folder
    except OSError:
        return False


def _with_ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found = set()
    while pid in parents:
        found.add(pid)
        pid = parents[pid]
    return found


def _state(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; the name before them may hold anything."""
    return _read(pid, "stat").rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int((_state(pid) or ["", "0"])[1])


def _name(pid: int) -> str:
    return _read(pid, "comm").strip()


def _read(pid: int, file: str) -> str:
    try:
        return (PROC / str(pid) / file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
