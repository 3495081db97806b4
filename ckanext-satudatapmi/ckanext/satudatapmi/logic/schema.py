"""What actions accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def source_show_schema() -> dict[str, Any]:
    """Return what satudata_source_show accepts: `id` (the source's name), and a page of its errors."""
    validator: Any = tk.get_validator
    return {
        "id": [validator("not_empty"), validator("unicode_safe")],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("default")(50), validator("natural_number_validator")],
    }
