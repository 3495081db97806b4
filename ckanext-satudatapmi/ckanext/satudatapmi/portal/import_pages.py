"""The page on which a file of dataset metadata is imported, with the report of what became of its records."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, request

pages = Blueprint("satudata_import", __name__)


@pages.route("/metadata/impor", methods=["GET", "POST"])
def import_file() -> str | tuple[str, int]:
    """Show the form; take a file and show what became of its records."""
    organizations = tk.get_action("organization_list_for_user")({}, {"permission": "create_dataset"})
    if not organizations:
        return tk.abort(403, tk._("Log in as somebody who may create datasets for an organisation."))
    values: dict[str, Any] = {"organizations": organizations, "report": None, "errors": {}, "data": request.form}
    if request.method == "GET":
        return tk.render("satudata/import.html", values)
    try:
        values["report"] = tk.get_action("satudata_metadata_import")({"user": tk.current_user.name}, _wanted())
    except tk.ValidationError as error:
        values["errors"] = error.error_dict
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not create datasets for this organisation."))
    return tk.render("satudata/import.html", values)


def _wanted() -> dict[str, Any]:
    upload = request.files.get("upload")
    return {
        "upload": upload if upload and upload.filename else "",
        "organization": request.form.get("organization", ""),
        "update": bool(request.form.get("update")),
        "dry_run": bool(request.form.get("dry_run")),
        "language": tk.h.satudata_language(),
    }
