"""The page on which a table's description is confirmed: what is printed beside what is read, and what to decide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.portal import table_form

pages = Blueprint("satudata_tables", __name__)

ADDRESS = "/dataset/<reference>/resource/<resource_id>/tabel"
OK, UNPROCESSABLE = 200, 422
CHANGED = "changed"
Answer = Response | tuple[str, int]


@pages.get(ADDRESS)
def show(reference: str, resource_id: str) -> Answer:
    """Show the table with the description that was kept, or with the program's proposal."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=request.path))
    return _page(*_opened(reference, resource_id), None, {}, {})


@pages.post(ADDRESS)
def answer(reference: str, resource_id: str) -> Answer:
    """Look again with what was written, or confirm what was shown. Only what was looked at can be confirmed."""
    package, resource = _opened(reference, resource_id)
    form = request.form
    base = _base(form.get("base", ""))
    description = table_form.description_of(form, base)
    if form.get("step") != "confirm":
        return _page(package, resource, description, {}, form)
    if description != base:
        words = tk._("Something was changed after the table was shown. Look at the tables below, then confirm.")
        return _page(package, resource, description, {CHANGED: [words]}, form)
    wanted = {"id": resource_id, "description": description, "sha256": form.get("sha256", "")}
    try:
        found = tk.get_action("satudata_table_description_confirm")({}, wanted)
    except tk.ValidationError as error:
        page, _status = _page(package, resource, description, error.error_dict, form)
        return page, UNPROCESSABLE
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    _tell(found)
    return redirect(tk.h.url_for(f"{package['type']}_resource.read", id=package["name"], resource_id=resource_id))


def _opened(reference: str, resource_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the dataset and the resource for those who may update it."""
    try:
        resource = tk.get_action("resource_show")({}, {"id": resource_id})
        package = tk.get_action("package_show")({}, {"id": reference})
        if resource["package_id"] != package["id"]:
            raise tk.ObjectNotFound
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Resource not found"))
    try:
        tk.check_access("satudata_table_proposal_show", {"user": tk.current_user.name}, {"id": resource_id})
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    return package, resource


def _base(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _page(
    package: dict[str, Any],
    resource: dict[str, Any],
    description: Mapping[str, Any] | str | None,
    errors: Mapping[str, Any],
    form: Mapping[str, str],
) -> tuple[str, int]:
    """Return the page and its status; where a description is wrong, what was shown before stays beside what was
    written."""
    wanted = {"id": resource["id"]} | ({} if description is None else {"description": description})
    seen, wrong = _seen(wanted)
    if wrong and description is not None:
        seen, _unread = _seen({"id": resource["id"], "description": _base(form.get("base", ""))})
    errors = {**errors, **wrong}
    shown = {
        "pkg_dict": package,
        "pkg": package,
        "resource": resource,
        "errors": [text for texts in errors.values() for text in texts],
        "seen": seen,
        "controls": table_form.controls(seen, form if wrong else None) if seen else [],
        "questions": table_form.questions(seen) if seen else [],
        "base": json.dumps(seen["description"], ensure_ascii=False) if seen else "",
        "yaml": form.get("yaml", "") if wrong and seen else (seen or {}).get("yaml", ""),
    }
    status = UNPROCESSABLE if wrong and description is not None else OK
    return tk.render("satudata/table_description.html", shown), status


def _seen(wanted: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what the action sees, and what is wrong."""
    try:
        return tk.get_action("satudata_table_proposal_show")({}, wanted), {}
    except tk.ValidationError as error:
        return None, error.error_dict


def _tell(found: Mapping[str, Any]) -> None:
    rows = tk.ungettext("{number} row is in the DataStore.", "{number} rows are in the DataStore.", found["rows"])
    told = [
        tk._("The description is kept; the next file of this layout is read with it."),
        rows.format(number=tk.h.satudata_number(found["rows"])),
    ]
    if found["figures"]:
        grown = tk.ungettext(
            "The single data has {number} figure more.", "The single data has {number} figures more.", found["figures"]
        )
        told.append(grown.format(number=tk.h.satudata_number(found["figures"])))
    if found["left_out"]:
        told.append(
            tk._(
                "Names without a code wait for walidata. When they have decided, the table is read again, and the "
                "single data takes their figures."
            )
        )
    tk.h.flash_success(" ".join(told))
