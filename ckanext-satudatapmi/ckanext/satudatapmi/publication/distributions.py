"""What is said of the distributions of a dataset in DCAT-AP 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.dcat.utils import resource_uri
from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.publication import codes, datajson, services, words
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.rdf import (
    DCAT,
    DCT,
    RDF,
    RDFS,
    SDI,
    SKOS,
    SPDX,
    XSD,
    Statements,
    Subject,
    clean,
    date,
    json_value,
    term,
    text,
    web_address,
)
from ckanext.satudatapmi.schemas import dates, vocabularies, wire

RIGHTS = "urn:satudatapmi:hak-akses:"
DIGEST = re.compile("[0-9a-fA-F]+")
MEDIA_TYPE = re.compile(
    r"(application|audio|font|image|message|model|multipart|text|video)/[A-Za-z0-9][\w.+-]*", re.ASCII
)


@dataclass(frozen=True)
class Terms:
    """What all distributions of a dataset have in common.

    Attributes:
        dataset: its URI.
        page: about it; where a distribution has no address of its own, it is had there.
        licence: None if nobody says.
        rights: statement of who may have it.
    """

    dataset: NamedNode
    page: NamedNode
    licence: Subject | None
    rights: Subject


def add_all(
    said: Statements,
    node: NamedNode,
    package: Mapping[str, Any],
    entry: Mapping[str, Any],
    page: NamedNode,
    portal: Portal,
) -> None:
    """Add what is said of the distributions of a dataset.

    Args:
        said: to add to.
        node: URI of the dataset.
        package: in the shape of package_show.
        entry: of the dataset, as datajson.entry gives it.
        page: about the dataset.
        portal: the portal.
    """
    resources = package.get("resources") or []
    if not resources:
        return
    terms = Terms(node, page, _licence(said, package.get("license_id"), portal), _rights(said, entry))
    for resource, stated in zip(resources, entry["distribution"], strict=True):
        _add(said, terms, resource, stated, portal)


def _add(
    said: Statements, terms: Terms, resource: Mapping[str, Any], stated: Mapping[str, Any], portal: Portal
) -> None:
    node = term(resource_uri(resource))
    said.add(terms.dataset, DCAT.distribution, node)
    said.add(node, RDF.type, DCAT.Distribution)
    for predicate, key in ((DCT.title, "name"), (DCT.description, "description")):
        if resource.get(key):
            said.add(node, predicate, text(resource[key]))
    _add_addresses(said, node, resource, terms.page)
    _add_dates(said, node, resource)
    _add_format(said, node, resource, stated, portal)
    _add_file(said, node, resource, stated)
    if terms.licence:
        said.add(node, DCT.license, terms.licence)
    said.add(node, DCT.rights, terms.rights)
    for name in sorted(dictionaries.code_lists(dictionaries.own_documents(resource))):
        said.add(node, SDI.kodereferensi, term(codes.list_uri(portal.site.url, name)))
    if resource.get("datastore_active"):
        services.add_table(said, terms.dataset, node, resource["id"], portal)
    add_unknown(said, node, stated, _keys())


def add_unknown(said: Statements, node: NamedNode, given: Mapping[str, Any], known: frozenset[str]) -> None:
    """Add the verbatim keys that no field knows as one JSON object: they may be no names of properties."""
    unknown = {key: value for key, value in given.items() if key not in known and key != "@type"}
    if unknown:
        said.add(node, SDI.lain, json_value(unknown))


def _add_addresses(said: Statements, node: NamedNode, resource: Mapping[str, Any], page: NamedNode) -> None:
    """Add where it is had: DCAT-AP wants an access address, so a page about the dataset is the last resort."""
    file, access = web_address(resource.get("url")), web_address(resource.get("accessURL"))
    said.add(node, DCAT.accessURL, access or file or page)
    if file and file != access:
        said.add(node, DCAT.downloadURL, file)


def _add_dates(said: Statements, node: NamedNode, resource: Mapping[str, Any]) -> None:
    changed = resource.get("last_modified") or resource.get("metadata_modified")
    for predicate, given, otherwise in (
        (DCT.issued, resource.get("issued"), resource.get("created")),
        (DCT.modified, resource.get("modified"), changed),
    ):
        if moment := dates.iso_date(given) or (datajson.moment(otherwise) if otherwise else None):
            said.add(node, predicate, date(moment))


def _add_format(
    said: Statements, node: NamedNode, resource: Mapping[str, Any], stated: Mapping[str, Any], portal: Portal
) -> None:
    """Add media type and format, so that a stock CKAN, too, reads the format that the resource has here.

    It goes by the label of the media type. Where it would take that for another format (JSON for an API), the media
    type has no label, and the format is said in words. A label is said for all that a catalogue holds, so a media type
    without one goes by another address.
    """
    media_type, file_format = clean(stated.get("mediaType")), clean(resource.get("format"))
    known = bool(MEDIA_TYPE.fullmatch(media_type))
    same = known and portal.formats.get(media_type) == file_format
    if known:
        media = term(words.document()["media_type_base" if same else "media_type_base_without_label"] + media_type)
        said.add(node, DCAT.mediaType, media)
        said.add(media, RDF.type, DCT.MediaType)
        if same:
            said.add(media, RDFS.label, text(media_type))
    file_type = words.authority("file_type", file_format.lower()) if same else None
    if file_type:
        said.add(node, DCT.format, term(file_type))
        said.add(term(file_type), RDF.type, DCT.MediaTypeOrExtent)
    elif file_format:
        label = said.blank()
        said.add(node, DCT.format, label)
        said.add(label, RDF.type, DCT.IMT)
        said.add(label, RDFS.label, text(file_format))
        said.add(label, RDF.value, text(media_type or file_format))


def _add_file(said: Statements, node: NamedNode, resource: Mapping[str, Any], stated: Mapping[str, Any]) -> None:
    """Add size and checksum of the file; where CKAN has none, as its publisher gave them."""
    size = resource.get("size") or stated.get("byteSize")
    if isinstance(size, int) and size > 0:
        said.add(node, DCAT.byteSize, Literal(str(size), datatype=XSD.nonNegativeInteger))
    given = stated.get("checksum")
    digest = resource.get("hash") or (given.get("checksumValue") if isinstance(given, dict) else None)
    digest = digest if isinstance(digest, str) and DIGEST.fullmatch(digest) else ""
    if algorithm := words.authority("checksum", str(len(digest))):
        checksum = said.blank()
        said.add(node, SPDX.checksum, checksum)
        said.add(checksum, RDF.type, SPDX.Checksum)
        said.add(checksum, SPDX.algorithm, term(algorithm))
        said.add(checksum, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary))
        said.add(term(algorithm), RDF.type, SPDX.ChecksumAlgorithm)


def _licence(said: Statements, licence_id: str | None, portal: Portal) -> Subject | None:
    """Return a licence: by the URI that CKAN's register has for it, by its own address, or in its own words.

    Others know a licence by another address than the register, so that is said as well.
    """
    if not licence_id:
        return None
    address = web_address(portal.licences.get(licence_id, licence_id))
    licence = address or said.blank()
    said.add(licence, RDF.type, DCT.LicenseDocument)
    if not address:
        said.add(licence, DCT.title, text(licence_id))
    known = vocabularies.licence(licence_id)
    if known and term(known.url) != licence:
        said.add(licence, SKOS.exactMatch, term(known.url))
    return licence


def _rights(said: Statements, entry: Mapping[str, Any]) -> Subject:
    """Return who may have it: in the words of the publisher, else by the level of Perpres 39/2019."""
    if isinstance(entry.get("rights"), str) and not vocabularies.is_missing(entry["rights"]):
        statement = said.blank()
        said.add(statement, RDF.type, DCT.RightsStatement)
        said.add(statement, RDFS.label, text(entry["rights"]))
        return statement
    level = datajson.access_level(entry)
    statement = term(RIGHTS + level)
    said.add(statement, RDF.type, DCT.RightsStatement)
    for language, label in words.document()["rights"][level].items():
        said.add(statement, RDFS.label, Literal(label, language=language))
    return statement


@cache
def _keys() -> frozenset[str]:
    return frozenset(field.key for field in wire.resource_fields())
