"""The graph of a DCAT dataset as a record of a data.json, in the languages that are wanted.

Properties of DCAT, DCAT-AP and our own SDI namespace go under the keys of a data.json. Any other is kept under the last
part of its address, or under the whole address where that key is taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyoxigraph
import yaml

from ckanext.satudatapmi.harvesters.protocols import rdf
from ckanext.satudatapmi.schemas import vocabularies

ADMS = "http://www.w3.org/ns/adms#"
DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
LOCN = "http://www.w3.org/ns/locn#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SDI = "urn:satudatapmi:sdi:"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

NAMES = (f"{FOAF}name", f"{VCARD}fn", f"{VCARD}organization-name", f"{SKOS}prefLabel", f"{RDFS}label", f"{DCT}title")
STARTS = (f"{DCAT}startDate", "http://schema.org/startDate", "https://schema.org/startDate")
ENDS = (f"{DCAT}endDate", "http://schema.org/endDate", "https://schema.org/endDate")
GEOMETRIES = (f"{LOCN}geometry", f"{DCAT}bbox", f"{DCAT}centroid")
MAX_NESTING = 4
_INTEGERS = {f"{XSD}{name}" for name in ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger")}
_DECIMALS = {f"{XSD}{name}" for name in ("decimal", "double", "float")}

Term = Any
"""A term of pyoxigraph: NamedNode, BlankNode or Literal."""


@cache
def _authorities() -> Mapping[str, Mapping[str, str]]:
    """Return the words of dcat.yaml the other way round: what the last part of an authority's address stands for."""
    document = yaml.safe_load((vocabularies.HERE / "dcat.yaml").read_text(encoding="utf-8"))
    tables = ("frequency", "access_right", "language", "access_level")
    return {
        name: document[name] if name == "access_level" else {code: word for word, code in document[name].items()}
        for name in tables
    }


@dataclass(frozen=True)
class Description:
    """What is said of one thing, in the languages that are wanted."""

    node: Term
    said: Mapping[str, Sequence[Term]]
    of: Callable[[Term], Description]
    languages: tuple[str, ...]

    def terms(self, *properties: str) -> Sequence[Term]:
        """Return the values of the first of these properties that has any."""
        return next((self.said[name] for name in properties if self.said.get(name)), ())

    def text(self, *properties: str) -> str:
        """Return one value as text, in the wanted language."""
        found = [term for term in self.terms(*properties) if isinstance(term, pyoxigraph.Literal)]
        return self._in_language(found)[0].value if found else ""

    def texts(self, *properties: str) -> list[str]:
        """Return all values in the wanted language as texts, sorted: RDF has no order."""
        found = [term for term in self.terms(*properties) if isinstance(term, pyoxigraph.Literal)]
        return sorted({term.value for term in self._in_language(found)}) if found else []

    def labels(self, *properties: str) -> list[str]:
        """Return the values by the names that they have, else by their addresses."""
        return sorted({label for term in self.terms(*properties) if (label := self.label(term))})

    def label(self, term: Term) -> str:
        """Return the name of a thing, else its address; "" for a blank node that has none."""
        if isinstance(term, pyoxigraph.Literal):
            return term.value
        name = self.of(term).text(*NAMES, f"{RDF}value")
        return name or (term.value if isinstance(term, pyoxigraph.NamedNode) else "")

    def address(self, *properties: str) -> str:
        """Return one value that is an address, or a text in its place."""
        found = [term.value for term in self.terms(*properties) if not isinstance(term, pyoxigraph.BlankNode)]
        return min(found, default="")

    def _in_language(self, literals: list[Any]) -> list[Any]:
        for language in (*self.languages, None):
            found = [one for one in literals if _same_language(one.language, language)]
            if found:
                return sorted(found, key=lambda one: one.value)
        first = min(one.language for one in literals)
        return sorted((one for one in literals if one.language == first), key=lambda one: one.value)


def _same_language(given: str | None, wanted: str | None) -> bool:
    return given == wanted or bool(given and wanted and given.lower().partition("-")[0] == wanted)


