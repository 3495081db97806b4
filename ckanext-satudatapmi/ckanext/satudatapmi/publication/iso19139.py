"""A dataset as a record in ISO 19139, the XML of ISO 19115:2003 that catalogues of maps exchange.

Pure: a catalogue entry goes in, as datajson.py makes it, and the bytes of a document come out. No person is named:
those responsible are bodies, with the mailbox that they publish themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from lxml.builder import ElementMaker

from ckanext.satudatapmi.publication import coverage
from ckanext.satudatapmi.publication.coverage import Coverage
from ckanext.satudatapmi.publication.datajson import contact_mailbox
from ckanext.satudatapmi.publication.rdf import iri
from ckanext.satudatapmi.reference.extents import Box
from ckanext.satudatapmi.schemas import convert, dates, vocabularies

NAMESPACES = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "gml": "http://www.opengis.net/gml",
}
GMD: Any
GCO: Any
GML: Any
GMD, GCO, GML = (ElementMaker(namespace=NAMESPACES[name], nsmap=NAMESPACES) for name in ("gmd", "gco", "gml"))
GML_ID = f"{{{NAMESPACES['gml']}}}id"
NIL_REASON = f"{{{NAMESPACES['gco']}}}nilReason"
STANDARD, STANDARD_VERSION = "ISO 19115:2003/19139", "1.0"
DATASET, NOT_GEOGRAPHIC = "dataset", "nonGeographicDataset"
LINK, DOWNLOAD = "WWW:LINK-1.0-http--link", "WWW:DOWNLOAD-1.0-http--download"


@dataclass(frozen=True)
class Link:
    """A distribution as an online resource.

    Attributes:
        url: its address.
        name: its title; empty if it has none.
        description: what is said of it; empty if nothing is.
        protocol: DOWNLOAD for a file, LINK for anything else.
    """

    url: str
    name: str
    description: str
    protocol: str


@dataclass(frozen=True)
class Record:
    """What a record says, in the words of ISO 19115.

    Attributes:
        identifier: the id of the dataset at this portal.
        page: address of its page here.
        title, abstract: as the dataset has them.
        level: MD_ScopeCode.
        stamp: when the metadata last changed, ISO 8601 with its zone.
        issued, revised: dates in ISO 8601, as precise as they came; None if not known.
        publisher: name of the body.
        mailbox: that it publishes; empty if there is none.
        frequency: MD_MaintenanceFrequencyCode; `unknown` if not known.
        keywords, themes: what it is about, in words; a theme that is an address is none.
        licences: the licence by its address, and by the id that CKAN's register has for it; empty if there is none.
        access: terbuka, as the level of Perpres 39/2019 has it.
        languages: ISO 639-2.
        topic: MD_TopicCategoryCode.
        coverage: area and time.
        formats: of its distributions, each once.
        links: its distributions.
        lineage: how the data came about; empty if nobody says.
    """

    identifier: str
    page: str
    title: str
    abstract: str
    level: str
    stamp: str
    issued: str | None
    revised: str | None
    publisher: str
    mailbox: str
    frequency: str
    keywords: tuple[str, ...]
    themes: tuple[str, ...]
    licences: tuple[str, ...]
    access: str
    languages: tuple[str, ...]
    topic: str
    coverage: Coverage
    formats: tuple[str, ...]
    links: tuple[Link, ...]
    lineage: str


@cache
def document() -> Mapping[str, Any]:
    """Return schemas/iso19139.yaml."""
    return yaml.safe_load((vocabularies.HERE / "iso19139.yaml").read_text(encoding="utf-8"))


def record(entry: Mapping[str, Any], page: str, stamp: str) -> Record:
    """Return what the record of a dataset says.

    Args:
        entry: its catalogue entry, as datajson.told makes it.
        page: address of its page at this portal.
        stamp: when its metadata last changed, ISO 8601 with the zone.
    """
    covered = coverage.of_entry(entry)
    themes = tuple(text for text in _texts([entry.get("kategori"), *_listed(entry.get("theme"))]) if "://" not in text)
    links = tuple(_links(entry["distribution"]))
    return Record(
        identifier=entry["identifier"],
        page=page,
        title=entry["title"],
        abstract=entry["description"],
        level=DATASET if covered.box else NOT_GEOGRAPHIC,
        stamp=stamp,
        issued=dates.iso_date(entry["issued"]),
        revised=dates.iso_date(entry["modified"]),
        publisher=entry["publisher"]["name"],
        mailbox=contact_mailbox(entry),
        frequency=_frequency(entry.get("accrualPeriodicity")),
        keywords=_texts(entry["keyword"]),
        themes=themes,
        licences=_licences(_text(entry.get("license"))),
        access=_text(entry["accessRights"]),
        languages=tuple(dict.fromkeys(map(_language, entry["language"]))),
        topic=_topic(themes),
        coverage=covered,
        formats=_texts(one.get("format") for one in entry["distribution"]),
        links=links,
        lineage=_text(entry.get("provenance") or entry.get("metode_perhitungan")),
    )


def write(said: Record) -> bytes:
    """Return a record as XML in UTF-8, without a declaration: it is put into other documents."""
    root = GMD.MD_Metadata(
        GMD.fileIdentifier(_characters(said.identifier)),
        GMD.language(_language_code(metadata_language())),
        GMD.characterSet(_code("MD_CharacterSetCode", "utf8")),
        GMD.hierarchyLevel(_code("MD_ScopeCode", said.level)),
        GMD.hierarchyLevelName(_characters(said.level)),
        GMD.contact(_party(said, "pointOfContact")),
        GMD.dateStamp(GCO.DateTime(said.stamp)),
        GMD.metadataStandardName(_characters(STANDARD)),
        GMD.metadataStandardVersion(_characters(STANDARD_VERSION)),
        GMD.dataSetURI(_characters(said.page)),
        GMD.identificationInfo(_identification(said)),
    )
    if said.links:
        root.append(GMD.distributionInfo(_distribution(said)))
    if said.lineage:
        root.append(GMD.dataQualityInfo(_quality(said)))
    return etree.tostring(root, encoding="utf-8")


def metadata_language() -> str:
    """Return the language in which records are written, in ISO 639-2."""
    return document()["language"]["id"]


def degrees(value: float) -> str:
    """Return a longitude or a latitude to the millionth of a degree, never with an exponent.

    >>> degrees(110.9), degrees(1e-7)
    ('110.9', '0')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _identification(said: Record) -> Any:
    """Return what the record says of the data themselves; ISO 19139 prescribes the order."""
    about = GMD.MD_DataIdentification(
        GMD.citation(_citation(said)),
        GMD.abstract(_characters(said.abstract)),
        GMD.pointOfContact(_party(said, "publisher")),
        GMD.resourceMaintenance(
            GMD.MD_MaintenanceInformation(
                GMD.maintenanceAndUpdateFrequency(_code("MD_MaintenanceFrequencyCode", said.frequency))
            )
        ),
    )
    for kind, found in (("theme", said.keywords), ("discipline", said.themes)):
        if found:
            about.append(GMD.descriptiveKeywords(_keywords(found, kind)))
    about.extend(_constraints(said))
    about.extend(GMD.language(_language_code(language)) for language in said.languages)
    about.append(GMD.characterSet(_code("MD_CharacterSetCode", "utf8")))
    about.append(GMD.topicCategory(GMD.MD_TopicCategoryCode(said.topic)))
    extent = _extent(said)
    if len(extent):
        about.append(GMD.extent(extent))
    return about


