"""Terms of RDF, and statements that are written in the same bytes each time.

The terms are those of pyoxigraph: rdflib's take ten times as long to make and to write, and a catalogue has many.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ckanext.satudatapmi.schemas import wire

Subject = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal
LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
NOT_IN_IRI = str.maketrans({character: quote(character) for character in ' "<>[]{}|\\^`'})


class Vocabulary:
    """The terms whose addresses begin alike: `DCAT.Dataset` is http://www.w3.org/ns/dcat#Dataset.

    Attributes:
        address: with which they begin.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def __getattr__(self, name: str) -> NamedNode:
        term = NamedNode(self.address + name)
        setattr(self, name, term)
        return term


ADMS = Vocabulary("http://www.w3.org/ns/adms#")
DCAT = Vocabulary("http://www.w3.org/ns/dcat#")
DCT = Vocabulary("http://purl.org/dc/terms/")
DQV = Vocabulary("http://www.w3.org/ns/dqv#")
FOAF = Vocabulary("http://xmlns.com/foaf/0.1/")
GSP = Vocabulary("http://www.opengis.net/ont/geosparql#")
HYDRA = Vocabulary("http://www.w3.org/ns/hydra/core#")
LOCN = Vocabulary("http://www.w3.org/ns/locn#")
RDF = Vocabulary("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Vocabulary("http://www.w3.org/2000/01/rdf-schema#")
SDI = Vocabulary("urn:satudatapmi:sdi:")
"""Properties with the wire names of the national portal. A URN, so that they stay the same on every site."""
SKOS = Vocabulary("http://www.w3.org/2004/02/skos/core#")
SPDX = Vocabulary("http://spdx.org/rdf/terms#")
VCARD = Vocabulary("http://www.w3.org/2006/vcard/ns#")
XSD = Vocabulary("http://www.w3.org/2001/XMLSchema#")
PREFIXES = {
    "adms": ADMS.address,
    "dcat": DCAT.address,
    "dct": DCT.address,
    "dqv": DQV.address,
    "foaf": FOAF.address,
    "gsp": GSP.address,
    "hydra": HYDRA.address,
    "locn": LOCN.address,
    "rdf": RDF.address,
    "rdfs": RDFS.address,
    "sdi": SDI.address,
    "skos": SKOS.address,
    "spdx": SPDX.address,
    "vcard": VCARD.address,
    "xsd": XSD.address,
}
WEB_ADDRESS = re.compile(r"(https?|ftp)://[^\s/]", re.IGNORECASE)
_DATES = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}


class Statements:
    """What is said of some things: each thing in turn, in the order in which it came up, nothing twice.

    Blank nodes are numbered and bear the mark of what is described: so they differ from those of other descriptions in
    the same document, and are the same whenever it is written.
    """

    def __init__(self, about: str) -> None:
        """Begin without a statement.

        Args:
            about: what is described, by its address.
        """
        self._mark = hashlib.sha256(about.encode()).hexdigest()[:16]
        self._blanks = 0
        self._said: dict[Subject, dict[Triple, None]] = {}

    def add(self, subject: Subject, predicate: NamedNode, value: Term) -> None:
        """Add a statement."""
        self._said.setdefault(subject, {})[Triple(subject, predicate, value)] = None

    def blank(self) -> BlankNode:
        """Return another blank node."""
        self._blanks += 1
        return BlankNode(f"b{self._mark}n{self._blanks}")

    def __iter__(self) -> Iterator[Triple]:
        for triples in self._said.values():
            yield from triples


def term(address: str) -> NamedNode:
    """Return the node of an address of ours, or of a vocabulary.

    Raises:
        ValueError: it is no IRI.
    """
    node = iri(address)
    if node is None:
        raise ValueError(f"{address!r} is no IRI")
    return node


def web_address(value: Any) -> NamedNode | None:
    """Return the node of what a partner gave as an address; None for what a browser or a program cannot follow."""
    return iri(value) if isinstance(value, str) and WEB_ADDRESS.match(value.strip()) else None


@lru_cache(maxsize=4096)
def iri(address: str) -> NamedNode | None:
    """Return the node of an address, its forbidden characters quoted; None if it still is no IRI.

    >>> str(iri("https://data.example/a b?100%")), iri("catatan.txt")
    ('<https://data.example/a%20b?100%25>', None)
    """
    try:
        return NamedNode(LONE_PERCENT.sub("%25", clean(address.strip())).translate(NOT_IN_IRI))
    except ValueError:
        return None


def text(value: Any) -> Literal:
    """Return a text, without the characters that XML cannot hold."""
    return Literal(clean(value))


def date(value: str) -> Literal:
    """Return a year, a month, a day or a time in ISO 8601 with its type; a time has seconds there."""
    if len(value) in _DATES:
        return Literal(value, datatype=_DATES[len(value)])
    return Literal(datetime.fromisoformat(value).isoformat(), datatype=XSD.dateTime)


def json_value(value: Any) -> Literal:
    """Return a JSON value: texts, numbers and truth values as such, the rest as JSON."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool | int | float):
        return Literal(value)
    return Literal(clean(wire.json_text(value)), datatype=RDF.JSON)


def clean(value: Any) -> str:
    """Return a text that XML can hold; "" for what is empty."""
    return wire.NOT_IN_XML.sub("", str(value)) if value else ""
