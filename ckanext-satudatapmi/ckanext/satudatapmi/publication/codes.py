"""The published code lists as JSON and as SKOS, each code under an address of its own.

`/kode/<list>/<code>` is the URI of a code, for good: tables link to it. SKOS: https://www.w3.org/TR/skos-reference/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS, XSD

from ckanext.satudatapmi.reference import bridge
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.matching import Match, fold
from ckanext.satudatapmi.reference.published import CodeListInfo, Concept, Link, concepts, published_lists
from ckanext.satudatapmi.text import _

FORMATS: Mapping[str, tuple[str, str]] = {
    "ttl": ("turtle", "text/turtle"),
    "jsonld": ("json-ld", "application/ld+json"),
    "xml": ("xml", "application/rdf+xml"),
}
"""rdflib's serializer and the media type by ending."""
SCHEMA = Namespace("https://schema.org/")


class UnknownCode(LookupError):
    """There is no such code list, or no such code in it."""


def open_list(name: str) -> tuple[CodeListInfo, tuple[Concept, ...]]:
    """Return a published code list and its codes, those of the stored bridge to BPS among them.

    Raises:
        UnknownCode: no such list is published.
    """
    if name not in published_lists():
        raise UnknownCode(_("There is no code list named {name}", name=name))
    return published_lists()[name], concepts(name, bridge.districts())


def open_code(name: str, code: str) -> tuple[CodeListInfo, Concept, tuple[Concept, ...]]:
    """Return a code list, one of its codes, and all of them.

    Raises:
        UnknownCode: there is no such list, or no such code in it.
    """
    info, codes = open_list(name)
    concept = next((one for one in codes if one.code == code), None)
    if concept is None:
        raise UnknownCode(_("The code list {name} has no code {code}", name=name, code=code))
    return info, concept, codes


def all_lists(site_url: str) -> list[dict[str, Any]]:
    """Return what is said of every published code list, as `describe_list` gives it."""
    districts = bridge.districts()
    return [describe_list(info, len(concepts(name, districts)), site_url) for name, info in published_lists().items()]


def search_list(name: str, text: str, offset: int, limit: int | None, site_url: str) -> dict[str, Any]:
    """Return a code list with the codes that a text finds: those that it means first, then those that contain it.

    Args:
        name: of the list.
        text: "" finds every code.
        offset: codes to skip.
        limit: codes to return at most, None for all.
        site_url: of this portal.

    Returns:
        What `describe_list` gives, `found` (how many codes), `match` (status exact, alias, ambiguous or unknown, and
        the codes that the text may mean; None without a text) and `items`: {code, label, aliases, valid_to, uri}.

    Raises:
        UnknownCode: no such list is published.
    """
    info, everything = open_list(name)
    codes, meant = everything, None
    if text.strip():
        meant = _meaning(info, everything, text)
        key = fold(text) or text
        containing = [one for one in codes if any(key in (fold(word) or word) for word in _words_of(one))]
        first = [one for one in codes if one.code in meant["codes"]]
        codes = (*first, *(one for one in containing if one not in first))
    page = codes[offset : None if limit is None else offset + limit]
    return describe_list(info, len(everything), site_url) | {
        "found": len(codes),
        "match": meant,
        "items": [
            {
                "code": one.code,
                "label": dict(one.label),
                "aliases": list(one.aliases),
                "valid_to": one.valid_to,
                "uri": code_uri(site_url, name, one.code),
            }
            for one in page
        ],
    }


def _words_of(concept: Concept) -> Iterable[str]:
    return (concept.code, *concept.label.values(), *concept.aliases)


def _meaning(info: CodeListInfo, codes: Iterable[Concept], text: str) -> dict[str, Any]:
    """Return what a text means in a list; BPS codes of areas are their own list, named as Kemendagri names them."""
    if info.kind == "wilayah_bps":
        match = matcher("wilayah")(text)
        bps = {link.code: one.code for one in codes for link in one.linked("same")}
        return {"status": str(match.status), "codes": [bps[code] for code in _codes_of(match) if code in bps]}
    match = matcher(info.name)(text)
    return {"status": str(match.status), "codes": _codes_of(match)}


def _codes_of(match: Match) -> list[str]:
    """Return the code that a name means, or all that it may mean."""
    return [match.code] if match.code else [one.code for one in match.candidates]


def list_uri(site_url: str, name: str) -> str:
    """Return the address of a code list."""
    return f"{site_url.rstrip('/')}/kode/{name}"


def code_uri(site_url: str, name: str, code: str) -> str:
    """Return the address of a code."""
    return f"{list_uri(site_url, name)}/{quote(code, safe='')}"


