"""A record of a catalogue service, ISO 19139 or Dublin Core, as a record of a data.json. OWSLib reads the XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from owslib.csw import CswRecord
from owslib.iso import CI_OnlineResource, MD_Metadata

from ckanext.satudatapmi.harvesters.protocols.base import EntryError
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

_FREQUENCIES = {
    "continual": "continual",
    "fortnightly": "R/P2W",
    "biannually": "R/P6M",
    "annually": "R/P1Y",
    "quarterly": "R/P3M",
    "monthly": "R/P1M",
    "weekly": "R/P1W",
    "daily": "R/P1D",
    "irregular": "irregular",
}
"""MD_MaintenanceFrequencyCode of ISO 19115, in the words of a data.json."""
_FILE_IDENTIFIER = "{http://www.isotc211.org/2005/gmd}fileIdentifier/{http://www.isotc211.org/2005/gco}CharacterString"
_LANGUAGES = {"ind": "id", "eng": "en"}
_SERVICES = re.compile(r"\b(WMS|WFS|WCS|WMTS|CSW|OpenDAP|SOS)\b", re.IGNORECASE)
_PAGE = re.compile(r"WWW:LINK|^https?$|text/html", re.IGNORECASE)


def record(content: bytes) -> dict[str, Any]:
    """Return one record as a record of a data.json.

    Args:
        content: its XML.

    Raises:
        EntryError: nothing can be made of it.
    """
    element = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    kind = etree.QName(element).localname
    try:
        found = _iso(MD_Metadata(element)) if kind in ("MD_Metadata", "MI_Metadata") else _dublin_core(element)
    except (AttributeError, TypeError, IndexError, KeyError) as error:
        words = _("The record {kind} cannot be read: {problem}.", kind=kind, problem=short(str(error)))
        raise EntryError(words, element.findtext(_FILE_IDENTIFIER)) from error
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}


def _iso(metadata: Any) -> dict[str, Any]:
    about = metadata.identification[0] if metadata.identification else None
    if about is None:
        words = _("The record {name} has no identificationInfo.", name=metadata.identifier or "-")
        raise EntryError(words, metadata.identifier)
    contacts = [*about.contact, *metadata.contact]
    online = metadata.distribution.online if metadata.distribution else []
    file_format = metadata.distribution.format if metadata.distribution else None
    return {
        "identifier": metadata.identifier or next(iter(about.uricode), None),
        "title": about.title,
        "description": about.abstract,
        "keyword": _unique(word.name for group in about.keywords for word in group.keywords),
        "theme": _unique(about.topiccategory),
        "publisher": _publisher([*about.publisher, *contacts]),
        "contactPoint": _contact(contacts),
        "issued": _date(about, "publication") or _date(about, "creation"),
        "modified": _date(about, "revision") or metadata.datestamp,
        "landingPage": next((one.url for one in online if _is_page(one)), None) or _address(metadata.dataseturi),
        "language": [
            _LANGUAGES.get(code, code) for code in _unique([*about.resourcelanguagecode, *about.resourcelanguage])
        ],
        "license": next(iter([*about.uselimitation_url, *about.uselimitation]), None),
        "accessRights": _access([*about.otherconstraints_url, *about.otherconstraints, *about.accessconstraints]),
        "accessConstraints": _unique(about.accessconstraints),
        "otherConstraints": _unique(about.otherconstraints),
        "useConstraints": _unique(about.useconstraints),
        "accrualPeriodicity": _frequency(metadata.xml),
        "temporal": _period(about),
        "spatial": _box(about.bbox),
        "provenance": metadata.dataquality.lineage if metadata.dataquality else None,
        "resourceType": metadata.hierarchy,
        "purpose": about.purpose,
        "status": about.status,
        "alternateTitle": about.alternatetitle,
        "parentIdentifier": metadata.parentidentifier,
        "referenceSystem": metadata.referencesystem.code if metadata.referencesystem else None,
        "distribution": [_distribution(one, file_format) for one in online if one.url and not _is_page(one)],
    }


def _unique(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value.strip()))


def _publisher(parties: Iterable[Any]) -> dict[str, str] | None:
    """Return who publishes: the party in that role, else the first organisation named."""
    named = [party for party in parties if party.organization]
    for role in ("publisher", "owner", "custodian", "pointOfContact"):
        for party in named:
            if party.role == role:
                return {"@type": "org:Organization", "name": party.organization}
    return {"@type": "org:Organization", "name": named[0].organization} if named else None


def _contact(parties: Iterable[Any]) -> dict[str, str] | None:
    ordered = sorted(parties, key=lambda party: (party.role != "pointOfContact", not party.email))
    for party in ordered:
        found = {
            "fn": party.organization or party.position or party.name,
            "hasEmail": f"mailto:{party.email.removeprefix('mailto:')}" if party.email else None,
        }
        if any(found.values()):
            return {key: value for key, value in found.items() if value}
    return None


def _date(about: Any, kind: str) -> str | None:
    return next((one.date for one in about.date if one.type == kind and one.date), None)


def _address(value: str | None) -> str | None:
    return value if value and value.startswith(("http://", "https://")) else None


def _access(constraints: Iterable[Any]) -> str | None:
    """Return the constraint that is a word for access; others are terms of use."""
    return next((one for one in _unique(constraints) if vocabularies.access_level(one)), None)


def _frequency(xml: bytes) -> str | None:
    """Return how often it is updated; OWSLib leaves that out."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    code = next(iter(root.xpath("//*[local-name()='MD_MaintenanceFrequencyCode']/@codeListValue")), None)
    return _FREQUENCIES.get(code, code) if code else None


