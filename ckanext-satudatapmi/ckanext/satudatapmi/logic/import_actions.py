"""The action that imports a file of dataset metadata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import importing
from ckanext.satudatapmi.logic import import_schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"satudata_metadata_import": satudata_metadata_import}


def satudata_metadata_import(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a dataset of each record of an uploaded file; one that is refused is named and left out.

    Args:
        context: CKAN's.
        data_dict: `upload` (the file: data.json, MS-Keg in the JSON of INDAH, CSV or a spreadsheet), `organization`
            (the owner, by id or name), `update` (whether datasets that bear a record's identifier are brought to what
            it says), `dry_run` and `language` (id, the default, or en, for the names of fields).

    Returns:
        file, created, updated and skipped: {row, name, title}; failed: {row, field, message}.

    Raises:
        ValidationError: the file is too large, or none of the above.
        NotAuthorized: the caller may not create datasets of the organisation.
    """
    wanted, errors = tk.navl_validate(data_dict, import_schema.metadata_import_schema(), context)
    if errors:
        raise tk.ValidationError(errors)
    tk.check_access("satudata_metadata_import", context, {"organization": wanted["organization"]})
    settings = importing.Settings(
        file=str(getattr(wanted["upload"], "filename", None) or tk._("file")),
        organization=wanted["organization"],
        user=context["user"],
        update=wanted["update"],
        dry_run=wanted["dry_run"],
        language=wanted["language"],
    )
    try:
        content = content_of(wanted["upload"])
        report = importing.import_file(content, settings, tk.config["ckanext.satudatapmi.import.max_rows"])
    except importing.ImportFileError as error:
        raise tk.ValidationError({"upload": [str(error)]}) from error
    return report.plain()


def content_of(upload: Any) -> bytes:
    """Return an uploaded file, no more of it than may be taken."""
    if not hasattr(upload, "read"):
        raise importing.ImportFileError(tk._("No file was sent. Expected one under the name upload."))
    limit: int = tk.config["ckanext.satudatapmi.import.max_bytes"]
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise importing.ImportFileError(
            tk._("The file is larger than {limit} MB. Divide it.").format(limit=limit // 1024**2)
        )
    return content
