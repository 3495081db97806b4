"""Catalogue Service for the Web 2.0.2: metadata of maps, in ISO 19139 or, where a server has no such, Dublin Core.

GetRecords is asked by GET, page by page. OWSLib reads the records (csw_record.py). What servers do against the standard
is taken as it is meant: an ExceptionReport with HTTP status 200 is an error, numberOfRecordsMatched may be 0 although
there are records, nextRecord may point beyond the end or stand still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.harvesters import xml
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols import csw_record
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Option,
    Page,
    PartnerProtocol,
    Reading,
    Session,
    SourceSettings,
    digest_of,
)
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

CSW = "http://www.opengis.net/cat/csw/2.0.2"
GMD = "http://www.isotc211.org/2005/gmd"
ROWS = 100
MAX_ROWS = 1000
MAX_PAGES = 10_000


@dataclass(frozen=True)
class Dialect:
    """A way to ask for records: the type that is searched, and the schema of the answer."""

    name: str
    types: str
    schema: str


DIALECTS = (
    Dialect("iso-by-record", "csw:Record", GMD),
    Dialect("iso", "gmd:MD_Metadata", GMD),
    Dialect("dublin-core", "csw:Record", CSW),
)
"""In the order in which they are tried: pycsw and GeoNetwork take the first, GeoServer the second."""


class CswProtocol(PartnerProtocol):
    """Reads the records of a catalogue service."""

    name = "satudata_csw"
    options = (
        Option(
            "schema",
            "choice",
            lambda: _("Schema"),
            lambda: _("Which kind of record is asked for; without it ISO 19139, and Dublin Core where that fails."),
            choices=("iso", "dublin-core"),
        ),
        Option(
            "cql",
            "text",
            lambda: _("Filter of the search"),
            lambda: _("In CQL, such as Type = 'dataset'."),
            role="filter",
        ),
        Option(
            "rows",
            "number",
            lambda: _("Records per page"),
            lambda: _("From 1 to 1,000; fewer for a partner that is slow."),
            default=ROWS,
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("CSW 2.0.2 (maps: ISO 19139, Dublin Core)")

    def help(self) -> str:
        """Return what it harvests."""
        return _("Reads a catalogue service for maps, such as https://geo.example.go.id/geoserver/csw.")

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of a catalogue; see PartnerProtocol."""
        service = _Service(source, session)
        if token is not None:
            dialect = next(one for one in DIALECTS if one.name == token["dialect"])
            yield from _pages(service, reading, dialect, int(token["start"]), None)
            return
        dialect, answer = service.first()
        if not answer.records:
            raise CatalogueError(
                "empty_catalogue",
                _(
                    "The service gives no record. Nothing was deleted; check the filter of the source, or ask the "
                    "partner whether the catalogue is meant to be empty."
                ),
            )
        yield from _pages(service, reading, dialect, 1, answer)


@dataclass(frozen=True)
class Answer:
    """One answer to GetRecords.

    Attributes:
        records: its records, as XML.
        matched: how many there are in all; 0 if the server does not say.
        following: number of the next record as the server says; None if it does not say.
    """

    records: tuple[Any, ...]
    matched: int
    following: int | None


