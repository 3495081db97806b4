"""Datasets in DCAT-AP 3 with every SDI field, as a profile of ckanext-dcat.

`shown` turns a dataset of ours into the dict that the stock profile understands: only what it may say, in the shape it
expects, so that a partner's odd value never becomes odd RDF. What DCAT-AP has no word for is said under the SDI
namespace, each key under its wire name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model import Package
from ckanext.dcat.profiles import DCAT, DCT, FOAF, SKOS, EuropeanDCATAP3Profile
from ckanext.dcat.profiles.base import CleanedURIRef
from ckanext.dcat.utils import catalog_uri, resource_uri
from rdflib import RDF, RDFS, BNode, Literal, Namespace, URIRef

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.publication import datajson, dqv, words
from ckanext.satudatapmi.schemas import convert, dates, wire

SDI = Namespace("urn:satudatapmi:sdi:")
"""Properties with the wire names of the national portal. A URN, so that they stay the same on every site."""
CONCEPT = "urn:satudatapmi:konsep:"
SCORES = "satudatapmi_scores"
"""Key of a dataset under which the feed hands on its scores, read for a whole page at once."""
UNKNOWN_LICENCE_TYPE = URIRef("http://purl.org/adms/licencetype/UnknownIPR")
SCHEME = re.compile(r"^(https?|ftp)://[^\s/]", re.IGNORECASE)


class SdiDcatApProfile(EuropeanDCATAP3Profile):
    """DCAT-AP 3 plus Satu Data Indonesia."""

    _changed: str | None = None

    def graph_from_dataset(self, dataset_dict: Mapping[str, Any], dataset_ref: URIRef) -> None:
        """Add a dataset to the graph.

        Args:
            dataset_dict: in the shape of package_show.
            dataset_ref: its URI.
        """
        given = datajson.without_persons(convert.restore(dataset_dict, wire.dataset_fields()))
        self.g.bind("sdi", SDI)
        super().graph_from_dataset(shown(dataset_dict, given), dataset_ref)
        self._add_landing_pages(dataset_ref)
        self._add_frequency(dataset_ref, given.get("accrualPeriodicity"))
        self._add_themes(dataset_ref, given)
        self._add_places(dataset_ref, area(dataset_dict, given))
        for resource in dataset_dict.get("resources") or []:
            self._add_distribution(CleanedURIRef(resource_uri(resource)), dataset_dict, resource)
        self._add_sdi(dataset_ref, given)
        self._add_quality(dataset_ref, dataset_dict)
        self.g.remove((None, DCT.type, UNKNOWN_LICENCE_TYPE))

    def graph_from_catalog(self, catalog_dict: Mapping[str, Any] | None, catalog_ref: URIRef) -> None:
        """Add the catalogue to the graph.

        Args:
            catalog_dict: `modified` says when a public dataset last changed; without it the search index is asked.
            catalog_ref: its URI.
        """
        self._changed = (catalog_dict or {}).get("modified")
        title = tk.config["ckan.site_title"]
        known = {
            "title": title,
            "description": tk.config.get("ckan.site_description") or title,
            "homepage": f"{tk.config['ckan.site_url'].rstrip('/')}/",
            "language": words.language(tk.config["ckan.locale_default"]),
        }
        super().graph_from_catalog({key: value for key, value in known.items() if value}, catalog_ref)
        for language in self.g.objects(catalog_ref, DCT.language):
            self.g.add((language, RDF.type, DCT.LinguisticSystem))
        for page in self.g.objects(catalog_ref, FOAF.homepage):
            self.g.add((page, RDF.type, FOAF.Document))
        publisher = URIRef(f"{catalog_uri().rstrip('/')}/#publisher")
        self.g.add((catalog_ref, DCT.publisher, publisher))
        self.g.add((publisher, RDF.type, FOAF.Agent))
        self.g.add((publisher, FOAF.name, Literal(title)))

    def _last_catalog_modification(self) -> str | None:
        return self._changed or super()._last_catalog_modification()

    def _add_landing_pages(self, dataset_ref: URIRef) -> None:
        for page in self.g.objects(dataset_ref, DCAT.landingPage):
            self.g.add((page, RDF.type, FOAF.Document))

    def _add_frequency(self, dataset_ref: URIRef, value: Any) -> None:
        """Say an update frequency that no authority table has in its own words."""
        if value and not words.frequency(value):
            node = BNode()
            self.g.add((dataset_ref, DCT.accrualPeriodicity, node))
            self.g.add((node, RDF.type, DCT.Frequency))
            self.g.add((node, RDFS.label, Literal(_clean(value))))

    def _add_themes(self, dataset_ref: URIRef, given: Mapping[str, Any]) -> None:
        """Add kategori and theme as concepts; a theme that is an address stays one."""
        theme = given.get("theme")
        for value in (given.get("kategori"), *(theme if isinstance(theme, list) else [theme])):
            label = convert.as_text(value) if value not in (None, "") else ""
            if not label:
                continue
            node = CleanedURIRef(label) if SCHEME.match(label) else URIRef(CONCEPT + _slug(label))
            self.g.add((dataset_ref, DCAT.theme, node))
            self.g.add((node, RDF.type, SKOS.Concept))
            self.g.add((node, SKOS.prefLabel, Literal(_clean(label))))

    def _add_places(self, dataset_ref: URIRef, value: Any) -> None:
        for place in words.places(value):
            node = BNode()
            self.g.add((dataset_ref, DCT.spatial, node))
            self.g.add((node, RDF.type, DCT.Location))
            if place.name:
                self.g.add((node, SKOS.prefLabel, Literal(_clean(place.name))))
            if place.code:
                self.g.add((node, DCT.identifier, Literal(_clean(place.code))))
            if place.geometry:
                self._add_spatial_value_to_graph(node, DCAT.bbox, dict(place.geometry))

    def _add_distribution(self, node: URIRef, package: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
        """Add format, media type and licence, with the labels by which a stock CKAN recognises them."""
        given = convert.restore(resource, wire.resource_fields())
        media_type = datajson.distribution(resource).get("mediaType")
        if media_type and "/" in media_type:
            media = CleanedURIRef(words.document()["media_type_base"] + _clean(media_type))
            self.g.add((node, DCAT.mediaType, media))
            self.g.add((media, RDF.type, DCT.MediaType))
            if _means(media_type, resource.get("format")):
                self.g.add((media, RDFS.label, Literal(_clean(media_type))))
        if resource.get("format"):
            label = BNode()
            self.g.add((node, DCT["format"], label))
            self.g.add((label, RDF.type, DCT.IMT))
            self.g.add((label, RDFS.label, Literal(_clean(resource["format"]))))
            self.g.add((label, RDF.value, Literal(_clean(media_type or resource["format"]))))
        self._add_licence(node, package.get("license_id"))
        self._add_unknown(node, given, {field.key for field in wire.resource_fields()})

    def _add_licence(self, node: URIRef, licence_id: str | None) -> None:
        """Add a licence: by the URI that CKAN's register has for it, by its own address, or in its own words."""
        if not licence_id:
            return
        address = licence_address(licence_id)
        licence = CleanedURIRef(address) if address else BNode()
        self.g.add((node, DCT.license, licence))
        self.g.add((licence, RDF.type, DCT.LicenseDocument))
        if isinstance(licence, BNode):
            self.g.add((licence, DCT.title, Literal(_clean(licence_id))))

    def _add_sdi(self, dataset_ref: URIRef, given: Mapping[str, Any]) -> None:
        """Add every filled wire key that DCAT-AP does not say in full."""
        said = set(words.document()["said_in_dcat"])
        keys = {field.key for field in wire.dataset_fields()}
        for key, value in given.items():
            if key in keys - said and value is not None:
                self.g.add((dataset_ref, SDI[key], _literal(value)))
        self._add_unknown(dataset_ref, given, keys)

    def _add_quality(self, dataset_ref: URIRef, package: Mapping[str, Any]) -> None:
        """Add what the dataset scored when it was last measured; by the metric only in a document of its own."""
        scores = package[SCORES] if SCORES in package else history.latest_scores([package["id"]]).get(package["id"], [])
        in_catalogue = (None, RDF.type, DCAT.Catalog) in self.g
        dqv.add_measurements(self.g, dataset_ref, scores, tk.config["ckan.site_url"], whole=not in_catalogue)

    def _add_unknown(self, node: URIRef, given: Mapping[str, Any], known: set[str]) -> None:
        """Add the verbatim keys that no field knows as one JSON object: they may be no names of properties."""
        unknown = {key: value for key, value in given.items() if key not in known and key != "@type"}
        if unknown:
            self.g.add((node, SDI["lain"], _literal(unknown)))


