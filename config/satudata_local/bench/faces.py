"""The same records in three protocols: data.json, CKAN's Action API, DCAT as RDF/XML with Hydra pages."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

RDF_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"'
    ' xmlns:dct="http://purl.org/dc/terms/" xmlns:foaf="http://xmlns.com/foaf/0.1/"'
    ' xmlns:hydra="http://www.w3.org/ns/hydra/core#">\n'
)
# What XML 1.0 cannot hold.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def data_json(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a whole catalogue as data.json."""
    header = {"@type": "dcat:Catalog", "conformsTo": "https://project-open-data.cio.gov/v1.1/schema"}
    return json.dumps(header | {"dataset": list(records)}, ensure_ascii=False).encode()


def ckan_id(record: Mapping[str, Any]) -> str:
    """Return the id that a CKAN gives to a record."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:bench:{record['identifier']}"))


def ckan_package(record: Mapping[str, Any], modified: str) -> dict[str, Any]:
    """Return a record as a CKAN shows it.

    Args:
        record: the record.
        modified: when that CKAN last wrote it.
    """
    package_id = ckan_id(record)
    publisher = (record.get("publisher") or {}).get("name", "")
    extras = {"identifier": record["identifier"], "publisher_name": publisher, "issued": record.get("issued", "")}
    resources = [_ckan_resource(package_id, number, one) for number, one in enumerate(record["distribution"])]
    tags = [{"name": tag, "display_name": tag, "state": "active"} for tag in record.get("keyword", [])]
    return {
        "id": package_id,
        "name": f"bench-{package_id}",
        "title": record["title"],
        "notes": record.get("description", ""),
        "url": record.get("landingPage", ""),
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": False,
        "license_id": "",
        "metadata_created": "2025-01-01T00:00:00.000000",
        "metadata_modified": modified,
        "organization": None,
        "owner_org": None,
        "groups": [],
        "tags": tags,
        "num_tags": len(tags),
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "resources": resources,
        "num_resources": len(resources),
    }


def _ckan_resource(package_id: str, number: int, distribution: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.UUID(package_id), str(number))),
        "package_id": package_id,
        "position": number,
        "state": "active",
        "name": distribution.get("title") or "",
        "description": distribution.get("description") or "",
        "url": distribution.get("downloadURL") or distribution["accessURL"],
        "format": distribution.get("format") or "",
        "mimetype": distribution.get("mediaType") or None,
        "created": "2025-01-01T00:00:00.000000",
        "last_modified": None,
    }


def rdf_page(records: Sequence[Mapping[str, Any]], address: str, page: int, pages: int, total: int) -> bytes:
    """Return one page of a DCAT catalogue.

    Args:
        records: those of the page.
        address: of the catalogue, without a page.
        page: the page's number, from 1.
        pages: how many there are.
        total: how many records all pages hold.
    """
    links = {"firstPage": 1, "previousPage": page - 1, "nextPage": page + 1, "lastPage": pages}
    found = [f"<hydra:{name}>{address}?page={to}</hydra:{name}>" for name, to in links.items() if 1 <= to <= pages]
    collection = f"<hydra:PagedCollection rdf:about={quoteattr(f'{address}?page={page}')}>"
    counts = f"<hydra:totalItems>{total}</hydra:totalItems><hydra:itemsPerPage>{len(records)}</hydra:itemsPerPage>"
    datasets = "".join(f"<dcat:dataset>{_rdf_dataset(record, address)}</dcat:dataset>\n" for record in records)
    catalogue = f"<dcat:Catalog rdf:about={quoteattr(address)}>\n{datasets}</dcat:Catalog>\n"
    text = f"{RDF_HEAD}{collection}{counts}{''.join(found)}</hydra:PagedCollection>\n{catalogue}</rdf:RDF>\n"
    return text.encode()


def _rdf_dataset(record: Mapping[str, Any], address: str) -> str:
    about = f"{address.rpartition('/')[0]}/dataset/{ckan_id(record)}"
    texts = {
        "dct:identifier": record["identifier"],
        "dct:title": record["title"],
        "dct:description": record.get("description"),
        "dct:issued": record.get("issued"),
        "dct:modified": record.get("modified"),
    }
    parts = [_element(name, value) for name, value in texts.items()]
    parts += [_element("dcat:keyword", tag) for tag in record.get("keyword", [])]
    publisher = (record.get("publisher") or {}).get("name")
    if publisher:
        parts.append(f"<dct:publisher><foaf:Agent>{_element('foaf:name', publisher)}</foaf:Agent></dct:publisher>")
    parts += [_rdf_distribution(one, f"{about}/{number}") for number, one in enumerate(record["distribution"])]
    return f"<dcat:Dataset rdf:about={quoteattr(about)}>{''.join(parts)}</dcat:Dataset>"


def _rdf_distribution(distribution: Mapping[str, Any], about: str) -> str:
    kind = "downloadURL" if distribution.get("downloadURL") else "accessURL"
    # Spaces and the like are no part of an IRI; RDF libraries refuse them.
    link = re.sub(r"[\s<>\"{}|\\^`]", lambda found: f"%{ord(found[0]):02X}", str(distribution[kind]).strip())
    texts = {
        "dct:title": distribution.get("title"),
        "dct:description": distribution.get("description"),
        "dct:format": distribution.get("format"),
        "dcat:mediaType": distribution.get("mediaType"),
    }
    inner = "".join(_element(name, value) for name, value in texts.items())
    head = f"<dcat:distribution><dcat:Distribution rdf:about={quoteattr(about)}>"
    return f"{head}{inner}<dcat:{kind} rdf:resource={quoteattr(link)}/></dcat:Distribution></dcat:distribution>"


def _element(name: str, value: Any) -> str:
    return f"<{name}>{escape(NO_XML.sub(' ', str(value)))}</{name}>" if value else ""
