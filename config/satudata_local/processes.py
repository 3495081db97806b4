"""The running processes: honcho starts them from config/Procfile, and stops them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .programs import CONFIG, private_environment
from .servers import POSTGRES_BIN
from .settings import CHECKOUT, Stack

STOP_SECONDS = 20.0


def environment(stack: Stack) -> dict[str, str]:
    """Return what config/Procfile refers to."""
    return private_environment(stack) | {
        "SATUDATA_HOME": str(stack.home),
        "SATUDATA_VENV": str(stack.venv),
        "SATUDATA_SOLR": str(stack.var / "solr"),
        "SATUDATA_POSTGRES_BIN": str(POSTGRES_BIN),
        "SATUDATA_BIND": f"{stack.host}:{stack.ports.web}",
        "SATUDATA_PARTNERS_PORT": str(stack.ports.partners),
        "SATUDATA_SOLR_PORT": str(stack.ports.solr),
        "CKAN_INI": str(stack.ini),
        "PATH": f"{stack.venv / 'bin'}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }


def start(stack: Stack, names: list[str] | None = None) -> subprocess.Popen[bytes]:
    """Start honcho on all processes of the Procfile, or on the named ones; their output goes to log/processes.log."""
    stack.logs.mkdir(parents=True, exist_ok=True)
    empty = stack.home / "empty.env"
    empty.touch()
    command = [stack.program("honcho"), "-d", str(CHECKOUT), "-f", str(CONFIG / "Procfile"), "-e", str(empty), "start"]
    with (stack.logs / "processes.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *(names or [])],
            env=environment(stack),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack.pid_file.write_text(str(process.pid), encoding="utf-8")
    return process


def running(stack: Stack) -> int | None:
    """Return the process id of this stack's honcho, or None."""
    try:
        pid = int(stack.pid_file.read_text(encoding="utf-8"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if stack.program("honcho").encode() in command else None


def stop(stack: Stack) -> bool:
    """Stop every process of the stack and wait until they are gone; tell whether there was one."""
    pid = running(stack)
    shutil.rmtree(stack.home / "may-start", ignore_errors=True)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while running(stack) == pid and _alive(pid) and time.monotonic() < end:
        time.sleep(0.1)
    stack.pid_file.unlink(missing_ok=True)
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
