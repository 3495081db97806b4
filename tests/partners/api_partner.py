"""What the partners' JSON services have in common: they answer from memory, and can be told to misbehave."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.harvesters import servers


class ApiPartner:
    """A service on a partner's server. A subclass says in `respond` what it answers; None is not found.

    Attributes:
        only_known_clients: whether it refuses clients that do not say who they are.
        encoding: in which its texts are, whatever it says.
    """

    only_known_clients = False
    encoding = "utf-8"

    def __init__(self, server):
        self.server = server
        self.faults = []
        self.content_type = "application/json"
        server.otherwise = self._answer

    def respond(self, path, query, body):
        raise NotImplementedError

    def fail(self, fragment, answer, times=10**6):
        """Answer addresses that hold a text in this way, so many times."""
        self.faults.append([fragment, answer, times])

    def mend(self):
        self.faults.clear()

    def paths(self):
        """The addresses asked for so far."""
        return [path for path, _headers in self.server.requests]

    def _answer(self, handler):
        if self.only_known_clients and "satudatapmi" not in handler.headers["User-Agent"]:
            servers.send(handler, 403, b"Forbidden")
            return
        for fault in self.faults:
            if fault[0] in unquote(handler.path) and fault[2] > 0:
                fault[2] -= 1
                fault[1](handler)
                return
        self.answer(handler)

    def answer(self, handler):
        split = urlsplit(handler.path)
        body = json.loads(handler.posted) if handler.command == "POST" else {}
        value = self.respond(unquote(split.path), dict(parse_qsl(split.query)), body)
        if value is None:
            servers.send(handler, 404, b"<html>tidak ada</html>")
        else:
            content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
            sent = content if self.encoding == "utf-8" else content.decode().encode(self.encoding)
            servers.send(handler, 200, sent, {"Content-Type": self.content_type})


def saying(value, status=200):
    """Answer with a JSON value, whatever was asked."""
    content = json.dumps(value).encode()
    return lambda handler: servers.send(handler, status, content, {"Content-Type": "application/json"})


def web_page(handler):
    """Answer as a firewall does: HTTP 200 and a page for people."""
    servers.send(handler, 200, b"<!doctype html><title>Checking your browser</title>", {"Content-Type": "text/html"})
