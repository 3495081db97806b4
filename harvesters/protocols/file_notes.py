"""What is kept of a file between readings, so that one that did not change is neither fetched nor read again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.protocols.base import Session
from ckanext.satudatapmi.harvesters.protocols.file_options import DATA_TYPES
from ckanext.satudatapmi.harvesters.protocols.file_tables import kind_of, members_of, parts_of
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _


@dataclass(frozen=True)
class FileNote:
    """A file, or one in an archive.

    Attributes:
        member: its place in the archive; "" if it is none.
        kind: what it is, by its bytes.
        size: in bytes.
        sha256: of its bytes.
        parts: name and page of each of its tables; one without name where it could not be read.
    """

    member: str
    kind: str
    size: int
    sha256: str
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class AddressNote:
    """What an address holds: validators of HTTP, the hash of what came, and the files."""

    etag: str | None
    last_modified: str | None
    sha256: str
    files: tuple[FileNote, ...]

    @property
    def modified(self) -> str:
        """Day on which the server says that it changed; "" if it does not say."""
        try:
            return parsedate_to_datetime(self.last_modified or "").date().isoformat()
        except ValueError:
            return ""

    @property
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return any(file.kind == "HTML" and not file.member for file in self.files)

    def stored(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return asdict(self)


def note_of(value: Mapping[str, Any]) -> AddressNote:
    """Return a note from its JSON value."""
    files = [
        FileNote(**{**one, "parts": tuple((str(name), int(page)) for name, page in one["parts"])})
        for one in value["files"]
    ]
    return AddressNote(value["etag"], value["last_modified"], value["sha256"], tuple(files))


def fetch(session: Session, address: str, known: AddressNote | None) -> Fetched:
    """Fetch an address, with what is known of it."""
    if known is None:
        return session.get(address)
    return session.get(address, etag=known.etag, last_modified=known.last_modified)


def noted(answer: Fetched, known: AddressNote | None, name: str, described: Callable[[str], bool]) -> AddressNote:
    """Return what is to be kept of an address; what is in a file is looked up only if it changed.

    Args:
        answer: of the address.
        known: what was kept of it.
        name: of the file, for messages.
        described: tells whether a file is described, by its place in the archive ("" if it is none).

    Raises:
        CatalogueError, Refused: the address holds no file with tables, a web page in its place, or a harmful archive.
    """
    if answer.not_modified and known is not None:
        return known
    if known is not None and known.sha256 == answer.sha256:
        return AddressNote(answer.etag, answer.last_modified, answer.sha256, known.files)
    _refuse_page_in_place_of_file(answer.content, name, known)
    files = tuple(_file(member, content, name, described(member)) for member, content in files_in(answer.content, name))
    if not files:
        raise CatalogueError(
            "empty_file", _("{name} holds no file with tables. Ask the partner to mend it.", name=name)
        )
    return AddressNote(answer.etag, answer.last_modified, answer.sha256, files)


def _refuse_page_in_place_of_file(content: bytes, name: str, known: AddressNote | None) -> None:
    """Raise for a page such as that of a login. What is named .xls may be a page if it has a table: Excel opens it."""
    if kind_of(content) != "HTML" or (known is not None and known.is_page):
        return
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    exported = ending == "xls" and bool(parts_of(content, "HTML", name, False))
    if known is not None or (ending in DATA_TYPES and not exported):
        raise page_in_place_of_file(name)


def page_in_place_of_file(name: str) -> CatalogueError:
    """Return the error for a web page that comes where a file was expected."""
    return CatalogueError(
        "html",
        _(
            "{name} answers with a web page in place of a file. What was harvested of it stays; open it in a browser: "
            "it may ask for a login, or the file may have moved.",
            name=name,
        ),
    )


def files_in(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files with tables in what came from an address: those of an archive, or the file itself as ""."""
    if kind_of(content) != "ZIP":
        yield "", content
        return
    for member, inner in members_of(content, name):
        hidden = any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member).parts)
        if not hidden and inner and kind_of(inner) in ("CSV", "XLSX", "XLS", "ODS", "HTML", "PDF"):
            yield member, inner


def _file(member: str, content: bytes, name: str, described: bool) -> FileNote:
    kind = kind_of(content)
    try:
        parts = tuple((part.name, part.page) for part in parts_of(content, kind, member or name, described))
    except TableError:
        # The file is a dataset all the same; why its figures do not come is told when they are fetched.
        parts = (("", 0),)
    return FileNote(member, kind, len(content), hashlib.sha256(content).hexdigest(), parts)
