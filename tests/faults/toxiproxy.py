"""Toxiproxy between processes and their servers: it delays, limits and cuts connections when it is told to.

https://github.com/Shopify/toxiproxy#http-api; `make test` compiles it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

PROGRAM = Path(sys.prefix).with_name("toxiproxy-server")
"""Beside the virtual environment."""
SECONDS = 5.0


class Toxiproxy:
    """A toxiproxy of the tests' own, with a proxy for each server that it was told of."""

    def __init__(self, log: Path) -> None:
        port = _free_port()
        self._api = f"http://127.0.0.1:{port}"
        command = [os.fspath(PROGRAM), "-host", "127.0.0.1", "-port", str(port)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        # Its interface answers a moment after it was started.
        self._http = requests.Session()
        self._http.mount(
            "http://", HTTPAdapter(max_retries=Retry(connect=8, backoff_factor=0.05, allowed_methods=None))
        )
        self._ports: dict[str, int] = {}

    def port(self, name: str, target: int) -> int:
        """Return the port under which a server of this machine is reached, whose own is `target`."""
        if name not in self._ports:
            made = self._post("/proxies", name=name, listen="127.0.0.1:0", upstream=f"127.0.0.1:{target}")
            self._ports[name] = int(made["listen"].rpartition(":")[2])
        return self._ports[name]

    def refuse(self, name: str) -> None:
        """End all connections to a server, and new ones at once, until `mend`."""
        self._post(f"/proxies/{name}", enabled=False)

    def delay(self, name: str, milliseconds: int, jitter: int = 0) -> None:
        """Have all that a server sends come late, until `mend`."""
        self._toxic(name, "latency", latency=milliseconds, jitter=jitter)

    def limit(self, name: str, size: int) -> None:
        """End each connection to a server after so many bytes that it sends, until `mend`."""
        self._toxic(name, "limit_data", bytes=size)

    def mend(self) -> None:
        """Let all pass again."""
        self._post("/reset")

    def close(self) -> None:
        """Stop."""
        self._process.kill()
        self._process.wait(SECONDS)

    def _toxic(self, name: str, kind: str, **attributes: int) -> None:
        self._post(f"/proxies/{name}/toxics", type=kind, stream="downstream", attributes=attributes)

    def _post(self, path: str, **values: Any) -> Any:
        answer = self._http.post(f"{self._api}{path}", json=values, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
