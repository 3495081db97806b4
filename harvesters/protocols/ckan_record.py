"""A dataset of another CKAN as a record of a data.json.

Fields of scheming and extras go under the wire key where schemas/wire.py has one, those of ckanext-dcat under the key
they mean; all else keeps its own key. What only counts views, or changes by itself, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urljoin

from ckanext.satudatapmi.harvesters.protocols.base import digest_of
from ckanext.satudatapmi.schemas import vocabularies, wire

_VOLATILE = frozenset(
    {
        *("tracking_summary", "total_downloads", "total_res_downloads", "downloads", "views", "view_count", "rating"),
        *("isopen", "revision_id", "revision_timestamp", "creator_user_id", "owner_org", "state"),
        *("relationships_as_object", "relationships_as_subject", "harvest_object_id", "harvest_source_id"),
        *("package_id", "position", "url_type", "datastore_active", "archiver", "qa"),
        *("cache_url", "cache_last_updated", "webstore_url", "webstore_last_updated"),
    }
)
"""Keys of datasets and resources that say nothing of the data, or change without it."""

_DATASET_DONE = frozenset(
    {
        *("id", "title", "notes", "organization", "tags", "groups", "resources", "extras", "private", "type"),
        *("license_id", "license_title", "license_url"),
        # Persons: whoever is the contact stands under contactPoint, others are not passed on.
        *("author", "author_email", "maintainer", "maintainer_email"),
        *("metadata_created", "metadata_modified", "name"),
    }
)
_RESOURCE_DONE = frozenset(
    {
        *("url", "name", "title", "description", "format", "mimetype", "mediaType", "size", "created"),
        *("last_modified", "metadata_modified"),
    }
)
_DCAT_KEYS = {
    "frequency": "accrualPeriodicity",
    "access_rights": "accessRights",
    "publisher_name": "publisher",
    "dcat_issued": "issued",
    "dcat_modified": "modified",
    "release_date": "issued",
    "last_update": "modified",
}
_TEMPORAL = ("temporal_start", "temporal_end")
_CONTACT = ("contact_name", "contact_email")


def identifier(package: Mapping[str, Any]) -> str:
    """Return what a dataset is known by: the identifier or guid it was harvested with, else its id."""
    extras = _extras(package)
    for key in ("identifier", "guid"):
        for value in (package.get(key), extras.get(key)):
            if isinstance(value, str) and not vocabularies.is_missing(value):
                return value
    return str(package["id"])


def is_taken(package: Mapping[str, Any]) -> bool:
    """Tell whether a package is a dataset for the public: not private, not deleted, not a harvest source."""
    return (
        package.get("private") not in (True, "true", "True")
        and package.get("state", "active") == "active"
        and package.get("type", "dataset") != "harvest"
    )


def digest(package: Mapping[str, Any]) -> bytes:
    """Return 16 bytes that stay the same while only counters and inner keys change."""
    stable = {key: value for key, value in package.items() if not _is_volatile(key)}
    stable["extras"] = {key: value for key, value in _extras(package).items() if not _is_volatile(key)}
    stable["organization"] = _names(package.get("organization"))
    stable["groups"] = sorted(str(_names(group)) for group in _list(package, "groups"))
    stable["tags"] = sorted(_tags(package))
    stable["resources"] = [
        {key: value for key, value in item.items() if not _is_volatile(key)} for item in _list(package, "resources")
    ]
    return digest_of(stable)


def record(package: Mapping[str, Any], site: str) -> dict[str, Any]:
    """Return a dataset as a record of a data.json.

    Args:
        package: as package_search gives it.
        site: address of the site, without a slash at the end.
    """
    given = {**_own_keys(package), **_own_keys(_extras(package))}
    found = {
        "identifier": identifier(package),
        "title": package.get("title") or package.get("name"),
        "description": package.get("notes"),
        "keyword": _tags(package),
        "theme": [name for group in _list(package, "groups") if (name := _title(group))],
        "publisher": _publisher(given.pop("publisher", None) or _title(package.get("organization"))),
        "contactPoint": _contact(package, given),
        "landingPage": f"{site}/dataset/{package.get('name') or package['id']}",
        "license": package.get("license_url") or package.get("license_id") or package.get("license_title"),
        "issued": package.get("metadata_created"),
        "modified": package.get("metadata_modified"),
        "temporal": _period(given),
        "distribution": [_distribution(item, site) for item in _list(package, "resources")],
    }
    filled = {key: value for key, value in found.items() if value or key == "distribution"}
    return {**filled, **{key: value for key, value in given.items() if key not in _FIXED or key not in filled}}


_FIXED = frozenset({"identifier", "title", "description", "keyword", "landingPage", "license", "distribution"})
"""Keys that CKAN's own fields fill; a field of scheming or an extra fills any other in their place."""


