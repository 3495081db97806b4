"""A dataset, or the head of a catalogue, in each notation of the feeds.

RDF is made once, as N-Triples, by the profile of ckanext-dcat; pyoxigraph turns these into the other notations: the
writers of rdflib take time that grows with the square of a catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph
from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.profiles import DCAT
from ckanext.dcat.utils import catalog_uri
from pyoxigraph import RdfFormat
from rdflib import RDF, Graph, URIRef

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.publication import datajson, paging
from ckanext.satudatapmi.publication.dcat import SCORES, SDI
from ckanext.satudatapmi.schemas import wire

DATA_JSON, TRIPLES = "json", "nt"
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": str(DCAT),
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "rdf": str(RDF),
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sdi": str(SDI),
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
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
    types = [_short(one["@id"]) for one in node.get(str(RDF.type), ())]
    said = {_short(key): value for key, value in node.items() if key != str(RDF.type)}
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
    """Return the fragments of datasets by their id, as entries of data.json or as N-Triples.

    Args:
        packages: in the shape of package_show.
        notation: `DATA_JSON` or `TRIPLES`.
    """
    if notation == DATA_JSON:
        site = paging.site()
        return {one["id"]: wire.json_text(datajson.entry(one, site)).encode() for one in packages}
    scores = history.latest_scores(one["id"] for one in packages)
    serializer = RDFSerializer()
    return {one["id"]: _triples(serializer, dict(one) | {SCORES: scores.get(one["id"], [])}) for one in packages}


def in_notation(triples: bytes, notation: str) -> bytes:
    """Return N-Triples in another notation, without what a whole document begins and ends with."""
    known = NOTATIONS[notation]
    parsed = sorted(pyoxigraph.parse(triples, RdfFormat.N_TRIPLES), key=_order)
    prefixes = None if known.syntax in (RdfFormat.JSON_LD, RdfFormat.N_TRIPLES) else PREFIXES
    return known.cut(pyoxigraph.serialize(parsed, format=known.syntax, prefixes=prefixes))


def _order(quad: pyoxigraph.Quad) -> tuple[str, bool, str]:
    """Return what triples are sorted by: subjects together, each with its type first."""
    return str(quad.subject), quad.predicate.value != str(RDF.type), quad.predicate.value


def catalogue_head(modified: str | None, hydra: Mapping[str, Any], notation: str) -> bytes:
    """Return the fragment that tells of the catalogue itself, and of the page.

    Args:
        modified: when a public dataset last changed, in ISO 8601.
        hydra: the pages one can turn to, as ckanext-dcat takes them.
        notation: of RDF.
    """
    serializer = RDFSerializer()
    serializer.graph_from_catalog({"modified": modified} if modified else None)
    serializer._add_pagination_triples(dict(hydra))
    return in_notation(serializer.g.serialize(format="nt", encoding="utf-8"), notation)


def document(fragments: Iterable[bytes], notation: str) -> Iterable[bytes]:
    """Yield the parts of a document of RDF."""
    known = NOTATIONS[notation]
    yield known.head
    for number, fragment in enumerate(fragments):
        if number:
            yield known.between
        yield fragment
    yield known.tail


def _triples(serializer: RDFSerializer, package: dict[str, Any]) -> bytes:
    """Return what a catalogue says of a dataset, sorted: the profile looks whether it stands in a catalogue."""
    catalogue = URIRef(catalog_uri())
    serializer.g = Graph()
    serializer.g.add((catalogue, RDF.type, DCAT.Catalog))
    dataset = serializer.graph_from_dataset(package)
    serializer.g.remove((catalogue, RDF.type, DCAT.Catalog))
    serializer.g.add((catalogue, DCAT.dataset, dataset))
    return in_notation(serializer.g.serialize(format="nt", encoding="utf-8"), TRIPLES)
