"""What a server answered. A small body is kept in memory, a large one in a file on disk, so that memory stays flat."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a body that are kept in memory; a larger one goes to disk."""


class Body:
    """Bytes as they are received, counted and hashed on the way.

    The file of a large body has no name, so that it goes with the process, however that ends.

    Args:
        content: the first bytes.

    Attributes:
        size: number of bytes.
    """

    def __init__(self, content: bytes = b"") -> None:
        self.size = 0
        self._memory = io.BytesIO()
        self._file: io.FileIO | None = None
        self._hash = hashlib.sha256()
        self.write(content)

    def write(self, part: bytes) -> None:
        """Add bytes at the end."""
        self.size += len(part)
        self._hash.update(part)
        if self._file is None and self.size > IN_MEMORY:
            self._move_to_disk()
        (self._memory if self._file is None else self._file).write(part)

    @property
    def sha256(self) -> str:
        """The hash of all bytes, in hexadecimal digits."""
        return self._hash.hexdigest()

    @property
    def on_disk(self) -> bool:
        """Whether the bytes are in a file."""
        return self._file is not None

    def open(self) -> BinaryIO:
        """Return a file at its beginning; files of one body are read independently of one another."""
        if self._file is None:
            return io.BytesIO(self._memory.getvalue())
        return io.BufferedReader(_FileReader(self._file))

    def content(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return file.read()

    def _move_to_disk(self) -> None:
        self._file = cast(io.FileIO, tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 (closed with the body)
        weakref.finalize(self, self._file.close)
        self._file.write(self._memory.getvalue())
        self._memory = io.BytesIO()


class _FileReader(io.RawIOBase):
    """Reads a file from a place of its own, whatever others read of it."""

    def __init__(self, file: io.FileIO) -> None:
        self._descriptor = os.dup(file.fileno())
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = os.preadv(self._descriptor, [buffer], self._place)
        self._place += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._descriptor).st_size}
        self._place = max(0, starts[whence] + offset)
        return self._place

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class _Content:
    """The field `content` of an answer: given as bytes or as a Body, read as bytes."""

    def __get__(self, answer: Fetched | None, owner: type[Fetched]) -> bytes:
        if answer is None:
            raise AttributeError("content")  # so that the dataclass sees a field without a default
        return answer.body.content()

    def __set__(self, answer: Fetched, content: bytes | Body) -> None:
        body = content if isinstance(content, Body) else Body(content)
        object.__setattr__(answer, "body", body)


@dataclass(frozen=True)
class Fetched:
    """What a server answered.

    Attributes:
        url: the address that answered, after redirects.
        content: the body, unpacked, read into memory; b"" if not modified. `open` reads it piece by piece.
        not_modified: the server says that nothing changed since `etag` or `last_modified`.
        media_type: from Content-Type, lower case; "" if not given.
        charset: from Content-Type; None if not given.
        etag, last_modified: to be sent along next time; None if not given.
        body: where the content is kept.
    """

    url: str
    content: _Content = _Content()
    not_modified: bool = False
    media_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body: Body = field(init=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.body.size

    @property
    def sha256(self) -> str:
        """The hash of the content, in hexadecimal digits."""
        return self.body.sha256

    def open(self) -> BinaryIO:
        """Return the content as a file at its beginning."""
        return self.body.open()
