"""Fetches a partner's file over HTTP so that neither a faulty nor a hostile server can do harm.

- http and https only; no private, loopback or link-local address unless the host is configured as allowed. The check
  is on the addresses that the connection is then made to, at every redirect, so a name that changes its address
  between look-ups (DNS rebinding) gains nothing. Proxies from the environment are not used.
- limits on time to connect, time between bytes, time in all, bytes received, bytes unpacked, how far they unpack, and
  redirects.
- we say who we are and never pose as a browser.
- what a caller sends along, as a key, goes to the server it is meant for only.
- every failure is a `FetchError` whose words say what happened and what to do.

No library that guards connections this way is kept up (advocate, the known one, ended in 2020), so it is done here on
urllib3, which CKAN brings.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPResponse, IncompleteRead
from socket import SHUT_RDWR, socket
from typing import Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Timeout, Url
from urllib3.util.connection import create_connection

from ckanext.satudatapmi.harvesters import failures, unpacking
from ckanext.satudatapmi.harvesters.addresses import AllowedHosts, permitted
from ckanext.satudatapmi.harvesters.answers import IN_MEMORY, Body, Fetched
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.requests import DEFAULT_PORTS, Request, parsed, retry_after_seconds, sound_headers
from ckanext.satudatapmi.text import _

USER_AGENT = "ckanext-satudatapmi (Satu Data harvester)"
LANGUAGES = "id, en;q=0.7"
ASKS_TO_WAIT = frozenset({429, 503})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class FetchLimits:
    """Limits of one fetch; times in seconds, sizes in bytes, `max_ratio` in bytes unpacked for each one received."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 300.0
    max_bytes: int = 200 * 1024 * 1024
    max_ratio: int = 250
    max_redirects: int = 5

    def words(self) -> str:
        """Return the limits on time for a message."""
        return _(
            "limits: {connect:.0f} s to connect, {read:.0f} s silent, {total:.0f} s in all",
            connect=self.connect,
            read=self.read,
            total=self.total,
        )


