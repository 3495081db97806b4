"""A dataset, or the head of a catalogue, in each notation of the feeds.

pyoxigraph writes RDF, not rdflib as in ckanext-dcat, whose writers take time that grows with the square of a catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph
import sqlalchemy as sa
from ckanext.dcat.utils import dataset_uri
from pyoxigraph import NamedNode, RdfFormat, Triple

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.catalogue.history import Measured
from ckanext.satudatapmi.publication import catalog, context, datajson, dqv, paging, published, series, store
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.description import describe
from ckanext.satudatapmi.publication.rdf import DCAT, PREFIXES, RDF, Statements, term
from ckanext.satudatapmi.schemas import wire

DATA_JSON, TRIPLES = "json", "nt"
PREFIX_LINES = re.compile(rb"^@prefix .*\n", re.MULTILINE)


@dataclass(frozen=True)
class Notation:
    """A way to write RDF.

    Attributes:
        syntax: as pyoxigraph knows it.
        cut: takes a fragment out of a document that pyoxigraph wrote.
        head, between, tail: what stands before, between and behind the fragments of a document.
    """

    syntax: RdfFormat
    cut: Callable[[bytes], bytes]
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""


def _cut_turtle(document: bytes) -> bytes:
    return PREFIX_LINES.sub(b"", document)


def _cut_xml(document: bytes) -> bytes:
    start = document.index(b">", document.index(b"<rdf:RDF")) + 1
    return document[start : document.rindex(b"</rdf:RDF>")].lstrip(b"\n")


def _cut_json(document: bytes) -> bytes:
    """Return the nodes of a JSON-LD document that has no context, shortened by `PREFIXES`."""
    return b",\n".join(wire.json_text(_short_node(node)).encode() for node in json.loads(document))


def _short_node(node: Mapping[str, Any]) -> dict[str, Any]:
    types = [_short(one["@id"]) for one in node.get(RDF.type.value, ())]
    said = {_short(key): value for key, value in node.items() if key != RDF.type.value}
    return {"@id": said.pop("@id")} | ({"@type": types} if types else {}) | said


def _short(address: str) -> str:
    for prefix, space in PREFIXES.items():
        if address.startswith(space):
            return f"{prefix}:{address.removeprefix(space)}"
    return address


NOTATIONS: Mapping[str, Notation] = {
    TRIPLES: Notation(RdfFormat.N_TRIPLES, bytes),
    "ttl": Notation(
        RdfFormat.TURTLE,
        _cut_turtle,
        "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items()).encode(),
    ),
    "xml": Notation(
        RdfFormat.RDF_XML,
        _cut_xml,
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{}>\n'.format(
            "".join(f' xmlns:{prefix}="{space}"' for prefix, space in PREFIXES.items())
        ).encode(),
        tail=b"</rdf:RDF>\n",
    ),
    "jsonld": Notation(
        RdfFormat.JSON_LD,
        _cut_json,
        f'{{"@context": {wire.json_text(PREFIXES)}, "@graph": [\n'.encode(),
        b",\n",
        b"\n]}\n",
    ),
}
"""The notations of RDF, by the name of their fragments."""


def written(packages: Sequence[Mapping[str, Any]], notation: str) -> dict[str, bytes]:
    """Return the fragments of datasets by their id.

    Args:
        packages: in the shape of package_show.
        notation: `DATA_JSON` or one of `NOTATIONS`.
    """
    if notation == DATA_JSON:
        site = paging.site()
        return {one["id"]: wire.json_text(datajson.entry(one, site)).encode() for one in packages}
    portal, scores = context.portal(), history.latest_scores(one["id"] for one in packages)
    return {one["id"]: _fragment(one, portal, scores.get(one["id"], []), notation) for one in packages}


def catalogue_head(connection: sa.Connection, pages: Mapping[str, str | int], notation: str) -> bytes:
    """Return the fragment that tells of the catalogue itself.

    Args:
        connection: of the snapshot in which the datasets were read.
        pages: the pages one can turn to, as catalog.add_pages takes them.
        notation: of RDF.
    """
    portal, changed = context.portal(), published.changed(connection)
    said = catalog.describe(portal, changed.isoformat() if changed else None)
    catalog.add_pages(said, pages)
    dqv.add_metrics(said, portal.site.url, whole=False)
    return _serialized(said, notation)


def relations(connection: sa.Connection, ids: Sequence[str], notation: str, *, among_all: bool) -> list[bytes]:
    """Return the fragments, if any, that tell what datasets have to do with each other (catalog.relations)."""
    said = [*catalog.relations(connection, ids, context.portal(), among_all=among_all)]
    return [_serialized(said, notation)] if said else []


def series_document(organization: str, key: str, notation: str) -> bytes | None:
    """Return what is said of a series and of the order of its datasets; None if there is none of this key.

    Args:
        organization: name of the one that publishes it.
        key: of the series.
        notation: of RDF.
    """
    with store.snapshot() as connection:
        found = series.open_series(connection, organization, key)
    if found is None:
        return None
    portal = context.portal()
    said = Statements(series.uri(found, portal.site.url))
    series.describe(said, found, portal)
    series.add_members(said, found, portal, [member.id for member in found.members])
    return b"".join(document([_serialized(said, notation)], notation))


def _fragment(package: Mapping[str, Any], portal: Portal, scores: Sequence[Measured], notation: str) -> bytes:
    node = term(dataset_uri(dict(package)))
    listed = Triple(NamedNode(portal.uri), DCAT.dataset, node)
    return _serialized([listed, *describe(package, node, portal, scores, whole=False)], notation)


def _serialized(triples: Iterable[Triple], notation: str) -> bytes:
    """Return triples without what a whole document begins and ends with."""
    known = NOTATIONS[notation]
    prefixes = None if known.syntax in (RdfFormat.JSON_LD, RdfFormat.N_TRIPLES) else PREFIXES
    return known.cut(pyoxigraph.serialize(triples, format=known.syntax, prefixes=prefixes) or b"")


def document(fragments: Iterable[bytes], notation: str) -> Iterable[bytes]:
    """Yield the parts of a document of RDF."""
    known = NOTATIONS[notation]
    yield known.head
    for number, fragment in enumerate(fragments):
        if number:
            yield known.between
        yield fragment
    yield known.tail
