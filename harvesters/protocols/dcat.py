"""DCAT in RDF: a file, or pages linked by Hydra, in Turtle, RDF/XML, JSON-LD or N-Triples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urljoin

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.protocols import dcat_record, rdf
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    EntryError,
    Features,
    Option,
    Page,
    PartnerProtocol,
    Reading,
    RejectedEntry,
    Session,
    SourceSettings,
    Unchanged,
)
from ckanext.satudatapmi.harvesters.protocols.paging import gap
from ckanext.satudatapmi.harvesters.protocols.remembering import PageMemory
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

ACCEPT = (
    "text/turtle, application/n-triples, application/rdf+xml;q=0.9, application/ld+json;q=0.8, text/plain;q=0.2, "
    "*/*;q=0.1"
)
LANGUAGES = ("id", "en")
MAX_PAGES = 10_000


class DcatProtocol(PartnerProtocol):
    """Reads dcat:Dataset and all that belongs to it."""

    name = "satudata_dcat"
    features = Features()
    options = (
        Option(
            "rdf_format",
            "choice",
            lambda: _("Format"),
            lambda: _("Which syntax the file has, where neither the server nor the address says so."),
            choices=tuple(rdf.FORMATS),
        ),
        Option(
            "languages",
            "list",
            lambda: _("Languages"),
            lambda: _("Which language of a title or a description is taken, best first, such as id, en."),
            default=list(LANGUAGES),
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("DCAT in RDF (Turtle, RDF/XML, JSON-LD)")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "Reads a DCAT catalogue, page by page where it has pages, such as https://data.example.go.id/catalog.ttl."
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of a catalogue; see PartnerProtocol."""
        walk = _Walk(source, session, reading, memory)
        yield from walk.pages(token or source.url, resumed=token is not None)


class _Walk:
    """One reading of a catalogue, from page to page."""

    def __init__(self, source: SourceSettings, session: Session, reading: Reading, memory: Any) -> None:
        self._source = source
        self._session = session
        self._reading = reading
        self._languages = tuple(source.config.get("languages") or LANGUAGES)
        # In other languages the same triples are another record: nothing is as it was.
        self._settings = "|".join(self._languages)
        self._remembered = PageMemory(memory if memory and memory.get("settings") == self._settings else None)
        self._seen: set[bytes] = set()

    def pages(self, url: str, resumed: bool) -> Iterator[Page]:
        """Yield pages from an address on. Pages that are as they were wait until one is not: perhaps none is."""
        waiting: list[Page] = []
        unchanged = not resumed
        for page, same in self._follow(url, resumed):
            unchanged = unchanged and same
            if unchanged:
                waiting.append(page)
                continue
            yield from waiting
            waiting = []
            yield page
        if waiting and not self._reading.problem:
            raise Unchanged
        yield from waiting
        if not self._reading.problem:
            self._reading.memory = self._remembered.memory() | {"settings": self._settings}

    def _follow(self, url: str, resumed: bool) -> Iterator[tuple[Page, bool]]:
        visited: set[str] = set()
        while url and url not in visited:
            if len(visited) == MAX_PAGES:
                self._reading.problem = _("The catalogue has more than {limit} pages.", limit=MAX_PAGES)
                return
            try:
                page, same = self._page(url, first=not visited and not resumed)
            except (FetchError, CatalogueError) as error:
                if not visited and not resumed:
                    raise
                self._reading.problem = _("Page {url}: {problem}", url=url, problem=str(error))
                return
            visited.add(url)
            digests = {entry.digest for entry in page.entries}
            # A server that gives the same page under every address has no end; nothing new is the end.
            if visited != {url} and digests <= self._seen:
                self._note_gap(url, page, resumed)
                return
            self._seen |= digests
            url = page.token or ""
            yield page, same

    def _note_gap(self, url: str, page: Page, resumed: bool) -> None:
        """Note that a page without a dataset is not the end of the catalogue."""
        announced = self._reading.announced
        # How many came before a token is not known here; then the link to the next page counts.
        missing = page.token if announced is None or resumed else announced > len(self._seen)
        if not page.entries and missing:
            self._reading.problem = gap(url).message

    def _page(self, url: str, first: bool) -> tuple[Page, bool]:
        """Return the page of an address, and whether it is as it was."""
        answer = self._remembered.fetch(self._session, url, ACCEPT)
        if answer.not_modified:
            return self._remembered.same(url), True
        graph = self._graph(answer)
        if first and not graph.datasets:
            raise CatalogueError(
                "empty_catalogue",
                _(
                    "The catalogue holds no dataset (dcat:Dataset). Nothing was deleted; ask the partner whether it is "
                    "meant to be empty."
                ),
            )
        if graph.datasets and self._reading.announced is None:
            self._reading.announced = graph.total
        following = _address(answer.url, graph.following)
        entries, rejections = self._entries(graph)
        page = Page(entries, following or None, answer.url, rejections=rejections)
        kept = self._remembered.keep(url, answer, page)
        return Page(list(kept.entries), kept.token, kept.base_url, rejections=rejections), False

    def _graph(self, answer: Fetched) -> rdf.Graph:
        wanted = self._source.config.get("rdf_format") or ""
        content = answer.content
        syntax = rdf.format_of(answer.media_type, answer.url, content, wanted)
        return rdf.parse(content, syntax, answer.url, answer.charset)

    def _entries(self, graph: rdf.Graph) -> tuple[list[Entry], list[RejectedEntry]]:
        entries, rejections = [], []
        for place, dataset in enumerate(graph.datasets, start=1):
            try:
                triples = rdf.dataset_graph(graph, dataset)
            except rdf.TooLarge as error:
                known_by = dcat_record.identifier({dataset: graph.triples[dataset]}, self._languages)
                rejections.append(RejectedEntry(place, f"{dataset.decode(errors='replace')}: {error}", known_by))
                continue
            digest = rdf.digest(triples, self._settings.encode())
            entries.append(Entry(digest, partial(_record, triples, self._languages)))
        return entries, rejections


def _record(triples: rdf.Triples, languages: tuple[str, ...]) -> dict[str, Any]:
    try:
        return dcat_record.record(triples, languages)
    except RecursionError as error:
        known_by = dcat_record.identifier(triples, languages)
        raise EntryError(_("The JSON in it is nested too deeply."), known_by) from error


def _address(base: str, following: str) -> str:
    """Return the address of the next page; "" where there is none.

    Raises:
        CatalogueError: it is no address.
    """
    try:
        return urljoin(base, following) if following else ""
    except ValueError as error:
        raise CatalogueError(
            "bad_link", _("the link to the next page is no address: {address}", address=short(following))
        ) from error
