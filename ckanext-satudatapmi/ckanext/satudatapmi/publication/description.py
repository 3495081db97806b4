"""What is said of a dataset in DCAT-AP 3.

A partner's odd value never becomes odd RDF: what is no address is said in words, and what DCAT-AP has no word for is
said under the SDI namespace, each key under its wire name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from geomet import InvalidGeoJSONException, wkt
from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.catalogue.history import Measured
from ckanext.satudatapmi.publication import codes, datajson, distributions, dqv, words
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.rdf import (
    DCAT,
    DCT,
    FOAF,
    GSP,
    LOCN,
    RDF,
    RDFS,
    SDI,
    SKOS,
    VCARD,
    Statements,
    Subject,
    clean,
    date,
    iri,
    json_value,
    term,
    text,
    web_address,
)
from ckanext.satudatapmi.reference import extents, wilayah
from ckanext.satudatapmi.schemas import convert, dates, vocabularies, wire

CONCEPT = "urn:satudatapmi:konsep:"


def describe(
    package: Mapping[str, Any], node: NamedNode, portal: Portal, scores: Iterable[Measured], *, whole: bool
) -> Statements:
    """Return what is said of a dataset.

    Args:
        package: in the shape of package_show.
        node: its URI.
        portal: the portal.
        scores: what it scored when it was last measured, by profile.
        whole: whether each single metric is among it; a catalogue has totals and dimensions alone.
    """
    given = datajson.given(package)
    entry = datajson.filled(package, given, portal.site)
    page = web_address(entry["landingPage"]) or term(f"{portal.site.url}/dataset/{package['name']}")
    said = Statements(node.value)
    _add_texts(said, node, package, entry)
    _add_authorities(said, node, given, entry)
    said.add(node, DCAT.landingPage, page)
    said.add(page, RDF.type, FOAF.Document)
    _add_agents(said, node, package, entry, portal)
    _add_contact(said, node, package, entry, portal)
    _add_period(said, node, given.get("temporal"))
    _add_places(said, node, area(package, given), portal)
    _add_themes(said, node, given)
    _add_sdi(said, node, given)
    dqv.add_measurements(said, node, scores, portal.site.url, whole=whole)
    distributions.add_all(said, node, package, entry, page, portal)
    return said


def _add_texts(said: Statements, node: NamedNode, package: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    said.add(node, RDF.type, DCAT.Dataset)
    said.add(node, DCT.identifier, text(package["id"]))
    said.add(node, DCT.title, text(entry["title"]))
    said.add(node, DCT.description, text(entry["description"]))
    for tag in package.get("tags") or []:
        said.add(node, DCAT.keyword, text(tag["name"]))
    for predicate, stated, otherwise in (
        (DCT.issued, package.get("issued"), package["metadata_created"]),
        (DCT.modified, package.get("modified"), package["metadata_modified"]),
    ):
        said.add(node, predicate, date(dates.iso_date(stated) or datajson.moment(otherwise)))


def _add_authorities(said: Statements, node: NamedNode, given: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    """Add what the authority tables of the EU have a code for: language, frequency and access rights."""
    for code in entry["language"]:
        if language := words.language(code):
            said.add(node, DCT.language, term(language))
            said.add(term(language), RDF.type, DCT.LinguisticSystem)
    frequency = given.get("accrualPeriodicity")
    if frequency:
        known = words.frequency(frequency)
        often = term(known) if known else said.blank()
        said.add(node, DCT.accrualPeriodicity, often)
        said.add(often, RDF.type, DCT.Frequency)
        if not known:
            said.add(often, RDFS.label, text(convert.as_text(frequency)))
    if access := words.authority("access_right", datajson.access_level(given)):
        said.add(node, DCT.accessRights, term(access))
        said.add(term(access), RDF.type, DCT.RightsStatement)


def _add_agents(
    said: Statements, node: NamedNode, package: Mapping[str, Any], entry: Mapping[str, Any], portal: Portal
) -> None:
    """Add the publisher, who goes by an address here if it is the organisation itself, and the producer of the data."""
    organization, name = package.get("organization") or {}, clean(entry["publisher"]["name"]).strip()
    is_own = name == clean(organization.get("title"))
    publisher = term(portal.organization_uri(organization["id"])) if is_own else said.blank()
    _add_agent(said, node, DCT.publisher, publisher, name)
    if kind := words.authority("publisher_type", (organization if is_own else package).get("publisher_type")):
        said.add(publisher, DCT.type, term(kind))
    producer = clean(package.get("produsen_data_name"))
    if producer and producer != name:
        _add_agent(said, node, DCT.creator, said.blank(), producer)


def _add_agent(said: Statements, node: NamedNode, role: NamedNode, agent: Subject, name: str) -> None:
    said.add(node, role, agent)
    said.add(agent, RDF.type, FOAF.Agent)
    said.add(agent, FOAF.name, Literal(name))


def _add_contact(
    said: Statements, node: NamedNode, package: Mapping[str, Any], entry: Mapping[str, Any], portal: Portal
) -> None:
    """Add the unit that answers questions: its mailbox, and the page of its organisation; never a person."""
    contact, organization = said.blank(), package.get("organization")
    said.add(node, DCAT.contactPoint, contact)
    said.add(contact, RDF.type, VCARD.Organization)
    stated = clean(entry["contactPoint"]["fn"]).strip()
    name = entry["publisher"]["name"].strip() if vocabularies.is_missing(stated) else stated
    said.add(contact, VCARD.fn, text(name))
    mailbox = datajson.contact_mailbox(entry)
    address = iri(f"mailto:{mailbox}") if mailbox else None
    if address:
        said.add(contact, VCARD.hasEmail, address)
    if organization:
        said.add(contact, VCARD.hasURL, term(portal.organization_uri(organization["id"])))


def _add_period(said: Statements, node: NamedNode, value: Any) -> None:
    period = words.period(value)
    if period:
        time = said.blank()
        said.add(node, DCT.temporal, time)
        said.add(time, RDF.type, DCT.PeriodOfTime)
        for predicate, moment in ((DCAT.startDate, period.start), (DCAT.endDate, period.end)):
            if moment:
                said.add(time, predicate, date(moment))


def area(package: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Return what `spatial` says; an area code is a text, though one like 35.10 reads as a number."""
    value = given.get("spatial")
    return package["spatial"] if isinstance(value, (int, float)) and package.get("spatial") else value


