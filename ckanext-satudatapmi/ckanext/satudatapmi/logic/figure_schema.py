"""What the actions on the single data accept, beside questions (figures/question.py)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.checks import rules
from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.figures.registry import indicators

OFFSET_MAX = 1_000_000


def finding_list_schema() -> dict[str, Any]:
    """Return what pmi_finding_list accepts: `rule`, `offset` and `limit`."""
    validator: Any = tk.get_validator
    return {
        "rule": [validator("default")(""), validator("one_of")(["", *rules()])],
        "offset": [validator("default")(0), validator("natural_number_validator"), offset_validator],
        "limit": [validator("default")(50), validator("is_positive_integer")],
    }


def change_list_schema() -> dict[str, Any]:
    """Return what pmi_change_list accepts: `since`, `month`, `indicator`, `offset` and `limit`."""
    validator: Any = tk.get_validator
    return {
        "since": [validator("default")(""), validator("unicode_safe")],
        "month": [validator("default")(""), validator("unicode_safe"), _month],
        "indicator": [validator("default")(""), validator("one_of")(["", *indicators()])],
        "offset": [validator("default")(0), validator("natural_number_validator"), offset_validator],
        "limit": [validator("default")(200), validator("is_positive_integer")],
    }


def month_schema() -> dict[str, Any]:
    """Return what satudata_brief_show accepts: `month`."""
    return {"month": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe"), _month]}


def _month(value: Any) -> Any:
    if value and Month.of(value) is None:
        raise tk.Invalid(tk._("Write a month such as 2025-02."))
    return value


def offset_validator(value: Any) -> Any:
    """Refuse an offset that no list has."""
    if isinstance(value, int) and value > OFFSET_MAX:
        raise tk.Invalid(tk._("Skip {most} at most.").format(most=OFFSET_MAX))
    return value
