"""Our own feeds, read as the national portal reads them, beside the database: what differs, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.dcat.processors import RDFParser
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from rdflib import URIRef
from rdflib.namespace import DCAT, DCTERMS

from ckanext.satudatapmi.publication import datajson, iso19139, paging, published, store

MOST_BYTES = 50 * 1024**2
"""What the stock harvester of ckanext-dcat takes at most (MAX_FILE_SIZE)."""
MOST_PAGES = 100_000
DATA_JSON, CATALOGUE, API, MAPS = "/data.json", "/catalog.ttl", "/api/3/action/package_search", "/csw"
ON_A_PAGE = 100
"""Of the API and of the service for maps, as their stock harvesters ask."""
RECORDS = {
    "service": "CSW",
    "version": "2.0.2",
    "request": "GetRecords",
    "typenames": "gmd:MD_Metadata",
    "elementsetname": "full",
    "outputschema": iso19139.NAMESPACES["gmd"],
    "resulttype": "results",
    "maxrecords": ON_A_PAGE,
}
NAMESPACES = iso19139.NAMESPACES | {"csw": "http://www.opengis.net/cat/csw/2.0.2"}
IDENTIFIER = "gmd:fileIdentifier/gco:CharacterString"
TITLE = "gmd:identificationInfo/*/gmd:citation/*/gmd:title/gco:CharacterString"


@dataclass(frozen=True)
class Fetched:
    """An answer: its HTTP status and its body."""

    status: int
    body: bytes


Get = Callable[[str], Fetched]
"""Fetches a path of the site, with its query."""


@dataclass(frozen=True)
class Difference:
    """Something that a consumer gets otherwise than it stands in the database.

    Attributes:
        kind: `missing`, `extra`, `twice`, `field`, or `broken` for a page that cannot be read.
        dataset: its id; None for a page.
        told: which field, and what was expected and found.
    """

    kind: str
    dataset: str | None
    told: str


@dataclass(frozen=True)
class Verified:
    """What was found of a feed: how many pages and datasets it has, and what differs."""

    feed: str
    pages: int
    datasets: int
    differences: tuple[Difference, ...]


@dataclass
class _Reading:
    pages: int = 0
    found: dict[str, Any] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    page_before: set[str] = field(default_factory=set)

    def take_page(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take the entries of the next page by their identifiers.

        A harvester notices a dataset that was on the page before: a page without datasets of its own shows it already.
        """
        self.pages += 1
        here = dict(entries)
        for identifier, entry in here.items():
            if identifier in self.found and identifier not in self.page_before:
                self.differences.append(Difference("twice", identifier, "on two pages with others between them"))
            elif self.found.get(identifier, entry) != entry:
                self.differences.append(Difference("twice", identifier, "two entries that differ"))
        self.found |= here
        self.page_before = set(here)


def verify(get: Get, *feeds: str) -> list[Verified]:
    """Read feeds as stock harvesters do, and compare them with the database.

    Datasets that change while they are read are left out of the comparison.

    Args:
        get: fetches from the site.
        feeds: their addresses, of `DATA_JSON`, `CATALOGUE`, `API` and `MAPS`; none for all that the site has.
    """
    known: Mapping[str, tuple[Callable[[Get], _Reading], Callable[[], Iterator[tuple[str, Any]]]]] = {
        DATA_JSON: (_read_data_json, _expected_entries),
        CATALOGUE: (_read_rdf, _facts),
        API: (_read_api, _held),
        MAPS: (_read_maps, _titles),
    }
    there = [feed for feed in known if feed != MAPS or tk.config["ckanext.satudatapmi.csw.url"]]
    return [_verified(feed, *known[feed], get) for feed in feeds or there]


def _verified(
    feed: str, read: Callable[[Get], _Reading], expect: Callable[[], Iterator[tuple[str, Any]]], get: Get
) -> Verified:
    before = _numbers()
    reading, expected = read(get), dict(expect())
    settled = {name for name, number in _numbers().items() if before.get(name) == number}
    differences = [*reading.differences, *_differences(reading.found, expected, settled, before)]
    return Verified(feed, reading.pages, len(reading.found), tuple(differences))


def _differences(
    found: Mapping[str, Any], expected: Mapping[str, Any], settled: set[str], known: Mapping[str, int]
) -> Iterator[Difference]:
    for name in sorted(settled & expected.keys()):
        if name not in found:
            yield Difference("missing", name, "the feed does not have it")
        elif found[name] != expected[name]:
            for key in sorted(expected[name].keys() | found[name].keys()):
                mine, theirs = expected[name].get(key), found[name].get(key)
                if mine != theirs:
                    yield Difference("field", name, f"{key}: expected {mine!r}, found {theirs!r}")
    for name in sorted(found.keys() - expected.keys()):
        if name in settled or name not in known:
            yield Difference("extra", name, "it is not public")


def _numbers() -> dict[str, int]:
    """Return the number of the last change of all that is or was public."""
    with model.ensure_engine().connect() as connection:
        rows = connection.execute(sa.select(published.PUBLICATION.c.package_id, published.PUBLICATION.c.seq))
        return {row.package_id: row.seq for row in rows}


