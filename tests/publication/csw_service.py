"""The catalogue service for maps in a process of its own, as `make run` starts it, on the database of the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.serving import make_server

from tests.conftest import CHECKOUT

FOLDER = CHECKOUT / "config" / "csw"
START_SECONDS = 60


class Service:
    """A running pycsw.

    Attributes:
        url: where it answers.
    """

    def __init__(self, home: Path, folder: Path, config: Mapping[str, Any], site_url: str) -> None:
        """Prepare it.

        Args:
            home: folder of the test servers.
            folder: where it keeps its configuration and its log.
            config: of CKAN; where it names no address of the service, one that is free is taken.
            site_url: address of the portal.
        """
        database = urlsplit(config["sqlalchemy.url"])
        values = json.loads((home / "secrets.json").read_text()) | {
            "site_url": site_url,
            "postgres_port": str(database.port),
        }
        text = Template((FOLDER / "pycsw.cfg.template").read_text()).substitute(values)
        self._settings = folder / "pycsw.cfg"
        self._settings.write_text(text.replace(f":{database.port}/ckan", f":{database.port}{database.path}"))
        self.url = config.get("ckanext.satudatapmi.csw.url") or f"http://127.0.0.1:{free_port()}/"
        bind = urlsplit(self.url).netloc
        self._log = folder / "csw.log"
        self._environment = os.environ | {
            "PYCSW_CONFIG": str(self._settings),
            "SATUDATA_CSW_BIND": bind,
            "SATUDATA_HOME": str(folder),
        }
        self._venv = Path(os.environ.get("SATUDATA_CSW_VENV") or home.parent / "csw-venv")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [self._venv / "bin" / "gunicorn", "--config", FOLDER / "gunicorn.conf.py"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self._process.poll() is None, self._log.read_text()
            try:
                requests.get(self.url, timeout=START_SECONDS)
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(f"pycsw does not answer: {self._log.read_text()}")

    def stop(self) -> None:
        """Stop it."""
        if self._process:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Have it ask for its database where none is."""
        text = self._settings.read_text()
        port = urlsplit(next(line for line in text.splitlines() if line.startswith("database")).split(" = ")[1]).port
        self._settings.write_text(text.replace(f":{port}/", f":{free_port()}/"))
        try:
            yield
        finally:
            self._settings.write_text(text)


def servers_home(config: Mapping[str, Any]) -> Path:
    """Return the folder of the test servers."""
    return Path(os.environ.get("SATUDATA_TEST_HOME") or Path(config["__file__"]).parent)


def free_port() -> int:
    """Return a port on which nobody listens right now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def served(application: Any) -> Iterator[str]:
    """Serve a WSGI application over HTTP and yield its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
