"""A little site whose processes can be harmed: of its own, with servers and partners behind proxies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ckanext.harvest import queue

from tests.faults.toxiproxy import PROGRAM, Toxiproxy

SERVERS = {
    "postgres": ("sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"),
    "redis": ("ckan.redis.url",),
    "solr": ("solr_url",),
}
VARIABLES = {
    "sqlalchemy.url": "CKAN_SQLALCHEMY_URL",
    "ckan.datastore.write_url": "CKAN_DATASTORE_WRITE_URL",
    "ckan.datastore.read_url": "CKAN_DATASTORE_READ_URL",
    "ckan.redis.url": "CKAN_REDIS_URL",
    "solr_url": "CKAN_SOLR_URL",
}
SETTINGS = {
    "ckan.locale_default": "en",
    "ckanext.satudatapmi.harvest.allowed_hosts": "127.0.0.1",
    "ckanext.satudatapmi.harvest.timeout_seconds": "3",
    "ckanext.satudatapmi.harvest.pause_seconds": "0",
    "ckanext.satudatapmi.harvest.retries": "1",
    "ckanext.satudatapmi.harvest.back_off_seconds": "0.1",
    "ckanext.satudatapmi.harvest.failures_before_rest": "100000",
    "ckanext.satudatapmi.harvest.grace_days": "0",
    "ckanext.satudatapmi.harvest.workers": "2",
}
NAME = "gangguan"
"""Beginning of the names of the processes, for the database and for operators."""


class Worker:
    """A process of the site, started again whenever it ended: `ckan satudata harvest work`, or another command."""

    def __init__(
        self, name: str, ini: Path, variables: dict[str, str], log: Path, command: Sequence[str] | None = None
    ) -> None:
        self.name = name
        self._command = [os.fspath(Path(sys.executable).with_name("ckan")), "-c", os.fspath(ini)]
        self._command += command or ["satudata", "harvest", "work", "--name", name]
        self._variables = variables | {"PGAPPNAME": name}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def keep_alive(self) -> None:
        """Start the process if none runs."""
        if self._process is None or self._process.poll() is not None:
            self.kill()
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._variables, stdout=log, stderr=log, start_new_session=True
                )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    @property
    def pid(self) -> int:
        """Its number; 0 before it was started."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """End it as `kill -9` does, and with it whatever it has started."""
        if self._process is None:
            return
        self.send(signal.SIGKILL)
        for pid in _of_session(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)


class Site:
    """Two workers, the process of the background jobs, and toxiproxy, through which they reach servers and partners.

    Attributes:
        log: what the processes write.
        workers: harvest.
        jobs: runs background jobs, the schedule's ticks among them.
        toxiproxy: None where it could not be compiled; then nothing stands between.
    """

    def __init__(self, folder: Path, ini: Path, settings: dict[str, str]) -> None:
        self.log = folder / "processes.log"
        self.toxiproxy = Toxiproxy(folder / "toxiproxy.log") if PROGRAM.exists() else None
        variables = {}
        for server, options in SERVERS.items():
            for option in options:
                variables[VARIABLES[option]] = self.through(server, settings[option])
        own = own_ini(folder, ini)
        # A worker starts twice as fast with bytecode, which tests write nowhere else.
        variables = {**os.environ, **variables, "PYTHONPYCACHEPREFIX": os.fspath(folder / "bytecode")}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        # Workers do not wait long for Redis; who runs background jobs waits there until one comes.
        redis = VARIABLES["ckan.redis.url"]
        prompt = {redis: urlunsplit(urlsplit(variables[redis])._replace(query="socket_timeout=5"))}
        self.workers = [Worker(f"{NAME}-{number}", own, variables | prompt, self.log) for number in (1, 2)]
        self.jobs = Worker(f"{NAME}-jobs", own, variables, self.log, ["jobs", "worker"])

    @property
    def processes(self) -> list[Worker]:
        """All processes."""
        return [*self.workers, self.jobs]

    def keep_alive(self) -> None:
        """Start the processes that ended."""
        for process in self.processes:
            process.keep_alive()

    def let_tick(self) -> None:
        """Have the schedule tick now, as it does when workers have seen no tick for minutes."""
        redis: Any = queue.get_connection_redis()
        if names := [*redis.keys("satudatapmi:*:ticked"), *redis.keys("satudatapmi:*:checked")]:
            redis.delete(*names)

    def through(self, name: str, url: str) -> str:
        """Return an address under which a server is reached through toxiproxy, where that is."""
        parts = urlsplit(url)
        account, at, host = parts.netloc.rpartition("@")
        if self.toxiproxy is not None:
            host = f"127.0.0.1:{self.toxiproxy.port(name, parts.port or 0)}"
        return urlunsplit(parts._replace(netloc=f"{account}{at}{host}"))

    def mend(self) -> None:
        """Let all servers be reached."""
        if self.toxiproxy is not None:
            self.toxiproxy.mend()

    def close(self) -> None:
        """End the processes and toxiproxy."""
        for process in self.processes:
            process.kill()
        if self.toxiproxy is not None:
            self.toxiproxy.close()


def own_ini(folder: Path, ini: Path) -> Path:
    """Write a configuration of the workers' own into a folder, and return where it is."""
    text = ini.read_text(encoding="utf-8")
    for name in SETTINGS:
        text = re.sub(rf"^{re.escape(name)}\s*=.*\n", "", text, flags=re.MULTILINE)
    lines = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
    own = folder / "ckan.ini"
    own.write_text(text.replace("use = egg:ckan\n", f"use = egg:ckan\n{lines}"), encoding="utf-8")
    return own


def _of_session(leader: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those started by them."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(folder.name)) == leader:
                yield int(folder.name)


def until(is_true: Callable[[], object], seconds: float) -> bool:
    """Wait until a function returns something true; False if it does not in time."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