def describe(triples: rdf.Triples, languages: Sequence[str]) -> Description:
    """Return the description of a dataset, the first subject of its graph."""
    said: dict[Term, dict[str, list[Term]]] = {}
    for quad in pyoxigraph.parse(input=rdf.as_ntriples(triples), format=pyoxigraph.RdfFormat.N_TRIPLES, lenient=True):
        said.setdefault(quad.subject, {}).setdefault(quad.predicate.value, []).append(quad.object)

    def of(node: Term) -> Description:
        return Description(node, said.get(node, {}), of, tuple(languages))

    return of(next(iter(said)))


def record(triples: rdf.Triples, languages: Sequence[str]) -> dict[str, Any]:
    """Return a dataset's graph as a record of a data.json.

    Args:
        triples: of the dataset, as `rdf.dataset_graph` gives them.
        languages: which to prefer, best first.
    """
    dataset = describe(triples, languages)
    found = {
        "identifier": _identifier(dataset),
        "title": dataset.text(f"{DCT}title"),
        "description": dataset.text(f"{DCT}description"),
        "keyword": dataset.texts(f"{DCAT}keyword"),
        "theme": dataset.labels(f"{DCAT}theme"),
        "publisher": _publisher(dataset),
        "contactPoint": _contact(dataset),
        "landingPage": dataset.address(f"{DCAT}landingPage"),
        "issued": dataset.text(f"{DCT}issued"),
        "modified": dataset.text(f"{DCT}modified"),
        "language": [_word("language", one) for one in dataset.labels(f"{DCT}language")],
        "accrualPeriodicity": _frequency(dataset),
        "temporal": _single([_period(dataset.of(term)) for term in dataset.terms(f"{DCT}temporal")]),
        "spatial": _single([part for term in dataset.terms(f"{DCT}spatial") for part in _place(dataset, term)]),
        "license": _licence(dataset),
        "isPartOf": next(iter(dataset.labels(f"{DCAT}inSeries")), ""),
        **_access(dataset),
        "distribution": _distributions(dataset),
    }
    filled = {key: value for key, value in found.items() if value not in ("", [], None)}
    # dct:isPartOf is no series: it may name the catalogue.
    rest = _rest(dataset, _DATASET_KNOWN, {"isPartOf", *filled})
    return {**filled, **rest, **_sdi(dataset)}


def identifier(triples: rdf.Triples, languages: Sequence[str]) -> str:
    """Return what a dataset is known by; "" if it has neither identifier nor address."""
    return _identifier(describe(triples, languages))


def _identifier(dataset: Description) -> str:
    return dataset.text(f"{DCT}identifier") or _address_of(dataset)


def _address_of(thing: Description) -> str:
    return thing.node.value if isinstance(thing.node, pyoxigraph.NamedNode) else ""


def _single(values: list[Any]) -> Any:
    """Return one value as it is, several as a list in a fixed order."""
    unique = list({json.dumps(value, sort_keys=True): value for value in values if value not in ("", None)}.items())
    return unique[0][1] if len(unique) == 1 else [value for _text, value in sorted(unique, key=lambda one: one[0])]


def _publisher(dataset: Description) -> dict[str, str] | None:
    for term in _ordered(dataset.terms(f"{DCT}publisher")):
        name = dataset.label(term)
        if name:
            publisher = {"@type": "org:Organization", "name": name}
            address = _address_of(dataset.of(term)) if not isinstance(term, pyoxigraph.Literal) else ""
            return publisher | ({"@id": address} if address and address != name else {})
    return None


def _contact(dataset: Description) -> dict[str, str] | None:
    for term in _ordered(dataset.terms(f"{DCAT}contactPoint", f"{ADMS}contactPoint")):
        contact = dataset.of(term)
        email = next((_email(contact, one) for one in _ordered(contact.terms(f"{VCARD}hasEmail"))), "")
        found = {"fn": contact.text(f"{VCARD}fn", *NAMES), "hasEmail": email}
        if any(found.values()):
            return {key: value for key, value in found.items() if value}
    return None


def _email(contact: Description, term: Term) -> str:
    value = contact.of(term).address(f"{VCARD}hasValue") if isinstance(term, pyoxigraph.BlankNode) else term.value
    return value if not value or value.startswith("mailto:") else f"mailto:{value}"