class _Service:
    """The service of a source, asked over its session."""

    def __init__(self, source: SourceSettings, session: Session) -> None:
        self._url = source.url
        self._config: Mapping[str, Any] = source.config
        self._session = session
        self._rows = min(max(int(source.config.get("rows") or ROWS), 1), MAX_ROWS)

    def first(self) -> tuple[Dialect, Answer]:
        """Return how the service wants to be asked, and its first records.

        Raises:
            FetchError, CatalogueError: it understands no way of asking; the first error is told.
        """
        wanted = self._config.get("schema") or ""
        schema = {"iso": GMD, "dublin-core": CSW}.get(wanted)
        found: list[tuple[Dialect, Answer]] = []
        problem: FetchError | CatalogueError | None = None
        for dialect in DIALECTS:
            if schema not in (None, dialect.schema):
                continue
            try:
                answer = self.ask(dialect, 1)
            except (FetchError, CatalogueError) as error:
                if not _is_refusal(error):
                    raise
                problem = problem or error
                continue
            if answer.records:
                return dialect, answer
            found.append((dialect, answer))
        if problem and not found:
            raise problem
        return found[0]

    def is_full(self, answer: Answer) -> bool:
        """Tell whether a page holds as many records as were asked for."""
        return len(answer.records) >= self._rows

    def ask(self, dialect: Dialect, start: int) -> Answer:
        """Return the records from a number on, counted from 1."""
        answer = self._session.get(self._address(dialect, start), accept="application/xml, text/xml;q=0.9, */*;q=0.1")
        return _answer(_tree(answer.content, answer.url))

    def _address(self, dialect: Dialect, start: int) -> str:
        asked = {
            "service": "CSW",
            "version": "2.0.2",
            "request": "GetRecords",
            "resultType": "results",
            "elementSetName": "full",
            "typeNames": dialect.types,
            "outputSchema": dialect.schema,
            "outputFormat": "application/xml",
            "namespace": f"xmlns(csw={CSW}),xmlns(gmd={GMD})",
            "startPosition": str(start),
            "maxRecords": str(self._rows),
        }
        if self._config.get("cql"):
            asked |= {
                "constraintLanguage": "CQL_TEXT",
                "constraint_language_version": "1.1.0",
                "constraint": str(self._config["cql"]),
            }
        parts = urlsplit(self._url)
        names = {name.lower() for name in asked}
        given = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in names]
        return urlunsplit(parts._replace(query=urlencode([*given, *asked.items()]), fragment=""))


def _is_refusal(error: FetchError | CatalogueError) -> bool:
    """Tell whether an error means that the question is not understood, rather than that the service is away."""
    return error.kind == "refused" or getattr(error, "status", None) in (400, 404, 500)


def _tree(content: bytes, url: str) -> Any:
    try:
        return xml.parse(content, url)
    except xml.XmlError as error:
        raise CatalogueError("broken_xml", str(error)) from error


def _answer(root: Any) -> Answer:
    """Return what a document answers.

    Raises:
        CatalogueError: it is an ExceptionReport, or no answer to GetRecords.
    """
    kind = etree.QName(root).localname
    results = root.find(f".//{{{CSW}}}SearchResults")
    if kind in ("ExceptionReport", "ServiceExceptionReport"):
        words = " ".join(" ".join(root.itertext()).split()) or str(root[0].get("exceptionCode") if len(root) else "")
        raise CatalogueError(
            "refused", _("The service answers with an error: {problem}", problem=short(words or kind, 300))
        )
    if results is None:
        raise CatalogueError(
            "no_catalogue",
            _(
                "The address answers with the XML element {found} instead of csw:GetRecordsResponse. Check the "
                "address of the source: it is that of the service, without a request.",
                found=kind,
            ),
        )
    records = tuple(one for one in results if isinstance(one.tag, str))
    return Answer(records, _number(results, "numberOfRecordsMatched") or 0, _number(results, "nextRecord"))


def _number(results: Any, name: str) -> int | None:
    text = (results.get(name) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _pages(service: _Service, reading: Reading, dialect: Dialect, start: int, answer: Answer | None) -> Iterator[Page]:
    """Yield pages from a record's number on; `answer` is the page there, if it was read already."""
    seen: set[bytes] = set()
    for _page in range(MAX_PAGES):
        if answer is None:
            try:
                answer = service.ask(dialect, start)
            except (FetchError, CatalogueError) as error:
                reading.problem = _("Records from {start} on: {problem}", start=start, problem=str(error))
                return
        reading.announced = answer.matched or None
        entries = [_entry(one) for one in answer.records]
        fresh = [one for one in entries if one.digest not in seen]
        seen.update(one.digest for one in fresh)
        following = _following(answer, start, service.is_full(answer)) if fresh else None
        if fresh:
            yield Page(fresh, None if following is None else {"dialect": dialect.name, "start": following})
        if following is None:
            return
        start, answer = following, None
    reading.problem = _("The service has more than {limit} pages.", limit=MAX_PAGES)


def _entry(element: Any) -> Entry:
    """Return a record; its digest does not depend on prefixes or the order of attributes."""
    content = etree.tostring(element, method="c14n2", strip_text=True, with_comments=False)
    return Entry(digest_of(content.decode()), partial(csw_record.record, content))


def _following(answer: Answer, start: int, full: bool) -> int | None:
    """Return the number of the next record, None if there is none.

    The server's own nextRecord is not believed: it may stand still, or leave records out.
    """
    after = start + len(answer.records)
    if answer.matched:
        return after if after <= answer.matched else None
    more = full if answer.following is None else answer.following > 0
    return after if more else None
