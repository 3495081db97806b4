"""The running processes: honcho starts them from config/Procfile, and stops them; `stop` also finds what it lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import proc
from .console import SetupError, Stopped
from .programs import CONFIG, private_environment
from .servers import POSTGRES_BIN
from .settings import CHECKOUT, Stack

STOP_SECONDS = 20.0
TOLD_TO_END = re.compile(r"^[\d:]+ system +\| SIG\w+ received$", re.MULTILINE)
ENDED = re.compile(r"^[\d:]+ system +\| (\w+)\.\d+ stopped \(rc=(-?\d+)\)$", re.MULTILINE)


def environment(stack: Stack) -> dict[str, str]:
    """Return what config/Procfile refers to."""
    return private_environment(stack) | {
        "SATUDATA_HOME": str(stack.home),
        "SATUDATA_VENV": str(stack.venv),
        "SATUDATA_SOLR": str(stack.var / "solr"),
        "SATUDATA_POSTGRES_BIN": str(POSTGRES_BIN),
        "SATUDATA_BIND": f"{stack.host}:{stack.ports.web}",
        "SATUDATA_CSW_VENV": str(stack.csw_venv),
        "SATUDATA_CSW_BIND": f"127.0.0.1:{stack.ports.csw}",
        "SATUDATA_CHARTS_BIND": f"127.0.0.1:{stack.ports.charts}",
        "PYCSW_CONFIG": str(stack.home / "pycsw.cfg"),
        "SATUDATA_PARTNERS_PORT": str(stack.ports.partners),
        "SATUDATA_SOLR_PORT": str(stack.ports.solr),
        "CKAN_INI": str(stack.ini),
        "PATH": f"{stack.venv / 'bin'}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }


@dataclass(frozen=True)
class Started:
    """Honcho, as this script started it.

    Attributes:
        process: honcho.
        log: where it and its processes write.
        log_start: size of the log before.
    """

    process: subprocess.Popen[bytes]
    log: Path
    log_start: int = 0

    def check(self) -> None:
        """Do nothing while every server runs; when one ends, honcho soon ends all others and itself.

        Raises:
            SetupError, Stopped: as `tell_end`.
        """
        if self.process.poll() is not None:
            self.tell_end()

    def tell_end(self) -> None:
        """Do nothing unless honcho says that a server has ended, or has ended itself.

        Raises:
            SetupError: one ended by itself; the message names it.
            Stopped: somebody stopped them, as `make stop` does.
        """
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self.log_start)
            written = file.read()
        ended, told = ENDED.search(written), TOLD_TO_END.search(written)
        if told and not (ended and ended.start() < told.start()):
            raise Stopped
        if ended:
            raise SetupError(self._words(ended[1], int(ended[2])))
        if self.process.returncode is not None:
            raise SetupError(self._words("honcho, which runs every server,", self.process.returncode))

    def _words(self, name: str, code: int) -> str:
        return f"{name} ended with {exit_code(code)}, so everything was stopped; see {self.log}"


def exit_code(code: int) -> str:
    """Return an exit code in words, as a shell shows it: 128 and more is a signal."""
    number = 128 - code if code < 0 else code
    try:
        return f"exit code {number} ({signal.Signals(number - 128).name})"
    except ValueError:
        return f"exit code {number}"


def start(stack: Stack, names: list[str] | None = None, cores: str = "", file: str = "Procfile") -> Started:
    """Start honcho on all processes of a Procfile, or on the named ones; their output goes to log/processes.log.

    Args:
        stack: what they belong to.
        names: the processes to start.
        cores: what Solr gets beside its core `ckan`, each as NAME=folder of its settings.
        file: the Procfile's name.
    """
    stack.logs.mkdir(parents=True, exist_ok=True)
    empty = stack.home / "empty.env"
    empty.touch()
    command = [stack.program("honcho"), "-d", str(CHECKOUT), "-f", str(CONFIG / file), "-e", str(empty), "start"]
    path = stack.logs / "processes.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            [*command, *(names or [])],
            env=environment(stack) | {"SATUDATA_SOLR_CORES": cores},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started = Started(process, path, log.tell())
    stack.pid_file.write_text(str(process.pid), encoding="utf-8")
    return started


def running(stack: Stack) -> int | None:
    """Return the process id of this stack's honcho, or None."""
    try:
        pid = int(stack.pid_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return pid if stack.program("honcho") in proc.command(pid) and proc.is_alive(pid) else None


def stop(stack: Stack) -> bool:
    """Stop every process of the stack and wait until they are gone; tell whether there was one.

    Raises:
        SetupError: a process cannot be stopped.
    """
    shutil.rmtree(stack.home / "may-start", ignore_errors=True)
    honcho = running(stack)
    if honcho:
        proc.send(honcho, signal.SIGTERM)
        _wait_until(lambda: not proc.is_alive(honcho))
    # Honcho is gone or does not answer: whatever it left is ended one by one.
    lost = proc.belonging_to(stack.home)
    if lost:
        proc.end(lost)
        _wait_until(lambda: not proc.belonging_to(stack.home))
        for pid in proc.belonging_to(stack.home):
            proc.send(pid, signal.SIGKILL)
        _wait_until(lambda: not proc.belonging_to(stack.home))
    if left := proc.belonging_to(stack.home):
        raise SetupError(f"these processes do not end: {' '.join(map(str, left))}")
    stack.pid_file.unlink(missing_ok=True)
    return bool(honcho or lost)


def stop_own(stack: Stack, started: Started) -> None:
    """Stop what this script started, unless `make stop` has: by now the stack may be another run's."""
    try:
        pid = int(stack.pid_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    if pid == started.process.pid:
        stop(stack)


def _wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + STOP_SECONDS
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