def _citation(said: Record) -> Any:
    dated = ((said.issued, "publication"), (said.revised, "revision"))
    found = [_date(value, kind) for value, kind in dated if value]
    return GMD.CI_Citation(
        GMD.title(_characters(said.title)),
        *(found or [GMD.date(_nil("unknown"))]),
        GMD.identifier(GMD.MD_Identifier(GMD.code(_characters(said.page)))),
        GMD.presentationForm(_code("CI_PresentationFormCode", "tableDigital")),
    )


def _date(value: str, kind: str) -> Any:
    day = GCO.Date(value.partition("T")[0])
    return GMD.date(GMD.CI_Date(GMD.date(day), GMD.dateType(_code("CI_DateTypeCode", kind))))


def _party(said: Record, role: str) -> Any:
    party = GMD.CI_ResponsibleParty(GMD.organisationName(_characters(said.publisher)))
    if said.mailbox:
        address = GMD.CI_Address(GMD.electronicMailAddress(_characters(said.mailbox)))
        party.append(GMD.contactInfo(GMD.CI_Contact(GMD.address(address))))
    party.append(GMD.role(_code("CI_RoleCode", role)))
    return party


def _keywords(found: tuple[str, ...], kind: str) -> Any:
    return GMD.MD_Keywords(
        *(GMD.keyword(_characters(word)) for word in found),
        GMD.type(_code("MD_KeywordTypeCode", kind)),
    )


def _constraints(said: Record) -> Iterator[Any]:
    """Yield the terms of use, and who may have the data; ckanext-spatial looks for the licence in MD_Constraints."""
    if said.licences:
        terms = (GMD.useLimitation(_characters(licence)) for licence in said.licences)
        yield GMD.resourceConstraints(GMD.MD_Constraints(*terms))
    legal = GMD.MD_LegalConstraints(
        GMD.accessConstraints(_code("MD_RestrictionCode", "otherRestrictions")),
        *([GMD.useConstraints(_code("MD_RestrictionCode", "license"))] if said.licences else []),
        GMD.otherConstraints(_characters(said.access)),
    )
    yield GMD.resourceConstraints(legal)