def _ordered(terms: Sequence[Term]) -> list[Term]:
    """Return things in an order that the file does not decide, blank nodes last."""
    return sorted(terms, key=lambda term: (isinstance(term, pyoxigraph.BlankNode), term.value))


def _word(table: str, value: str) -> str:
    """Return what an authority's address stands for in our words, else the value as it came."""
    return _authorities()[table].get(re.split(r"[/#]", value)[-1], value)


def _frequency(dataset: Description) -> str:
    label = next(iter(dataset.labels(f"{DCT}accrualPeriodicity")), "")
    code = dataset.address(f"{DCT}accrualPeriodicity")
    found = _word("frequency", code)
    if found != code:
        return found
    known = vocabularies.periodicity(re.split(r"[/#]", code)[-1])
    return known.iso if known else label or code


def _access(dataset: Description) -> dict[str, str]:
    """Return the access rights: the level that an authority's code stands for, else the words as they came."""
    code = dataset.address(f"{DCT}accessRights")
    level = _word("access_right", code)
    if code and level != code:
        return {"accessLevel": _authorities()["access_level"][level]}
    words = next(iter(dataset.labels(f"{DCT}accessRights")), "")
    return {"accessRights": words} if words else {}


def _licence(thing: Description) -> str:
    """Return the licence of a dataset; without one, that of its distributions if they agree."""
    address, label = thing.address(f"{DCT}license"), next(iter(thing.labels(f"{DCT}license")), "")
    if address or label:
        return address or label
    given = {_licence(thing.of(term)) for term in thing.terms(f"{DCAT}distribution")}
    return given.pop() if len(given) == 1 else ""


def _period(period: Description) -> str:
    if isinstance(period.node, pyoxigraph.Literal):
        return period.node.value
    start, end = period.text(*STARTS), period.text(*ENDS)
    return f"{start}/{end}" if start or end else _address_of(period)


def _place(dataset: Description, term: Term) -> Iterator[Any]:
    """Yield the name of a place and its geometry, whichever are given; without either its address."""
    if isinstance(term, pyoxigraph.Literal):
        yield _geometry(term)
        return
    place = dataset.of(term)
    name = place.text(f"{SKOS}prefLabel", f"{RDFS}label", f"{LOCN}geographicName")
    shape = next((_geometry(one) for one in _preferred(place.terms(*GEOMETRIES))), None)
    if name:
        yield name
    if shape:
        yield shape
    if not name and not shape:
        yield _address_of(place)


def _preferred(geometries: Sequence[Term]) -> list[Term]:
    """Return geometries, GeoJSON before others."""
    literals = [one for one in geometries if isinstance(one, pyoxigraph.Literal)]
    return sorted(literals, key=lambda one: (not one.value.lstrip().startswith("{"), one.value))


def _geometry(literal: Any) -> Any:
    if literal.value.lstrip().startswith("{"):
        try:
            return json.loads(literal.value)
        except (ValueError, RecursionError):
            return literal.value
    return literal.value


def _distributions(dataset: Description) -> list[dict[str, Any]]:
    found = [_distribution(dataset.of(term)) for term in _ordered(dataset.terms(f"{DCAT}distribution"))]
    if all(isinstance(term, pyoxigraph.NamedNode) for term in dataset.terms(f"{DCAT}distribution")):
        return found
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


def _distribution(thing: Description) -> dict[str, Any]:
    if isinstance(thing.node, pyoxigraph.Literal) or not thing.said:
        return {"downloadURL": thing.node.value}
    size = thing.text(f"{DCAT}byteSize")
    found = {
        "title": thing.text(f"{DCT}title"),
        "description": thing.text(f"{DCT}description"),
        "downloadURL": thing.address(f"{DCAT}downloadURL"),
        "accessURL": thing.address(f"{DCAT}accessURL"),
        "format": _last_part(next(iter(thing.labels(f"{DCT}format")), "")),
        "mediaType": _media_type(next(iter(thing.labels(f"{DCAT}mediaType")), "")),
        "byteSize": int(float(size)) if re.fullmatch(r"\d{1,15}(\.0+)?", size) else size,
        "checksum": _checksum(thing),
        "license": _licence(thing),
        "issued": thing.text(f"{DCT}issued"),
        "modified": thing.text(f"{DCT}modified"),
    }
    filled = {key: value for key, value in found.items() if value not in ("", None)}
    return {**filled, **_rest(thing, _DISTRIBUTION_KNOWN, set(filled)), **_sdi(thing)}


