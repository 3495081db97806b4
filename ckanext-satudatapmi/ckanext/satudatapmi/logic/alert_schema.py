"""What the actions on signals accept."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import signals
from ckanext.satudatapmi.figures.alerts.methods import methods
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.logic.figure_schema import OFFSET_MAX

LONGEST_WORDS = 4000
LARGEST_ID = 2**63 - 1


def list_schema() -> dict[str, Any]:
    """Return what pmi_signal_list accepts: `method`, `indicator`, `state`, `offset` and `limit`."""
    validator: Any = tk.get_validator

    def one_of(names: Any) -> list[Any]:
        return [validator("default")(""), validator("one_of")(["", *names])]

    return {
        "method": one_of(methods()),
        "indicator": one_of(indicators()),
        "state": one_of(signals.STATES),
        "offset": [validator("default")(0), validator("natural_number_validator"), _offset],
        "limit": [validator("default")(50), validator("is_positive_integer")],
    }


def show_schema() -> dict[str, Any]:
    """Return what pmi_signal_show and satudata_signal_log accept: `id`."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("is_positive_integer"), _id]}


def step_schema() -> dict[str, Any]:
    """Return what a step of a signal accepts: `id` and `reason`."""
    validator: Any = tk.get_validator
    return show_schema() | {"reason": [validator("not_empty"), validator("unicode_safe"), _short, _said]}


def assign_schema() -> dict[str, Any]:
    """Return what satudata_signal_assign accepts: `id`, `owner`, `due` and `reason`."""
    validator: Any = tk.get_validator
    return show_schema() | {
        "owner": [validator("not_empty"), validator("unicode_safe")],
        "due": [validator("not_empty"), validator("unicode_safe"), _iso_day],
        "reason": [validator("default")(""), validator("unicode_safe"), _short],
    }


def _iso_day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise tk.Invalid(tk._("Write a day such as 2025-02-28.")) from None


def _short(value: Any) -> Any:
    if len(value) > LONGEST_WORDS:
        raise tk.Invalid(tk._("Write {most} characters at most.").format(most=LONGEST_WORDS))
    return value.strip()


def _said(value: Any) -> Any:
    if not value:
        raise tk.Invalid(tk._("Write the reason or the note."))
    return value


def _id(value: Any) -> Any:
    # PostgreSQL has no greater number for it.
    if value > LARGEST_ID:
        raise tk.Invalid(tk._("There is no signal of this number."))
    return value


def _offset(value: Any) -> Any:
    if isinstance(value, int) and value > OFFSET_MAX:
        raise tk.Invalid(tk._("Skip {most} at most.").format(most=OFFSET_MAX))
    return value
