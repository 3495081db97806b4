"""A partner's web server that can be told to misbehave."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class PartnerServer:
    """A server on a port of its own; `answers` says what each path does, `otherwise` what all others do.

    `instead` is done in place of all of them while it is set.
    """

    host: str
    port: int
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    otherwise: Callable[[BaseHTTPRequestHandler], None] | None = None
    posted: list[bytes] = field(default_factory=list)
    instead: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def usual(self, path: str) -> Callable[[BaseHTTPRequestHandler], None] | None:
        """Return what a path does when nothing is set instead."""
        return self.answers.get(path) or self.answers.get(path.partition("?")[0]) or self.otherwise

    def serve(self, path: str, content: bytes, media_type: str = "application/json", **headers: str) -> str:
        """Answer a path with this content; returns its address."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            send(handler, 200, content, {"Content-Type": media_type, **headers})

        self.answers[path] = answer
        return self.url + path

    def do(self, path: str, answer: Callable[[BaseHTTPRequestHandler], None]) -> str:
        """Answer a path in this way; returns its address."""
        self.answers[path] = answer
        return self.url + path


def send(handler: BaseHTTPRequestHandler, status: int, content: bytes = b"", headers: dict[str, str] | None = None):
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def partner_server(host: str = "127.0.0.1") -> Iterator[PartnerServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            partner.requests.append((self.path, dict(self.headers)))
            answer = partner.instead or partner.usual(self.path)
            try:
                answer(self) if answer else send(self, 404, b"not here")
            except (BrokenPipeError, ConnectionResetError):
                return

        def do_POST(self) -> None:
            self.posted = self.rfile.read(int(self.headers["Content-Length"]))
            partner.posted.append(self.posted)
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    partner = PartnerServer(host, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()


def status(code: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, code, b"")


def redirect(address: str, code: int = 302) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, code, b"", {"Location": address})


def asks_to_wait(retry_after: str, code: int = 429) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, code, b"", {"Retry-After": retry_after})


def in_turn(*answers: Callable[[BaseHTTPRequestHandler], None]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer in these ways, one after the other; the last one goes on."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(handler)

    return answer


class Counted:
    """Take a moment for each answer, and know how many requests there were at the same time, at most."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None], seconds: float = 0.05) -> None:
        self._answer, self._seconds = answer, seconds
        self._lock, self._busy, self.most = threading.Lock(), 0, 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._busy += 1
            self.most = max(self.most, self._busy)
        time.sleep(self._seconds)
        with self._lock:
            self._busy -= 1
        self._answer(handler)


def ok(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"ok")


def for_robots_with_a_name(handler: BaseHTTPRequestHandler) -> None:
    """Refuse clients that do not say who runs them and which languages they read, as some firewalls do."""
    known = "(+http" in handler.headers.get("User-Agent", "") and handler.headers.get("Accept-Language")
    send(handler, 200 if known else 403, b"ok")


def silence(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: time.sleep(seconds)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Never come to an end of the headers."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        handler.wfile.write(f"X-{number % 50}".encode())
        handler.wfile.flush()
        time.sleep(0.05)


def cut_off_in_head(handler) -> None:
    """Answer 200 and break off among the headers, before the length of the body was told."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Le")
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"dataset": [')
    handler.wfile.flush()


def cut_off_chunked(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\nhello\r\nff\r\nhal")
    handler.wfile.flush()
    handler.close_connection = True


def packed(content: bytes, keep: int | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send the content as gzip, or only the first bytes of that."""
    body = gzip.compress(content)[:keep]
    return lambda handler: send(handler, 200, body, {"Content-Encoding": "gzip"})


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Send for ever without saying how much."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100_000):
        handler.wfile.write(b"x" * 65536)
