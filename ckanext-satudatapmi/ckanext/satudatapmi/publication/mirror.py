"""What a CKAN portal that harvests us through package_search has to find, so that nothing is lost on the way.

The stock harvester hands each result to package_create of a portal that does not know our schema. There, keys at the
top of a dataset that CKAN does not know are dropped without a word; `extras` are kept. So every filled SDI field is
repeated in `extras`, as text, and only there: package_show stays as it is, because an extra with the name of a field
is refused when a dataset is sent back to us.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ckan.logic.schema import default_create_package_schema
from flask import has_request_context, request

from ckanext.satudatapmi.harvesters import visitors
from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.publication.persons import hide_persons
from ckanext.satudatapmi.schemas import wire

HARVEST_KEYS = frozenset({"harvest_object_id", "harvest_source_id", "harvest_source_title"})
"""Our own harvester's marks. Stored at a portal that harvests us, they would hide its own marks from its search."""

SPATIAL, SPATIAL_TEXT = "spatial", "spatial_text"
EXTRA_MAX_BYTES = 32_000
"""Solr refuses a dataset with a longer term (32,766 bytes), and CKAN's schema indexes every extra as one."""


def mirror_fields_for_harvesters(search_results: dict[str, Any]) -> dict[str, Any]:
    """Return the results of package_search without names of persons: other actions hand them on to everybody.

    If a client of the API asked, the SDI fields are repeated in `extras`.
    """
    wanted = asked_through_api("package_search")
    for package in search_results["results"]:
        if isinstance(package, dict):
            hide_persons(package)
            if package.get("type") == "harvest":
                visitors.strip_secrets(package)
            if wanted and "resources" in package and package.get("type") == "dataset":
                mirror(package)
    return search_results


def asked_through_api(action: str) -> bool:
    """Tell whether the request being answered is a call of this action through the API."""
    if not has_request_context() or request.endpoint != "api.action":
        return False
    return (request.view_args or {}).get("logic_function") == action


def mirror(package: dict[str, Any]) -> None:
    """Repeat the filled SDI fields of a dataset in its `extras`; our own harvest marks are left out."""
    extras = [extra for extra in package.get("extras") or [] if extra["key"] not in HARVEST_KEYS]
    known = {extra["key"] for extra in extras}
    package["extras"] = extras + [
        {"key": key, "value": value} for key, value in _fields(package) if key not in known and _fits(value)
    ]


def _fields(package: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _sdi_fields():
        value = package.get(name)
        if value is None or value == "":
            continue
        text = value if isinstance(value, str) else wire.json_text(value)
        yield (name if name != SPATIAL or _is_geometry(text) else SPATIAL_TEXT), text


def _is_geometry(text: str) -> bool:
    """Tell whether `spatial` is what ckanext-spatial takes it for; it refuses a dataset in which it is not."""
    value = wire.decode_json(text)
    return isinstance(value, dict) and value.get("type") in words.GEOJSON_TYPES


def _fits(value: str) -> bool:
    return len(value.encode()) <= EXTRA_MAX_BYTES


@cache
def _sdi_fields() -> tuple[str, ...]:
    """Return the fields of our schema that a stock CKAN does not have."""
    names = (field["field_name"] for field in wire.dataset_schema()["dataset_fields"])
    core = default_create_package_schema()
    return tuple(name for name in names if name not in core)
