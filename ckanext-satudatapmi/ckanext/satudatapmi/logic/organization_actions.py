"""Actions on organisations: the list of publishers, and the import of a register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import importing, organization_import
from ckanext.satudatapmi.logic import asking, import_actions
from ckanext.satudatapmi.logic.import_schema import metadata_import_schema
from ckanext.satudatapmi.portal import publishers

LIMIT_MAX = 1000
"""Publishers in one answer at most."""


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_publisher_list": satudata_publisher_list,
        "satudata_organizations_import": satudata_organizations_import,
    }


def publisher_list_schema() -> dict[str, Any]:
    """Return what satudata_publisher_list accepts: `q`, `kind`, `province`, `with_data`, `sort`, `offset`, `limit`."""
    validator: Any = tk.get_validator
    text = [validator("default")(""), validator("unicode_safe")]
    return {
        "q": text,
        "kind": text,
        "province": text,
        "with_data": [validator("default")(False), validator("boolean_validator")],
        "sort": [validator("default")(publishers.ORDERS[0]), validator("one_of")(list(publishers.ORDERS))],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("default")(100), validator("natural_number_validator")],
    }


def import_schema() -> dict[str, Any]:
    """Return what satudata_organizations_import accepts: `upload`, `kind`, `dry_run` and `language`."""
    validator: Any = tk.get_validator
    of_files = metadata_import_schema()
    kind = [validator("not_empty"), validator("one_of")(list(organization_import.kinds()))]
    return {name: of_files[name] for name in ("upload", "dry_run", "language")} | {"kind": kind}


@tk.side_effect_free
def satudata_publisher_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies that publish or may, those with most public datasets first; the same for everybody.

    Args:
        context: CKAN's.
        data_dict: `q` (beginnings of words of its name), `kind`, `province` (code of Kemendagri), `with_data` (leave
            out bodies without public datasets), `sort` (datasets, the default, or name), `offset` and `limit`.

    Returns:
        {count, with_data, kinds, provinces, publishers}, see portal/publishers.py.

    Raises:
        ValidationError: there is no such order, or offset or limit are no whole numbers.
    """
    tk.check_access("satudata_publisher_list", context, data_dict)
    asked = asking.validated(data_dict, publisher_list_schema(), context)
    wanted = publishers.Wanted(asked["q"], asked["kind"], asked["province"], asked["with_data"], asked["sort"])
    return publishers.publisher_list(wanted, asked["offset"], min(asked["limit"], LIMIT_MAX))


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
