"""The action that imports a register of bodies as organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import importing, organization_import
from ckanext.satudatapmi.logic import asking, import_actions
from ckanext.satudatapmi.logic.import_schema import metadata_import_schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"satudata_organizations_import": satudata_organizations_import}


def import_schema() -> dict[str, Any]:
    """Return what satudata_organizations_import accepts: `upload`, `kind`, `dry_run` and `language`."""
    validator: Any = tk.get_validator
    of_files = metadata_import_schema()
    kind = [validator("not_empty"), validator("one_of")(list(organization_import.kinds()))]
    return {name: of_files[name] for name in ("upload", "dry_run", "language")} | {"kind": kind}


def satudata_organizations_import(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make an organisation of each row of an uploaded register; a row that is refused is named and left out.

    Args:
        context: CKAN's.
        data_dict: `upload` (the file: CSV or a spreadsheet), `kind` (of its bodies: p3mi, lembaga_pelatihan, ...),
            `dry_run` and `language` (id, the default, or en, for the names of columns).

    Returns:
        file, created, updated and skipped: {row, name, title}; failed: {row, field, message}; missing: {name, title} of
        licensed organisations that the register does not have; left_columns: headings of columns that are not taken.

    Raises:
        ValidationError: the file is too large or no register, or there is no such kind.
        NotAuthorized: the caller is no system administrator.
    """
    tk.check_access("satudata_organizations_import", context, data_dict)
    wanted = asking.validated(data_dict, import_schema(), context)
    settings = organization_import.Settings(
        file=str(getattr(wanted["upload"], "filename", None) or tk._("file")),
        kind=wanted["kind"],
        user=context["user"],
        dry_run=wanted["dry_run"],
        language=wanted["language"],
    )
    try:
        content = import_actions.content_of(wanted["upload"])
        report = organization_import.import_file(content, settings, tk.config["ckanext.satudatapmi.import.max_rows"])
    except importing.ImportFileError as error:
        raise tk.ValidationError({"upload": [str(error)]}) from error
    return report.plain()
