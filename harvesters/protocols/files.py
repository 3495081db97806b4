"""Published tables: files at an address, in a folder, in an archive, or linked from a page that lists bulletins.

Each file is a dataset, its identifier the address within the source; or all files are one dataset, a series. A table
has a distribution of its own, so a workbook or a bulletin with five tables has five. A file is fetched again only if
the server cannot say that it is as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urldefrag

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.protocols import file_notes, file_tables
from ckanext.satudatapmi.harvesters.protocols.base import (
    Page,
    PartnerProtocol,
    PartnerTable,
    Reading,
    RejectedEntry,
    Session,
    SourceSettings,
)
from ckanext.satudatapmi.harvesters.protocols.file_descriptions import description_of
from ckanext.satudatapmi.harvesters.protocols.file_links import Link, links_in
from ckanext.satudatapmi.harvesters.protocols.file_notes import AddressNote
from ckanext.satudatapmi.harvesters.protocols.file_options import DATA_TYPES, FEATURES, OPTIONS, TYPES
from ckanext.satudatapmi.harvesters.protocols.file_records import entries_of, full_address, identifier_of, reading_of
from ckanext.satudatapmi.harvesters.protocols.paging import all_made, pages
from ckanext.satudatapmi.schemas.convert import Remark
from ckanext.satudatapmi.tables import kinds
from ckanext.satudatapmi.text import _

FILES_A_PAGE = 20
MAX_FILES = 5000
MAX_PAGES_FOLLOWED = 200


class PublishedFiles(PartnerProtocol):
    """Files with tables."""

    name = "published_files"
    features = FEATURES
    options = OPTIONS

    def title(self) -> str:
        """Return what people call it."""
        return _("Published tables")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "Files with tables (CSV, XLSX, XLS, ODS, web page, PDF, ZIP): one file, a folder, or a page that links to "
            "them. Address: https://example.go.id/buletin/"
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the files in the order of their addresses, so many a page; the token is the last address."""
        files = _Files(source, session, memory, reading)

        def page(after: Any) -> Page:
            links = files.links()
            reading.announced = None if source.config["series"] else len(links)
            some = [link for link in links if after is None or link.address > after]
            if not source.config["series"]:
                some = some[:FILES_A_PAGE]
            made, rejections = all_made(
                some,
                lambda link: (link, files.note(link)),
                reading,
                source.url,
                identifier=lambda link: identifier_of(source, files.page, link),
            )
            ended = not some or some[-1].address == links[-1].address
            reading.memory = files.memory()
            # A series without one of its files would look as if the file had been taken away.
            broken = source.config["series"] and bool(rejections or files.rejections)
            entries = [] if broken else entries_of(source, files.page, made)
            told = rejections if after is not None else [*files.rejections, *rejections]
            return Page(entries, None if ended else some[-1].address, source.url, _without_tables(made), told)

        yield from pages(reading, token, page)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the tables of a dataset, each for its own distribution.

        Raises:
            FetchError, TableError, Refused: a file cannot be fetched or read.
        """
        opened = _Opened(session, source)
        for place, item in enumerate(record.get("distribution") or ()):
            address = full_address(source, urldefrag(str(item.get("downloadURL") or "")).url)
            opened.turn_to(address, str(item.get("member") or ""), str(item.get("format") or ""))
            yield opened.table(place, int(item.get("part") or 0))


class _Opened:
    """The file whose tables are being read: fetched, unpacked and parsed once for all of them."""

    def __init__(self, session: Session, source: SourceSettings) -> None:
        self._session = session
        self._source = source
        self._description: Mapping[str, Any] | None = None
        self._address = self._member = ""
        self._files: dict[str, bytes] = {}
        self._parts: list[file_tables.Part] = []

    @property
    def name(self) -> str:
        """Its name."""
        return PurePosixPath(self._member or Link(self._address).file_name).name or "tabel"

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self._files.get(self._member, b"")

    def turn_to(self, address: str, member: str, kind: str) -> None:
        """Fetch and parse a file that was of this kind, unless it is the one that was read last."""
        if (address, member) == (self._address, self._member):
            return
        if address != self._address:
            archive = Link(address).file_name or address
            self._files = dict(file_notes.files_in(self._session.get(address).content, archive))
        self._address, self._member = address, member
        now = file_tables.kind_of(self.content)
        if now == "HTML" and kind != now:
            raise file_notes.page_in_place_of_file(self.name)
        self._description = description_of(self._source.config, address, member)
        self._parts = file_tables.parts_of(self.content, now, self.name, self._description is not None)

    def table(self, place: int, part: int) -> PartnerTable:
        """Return one of its tables, for a distribution; an empty one if it is not there any more."""
        if not self.content or part >= len(self._parts):
            return PartnerTable(place, self.name, self.content)
        read = (self.content, self._parts[part], self.name)
        if self._description is None:
            return PartnerTable(place, self.name, self.content, *file_tables.plain_table(*read))
        described = file_tables.described_table(*read, self._description, self._source.learned)
        return PartnerTable(place, self.name, self.content, described=described)


class _Files:
    """The files of a source, and what is known of them from the last reading and from this one.

    Attributes:
        rejections: pages that were to be followed and cannot be read.
        page: the address that answered for that of the source, once there are `links`.
    """

    def __init__(self, source: SourceSettings, session: Session, memory: Any, reading: Reading) -> None:
        self._source = source
        self._session = session
        self._reading = reading
        self.rejections: list[RejectedEntry] = []
        self.page = source.url
        # What is in a file was found by the description that the source had then.
        same = bool(memory) and memory.get("table") == reading_of(source)
        files = memory["files"] if same else {}
        self._known = {address: file_notes.note_of(value) for address, value in files.items()}
        self._first: dict[str, Fetched] = {}
        self._links: list[Link] = []

    def links(self) -> list[Link]:
        """Return the files in the order of their addresses.

        Raises:
            FetchError, CatalogueError: the address does not answer, or leads to no file.
        """
        if not self._links:
            self._links = sorted(self._found())[:MAX_FILES]
        return self._links

    def note(self, link: Link) -> AddressNote:
        """Return what a file is, fetched only if it may have changed."""
        known = self._known.get(link.address)
        answer = self._first.pop(link.address, None) or file_notes.fetch(self._session, link.address, known)
        note = file_notes.noted(
            answer,
            known,
            link.file_name or link.address,
            lambda member: description_of(self._source.config, link.address, member) is not None,
        )
        self._known[link.address] = note
        return note

    def memory(self) -> dict[str, Any]:
        """Return what is to be known next time, of the files that are there."""
        there = {link.address for link in self._links}
        files = {address: note.stored() for address, note in self._known.items() if address in there}
        return {"table": reading_of(self._source), "files": files}

    def _found(self) -> list[Link]:
        url = urldefrag(self._source.url).url
        known = self._known.get(url)
        # A page is fetched anew each time: what it links to is not in what is known of it.
        answer = file_notes.fetch(self._session, url, None if known and known.is_page else known)
        self.page = answer.url
        itself = Link(url, self._source.title)
        is_page = not answer.not_modified and file_tables.kind_of(answer.content) == "HTML"
        is_named_file = itself.extension in DATA_TYPES
        links = self._linked(answer) if is_page and not is_named_file else []
        if links and "html" not in self._source.config["types"]:
            return links
        was_file = is_named_file or (known is not None and not known.is_page)
        if not is_page or was_file or file_tables.parts_of(answer.content, "HTML", itself.file_name, False):
            self._first[url] = answer
            links.append(itself)
        if not links:
            raise _no_files(url)
        return links

    def _linked(self, answer: Fetched) -> list[Link]:
        """Return the files that a page links to, and those of the pages that are to be followed."""
        found = {link.address: link for link in self._wanted(answer)}
        follow = self._source.config["follow"]
        if follow:
            onward = [link for link in _links(answer) if link.address not in found and _matches(follow, link)]
            linked, self.rejections = all_made(
                onward[:MAX_PAGES_FOLLOWED],
                lambda link: self._wanted(self._session.get(link.address)),
                self._reading,
                self._source.url,
            )
            found |= {one.address: one for links in linked for one in links}
        return list(found.values())

    def _wanted(self, answer: Fetched) -> list[Link]:
        pattern = self._source.config["link_pattern"]
        types = {str(kind).lower() for kind in self._source.config["types"]}
        return [
            link
            for link in _links(answer)
            if (_matches(pattern, link) if pattern else True)
            and (link.extension in types or bool(pattern and link.extension not in TYPES))
        ]


def _links(answer: Fetched) -> list[Link]:
    return links_in(kinds.as_text(answer.content) or "", answer.url)


def _matches(pattern: str, link: Link) -> bool:
    try:
        return bool(re.search(pattern, link.address, re.IGNORECASE) or re.search(pattern, link.text, re.IGNORECASE))
    except re.error as error:
        raise CatalogueError(
            "bad_pattern",
            _("{pattern} is no pattern: {error}. Mend it in the source.", pattern=pattern, error=error),
        ) from error


def _no_files(url: str) -> CatalogueError:
    return CatalogueError(
        "empty_catalogue",
        _(
            "{url} neither holds a table nor links to a file that is wanted. Nothing was deleted; check the address, "
            "the types of files and the pattern of links.",
            url=url,
        ),
    )


def _without_tables(made: Sequence[tuple[Link, AddressNote]]) -> list[Remark]:
    """Return a remark for each file in which no table was found."""
    return [
        Remark("table_not_found", "distribution", file.member or link.file_name)
        for link, note in made
        for file in note.files
        if not file.parts
    ]
