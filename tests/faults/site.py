"""A little site whose processes can be harmed: workers of their own, servers behind proxies, partners of every kind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

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
"""Beginning of the names of the workers, for the database and for operators."""


class Worker:
    """A process `ckan satudata harvest work`, started again whenever it ended."""

    def __init__(self, name: str, ini: Path, variables: dict[str, str], log: Path) -> None:
        self.name = name
        self._command = [os.fspath(Path(sys.executable).with_name("ckan")), "-c", os.fspath(ini)]
        self._command += ["satudata", "harvest", "work", "--name", name]
        self._variables = variables | {"PGAPPNAME": name}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def keep_alive(self) -> None:
        """Start the process if none runs."""
        if self._process is None or self._process.poll() is not None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(self._command, env=self._variables, stdout=log, stderr=log)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    @property
    def pid(self) -> int:
        """Its number; 0 before it was started."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)


class Site:
    """Two workers, and toxiproxy, through which they reach servers and partners.

    Attributes:
        toxiproxy: None where it could not be compiled; then nothing stands between.
    """

    def __init__(self, folder: Path, ini: Path, settings: dict[str, str]) -> None:
        self.log = folder / "workers.log"
        self.toxiproxy = Toxiproxy(folder / "toxiproxy.log") if PROGRAM.exists() else None
        variables = {}
        for server, options in SERVERS.items():
            for option in options:
                variables[VARIABLES[option]] = self.through(server, settings[option])
        own = own_ini(folder, ini)
        # A worker starts twice as fast with bytecode, which tests write nowhere else.
        variables = {**os.environ, **variables, "PYTHONPYCACHEPREFIX": os.fspath(folder / "bytecode")}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        self.workers = [Worker(f"{NAME}-{number}", own, variables, self.log) for number in (1, 2)]

    def keep_alive(self) -> None:
        """Start the workers that ended."""
        for worker in self.workers:
            worker.keep_alive()

    def through(self, name: str, url: str) -> str:
        """Return an address under which a server is reached through toxiproxy, where that is."""
        parts = urlsplit(url)
        account, at, host = parts.netloc.rpartition("@")
        if self.toxiproxy is not None:
            host = f"127.0.0.1:{self.toxiproxy.port(name, parts.port or 0)}"
        query = "socket_timeout=5" if parts.scheme == "redis" else parts.query
        return urlunsplit(parts._replace(netloc=f"{account}{at}{host}", query=query))

    def mend(self) -> None:
        """Let all servers be reached."""
        if self.toxiproxy is not None:
            self.toxiproxy.mend()

    def close(self) -> None:
        """End the workers and toxiproxy."""
        for worker in self.workers:
            worker.kill()
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


def until(is_true: Callable[[], object], seconds: float) -> bool:
    """Wait until a function returns something true; False if it does not in time."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
