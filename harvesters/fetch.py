"""Fetches a partner's file over HTTP so that neither a faulty nor a hostile server can do harm.

- http and https only; no private, loopback or link-local address unless the host is configured as allowed. The check
  is on the addresses that the connection is then made to, at every redirect, so a name that changes its address
  between look-ups (DNS rebinding) gains nothing. Proxies from the environment are not used.
- limits on time to connect, time between bytes, time in all, bytes received, bytes unpacked, and redirects.
- every failure is a `FetchError` whose words say what happened and what to do.

No library that guards connections this way is kept up (advocate, the known one, ended in 2020), so it is done here on
urllib3, which CKAN brings.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.parse import urljoin

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Timeout, Url, parse_url
from urllib3.util.connection import create_connection

from ckanext.satudatapmi.harvesters import failures
from ckanext.satudatapmi.harvesters.addresses import AllowedHosts, permitted
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.text import _

USER_AGENT = "ckanext-satudatapmi (Satu Data harvester)"
CHUNK = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class FetchLimits:
    """Limits of one fetch; times in seconds, sizes in bytes."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 300.0
    max_bytes: int = 200 * 1024 * 1024
    max_redirects: int = 5

    def words(self) -> str:
        """Return the limits on time for a message."""
        return _(
            "limits: {connect:.0f} s to connect, {read:.0f} s silent, {total:.0f} s in all",
            connect=self.connect,
            read=self.read,
            total=self.total,
        )


@dataclass(frozen=True)
class Fetched:
    """What a server answered.

    Attributes:
        url: the address that answered, after redirects.
        content: the body, unpacked; b"" if not modified.
        not_modified: the server says that nothing changed since `etag` or `last_modified`.
        media_type: from Content-Type, lower case; "" if not given.
        charset: from Content-Type; None if not given.
        etag, last_modified: to be sent along next time; None if not given.
    """

    url: str
    content: bytes
    not_modified: bool = False
    media_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass
class Fetcher:
    """Fetches files within limits.

    Attributes:
        allowed: hosts that may be contacted although their address is private.
        limits: times and sizes.
        user_agent: how we introduce ourselves.
    """

    allowed: AllowedHosts = field(default_factory=AllowedHosts)
    limits: FetchLimits = field(default_factory=FetchLimits)
    user_agent: str = USER_AGENT

    def fetch(
        self, url: str, etag: str | None = None, last_modified: str | None = None, accept: str = "*/*"
    ) -> Fetched:
        """Return what a server answers.

        Args:
            url: http or https address.
            etag, last_modified: what the server gave last time, for a conditional request.
            accept: media types wanted.

        Raises:
            FetchError: anything went wrong.
        """
        headers = {"User-Agent": self.user_agent, "Accept": accept, "Accept-Encoding": "gzip"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        with _Deadline(self.limits.total) as deadline:
            for _hop in range(self.limits.max_redirects + 1):
                answer = self._hop(url, headers, deadline)
                if isinstance(answer, Fetched):
                    return answer
                url = answer
        raise failures.too_many_redirects(url, self.limits.max_redirects)

    def _hop(self, url: str, headers: dict[str, str], deadline: _Deadline) -> Fetched | str:
        """Return the answer of one address, or the address it sends us on to."""
        target = _parsed(url)
        with self._told_in_words(url, deadline), self._pool(target, deadline) as pool:
            response = pool.urlopen(
                "GET",
                target.request_uri,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                if response.status in REDIRECTS and response.headers.get("Location"):
                    return urljoin(url, response.headers["Location"])
                if response.status == 304:
                    return _fetched(url, response.headers, b"", not_modified=True)
                if response.status != 200:
                    raise failures.http_status(url, response.status)
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

    def _body(self, url: str, response: urllib3.BaseHTTPResponse, deadline: _Deadline) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise failures.unknown_encoding(url, encoding)
        unpack = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
        parts: list[bytes] = []
        received = unpacked = 0
        while chunk := response.read1(CHUNK, decode_content=False):
            deadline.check()
            received += len(chunk)
            for part in _unpacked(unpack, chunk):
                unpacked += len(part)
                parts.append(part)
                if max(received, unpacked) > self.limits.max_bytes:
                    raise failures.too_large(url, self.limits.max_bytes)
        deadline.check()
        if unpack is not None and received and not unpack.eof:
            raise failures.cut_off(url)
        return b"".join(parts)


def _unpacked(unpack: Any, chunk: bytes) -> Iterator[bytes]:
    """Yield what a received chunk holds, at most CHUNK bytes at a time, however much it unpacks to."""
    if unpack is None:
        yield chunk
        return
    while chunk:
        yield unpack.decompress(chunk, CHUNK)
        chunk = unpack.unconsumed_tail


class _Guarded:
    """A connection that goes to checked addresses only."""

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


def _parsed(url: str) -> Url:
    try:
        target = parse_url(url.strip())
    except (urllib3.exceptions.LocationParseError, ValueError):
        target = Url()
    if target.scheme not in DEFAULT_PORTS or not target.host:
        raise failures.bad_url(url)
    return target


def _fetched(url: str, headers: Any, content: bytes, not_modified: bool = False) -> Fetched:
    message = Message()
    message["Content-Type"] = headers.get("Content-Type", "")
    return Fetched(
        url=url,
        content=content,
        not_modified=not_modified,
        media_type=message.get_content_type() if headers.get("Content-Type") else "",
        charset=message.get_content_charset(),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
    )
