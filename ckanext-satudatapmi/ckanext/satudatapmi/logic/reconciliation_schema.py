"""What the actions of the reconciliation board accept, beside what a method takes (logic/reconciliation_inputs.py)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.logic.figure_schema import offset_validator

LINES = 200
"""How many lines of the board an answer tells at most."""
TITLE_MAX, REASON_MAX = 200, 2000


def board_schema() -> dict[str, Any]:
    """Return what pmi_reconciliation_board accepts."""
    validator: Any = tk.get_validator
    text = validator("unicode_safe")
    return {
        "indicator": [validator("default")("pmi_stock"), validator("one_of")([*indicators()])],
        "origin": [validator("default")("all"), text],
        "destination": [validator("default")("all"), text],
        "time": [validator("default")("latest"), text],
        "bodies": [validator("default")(1), validator("is_positive_integer")],
        "offset": [validator("default")(0), validator("natural_number_validator"), offset_validator],
        "limit": [validator("default")(50), validator("is_positive_integer")],
    }


def draft_schema() -> dict[str, Any]:
    """Return what satudata_reconciliation_create accepts; `asked` is what pmi_reconcile takes."""
    validator: Any = tk.get_validator
    text = validator("unicode_safe")
    return {
        "organization": [validator("not_empty"), text],
        "title": [validator("not_empty"), text, _short(TITLE_MAX)],
        "reason": [validator("default")(""), text, _short(REASON_MAX)],
        "asked": [validator("not_empty")],
    }


def step_schema(*, needs_reason: bool) -> dict[str, Any]:
    """Return what a step with a reconciliation accepts: `id` and `reason`."""
    validator: Any = tk.get_validator
    begin = validator("not_empty") if needs_reason else validator("default")("")
    return {"id": _number(), "reason": [begin, validator("unicode_safe"), _short(REASON_MAX)]}


def show_schema() -> dict[str, Any]:
    """Return what satudata_reconciliation_show accepts: `id`."""
    return {"id": _number()}


def list_schema() -> dict[str, Any]:
    """Return what satudata_reconciliation_list accepts: `offset` and `limit`."""
    validator: Any = tk.get_validator
    return {
        "offset": [validator("default")(0), validator("natural_number_validator"), offset_validator],
        "limit": [validator("default")(50), validator("is_positive_integer")],
    }


def _number() -> list[Any]:
    return [tk.get_validator("not_empty"), tk.get_validator("is_positive_integer"), _of_the_database]


def _of_the_database(value: Any) -> Any:
    if isinstance(value, int) and value >= 2**63:
        raise tk.Invalid(tk._("There is no such number."))
    return value


def _short(most: int) -> Any:
    def checked(value: str) -> str:
        if len(value) > most:
            raise tk.Invalid(tk._("Write {most} characters at most.").format(most=most))
        return value.strip()

    return checked