def _checksum(thing: Description) -> dict[str, str] | None:
    for term in _ordered(thing.terms(f"{SPDX}checksum")):
        checksum = thing.of(term)
        algorithm = _last_part(checksum.address(f"{SPDX}algorithm")).removeprefix("checksumAlgorithm_")
        found = {"algorithm": algorithm, "checksumValue": checksum.text(f"{SPDX}checksumValue")}
        return {key: value for key, value in found.items() if value} or None
    return None


def _media_type(value: str) -> str:
    found = re.search(r"media-types/(\S+/\S+)$", value)
    return found[1] if found else value


def _last_part(value: str) -> str:
    """Return the last part of an address, any other text as it is."""
    return re.split(r"[/#]", value)[-1] if value.startswith(("http://", "https://")) else value


def _sdi(thing: Description) -> dict[str, Any]:
    """Return what is said under the SDI namespace, by wire key; `lain` holds keys that are no names of properties."""
    found = {name.removeprefix(SDI): _value(thing, terms) for name, terms in thing.said.items() if name.startswith(SDI)}
    others = found.pop("lain", {})
    return {**found, **(others if isinstance(others, dict) else {"lain": others})}


def _rest(thing: Description, known: frozenset[str], taken: set[str]) -> dict[str, Any]:
    """Return the properties that have no key of their own, under a readable one."""
    found: dict[str, Any] = {}
    for name in sorted(thing.said):
        if name not in known and not name.startswith(SDI):
            key = re.split(r"[/#:]", name)[-1]
            found[key if key and key not in taken and key not in found else name] = _value(thing, thing.said[name])
    return found


def _value(thing: Description, terms: Sequence[Term], depth: int = 0) -> Any:
    return _single([_plain(thing, term, depth) for term in terms])


def _plain(thing: Description, term: Term, depth: int) -> Any:
    """Return a term as a JSON value: a thing of which something is said becomes an object."""
    if isinstance(term, pyoxigraph.Literal):
        return _typed(term)
    other = thing.of(term)
    about = {name: terms for name, terms in other.said.items() if name != f"{RDF}type"}
    if not about or depth >= MAX_NESTING:
        return _address_of(other)
    address = {"@id": term.value} if isinstance(term, pyoxigraph.NamedNode) else {}
    parts = {re.split(r"[/#:]", name)[-1] or name: _value(other, about[name], depth + 1) for name in sorted(about)}
    return address | parts


def _typed(literal: Any) -> Any:
    """Return a literal as a number, a truth value or JSON where its type says so, else as text."""
    kind, value = literal.datatype.value, literal.value
    if kind in _INTEGERS and re.fullmatch(r"[+-]?\d{1,18}", value):
        return int(value)
    if kind in _DECIMALS and re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?", value):
        return float(value)
    if kind == f"{XSD}boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(value, value)
    if kind == f"{RDF}JSON":
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


_COMMON = (f"{RDF}type", f"{DCT}title", f"{DCT}description", f"{DCT}issued", f"{DCT}modified", f"{DCT}license")
_DATASET_KNOWN = frozenset(
    {
        *_COMMON,
        *(f"{DCT}{name}" for name in ("identifier", "publisher", "language", "accrualPeriodicity", "temporal")),
        *(f"{DCT}{name}" for name in ("spatial", "accessRights")),
        *(f"{DCAT}{name}" for name in ("keyword", "theme", "contactPoint", "landingPage", "distribution")),
        *(f"{DCAT}{name}" for name in ("inSeries", "prev", "next")),
        f"{ADMS}contactPoint",
    }
)
_DISTRIBUTION_KNOWN = frozenset(
    {
        *_COMMON,
        *(f"{DCAT}{name}" for name in ("downloadURL", "accessURL", "mediaType", "byteSize")),
        f"{DCT}format",
        f"{SPDX}checksum",
    }
)
