"""What all partners do wrong now and then."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.harvesters import servers

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Partner:
    """A partner's service on a server of its own.

    Attributes:
        asked: how many requests it had.
        quirks: what it does at which request, counted from 1, instead of answering.
        always: what it does before any answer; True if that was the answer.
    """

    def __init__(self, server: servers.PartnerServer, path: str) -> None:
        self.server = server
        self.host = server.name
        self.url = server.do(path, self._reply)
        self.asked = 0
        self.quirks: dict[int, Behaviour] = {}
        self.only_known_clients = False

    def next_but(self, requests: int, behaviour: Behaviour) -> None:
        """Misbehave at the request after so many others."""
        self.quirks[self.asked + requests + 1] = behaviour

    def _reply(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        if self.only_known_clients and "satudatapmi" not in handler.headers["User-Agent"]:
            servers.send(handler, 403, b"Forbidden")
        elif self.asked in self.quirks:
            self.quirks[self.asked](handler)
        else:
            self.answer(handler)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        raise NotImplementedError


def saying(content: bytes, media_type: str = "text/html", status: int = 200, **headers: Any) -> Behaviour:
    """Answer with something else."""
    return lambda handler: servers.send(handler, status, content, {"Content-Type": media_type, **headers})


busy = saying(b"Too many requests", status=429, Retry_After="1")
"""429 with a time to wait."""