@cache
def _keys(part: str) -> Mapping[str, str]:
    """Return the wire key of each field, of a dataset or a resource."""
    fields = wire.dataset_fields() if part == "dataset" else wire.resource_fields()
    return {field.field: field.key for field in fields if field.field != "url"}


@cache
def _json_fields() -> frozenset[str]:
    """Return the fields that hold a JSON value as text."""
    return frozenset(field.field for field in wire.dataset_fields() if field.kind == "json")


def _own_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that CKAN itself does not know, and that hold something, by their wire keys."""
    keys = {**_DCAT_KEYS, **_keys("dataset")}
    return {
        keys.get(key, key): wire.decode_json(value) if key in _json_fields() and isinstance(value, str) else value
        for key, value in values.items()
        if key not in _DATASET_DONE | {"guid"} and not _is_volatile(key) and value not in (None, "", [], {})
    }


def _is_volatile(key: str) -> bool:
    return key in _VOLATILE or key.startswith("num_")


def _extras(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the extras as an object, whichever of CKAN's two shapes they have."""
    extras = package.get("extras") or {}
    if isinstance(extras, Mapping):
        return dict(extras)
    pairs = [item for item in extras if isinstance(item, Mapping) and isinstance(item.get("key"), str)]
    return {item["key"]: item.get("value") for item in pairs if item.get("state", "active") == "active"}


def _list(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = values.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _tags(package: Mapping[str, Any]) -> list[str]:
    """Return the tags as texts: newer sites give objects, old ones texts."""
    tags = package.get("tags")
    given = [item.get("name") if isinstance(item, Mapping) else item for item in tags] if isinstance(tags, list) else []
    return [name for name in given if isinstance(name, str) and name]


def _names(group: Any) -> list[Any]:
    """Return what tells an organisation or a group, without its counters."""
    return [group.get(key) for key in ("id", "name", "title")] if isinstance(group, Mapping) else [group]


def _title(group: Any) -> str:
    found = (group.get("title") or group.get("display_name") or group.get("name")) if isinstance(group, Mapping) else ""
    return found if isinstance(found, str) else ""


def _publisher(name: Any) -> Any:
    return {"@type": "org:Organization", "name": name} if isinstance(name, str) and name else name


def _contact(package: Mapping[str, Any], given: dict[str, Any]) -> dict[str, str] | None:
    """Return who answers for a dataset: its contact, its maintainer, or its author."""
    candidates = (
        tuple(given.pop(key, None) for key in _CONTACT),
        (package.get("maintainer"), package.get("maintainer_email")),
        (package.get("author"), package.get("author_email")),
    )
    for name, email in candidates:
        if name or email:
            address = f"mailto:{str(email).removeprefix('mailto:')}" if email else ""
            return {key: value for key, value in (("fn", name), ("hasEmail", address)) if value}
    return None


def _period(given: dict[str, Any]) -> str:
    start, end = (str(given.pop(key, "")) for key in _TEMPORAL)
    return f"{start}/{end}" if start or end else ""


def _distribution(resource: Mapping[str, Any], site: str) -> dict[str, Any]:
    keys = _keys("resource")
    url = resource.get("url")
    found = {
        "title": resource.get("name") or resource.get("title"),
        "description": resource.get("description"),
        "downloadURL": _absolute(url, site) if isinstance(url, str) else url,
        "format": resource.get("format"),
        "mediaType": resource.get("mediaType") or resource.get("mimetype"),
        "byteSize": resource.get("size"),
        "issued": resource.get("created"),
        "modified": resource.get("last_modified") or resource.get("metadata_modified"),
    }
    own = {
        keys.get(key, key): value
        for key, value in resource.items()
        if key not in _RESOURCE_DONE and not _is_volatile(key)
    }
    return {key: value for key, value in {**found, **own}.items() if value not in (None, "", [], {})}


def _absolute(url: str, site: str) -> str:
    """Return an address of a resource; one that is relative belongs to the site."""
    try:
        return urljoin(f"{site}/", url.strip())
    except ValueError:
        return url
