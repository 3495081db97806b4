"""Datasets as records of OGC API Records, Part 1, in GeoJSON, and what the API says of itself.

Pure: a catalogue entry goes in, as datajson.py makes it, and JSON values come out. schemas/ogcapi.yaml has what is the
same for every site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.publication import coverage, words
from ckanext.satudatapmi.publication.coverage import Coverage
from ckanext.satudatapmi.publication.datajson import Site, contact_mailbox
from ckanext.satudatapmi.reference import extents, wilayah
from ckanext.satudatapmi.schemas import convert, vocabularies

GEOJSON, JSON, HTML = "application/geo+json", "application/json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
COLLECTION = "pmi"
TYPE = "dataset"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
RECORD_CORE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
RECORD_PROFILE = "http://www.opengis.net/def/profile/OGC/0/ogc-record"
CATALOG_PROFILE = "http://www.opengis.net/def/profile/OGC/0/ogc-catalog"
THEMES = "urn:satudatapmi:konsep"
OTHER_LICENCE = "other"
Json = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """A public dataset.

    Attributes:
        entry: its catalogue entry, as datajson.told makes it.
        page: address of its page here.
        created, updated: of its metadata, ISO 8601 with the zone.
        given: the identifier that its publisher gave it; empty if there is none.
    """

    entry: Mapping[str, Any]
    page: str
    created: str
    updated: str
    given: str


@cache
def document() -> Mapping[str, Any]:
    """Return schemas/ogcapi.yaml."""
    return yaml.safe_load((vocabularies.HERE / "ogcapi.yaml").read_text(encoding="utf-8"))


def link(href: str, rel: str, media_type: str = JSON, title: str = "") -> Json:
    """Return a link; without a title if it has none."""
    return {"href": href, "rel": rel, "type": media_type} | ({"title": title} if title else {})


def root(site: Site) -> str:
    """Return the address of the landing page."""
    return f"{site.url}/ogc"


def landing(site: Site, description: str) -> Json:
    """Return the landing page."""
    here = root(site)
    return {
        "title": site.title,
        "description": description,
        "links": [
            *_itself(here),
            link(f"{here}/openapi", "service-desc", OPENAPI, "OpenAPI"),
            link(f"{here}/conformance", "conformance"),
            link(f"{here}/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance"),
            link(f"{here}/collections", "data"),
            link(f"{here}/collections", "http://www.opengis.net/def/rel/ogc/1.0/data"),
            link(f"{here}/collections/{COLLECTION}", "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"),
        ],
    }


def conformance() -> Json:
    """Return the classes of requirements that the API meets."""
    return {"conformsTo": document()["conformance"]}


def openapi(site: Site, description: str) -> Json:
    """Return the description of the API in OpenAPI 3.0."""
    said = document()["openapi"]
    info = said["info"] | {"title": site.title, "description": description}
    return said | {"info": info, "servers": [{"url": root(site)}]}


def collections(site: Site, description: str) -> Json:
    """Return all collections: there is one."""
    here = f"{root(site)}/collections"
    return {"links": _itself(here), "collections": [collection(site, description)]}


def collection(site: Site, description: str) -> Json:
    """Return the collection of all public datasets."""
    here = f"{root(site)}/collections/{COLLECTION}"
    nation = extents.box_of(wilayah.INDONESIA)
    box = [nation.west, nation.south, nation.east, nation.north] if nation else []
    return {
        "id": COLLECTION,
        "type": "Collection",
        "itemType": "record",
        "title": site.title,
        "description": description,
        "extent": {"spatial": {"bbox": [box], "crs": CRS84}},
        "crs": [CRS84],
        "links": [
            *_itself(here),
            link(f"{here}/items", "items", GEOJSON),
            link(CATALOG_PROFILE, "profile"),
        ],
    }


def items(records: Sequence[Json], matched: int, moment: str, links: Sequence[Json]) -> Json:
    """Return a page of records.

    Args:
        records: on the page.
        matched: how many there are on all pages.
        moment: at which they were read, ISO 8601 with the zone.
        links: to this page and others.
    """
    return {
        "type": "FeatureCollection",
        "timeStamp": moment,
        "numberMatched": matched,
        "numberReturned": len(records),
        "features": list(records),
        "links": [*links, link(CATALOG_PROFILE, "profile")],
    }


def record(dataset: Dataset, site: Site) -> Json:
    """Return the record of a dataset."""
    entry, covered = dataset.entry, coverage.of_entry(dataset.entry)
    return {
        "id": entry["identifier"],
        "type": "Feature",
        "conformsTo": [RECORD_CORE],
        "geometry": {"type": "Polygon", "coordinates": [covered.box.ring]} if covered.box else None,
        "time": _time(covered),
        "properties": {key: value for key, value in _properties(dataset).items() if value},
        "links": list(_links(dataset, site)),
    }


def _time(covered: Coverage) -> Json | None:
    if not (covered.start or covered.end):
        return None
    return {"interval": [day.isoformat() if day else ".." for day in (covered.start, covered.end)]}


def _properties(dataset: Dataset) -> Json:
    entry = dataset.entry
    themes = [text for value in (entry.get("kategori"), *_listed(entry.get("theme"))) if (text := _text(value))]
    return {
        "type": TYPE,
        "title": entry["title"],
        "description": entry["description"],
        "created": dataset.created,
        "updated": dataset.updated,
        "keywords": entry["keyword"],
        "themes": [{"concepts": [{"id": theme} for theme in themes], "scheme": THEMES}] if themes else [],
        "language": {"code": "id"},
        "resourceLanguages": [{"code": code} for code in words.languages(entry["language"])],
        "contacts": [_contact(entry)],
        "license": _licence(_text(entry.get("license"))),
        "rights": _text(entry["accessRights"]),
        "formats": list(_formats(entry["distribution"])),
        "externalIds": [{"value": dataset.given}] if dataset.given else [],
    }


def _contact(entry: Mapping[str, Any]) -> Json:
    """Return the body that publishes a dataset, with the mailbox that it publishes itself."""
    mailbox = contact_mailbox(entry)
    emails = [{"value": mailbox}] if mailbox else []
    return {"organization": entry["publisher"]["name"], "roles": ["publisher"]} | ({"emails": emails} if emails else {})


def _licence(said: str) -> str:
    """Return a licence by its SPDX id, `other` where it has none; empty if there is no licence."""
    known = vocabularies.licence(said)
    return document()["spdx"].get(known.id, OTHER_LICENCE) if known else OTHER_LICENCE if said else ""


def _formats(distributions: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
    seen = []
    for one in distributions:
        found = {"name": _text(one.get("format")), "mediaType": _text(one.get("mediaType"))}
        filled = {key: value for key, value in found.items() if value}
        if filled and filled not in seen:
            seen.append(filled)
            yield filled


def _links(dataset: Dataset, site: Site) -> Iterator[Json]:
    entry = dataset.entry
    here = f"{root(site)}/collections/{COLLECTION}"
    licence = _text(entry.get("license"))
    yield link(f"{here}/items/{entry['identifier']}", "self", GEOJSON)
    yield link(dataset.page, "alternate", HTML)
    yield link(here, "collection")
    yield link(RECORD_PROFILE, "profile")
    if licence.startswith(("http://", "https://")):
        yield link(licence, "license", HTML)
    for one in entry["distribution"]:
        address = _text(one.get("downloadURL")) or _text(one.get("accessURL"))
        if address:
            rel = "enclosure" if one.get("downloadURL") else "related"
            yield link(address, rel, _text(one.get("mediaType")) or "application/octet-stream", _text(one.get("title")))


def _itself(address: str) -> list[Json]:
    return [link(address, "self"), link(f"{address}?f=html", "alternate", HTML)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return "" if value is None else convert.as_text(value)
