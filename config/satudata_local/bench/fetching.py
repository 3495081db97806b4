"""One answer over HTTP: when it began, when it had come, and how much it was."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import urlsplit

TIMEOUT_SECONDS, PIECE_BYTES = 900, 1024**2


@dataclass(frozen=True)
class Answer:
    """What came.

    Attributes:
        status: 200, or 304 if what is known is current.
        etag: its entity tag.
        first_seconds, seconds: from the request to the first byte of the body (without a body, to the head), and to the
            last one.
        size: bytes of the body.
    """

    status: int
    etag: str
    first_seconds: float
    seconds: float
    size: int


def fetch(
    address: str,
    etag: str = "",
    keep: BinaryIO | None = None,
    watch: Callable[[], object] | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Ask for an address, and take the whole answer.

    Args:
        address: that is asked.
        etag: of what is known already, to be told if that is current.
        keep: gets the body.
        watch: called between the pieces of the body.
        headers: of the request.

    Raises:
        OSError, HTTPException: there was no answer, a refusal, or less than was announced.
    """
    parts, began = urlsplit(address), time.perf_counter()
    with contextlib.closing(HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)) as connection:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", path, headers={**headers, **({"If-None-Match": etag} if etag else {})})
        answer = connection.getresponse()
        if answer.status not in (200, 304):
            raise OSError(f"{address} answers {answer.status}: {answer.read(500)!r}")
        first, size = time.perf_counter() - began, 0
        for piece in _pieces(answer):
            first = first if size else time.perf_counter() - began
            size += len(piece)
            if keep:
                keep.write(piece)
            if watch:
                watch()
    announced = answer.headers["Content-Length"]
    if announced and int(announced) != size and answer.status == 200:
        raise OSError(f"{address} broke off after {size} bytes of {announced}")
    return Answer(answer.status, answer.headers["ETag"] or "", first, time.perf_counter() - began, size)


def _pieces(answer: HTTPResponse) -> Iterator[bytes]:
    # Of an answer in chunks that breaks off, the library tells by an exception.
    while piece := answer.read1(PIECE_BYTES):
        yield piece
