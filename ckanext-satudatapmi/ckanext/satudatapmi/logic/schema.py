"""What actions accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.logic.quality_schema import principles_show_schema
from ckanext.satudatapmi.schemas import shapes


def source_show_schema() -> dict[str, Any]:
    """Return what satudata_source_show accepts: `id` (the source's name), and a page of its errors."""
    validator: Any = tk.get_validator
    return {
        "id": [validator("not_empty"), validator("unicode_safe")],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("default")(50), validator("natural_number_validator")],
    }


def source_search_schema() -> dict[str, Any]:
    """Return what satudata_source_search accepts: what to find, whether among proposed ones, and a page of it."""
    validator: Any = tk.get_validator
    texts = {name: [validator("default")(""), validator("unicode_safe")] for name in ("q", "health", "protocol")}
    return texts | {
        "proposed": [validator("default")(False), validator("boolean_validator")],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("default")(50), validator("natural_number_validator")],
    }


def code_list_show_schema() -> dict[str, Any]:
    """Return what satudata_code_list_show accepts: `list`, a text to look up, and a page of the codes."""
    validator: Any = tk.get_validator
    return {
        "list": [validator("not_empty"), validator("unicode_safe")],
        "q": [validator("default")(""), validator("unicode_safe")],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("ignore_missing"), validator("natural_number_validator")],
    }


def form_show_schema() -> dict[str, Any]:
    """Return what satudata_form_show accepts: `id`, `form`, `shape` and `language`."""
    validator: Any = tk.get_validator
    return principles_show_schema() | {
        "form": [validator("default")("ms_keg"), validator("one_of")(list(forms.OF_DATASETS))],
        "shape": [validator("default")("indah"), validator("one_of")(list(shapes.SHAPES))],
    }


def code_show_schema() -> dict[str, Any]:
    """Return what satudata_code_show accepts: `list` and `code`."""
    validator: Any = tk.get_validator
    return {name: [validator("not_empty"), validator("unicode_safe")] for name in ("list", "code")}


def dataset_schema() -> dict[str, Any]:
    """Return what actions on one dataset accept: its `id`."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("satudata_reference")]}


def review_step_schema() -> dict[str, Any]:
    """Return what the steps of the workflow accept: `id`, `reason`, `principles` (a list), `language`, `modified`."""
    validator: Any = tk.get_validator
    return principles_show_schema() | {
        "reason": [validator("default")(""), validator("satudata_remark")],
        "principles": [validator("default")([]), validator("satudata_principles")],
        "modified": [validator("ignore_empty"), validator("unicode_safe")],
    }


def notice_list_schema() -> dict[str, Any]:
    """Return what satudata_notice_list accepts: `limit`."""
    validator: Any = tk.get_validator
    return {
        "limit": [
            validator("default")(100),
            validator("natural_number_validator"),
            validator("limit_to_configured_maximum")("", 1000),
        ]
    }


def activity_list_schema() -> dict[str, Any]:
    """Return what satudata_activity_list accepts: `organization`."""
    validator: Any = tk.get_validator
    return {"organization": [validator("not_empty"), validator("unicode_safe")]}