def _read_data_json(get: Get) -> _Reading:
    """Turn pages as ckanext-dcat's harvester does: from 1 until one is missing."""
    reading = _Reading()
    for number in range(1, MOST_PAGES):
        answer = get(f"{DATA_JSON}?per_page={paging.page_size()}&page={number}")
        if answer.status == 404 and number > 1:
            return reading
        if fault := _fault(answer):
            reading.differences.append(Difference("broken", None, f"page {number}: {fault}"))
            return reading
        reading.take_page((entry["identifier"], entry) for entry in json.loads(answer.body)["dataset"])
    return reading


def _fault(answer: Fetched) -> str | None:
    if answer.status != 200:
        return f"HTTP {answer.status}"
    return f"{len(answer.body)} bytes; a harvester takes {MOST_BYTES}" if len(answer.body) > MOST_BYTES else None


def _read_rdf(get: Get) -> _Reading:
    """Follow the link to the next page, as ckanext-dcat's harvester does."""
    reading, address = _Reading(), CATALOGUE
    while address:
        answer = get(address)
        if fault := _fault(answer):
            reading.differences.append(Difference("broken", None, f"{address}: {fault}"))
            return reading
        parser = RDFParser()
        parser.parse(answer.body.decode(), _format="ttl")
        nodes = [URIRef(str(node)) for node in parser._datasets()]
        reading.take_page((node.rsplit("/", 1)[-1], _said(parser.g, node)) for node in nodes)
        following = parser.next_page()
        address = f"{urlsplit(following).path}?{urlsplit(following).query}" if following else ""
    return reading


def _read_api(get: Get) -> _Reading:
    """Turn pages as ckanext-harvest's harvester of other CKANs does: until one is empty."""
    reading = _Reading()
    for number in range(MOST_PAGES):
        answer = get(f"{API}?sort=id+asc&rows={ON_A_PAGE}&start={number * ON_A_PAGE}")
        datasets, fault = _listed(answer)
        if fault:
            reading.differences.append(Difference("broken", None, f"page {number + 1}: {fault}"))
        if not datasets:
            return reading
        reading.take_page(datasets)
    return reading


def _listed(answer: Fetched) -> tuple[list[tuple[str, Any]], str | None]:
    """Return the datasets of a page of the API, or what is wrong with it."""
    if fault := _fault(answer):
        return [], fault
    try:
        found = json.loads(answer.body)["result"]["results"]
        return [(one["id"], {"title": one["title"], "resources": len(one["resources"])}) for one in found], None
    except (ValueError, KeyError, TypeError):
        return [], "no list of results in JSON"


def _read_maps(get: Get) -> _Reading:
    """Turn pages as a client of CSW does: until none follows."""
    reading, start = _Reading(), 1
    while start:
        records, following, fault = _recorded(get(f"{MAPS}?{urlencode(RECORDS | {'startposition': start})}"))
        if fault:
            reading.differences.append(Difference("broken", None, f"record {start}: {fault}"))
            return reading
        reading.take_page(records)
        start = following if following > start else 0
    return reading


def _recorded(answer: Fetched) -> tuple[list[tuple[str, Any]], int, str | None]:
    """Return the records of a page of CSW and the number of the next one (0: none), or what is wrong with it."""
    if fault := _fault(answer):
        return [], 0, fault
    try:
        results = etree.fromstring(answer.body).find("csw:SearchResults", NAMESPACES)
    except etree.XMLSyntaxError:
        results = None
    if results is None:
        return [], 0, "no SearchResults in XML"
    records = results.findall("gmd:MD_Metadata", NAMESPACES)
    told = [
        (one.findtext(IDENTIFIER, None, NAMESPACES), {"title": one.findtext(TITLE, None, NAMESPACES)})
        for one in records
    ]
    return told, int(results.get("nextRecord") or 0), None


def _said(graph: Any, node: URIRef) -> dict[str, Any]:
    return {
        "title": sorted(str(value) for value in graph.objects(node, DCTERMS.title)),
        "distributions": len(set(graph.objects(node, DCAT.distribution))),
    }


def _expected_entries() -> Iterator[tuple[str, Any]]:
    site = paging.site()
    for package in store.read_all():
        # What is compared went through JSON on the other side, too.
        yield package["id"], json.loads(json.dumps(datajson.entry(package, site)))


def _held() -> Iterator[tuple[str, Any]]:
    for package in store.read_all():
        yield package["id"], {"title": package["title"], "resources": len(package["resources"])}


def _titles() -> Iterator[tuple[str, Any]]:
    for identifier, entry in _expected_entries():
        yield identifier, {"title": entry["title"]}


def _facts() -> Iterator[tuple[str, Any]]:
    site = paging.site()
    for package in store.read_all():
        title = datajson.entry(package, site)["title"]
        yield package["id"], {"title": [title], "distributions": len(package["resources"])}
