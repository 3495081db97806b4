"""Archives that are not what they seem: they unpack to too much, or name places outside themselves."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath

from ckanext.satudatapmi.tables.kinds import MEGABYTE, Limits, Refused, damaged
from ckanext.satudatapmi.text import _

CHUNK = 256 * 1024
LISTED_TYPES = (0, stat.S_IFREG, stat.S_IFDIR)


def refuse_bombs(content: bytes, name: str, limits: Limits) -> None:
    """Raise unless an archive unpacks to what it says, within the limits, and to places within itself.

    What the archive says of itself is believed only to refuse it; then all of it is unpacked once, a piece at a time.

    Args:
        content: the archive.
        name: of the file, for messages.
        limits: how far it may unpack.

    Raises:
        Refused: it does not.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = archive.infolist()
        _refuse_what_it_says(entries, len(content), name, limits)
        most = _most(len(content), limits)
        total = 0
        for entry in entries:
            for piece in _pieces(archive, entry):
                total += piece
                if total > most:
                    raise Refused(_too_much(name, most))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(damaged(name)) from error


def _refuse_what_it_says(entries: list[zipfile.ZipInfo], size: int, name: str, limits: Limits) -> None:
    if len(entries) > limits.files:
        raise Refused(_("{name} holds more than {limit} files.", name=name, limit=limits.files))
    for entry in entries:
        if not _is_inside(entry):
            message = _("{name} holds a file that would be unpacked outside its folder. Pack it anew.", name=name)
            raise Refused(message)
    most = _most(size, limits)
    if sum(entry.file_size for entry in entries) > most:
        raise Refused(_too_much(name, most))


def _most(size: int, limits: Limits) -> int:
    return min(limits.unpacked, max(limits.ratio_from, size * limits.ratio))


def _too_much(name: str, most: int) -> str:
    return _("{name} unpacks to more than {limit} MB. Split it, or upload CSV.", name=name, limit=most // MEGABYTE)


def _is_inside(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a plain file or folder below the archive's own."""
    path = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    absolute = path.startswith(("/", "\\")) or path[1:2] == ":"
    climbs = ".." in PurePosixPath(path.replace("\\", "/")).parts
    return not (absolute or climbs or "\x00" in path) and kind in LISTED_TYPES


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[int]:
    with archive.open(entry) as file:
        while piece := file.read(CHUNK):
            yield len(piece)


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file in an archive that was found harmless."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield entry.filename, archive.read(entry)