def _add_places(said: Statements, node: NamedNode, value: Any, portal: Portal) -> None:
    """Add the areas: those with a kode wilayah by the address of the code here, with the box that they lie in."""
    for place in words.places(value):
        area = wilayah.areas().get(place.code or "")
        location = term(codes.code_uri(portal.site.url, "wilayah", area.code)) if area else said.blank()
        said.add(node, DCT.spatial, location)
        said.add(location, RDF.type, DCT.Location)
        if area:
            said.add(location, DCAT.bbox, Literal(_box(area.code), datatype=GSP.wktLiteral))
        if name := area.name if area else place.name:
            said.add(location, SKOS.prefLabel, text(name))
        if place.code:
            said.add(location, DCT.identifier, text(place.code))
        if shape := _geometry(place.geometry):
            said.add(location, LOCN.geometry, Literal(shape, datatype=GSP.wktLiteral))


@cache
def _box(code: str) -> str:
    """Return the box of an area as a polygon in well-known text."""
    box = extents.box_of(code)
    return wkt.dumps({"type": "Polygon", "coordinates": [box.ring]}, decimals=2) if box else ""


def _geometry(value: Mapping[str, Any] | None) -> str:
    """Return GeoJSON as well-known text; "" for what is none."""
    try:
        return wkt.dumps(dict(value), decimals=4) if value else ""
    except (TypeError, ValueError, InvalidGeoJSONException):
        return ""


def _add_themes(said: Statements, node: NamedNode, given: Mapping[str, Any]) -> None:
    """Add kategori and theme as concepts; a theme that is an address stays one."""
    theme = given.get("theme")
    for value in (given.get("kategori"), *(theme if isinstance(theme, list) else [theme])):
        label = convert.as_text(value) if value not in (None, "") else ""
        if label:
            concept = web_address(label) or term(CONCEPT + _slug(label))
            said.add(node, DCAT.theme, concept)
            said.add(concept, RDF.type, SKOS.Concept)
            said.add(concept, SKOS.prefLabel, text(label))


def _slug(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-") or "lain"


def _add_sdi(said: Statements, node: NamedNode, given: Mapping[str, Any]) -> None:
    """Add every filled wire key that DCAT-AP does not say in full."""
    for key in _sdi_keys():
        if given.get(key) is not None:
            said.add(node, getattr(SDI, key), json_value(given[key]))
    distributions.add_unknown(said, node, given, _dataset_keys())


@cache
def _dataset_keys() -> frozenset[str]:
    return frozenset(field.key for field in wire.dataset_fields())


@cache
def _sdi_keys() -> tuple[str, ...]:
    said = set(words.document()["said_in_dcat"])
    return tuple(field.key for field in wire.dataset_fields() if field.key not in said)
