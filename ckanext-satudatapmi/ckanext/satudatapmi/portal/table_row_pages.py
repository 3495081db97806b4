"""The rows of a resource's table as a page: filtered, sorted, by the columns one chooses, without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, request

from ckanext.satudatapmi.portal.harvest_pages import page_number

ROWS_A_PAGE = 50
DESCENDING = "desc"
LONGEST = 200
ASKED = ("q", "kolom", "nilai", "urut", "arah")

NOTHING: Mapping[str, Any] = {"records": [], "total": 0}

pages = Blueprint("satudata_table_rows", __name__)


@pages.get("/dataset/<reference>/resource/<resource_id>/baris")
def show(reference: str, resource_id: str) -> str | tuple[str, int]:
    """Show rows of the table of a resource.

    `q` are words, `kolom` and `nilai` a column and the value that it has, `urut` a column to sort by, `arah` desc for
    the largest first, `tampil` the columns that are shown.
    """
    package, resource = _seen(reference, resource_id)
    table = tk.h.satudata_table(resource)
    if not table:
        return tk.abort(404, tk._("The resource has no table"))
    asked = _asked(table["columns"])
    shown = [one for one in table["columns"] if one["id"] in asked["tampil"]] or table["columns"]
    page = page_number()
    found, problem = _found(resource["id"], asked, page)
    values = {
        "pkg_dict": package,
        "pkg": package,
        "resource": resource,
        "table": table,
        "columns": shown,
        "rows": [[tk.h.satudata_table_cell(record[one["id"]], one) for one in shown] for record in found["records"]],
        "total": found["total"],
        "asked": asked,
        "problem": problem,
        "page": page,
        "pages": -(-found["total"] // ROWS_A_PAGE),
        "address": _address(asked),
    }
    return tk.render("satudata/table_rows.html", values)


def _found(resource_id: str, asked: Mapping[str, Any], page: int) -> tuple[Mapping[str, Any], str]:
    """Return what the DataStore finds, and what is wrong with the question ("" for nothing)."""
    wanted: dict[str, Any] = {"resource_id": resource_id, "limit": ROWS_A_PAGE, "offset": (page - 1) * ROWS_A_PAGE}
    if asked["q"]:
        wanted["q"] = asked["q"]
    if asked["kolom"] and asked["nilai"]:
        wanted["filters"] = {asked["kolom"]: asked["nilai"]}
    direction = f" {DESCENDING}" if asked["arah"] == DESCENDING else ""
    wanted["sort"] = f'"{asked["urut"]}"{direction}, _id' if asked["urut"] else "_id"
    try:
        return tk.get_action("datastore_search")({}, wanted), ""
    except tk.ValidationError as error:
        if "q" in error.error_dict:
            return NOTHING, " ".join(error.error_summary.values())
        return NOTHING, tk._("No value of this column can be written so. Write it as the table does.")


def _asked(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what was asked for, columns that there are not left out."""
    names = [one["id"] for one in columns]
    given = {
        name: request.args.get(name, "").replace("\0", "")[:LONGEST] for name in ("q", "kolom", "nilai", "urut", "arah")
    }
    for name in ("kolom", "urut"):
        given[name] = given[name] if given[name] in names else ""
    return given | {"tampil": [name for name in request.args.getlist("tampil") if name in names]}


def _address(asked: Mapping[str, Any]) -> str:
    """Return the address of this page with what was asked for, without the number of the page."""
    kept = [(name, value) for name, value in asked.items() if value and name != "tampil"]
    kept += [("tampil", name) for name in asked["tampil"]]
    return f"{request.script_root}{tk.h.url_for(request.endpoint, **(request.view_args or {}))}?{urlencode(kept)}"


def _seen(reference: str, resource_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        resource = tk.get_action("resource_show")({}, {"id": resource_id})
        package = tk.get_action("package_show")({}, {"id": reference})
        if resource["package_id"] != package["id"]:
            raise tk.ObjectNotFound
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Resource not found"))
    return package, resource
