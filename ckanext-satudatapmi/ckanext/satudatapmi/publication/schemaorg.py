"""Public datasets and the catalogue as schema.org describes them, for search engines.

https://developers.google.com/search/docs/appearance/structured-data/dataset says what they take. The profile of
ckanext-dcat is no basis: it names the maintainer as a contact and leaves out licence and digest. What may be said is
decided by datajson.py, as for the feeds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import context, datajson, paging, words
from ckanext.satudatapmi.publication.datajson import Site
from ckanext.satudatapmi.publication.description import area
from ckanext.satudatapmi.publication.rdf import clean, web_address
from ckanext.satudatapmi.publication.words import Place
from ckanext.satudatapmi.schemas import dates
from ckanext.satudatapmi.schemas.variables import Variable
from ckanext.satudatapmi.text import _

CONTEXT = "https://schema.org/"
SHA256 = re.compile("[0-9a-f]{64}")
SHORTEST, LONGEST = 50, 5000
"""Characters of the descriptions that search engines take."""


def catalogue() -> dict[str, Any]:
    """Return what the home page says of the portal."""
    site = paging.site()
    description = tk.config.get("ckan.site_description") or site.title
    languages = [locale.short_name for locale in tk.h.get_available_locales()]
    publisher = {"@type": "Organization", "name": site.title, "url": f"{site.url}/"}
    told = {"description": description, "inLanguage": languages, "isAccessibleForFree": True, "publisher": publisher}
    return {"@context": CONTEXT} | _catalogue(site) | told


def dataset(package: Mapping[str, Any], columns: Iterable[Variable]) -> dict[str, Any]:
    """Return what the page of a public dataset says of it.

    Args:
        package: in the shape of package_show.
        columns: of its tables.
    """
    downloads = [_download(resource) for resource in files(package)]
    measured = [_measured(column) for column in columns]
    return filled({"@context": CONTEXT, **about(package), "distribution": downloads, "variableMeasured": measured})


def about(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a public dataset as a whole; what nobody knows is left out."""
    portal, given = context.portal(), datajson.given(package)
    site, period = portal.site, words.period(given.get("temporal"))
    entry = datajson.filled(package, given, site)
    publisher = _publisher(package.get("organization") or {}, site)
    producer = {"@type": "Organization", "name": clean(entry["publisher"]["name"])}
    licence = web_address(portal.licences.get(package.get("license_id") or "", package.get("license_id")))
    return filled(
        {
            "@type": "Dataset",
            "@id": f"{site.url}/dataset/{package['id']}",
            "name": clean(entry["title"]),
            "description": _description(clean(entry["description"]), producer["name"], site),
            "url": f"{site.url}/dataset/{package['name']}",
            "identifier": package["id"],
            "keywords": [tag["name"] for tag in package.get("tags") or []],
            "license": licence.value if licence else None,
            "creator": publisher if publisher["name"] == producer["name"] else producer,
            "publisher": publisher,
            "inLanguage": words.languages(given.get("language")) or [datajson.DEFAULT_LANGUAGE],
            "datePublished": _day(package.get("issued"), package["metadata_created"]),
            "dateModified": _day(package.get("modified"), package["metadata_modified"]),
            "temporalCoverage": _period(period.start, period.end) if period else None,
            "spatialCoverage": [told for place in words.places(area(package, given)) if (told := _place(place))],
            "isAccessibleForFree": True,
            "includedInDataCatalog": _catalogue(site),
        }
    )


def files(package: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a dataset that have an address to fetch them from."""
    return (one for one in package.get("resources") or [] if web_address(one.get("url")))


def file_facts(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a file: name, description, address, media type, size in bytes and digest."""
    address, size = web_address(resource["url"]), str(resource.get("size") or "")
    digest = str(resource.get("hash") or "").lower()
    return filled(
        {
            "name": clean(resource.get("name")),
            "description": clean(resource.get("description")),
            "contentUrl": address.value if address else None,
            "encodingFormat": datajson.distribution(resource).get("mediaType") or resource.get("format"),
            "contentSize": f"{size} B" if size.isdecimal() else None,
            "sha256": digest if SHA256.fullmatch(digest) else None,
        }
    )


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _download(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {"@type": "DataDownload"} | file_facts(resource)


def _catalogue(site: Site) -> dict[str, Any]:
    return {"@type": "DataCatalog", "@id": f"{site.url}/#katalog", "name": site.title, "url": f"{site.url}/"}


def _publisher(organization: Mapping[str, Any], site: Site) -> dict[str, Any]:
    if not organization:
        return {"@type": "Organization", "name": site.title, "url": f"{site.url}/"}
    address = f"{site.url}/organization/{organization['name']}"
    name = organization.get("title") or organization["name"]
    return {"@type": "Organization", "@id": address, "name": name, "url": address}


def _description(text: str, publisher: str, site: Site) -> str:
    """Return a description of a length that search engines take: a short one is told who publishes what where."""
    if len(text) < SHORTEST:
        told = _("A public dataset with its files and metadata, by {publisher}, in the catalogue {site}.")
        text = f"{text.rstrip('. ')}. {told.format(publisher=publisher, site=site.title)}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _period(start: str | None, end: str | None) -> str | None:
    """Return a period in ISO 8601; .. stands for an end that is open."""
    if start == end:
        return start
    return f"{start or '..'}/{end or '..'}"


def _day(stated: Any, otherwise: str) -> str:
    """Return a date that is one, else the time at which CKAN came to know the dataset, with its zone."""
    return dates.iso_date(stated) or datajson.moment(otherwise)


def _place(place: Place) -> dict[str, Any] | None:
    box = _box(place.geometry["coordinates"]) if place.geometry else None
    shape = {"@type": "GeoShape", "box": box} if box else None
    told = filled({"name": place.name, "identifier": place.code, "geo": shape})
    return {"@type": "Place"} | told if told else None


def _box(coordinates: Any) -> str | None:
    """Return south, west, north and east of GeoJSON coordinates; None if they are none."""
    points = list(_points(coordinates))
    if not points:
        return None
    longitudes, latitudes = zip(*points, strict=True)
    return f"{min(latitudes)} {min(longitudes)} {max(latitudes)} {max(longitudes)}"


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list):
        return
    if len(coordinates) > 1 and all(isinstance(one, int | float) for one in coordinates[:2]):
        yield coordinates[0], coordinates[1]
    for one in coordinates:
        yield from _points(one)


def _measured(column: Variable) -> dict[str, Any]:
    label = column.title or column.name
    return filled(
        {
            "@type": "PropertyValue",
            "name": label,
            "alternateName": column.name if column.name != label else None,
            "description": column.definition if column.definition != label else None,
            "unitText": column.unit,
        }
    )
