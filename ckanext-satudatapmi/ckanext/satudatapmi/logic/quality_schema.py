"""What the actions on the quality of metadata accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import quality
from ckanext.satudatapmi.schemas import answers


def quality_show_schema() -> dict[str, Any]:
    """Return what satudata_quality_show accepts: `id` and `profile`."""
    return {"id": _given(), "profile": _profile()}


def principles_show_schema() -> dict[str, Any]:
    """Return what satudata_principles_show accepts: `id` and `language`."""
    validator: Any = tk.get_validator
    return {"id": _given(), "language": [validator("default")("id"), validator("one_of")(list(answers.LANGUAGES))]}


def assessment_show_schema() -> dict[str, Any]:
    """Return what satudata_assessment_show accepts: `id`, `profile` and `language`."""
    return quality_show_schema() | principles_show_schema()


def quality_summary_schema() -> dict[str, Any]:
    """Return what satudata_quality_summary accepts: `organization` and `profile`."""
    validator: Any = tk.get_validator
    return {"organization": [validator("default")(""), validator("unicode_safe")], "profile": _profile()}


def quality_metric_show_schema() -> dict[str, Any]:
    """Return what satudata_quality_metric_show accepts: `metric`, what the summary does, and a page of datasets."""
    validator: Any = tk.get_validator
    return quality_summary_schema() | {
        "metric": _given(),
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [validator("default")(50), validator("natural_number_validator")],
    }


def _given() -> list[Any]:
    validator: Any = tk.get_validator
    return [validator("not_empty"), validator("unicode_safe")]


def _profile() -> list[Any]:
    validator: Any = tk.get_validator
    return [validator("default")("mqa"), validator("one_of")(list(quality.PROFILES))]
