"""The data packages of BPS's metadata management system (MMS), one indicator a file, read as records of a data.json.

Shape (national portal, frictionless-ckan-mapper): the dataset's keys at the top, `keywords`, `contributors`, and
`resources`, which carry the MS-Ind entries; "-" stands for what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark

_RESOURCE_KEYS = {"path": "downloadURL", "mediatype": "mediaType", "name": "title"}


def is_package(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a data package rather than a POD record: it has `resources` and no `distribution`."""
    return isinstance(value.get("resources"), list) and "distribution" not in value and "dataset" not in value


def unpack(package: Mapping[str, Any]) -> tuple[dict[str, Any], list[Remark]]:
    """Return a data package as a POD record, and remarks (none so far: nothing is guessed).

    MS-Ind entries of the resources move up to the dataset where all resources agree; "-" becomes null there.
    The package's `name` is its identifier. Keys without a counterpart stay as they are.
    """
    record = {key: None if value == "-" else value for key, value in package.items() if key != "resources"}
    if "keywords" in record:
        record["keyword"] = record.pop("keywords")
    if not vocabularies.is_missing(record.get("name")):
        record.setdefault("identifier", record["name"])
    author = _author(package.get("contributors"))
    if author:
        record.setdefault("publisher", {"@type": "org:Organization", "name": author})
    if "homepage" in record:
        record.setdefault("landingPage", record.pop("homepage"))
    resources = [item for item in package["resources"] if isinstance(item, dict)]
    shared = _shared(resources)
    for key, value in shared.items():
        if vocabularies.is_missing(record.get(key)):
            record[key] = None if value == "-" else value
    record["distribution"] = [
        _distribution(item, shared) if isinstance(item, dict) else item for item in package["resources"]
    ]
    return record, []


def _author(contributors: Any) -> str | None:
    """Return the title of the first author among a package's contributors."""
    for person in contributors if isinstance(contributors, list) else ():
        if isinstance(person, dict) and person.get("role") == "author" and isinstance(person.get("title"), str):
            return person["title"]
    return None


def _shared(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the entries that belong to a dataset and that all resources give alike."""
    known = {field.key for field in wire.dataset_fields()} - {"title", "description"}
    first = resources[0] if resources else {}
    return {
        key: value for key, value in first.items() if key in known and all(item.get(key) == value for item in resources)
    }


def _distribution(resource: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    return {_RESOURCE_KEYS.get(key, key): value for key, value in resource.items() if key not in shared}