def shown(package: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dataset as the stock profile of DCAT-AP 3 expects it.

    Args:
        package: in the shape of package_show.
        given: its wire entries.
    """
    site = datajson.Site(tk.config["ckan.site_url"].rstrip("/"), tk.config["ckan.site_title"])
    entry = datajson.entry(package, site)
    period = words.period(given.get("temporal"))
    return {
        "id": package["id"],
        "name": package["name"],
        "title": _clean(entry["title"]),
        "notes": _clean(entry["description"]),
        "url": _clean(entry["landingPage"]),
        "tags": [{"name": tag["name"]} for tag in package.get("tags") or []],
        "issued": _date(package.get("issued"), package["metadata_created"]),
        "modified": _date(package.get("modified"), package["metadata_modified"]),
        "frequency": words.frequency(given.get("accrualPeriodicity")),
        "language": [uri for code in entry["language"] if (uri := words.language(code))],
        "access_rights": words.access_right(entry["accessRights"]),
        "contact_name": _clean(entry["contactPoint"]["fn"]),
        "contact_email": package.get("maintainer_email"),
        "publisher_name": _clean(entry["publisher"]["name"]),
        "publisher_type": words.authority("publisher_type", package.get("publisher_type")),
        "temporal_start": period.start if period else None,
        "temporal_end": period.end if period else None,
        "resources": [shown_resource(resource, entry["landingPage"]) for resource in package.get("resources") or []],
        "extras": [],
    }


def shown_resource(resource: Mapping[str, Any], landing_page: str) -> dict[str, Any]:
    """Return a resource for the stock profile: DCAT-AP wants an access address, so the dataset's page is the last."""
    url = resource.get("url") or ""
    url = url if SCHEME.match(url) else ""
    access_url = resource.get("accessURL") or ""
    access_url = access_url if SCHEME.match(access_url) else ""
    digest = resource.get("hash") or ""
    algorithm = words.authority("checksum", str(len(digest))) if re.fullmatch(r"[0-9a-fA-F]+", digest) else None
    return {
        "id": resource["id"],
        "package_id": resource["package_id"],
        "name": _clean(resource.get("name")),
        "description": _clean(resource.get("description")),
        "access_url": access_url or url or landing_page,
        "download_url": url if url != access_url else None,
        "issued": _date(resource.get("issued"), resource.get("created")),
        "modified": _date(resource.get("modified"), resource.get("last_modified") or resource.get("metadata_modified")),
        "size": resource.get("size"),
        "hash": digest if algorithm else None,
        "hash_algorithm": algorithm,
    }


def licence_address(licence_id: str | None) -> str | None:
    """Return the URI that CKAN's register has for a licence, or its own address; None if it has neither."""
    known = Package.get_license_register().get(licence_id) if licence_id else None
    address = known.url if known else licence_id
    return address if address and SCHEME.match(address) else None


def area(package: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Return what `spatial` says; an area code is a text, though one like 35.10 reads as a number."""
    value = given.get("spatial")
    return package["spatial"] if isinstance(value, (int, float)) and package.get("spatial") else value


def _means(media_type: str, file_format: str | None) -> bool:
    """Tell whether CKAN takes a media type for this format.

    Where it does not, a stock reader must not recognise the type: it would put its own format in place of ours (JSON
    for an API).
    """
    known = tk.h.resource_formats().get(media_type)
    return known is not None and known[1] == file_format


def _date(value: Any, otherwise: str | None) -> str | None:
    """Return a date that is one, else the time at which CKAN came to know the dataset, with its zone."""
    return dates.iso_date(value) or (datajson.moment(otherwise) if otherwise else None)


def _literal(value: Any) -> Literal:
    """Return a JSON value as a literal: texts, numbers and truth values as such, the rest as JSON."""
    if isinstance(value, str):
        return Literal(_clean(value))
    if isinstance(value, (bool, int, float)):
        return Literal(value)
    return Literal(_clean(wire.json_text(value)), datatype=RDF.JSON)


def _clean(value: Any) -> str:
    """Return a text that XML can hold."""
    return wire.NOT_IN_XML.sub("", str(value)) if value else ""


def _slug(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-") or "lain"
