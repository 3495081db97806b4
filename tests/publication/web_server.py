"""The site under gunicorn, as in production, on a port of its own, and a reader whose buffers are small."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import CHECKOUT
from tests.publication.csw_service import free_port

START_SECONDS = 60


@contextmanager
def running(ini: Path, home: Path, **options: str) -> Iterator[int]:
    """Run the site in one process, and yield the port at which it answers.

    Args:
        ini: the configuration of CKAN.
        home: a folder for its log.
        options: variables of its environment.
    """
    port = free_port()
    (home / "log").mkdir()
    own = {"CKAN_INI": str(ini), "SATUDATA_BIND": f"127.0.0.1:{port}", "SATUDATA_HOME": str(home)}
    command = [sys.executable, "-m", "gunicorn", "--config", str(CHECKOUT / "config" / "gunicorn.conf.py")]
    environment = os.environ | own | {"WEB_CONCURRENCY": "1"} | options
    server = subprocess.Popen(command, env=environment, cwd=CHECKOUT)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            get(port, "/api/3").read()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the web server did not answer")


def get(port: int, address: str, **headers: Any) -> http.client.HTTPResponse:
    """Begin to read an answer; its body is still to be read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    # A small window, so that the server is still writing when the first bytes are read.
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.request("GET", address, headers=headers)
    return connection.getresponse()