def _extent(said: Record) -> Any:
    found = GMD.EX_Extent()
    names = [place.name for place in said.coverage.places if place.name]
    if names:
        found.append(GMD.description(_characters(", ".join(names))))
    if said.coverage.box:
        found.append(GMD.geographicElement(_bounds(said.coverage.box)))
    for code in dict.fromkeys(place.code for place in said.coverage.places if place.code):
        identifier = GMD.geographicIdentifier(GMD.MD_Identifier(GMD.code(_characters(code))))
        found.append(GMD.geographicElement(GMD.EX_GeographicDescription(identifier)))
    if said.coverage.start or said.coverage.end:
        found.append(GMD.temporalElement(GMD.EX_TemporalExtent(GMD.extent(_period(said.coverage)))))
    return found


def _bounds(box: Box) -> Any:
    return GMD.EX_GeographicBoundingBox(
        GMD.westBoundLongitude(GCO.Decimal(degrees(box.west))),
        GMD.eastBoundLongitude(GCO.Decimal(degrees(box.east))),
        GMD.southBoundLatitude(GCO.Decimal(degrees(box.south))),
        GMD.northBoundLatitude(GCO.Decimal(degrees(box.north))),
    )


def _period(covered: Coverage) -> Any:
    return GML.TimePeriod(
        *(
            name(day.isoformat()) if day else name(indeterminatePosition="unknown")
            for name, day in ((GML.beginPosition, covered.start), (GML.endPosition, covered.end))
        ),
        {GML_ID: "masa"},
    )


def _distribution(said: Record) -> Any:
    formats = (GMD.MD_Format(GMD.name(_characters(name)), GMD.version(_nil("unknown"))) for name in said.formats)
    return GMD.MD_Distribution(
        *(GMD.distributionFormat(one) for one in formats),
        GMD.transferOptions(GMD.MD_DigitalTransferOptions(*(GMD.onLine(_online(link)) for link in said.links))),
    )


def _online(link: Link) -> Any:
    found = GMD.CI_OnlineResource(
        GMD.linkage(GMD.URL(link.url)),
        GMD.protocol(_characters(link.protocol)),
    )
    if link.name:
        found.append(GMD.name(_characters(link.name)))
    if link.description:
        found.append(GMD.description(_characters(link.description)))
    found.append(GMD.function(_code("CI_OnLineFunctionCode", "download")))
    return found


def _quality(said: Record) -> Any:
    return GMD.DQ_DataQuality(
        GMD.scope(GMD.DQ_Scope(GMD.level(_code("MD_ScopeCode", said.level)))),
        GMD.lineage(GMD.LI_Lineage(GMD.statement(_characters(said.lineage)))),
    )


def _characters(text: str) -> Any:
    return GCO.CharacterString(convert.clean_text(text))


def _code(name: str, value: str) -> Any:
    return GMD(name, value, codeList=f"{document()['codelists']}#{name}", codeListValue=value)


def _language_code(value: str) -> Any:
    return GMD.LanguageCode(value, codeList=document()["language_list"], codeListValue=value)


def _nil(reason: str) -> dict[str, str]:
    """Return the attribute that says why an element is empty."""
    return {NIL_REASON: reason}


def _links(distributions: Any) -> Iterator[Link]:
    for one in distributions:
        download, access = _text(one.get("downloadURL")), _text(one.get("accessURL"))
        if download or access:
            title, description = _text(one.get("title")), _text(one.get("description"))
            # ISO 19139 takes an address for wrong that has signs which RFC 3986 does not allow, as in `tahun[]=2023`.
            address = iri(download or access)
            url = address.value if address else download or access
            yield Link(url, title, description, DOWNLOAD if download else LINK)


def _licences(said: str) -> tuple[str, ...]:
    known = vocabularies.licence(said)
    return tuple(one for one in (said, known.id if known else "") if one)


def _frequency(value: Any) -> str:
    known = vocabularies.periodicity(value) if isinstance(value, str) else None
    return document()["frequency"].get(known.iso, "unknown") if known else "unknown"


def _language(code: str) -> str:
    return document()["language"].get(code.lower().replace("_", "-").split("-")[0], code)


def _topic(themes: tuple[str, ...]) -> str:
    said = " ".join(themes).casefold()
    topics = document()["topics"]
    return next((one["topic"] for one in topics if any(word in said for word in one["words"])), topics[-1]["topic"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(_text, values) if text))


def _text(value: Any) -> str:
    return "" if value is None else convert.as_text(value)
