"""What the actions on names accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic.access_schema import TEXT_MAX, stripped
from ckanext.satudatapmi.reference.review import OPEN, STATES

LIMIT, LIMIT_MAX = 20, 100
LARGEST_NUMBER = 2**63 - 1


def question_list_schema() -> dict[str, Any]:
    """Return what satudata_name_question_list accepts: `state`, `offset` and `limit`."""
    validator: Any = tk.get_validator
    return {
        "state": [validator("default")(OPEN), validator("one_of")(list(STATES))],
        "offset": [validator("default")(0), validator("natural_number_validator"), _number],
        "limit": [
            validator("default")(LIMIT),
            validator("natural_number_validator"),
            validator("limit_to_configured_maximum")("", LIMIT_MAX),
        ],
    }


def question_schema() -> dict[str, Any]:
    """Return what satudata_name_take_back accepts: `id` (of the question)."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("is_positive_integer"), _number]}


def refuse_schema() -> dict[str, Any]:
    """Return what satudata_name_refuse accepts: `id`, `everywhere` and `note`."""
    validator: Any = tk.get_validator
    return question_schema() | {
        "everywhere": [validator("default")(False), validator("boolean_validator")],
        "note": [validator("default")(""), validator("unicode_safe"), stripped, _short],
    }


def decide_schema() -> dict[str, Any]:
    """Return what satudata_name_decide accepts: `id`, `code`, `everywhere` and `note`."""
    validator: Any = tk.get_validator
    return refuse_schema() | {"code": [validator("not_empty"), validator("unicode_safe"), stripped]}


def report_schema() -> dict[str, Any]:
    """Return what satudata_name_report accepts: `id` (of the resource)."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("unicode_safe")]}


def _number(value: Any) -> Any:
    if isinstance(value, int) and value > LARGEST_NUMBER:
        raise tk.Invalid(tk._("There is no question {number}.").format(number=value))
    return value


def _short(value: str) -> str:
    if len(value) > TEXT_MAX:
        raise tk.Invalid(tk._("Write {length} characters at most.").format(length=TEXT_MAX))
    return value
