"""Actions on the daftar data: its release calendar, and the import of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import importing, planning, register_import
from ckanext.satudatapmi.logic import asking, import_actions, register_schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_register_list": satudata_register_list,
        "satudata_register_import": satudata_register_import,
    }


@tk.side_effect_free
def satudata_register_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the daftar data of a year with its release calendar; the same for everybody.

    Args:
        context: CKAN's.
        data_dict: `year` (by default this one, else the last one that has a register) and `organization` (id or name
            of a produsen data; all by default).

    Returns:
        {year, years, organizations, entries}, see catalogue/planning.py.

    Raises:
        ValidationError: the year is no whole number.
    """
    tk.check_access("satudata_register_list", context, data_dict)
    wanted = asking.validated(data_dict, register_schema.register_list_schema(), context)
    return planning.calendar(wanted.get("year"), wanted["organization"])


def satudata_register_import(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take the rows of an uploaded file into the daftar data; one that is refused is named and left out.

    Args:
        context: CKAN's.
        data_dict: `upload` (the file: CSV or a spreadsheet), `year` (of rows that name none), `update` (whether entries
            that have a row's number are brought to what it says), `dry_run` and `language` (id, the default, or en,
            for the names of columns).

    Returns:
        file, created, updated and skipped: {row, name (the number), title}; failed: {row, field, message}.

    Raises:
        ValidationError: the file is too large, or none of the above.
        NotAuthorized: the caller is no system administrator.
    """
    tk.check_access("satudata_register_import", context, data_dict)
    wanted = asking.validated(data_dict, register_schema.register_import_schema(), context)
    settings = register_import.Settings(
        file=str(getattr(wanted["upload"], "filename", None) or tk._("file")),
        year=wanted.get("year"),
        update=wanted["update"],
        dry_run=wanted["dry_run"],
        language=wanted["language"],
    )
    try:
        content = import_actions.content_of(wanted["upload"])
        report = register_import.import_file(content, settings, tk.config["ckanext.satudatapmi.import.max_rows"])
    except importing.ImportFileError as error:
        raise tk.ValidationError({"upload": [str(error)]}) from error
    return report.plain()