def _period(about: Any) -> str | None:
    start, end = about.temporalextent_start or "", about.temporalextent_end or ""
    return f"{start}/{end}" if start or end else None


def _box(box: Any) -> dict[str, Any] | None:
    """Return a bounding box as a polygon of GeoJSON, west to east and south to north."""
    try:
        west, south, east, north = (float(value) for value in (box.minx, box.miny, box.maxx, box.maxy))
    except (AttributeError, TypeError, ValueError):
        return None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        return None
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def _is_page(online: Any) -> bool:
    """Tell whether a link leads to a page for people rather than to data."""
    if not online.url or not _PAGE.search(online.protocol or ""):
        return False
    return online.function == "information" or "text/html" in (online.protocol or "")


def _distribution(online: Any, file_format: str | None) -> dict[str, Any]:
    protocol = online.protocol or ""
    service = _SERVICES.search(f"{protocol} {online.applicationprofile or ''}") or _SERVICES.search(online.url)
    known = vocabularies.file_format(re.sub(r".*[.]", "", online.url.partition("?")[0].lower())[:20])
    found = {
        "title": online.name,
        "description": online.description,
        "accessURL" if service else "downloadURL": online.url,
        "format": service[1].upper() if service else known.format if known else file_format,
        "protocol": protocol,
        "function": online.function,
    }
    return {key: value for key, value in found.items() if value}


def _dublin_core(element: Any) -> dict[str, Any]:
    found = CswRecord(element)
    links = [*found.uris, *found.references]
    return {
        "identifier": found.identifier,
        "title": found.title,
        "description": found.abstract or _text(element, "description"),
        "keyword": _unique(found.subjects),
        "publisher": _named(found.publisher or found.creator),
        "issued": found.issued or found.created,
        "modified": found.modified or found.date,
        "language": [_LANGUAGES.get(found.language, found.language)] if found.language else None,
        "license": found.license or next(iter(_unique(found.rights)), None),
        "accessRights": found.accessrights,
        "temporal": found.temporal,
        "spatial": _box(found.bbox) or found.spatial or found.coverage,
        "resourceType": found.type,
        "source": found.source,
        "relation": found.relation,
        "distribution": [_link(one, found.format) for one in links if one.get("url")],
    }


def _named(name: str | None) -> dict[str, str] | None:
    return {"@type": "org:Organization", "name": name} if name else None


def _text(element: Any, name: str) -> str | None:
    return next((one.text for one in element.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}") if one.text), None)


def _link(link: dict[str, Any], file_format: str | None) -> dict[str, Any]:
    online: Any = CI_OnlineResource()
    online.url, online.name = link["url"].strip(), link.get("name")
    online.description, online.protocol = link.get("description"), link.get("protocol") or link.get("scheme")
    return _distribution(online, file_format)