@dataclass
class Fetcher:
    """Fetches files within limits.

    Attributes:
        allowed: hosts that may be contacted although their address is private.
        limits: times and sizes.
        user_agent: how we introduce ourselves.
        contact: mail address of those who run the harvester, for partners; "" if none is to be told.
    """

    allowed: AllowedHosts = field(default_factory=AllowedHosts)
    limits: FetchLimits = field(default_factory=FetchLimits)
    user_agent: str = USER_AGENT
    contact: str = ""

    def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Return what a server answers.

        Args:
            url: http or https address.
            etag, last_modified: what the server gave last time, for a conditional request.
            accept: media types wanted.
            headers: further ones. They may hold a key, so they are sent to the server of this address alone.

        Raises:
            FetchError: anything went wrong.
        """
        own = self._introduction(accept)
        if etag:
            own["If-None-Match"] = etag
        if last_modified:
            own["If-Modified-Since"] = last_modified
        return self._follow(Request(url, own, sound_headers(url, headers or {})))

    def post(
        self, url: str, body: Any, accept: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON value and return what a server answers; arguments and errors as those of `fetch`."""
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._follow(
            Request(url, self._introduction(accept), sound_headers(url, headers or {}), "POST", content)
        )

    def _introduction(self, accept: str) -> dict[str, str]:
        headers = {
            "User-Agent": self.user_agent,
            "Accept": accept,
            "Accept-Language": LANGUAGES,
            "Accept-Encoding": unpacking.ACCEPTED,
        }
        return headers | {"From": self.contact} if self.contact else headers

    def _follow(self, request: Request) -> Fetched:
        with _Deadline(self.limits.total) as deadline:
            for _hop in range(self.limits.max_redirects + 1):
                answer = self._hop(request, deadline)
                if isinstance(answer, Fetched):
                    return answer
                request = answer
        raise failures.too_many_redirects(request.url, self.limits.max_redirects)

    def _hop(self, request: Request, deadline: _Deadline) -> Fetched | Request:
        """Return the answer of one address, or the request that it sends us on with."""
        url, target = request.url, parsed(request.url)
        with self._told_in_words(url, deadline), self._pool(target, deadline) as pool:
            response = pool.urlopen(
                request.method,
                target.request_uri,
                body=request.body,
                headers=request.headers(),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                if response.status in REDIRECTS and response.headers.get("Location"):
                    return request.onward(response.status, response.headers["Location"])
                if response.status == 304:
                    return _fetched(url, response.headers, Body(), not_modified=True)
                if response.status != 200:
                    wait = response.headers.get("Retry-After") if response.status in ASKS_TO_WAIT else None
                    raise failures.http_status(url, response.status, self.user_agent, retry_after_seconds(wait))
                return _fetched(url, response.headers, self._body(url, response, deadline))
            finally:
                response.close()

    @contextmanager
    def _told_in_words(self, url: str, deadline: _Deadline) -> Iterator[None]:
        """Turn whatever a connection raises into a FetchError."""
        try:
            yield
        except FetchError:
            raise
        except Exception as error:
            raise failures.failure(url, error, self.limits.words(), deadline.over) from error

    def _pool(self, target: Url, deadline: _Deadline) -> HTTPConnectionPool:
        scheme = target.scheme or ""
        host, port = str(target.host), target.port or DEFAULT_PORTS[scheme]
        timeout = Timeout(connect=self.limits.connect, read=self.limits.read)
        guard = {"allowed": self.allowed, "deadline": deadline}
        pool: Any
        if scheme == "https":
            pool = HTTPSConnectionPool(host, port, timeout=timeout, ca_certs=certifi.where(), cert_reqs="CERT_REQUIRED")
            pool.ConnectionCls = type("GuardedHTTPS", (_Guarded, HTTPSConnection), guard)
        else:
            pool = HTTPConnectionPool(host, port, timeout=timeout)
            pool.ConnectionCls = type("GuardedHTTP", (_Guarded, HTTPConnection), guard)
        return pool

    def _body(self, url: str, response: urllib3.BaseHTTPResponse, deadline: _Deadline) -> Body:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        unpacker = unpacking.unpacker(encoding)
        if unpacker is None:
            raise failures.unknown_encoding(url, encoding)
        body, received = Body(), 0
        while chunk := response.read1(unpacking.PIECE, decode_content=False):
            deadline.check()
            received += len(chunk)
            if received > self.limits.max_bytes:
                raise failures.too_large(url, self.limits.max_bytes)
            for part in unpacker.unpack(chunk):
                body.write(part)
                self._check_size(url, received, body.size)
        deadline.check()
        if not unpacker.whole():
            raise failures.cut_off(url)
        return body

    def _check_size(self, url: str, received: int, unpacked: int) -> None:
        if unpacked > self.limits.max_bytes:
            raise failures.too_large(url, self.limits.max_bytes)
        if unpacked > IN_MEMORY and unpacked > received * self.limits.max_ratio:
            raise failures.bomb(url, self.limits.max_ratio)


class _LastLine:
    """Remembers the last line that was read of a file."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.line = b""

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line; b"" at the end."""
        self.line = self._file.readline(limit)
        return self.line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _WholeHead(HTTPResponse):
    """An answer whose head has its empty line at the end: one that broke off before would pass for one without a body.

    http.client takes the end of the connection for the end of the head.
    """

    def begin(self) -> None:
        """Read the head."""
        file: Any = self.fp
        head: Any = _LastLine(file)
        self.fp = head
        super().begin()
        if self.fp is head:
            self.fp = file
        if not head.line:
            raise IncompleteRead(b"")


class _Guarded:
    """A connection that goes to checked addresses only."""

    response_class = _WholeHead

    allowed: AllowedHosts
    deadline: _Deadline
    host: str
    port: int
    timeout: Any
    source_address: Any
    socket_options: Any

    def _new_conn(self) -> socket:
        problem: OSError | None = None
        for address in permitted(self.host, self.port, self.allowed):
            try:
                connection = create_connection(
                    (address, self.port), self.timeout, self.source_address, self.socket_options
                )
            except OSError as error:
                problem = error
                continue
            self.deadline.watch(connection)
            return connection
        raise problem or OSError("no address")


class _Deadline:
    """The time a fetch may take in all: when it is over, its connections are cut, whatever they are waiting for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._timer.cancel()
        for connection in self._sockets:
            connection.close()

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def watch(self, connection: socket) -> None:
        """Cut this connection too when the time is up. TLS takes the socket over, so a duplicate is kept."""
        self._sockets.append(connection.dup())

    def check(self) -> None:
        """Raise TimeoutError if the time is up."""
        if self.over:
            raise TimeoutError

    def _cut(self) -> None:
        for connection in self._sockets:
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue


def _fetched(url: str, headers: Any, body: Body, not_modified: bool = False) -> Fetched:
    message = Message()
    message["Content-Type"] = headers.get("Content-Type", "")
    return Fetched(
        url=url,
        content=body,
        not_modified=not_modified,
        media_type=message.get_content_type() if headers.get("Content-Type") else "",
        charset=message.get_content_charset(),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
    )
