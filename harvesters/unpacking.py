"""Unpacks what a server sends packed, a small piece at a time, however much it unpacks to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

PIECE = 65_536
GZIP, RAW = 16 + zlib.MAX_WBITS, -zlib.MAX_WBITS
ACCEPTED = "gzip, deflate"


class Unpacker(Protocol):
    """Takes bytes as they were sent, and gives them as they were meant."""

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a received chunk holds, at most PIECE bytes at a time; zlib.error if it is damaged."""
        ...

    def whole(self) -> bool:
        """Tell whether the end has come."""
        ...


def unpacker(encoding: str) -> Unpacker | None:
    """Return what unpacks a Content-Encoding, None if nothing here does."""
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip"):
        return _Gzip()
    return _Deflate() if encoding == "deflate" else None


class _Plain:
    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def whole(self) -> bool:
        return True


class _Gzip:
    """One gzip file, or several one after the other (RFC 1952); what follows them and is none is left out."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=GZIP)
        self._begun = False

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._stream.eof:
                if not chunk.startswith(b"\x1f"):
                    return
                self._stream = zlib.decompressobj(wbits=GZIP)
            self._begun = True
            yield self._stream.decompress(chunk, PIECE)
            chunk = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def whole(self) -> bool:
        return self._stream.eof or not self._begun


class _Deflate:
    """The zlib format (RFC 9110, section 8.4.1.2), or bare deflate, which some servers send in its place."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        if self._stream is None:
            chunk = self._head = self._head + chunk
            if len(self._head) < 2:
                return
            self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS if _has_zlib_header(self._head) else RAW)
        while chunk and not self._stream.eof:
            yield self._stream.decompress(chunk, PIECE)
            chunk = self._stream.unconsumed_tail

    def whole(self) -> bool:
        return self._stream.eof if self._stream else not self._head


def _has_zlib_header(head: bytes) -> bool:
    """Tell whether bytes begin as RFC 1950 says: method 8, and a check that makes 31 divide the first two."""
    return head[0] & 0x0F == 8 and (head[0] * 256 + head[1]) % 31 == 0
