"""What the actions on the daftar data accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic.import_schema import metadata_import_schema


def register_list_schema() -> dict[str, Any]:
    """Return what satudata_register_list accepts: `year` and `organization`."""
    validator: Any = tk.get_validator
    return {"year": _year(), "organization": [validator("default")(""), validator("unicode_safe")]}


def register_import_schema() -> dict[str, Any]:
    """Return what satudata_register_import accepts: `upload`, `year`, `update`, `dry_run` and `language`."""
    of_files = metadata_import_schema()
    return {name: of_files[name] for name in ("upload", "update", "dry_run", "language")} | {"year": _year()}


def _year() -> list[Any]:
    validator: Any = tk.get_validator
    return [validator("ignore_empty"), validator("int_validator"), validator("one_of")(range(2000, 2100))]