def describe_list(info: CodeListInfo, codes: int, site_url: str) -> dict[str, Any]:
    """Return what is said of a code list: name, uri, title and about by language, source, edition, licence,
    complete, codes (how many there are) and of (how many the whole list has, None if not known).
    """
    return {
        "name": info.name,
        "uri": list_uri(site_url, info.name),
        "title": dict(info.title),
        "about": dict(info.about),
        "source": info.source,
        "edition": info.edition,
        "licence": info.licence,
        "complete": info.complete or codes == info.of,
        "codes": codes,
        "of": info.of,
    }


def describe(info: CodeListInfo, concept: Concept, codes: Iterable[Concept], site_url: str) -> dict[str, Any]:
    """Return a code as JSON.

    Args:
        info: its list.
        concept: the code.
        codes: every code of the list, for those that stand below it or came after it.
        site_url: of this portal.

    Returns:
        code, list, uri, label by language, aliases, valid_from, valid_to and basis ("" where there is none), notes, and
        {list, code, uri, label} of the related codes: broader, narrower, same, succeeds, succeeded_by.
    """
    codes = list(codes)
    districts = bridge.districts()
    return {
        "code": concept.code,
        "list": info.name,
        "uri": code_uri(site_url, info.name, concept.code),
        "label": dict(concept.label),
        "aliases": list(concept.aliases),
        "valid_from": concept.valid_from,
        "valid_to": concept.valid_to,
        "basis": concept.basis,
        "notes": dict(concept.notes or {}),
        "broader": _related(concept.linked("broader"), districts, site_url),
        "narrower": _related(_pointing(codes, "broader", info.name, concept.code), districts, site_url),
        "same": _related(concept.linked("same"), districts, site_url),
        "succeeds": _related(concept.linked("succeeds"), districts, site_url),
        "succeeded_by": _related(_pointing(codes, "succeeds", info.name, concept.code), districts, site_url),
    }


def _related(links: Iterable[Link], districts: Mapping[str, str], site_url: str) -> list[dict[str, Any]]:
    found = []
    for link in links:
        label = next((dict(one.label) for one in concepts(link.list, districts) if one.code == link.code), {})
        uri = code_uri(site_url, link.list, link.code)
        found.append({"list": link.list, "code": link.code, "uri": uri, "label": label})
    return found


def _pointing(codes: Iterable[Concept], relation: str, name: str, code: str) -> list[Link]:
    """Return the codes that stand in a relation to one of their list."""
    return [Link(relation, name, one.code) for one in codes if Link(relation, name, code) in one.links]


def graph(info: CodeListInfo, concepts: Iterable[Concept], site_url: str) -> Graph:
    """Return codes of a list as SKOS, with the concept scheme that they stand in."""
    found = Graph()
    for prefix, space in (("skos", SKOS), ("dct", DCTERMS), ("schema", SCHEMA)):
        found.bind(prefix, space)
    scheme = URIRef(list_uri(site_url, info.name))
    found.add((scheme, RDF.type, SKOS.ConceptScheme))
    for language, title in info.title.items():
        found.add((scheme, DCTERMS.title, Literal(title, lang=language)))
        found.add((scheme, DCTERMS.description, Literal(info.about[language], lang=language)))
    found.add((scheme, DCTERMS.source, Literal(info.source)))
    found.add((scheme, DCTERMS.license, Literal(info.licence)))
    found.add((scheme, OWL.versionInfo, Literal(info.edition)))
    for concept in concepts:
        _add(found, info, concept, scheme, site_url)
    return found


def _add(found: Graph, info: CodeListInfo, concept: Concept, scheme: URIRef, site_url: str) -> None:
    node = URIRef(code_uri(site_url, info.name, concept.code))
    found.add((node, RDF.type, SKOS.Concept))
    found.add((node, SKOS.inScheme, scheme))
    found.add((node, SKOS.notation, Literal(concept.code)))
    for language, label in concept.label.items():
        found.add((node, SKOS.prefLabel, Literal(label, lang=language)))
    for alias in concept.aliases:
        if alias not in concept.label.values():
            found.add((node, SKOS.altLabel, Literal(alias, lang="id")))
    if not concept.linked("broader"):
        found.add((node, SKOS.topConceptOf, scheme))
    for link in concept.links:
        other = URIRef(code_uri(site_url, link.list, link.code))
        within = link.list == info.name
        predicates = {
            "broader": SKOS.broader if within else SKOS.broadMatch,
            "same": SKOS.exactMatch,
            "succeeds": DCTERMS.replaces,
        }
        found.add((node, predicates[link.relation], other))
    for predicate, day in ((SCHEMA.validFrom, concept.valid_from), (SCHEMA.validThrough, concept.valid_to)):
        if day:
            found.add((node, predicate, Literal(day, datatype=XSD.date)))
    if concept.basis:
        found.add((node, DCTERMS.source, Literal(concept.basis)))


def serialize(found: Graph, extension: str) -> bytes:
    """Return a graph in one of FORMATS."""
    return found.serialize(format=FORMATS[extension][0], encoding="utf-8")
