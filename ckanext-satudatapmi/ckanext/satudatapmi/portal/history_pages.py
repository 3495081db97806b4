"""What became of a dataset: the versions of its metadata and of its tables, each with what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudatapmi.portal.harvest_pages import page_number
from ckanext.satudatapmi.portal.harvest_words import field_label

VERSIONS_A_PAGE = 20

pages = Blueprint("satudata_history", __name__)


@dataclass(frozen=True)
class Change:
    """What differs, in words: what it is of, and the values before and after."""

    label: str
    before: str
    after: str


@pages.get("/dataset/<reference>/riwayat")
def show(reference: str) -> str | tuple[str, int]:
    """Show the versions of a dataset and of its tables."""
    page = page_number()
    wanted = {"id": reference, "offset": (page - 1) * VERSIONS_A_PAGE, "limit": VERSIONS_A_PAGE}
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
        found = tk.get_action("satudata_dataset_version_list")({}, wanted)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    shown = {
        "pkg_dict": package,
        "pkg": package,
        "versions": [_version(one) for one in found["versions"] if one["changes"] or one["is_first"]],
        "tables": _tables(package) if page == 1 else [],
        "page": page,
        "pages": -(-found["count"] // VERSIONS_A_PAGE),
    }
    return tk.render("satudata/history.html", shown)


def _version(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "changes": [_change(each) for each in one["changes"]]}


def _tables(package: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
    """Return the tables that the visitor may see, with what their loads changed."""
    tables = []
    for resource in package["resources"]:
        if resource.get("datastore_active"):
            try:
                found = tk.get_action("satudata_table_edition_list")({}, {"id": resource["id"]})
            except (tk.ObjectNotFound, tk.NotAuthorized):
                continue
            tables.append((resource, found))
    return tables


def _change(one: Mapping[str, Any]) -> Change:
    words: dict[str, Callable[[], str]] = {
        "file": lambda: tk._("File"),
        "hash": lambda: tk._("Content of {file}").format(file=one["file"]),
    }
    label = words[one["field"]]() if one["field"] in words else _label(one)
    return Change(label, one["before"], one["after"])


def _label(one: Mapping[str, Any]) -> str:
    if not one["file"]:
        return field_label(one["field"])
    label = field_label(f"resources[1].{one['field']}")
    return f"{one['file']}: {label.partition(': ')[2] or label}"
