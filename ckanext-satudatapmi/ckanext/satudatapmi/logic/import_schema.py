"""What the action that imports metadata accepts."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.schemas import answers


def metadata_import_schema() -> dict[str, Any]:
    """Return what satudata_metadata_import accepts: `upload`, `organization`, `update`, `dry_run` and `language`."""
    validator: Any = tk.get_validator
    return {
        "upload": [validator("not_missing")],
        "organization": [validator("not_empty"), validator("unicode_safe"), validator("group_id_or_name_exists")],
        "update": [validator("default")(False), validator("boolean_validator")],
        "dry_run": [validator("default")(False), validator("boolean_validator")],
        "language": [validator("default")("id"), validator("one_of")(list(answers.LANGUAGES))],
    }
