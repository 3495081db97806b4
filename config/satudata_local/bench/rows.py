"""The rows of the bench: what is measured, on which input, and which ratio is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..console import SetupError

Kind = Literal[
    "first",
    "again",
    "changed",
    "large",
    "sources",
    "workers",
    "helper",
    "names",
    "table",
    "sheet",
    "observations",
    "questions",
    "users",
    "board",
    "pages",
    "pages-cold",
    "stream",
    "data-json",
    "edit",
    "crowd",
    "lighthouse",
    "visitors",
    "touches",
]
ON_FILES: tuple[Kind, ...] = ("names", "sheet")
"""Kinds that need no server."""
ON_SITE: tuple[Kind, ...] = ("table", "observations", "questions", "users", "board")
"""Kinds that need our site, and harvest nothing."""
ON_FEEDS: tuple[Kind, ...] = ("pages", "pages-cold", "stream", "data-json", "edit", "crowd")
"""Kinds that read what the site publishes."""
ON_PAGES: tuple[Kind, ...] = ("lighthouse", "visitors", "touches")
"""Kinds that look at pages as visitors do."""
LONG: tuple[Kind, ...] = ("large", "stream")
"""Kinds that take a quarter of an hour or more."""


@dataclass(frozen=True)
class Protocol:
    """A protocol: the type of a source on either side, and where the partner serves it under a catalogue."""

    ours: str
    rival: str
    path: str


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "datajson": Protocol("data_json", "dcat_json", "/data.json"),
        "ckan": Protocol("satudata_ckan", "ckan", ""),
        "dcat": Protocol("satudata_dcat", "dcat_rdf", "/catalog.rdf"),
    }
)


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: what ONLY calls it.
        work: what is measured, for the table.
        kind: how it is measured.
        protocol: by which protocol.
        bar: the ratio asked for, or for `sources`, `names`, `observations`, `questions`, `users`, `board`, `data-json`,
            `edit`, `lighthouse`, `visitors` and `touches` the seconds allowed, for `large` the MB, for `stream` the
            datasets a second, for `crowd` how many times as long an answer may take; 0 for none.
        bar_from: how many datasets it holds from.
    """

    name: str
    work: str
    kind: Kind
    protocol: str
    bar: float
    bar_from: int = 0

    def ratio_to_reach(self) -> str:
        """Return the bar in words."""
        words = BARS.get(self.kind, "no slower" if self.bar == 1 else "{bar:g} times")
        return words.format(bar=self.bar, ms=self.bar * 1000)


NAMES_MB = 300
"""Memory that matching names may take."""
FIRST_BYTE_SECONDS, WEB_MB = 1.0, 300
"""When a catalogue that is sent while it is written has to begin, and the memory that a process of the web may take."""
PAGE_KB, PAGE_SHIFT, PAGE_SCORE = 300, 0.05, 95
"""What a page may weigh as it is sent, by how much it may move (CLS), and the least that Lighthouse may give it."""
FULL_SIZE = 5_000
"""Of a first harvest; a smaller one is measured beside it."""
BARS: Mapping[Kind, str] = MappingProxyType(
    {
        "sources": "under {bar:.0f} s",
        "observations": "under {bar:.0f} s",
        "large": "under {bar:.0f} MB a process, time linear",
        "workers": "{bar:g} times one",
        "helper": "reported only",
        "questions": "95 of 100 under {ms:.0f} ms",
        "users": "95 of 100 under {ms:.0f} ms",
        "board": "95 of 100 under {ms:,.0f} ms",
        "names": f"under {{bar:.0f}} s and {NAMES_MB} MB",
        "data-json": "under {ms:,.0f} ms",
        "stream": f"over {{bar:,.0f}} a second, first byte within {FIRST_BYTE_SECONDS:g} s, under {WEB_MB} MB, flat",
        "crowd": "under {bar:g} times, no error",
        "edit": "under {bar:g} s, no other rewritten",
        "lighthouse": f"LCP under {{bar:g}} s, {PAGE_KB} kB, CLS under {PAGE_SHIFT:g}, scores {PAGE_SCORE} or more",
        "visitors": "95 of 100 under {ms:.0f} ms, no error",
        "touches": "95 of 100 under {ms:.0f} ms",
    }
)
"""The bars that are no ratio to stock, in words."""

ROWS = (
    Row("first-datajson", "first harvest, data.json", "first", "datajson", 10, FULL_SIZE),
    Row("first-ckan", "first harvest, CKAN", "first", "ckan", 10, FULL_SIZE),
    Row("first-dcat", "first harvest, DCAT RDF", "first", "dcat", 10, FULL_SIZE),
    Row("again-datajson", "unchanged, data.json", "again", "datajson", 100),
    Row("again-dcat", "unchanged, DCAT RDF", "again", "dcat", 100),
    Row("changed-datajson", "1 % changed, data.json", "changed", "datajson", 50),
    Row("changed-dcat", "1 % changed, DCAT RDF", "changed", "dcat", 50),
    Row("again-ckan", "unchanged, CKAN", "again", "ckan", 1),
    Row("large", "100,000 datasets from one source", "large", "datajson", 400),
    Row("sources", "1,400 sources, most unchanged", "sources", "datajson", 600),
    Row("workers", "two workers, eight partners of 300 ms", "workers", "datajson", 1.6),
    Row("helper", "two workers, one source", "helper", "datajson", 0),
    Row("names", "names of areas with typing errors to codes", "names", "", 10),
    Row("table", "typed load of a CSV into the DataStore, key indexes included", "table", "", 8),
    Row("xlsx", "XLSX to a tidy frame with codes", "sheet", "", 5),
    Row("observations", "published table into the single data with all checks", "observations", "", 60),
    Row("query", "journalists' questions to the single data, in the database", "questions", "", 0.05),
    Row("query-http", "the same over HTTP, 20 users at once who read for 5 s", "users", "", 0.15),
    Row("board", "reconciliation board: 38 provinces, 150 countries, 10 years, three bodies", "board", "", 1),
    Row("turtle", "catalogue in Turtle, page of 100, warm", "pages", "", 20),
    Row("turtle-cold", "catalogue in Turtle, page of 100, nothing cached", "pages-cold", "", 3),
    Row("datajson", "/data.json, whole", "data-json", "", 3),
    Row("feeds-harvest", "feeds for 20 clients at once while a harvest runs", "crowd", "", 3),
    Row("catalogue", "whole catalogue, sent while it is written", "stream", "", 5_000),
    Row("edit", "one dataset edited, until each feed holds it", "edit", "", 2),
    Row("pages-lighthouse", "largest paint of a page on a slow phone, by Lighthouse", "lighthouse", "", 2),
    Row("kiosk", "kiosk without a network, from touch to painted screen", "touches", "", 0.1),
    Row("pages-load", "pages for 50 users at once who read for 5 s", "visitors", "", 0.15),
)


def chosen(only: Sequence[str]) -> list[Row]:
    """Return the rows that ONLY names; without a name all but those that take long.

    Raises:
        SetupError: a name is no row's.
    """
    known = {row.name: row for row in ROWS}
    for name in only:
        if name not in known:
            raise SetupError(f"ONLY names {name}, which is no row; there is {', '.join(known)}")
    return [row for row in ROWS if row.name in only or (not only and row.kind not in LONG)]
