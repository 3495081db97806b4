"""What the actions on limited data accept."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue.access_requests import MAX_DAYS

LINE_MAX, NAME_MAX, TEXT_MAX = 300, 200, 4000


def listing_schema() -> dict[str, Any]:
    """Return what satudata_listing_set accepts: `id` (of the dataset), `listed` and `line`."""
    validator: Any = tk.get_validator
    return {
        "id": [validator("not_empty"), validator("unicode_safe")],
        "listed": [validator("default")(False), validator("boolean_validator")],
        "line": [validator("default")(""), validator("unicode_safe"), one_line, _at_most(LINE_MAX)],
    }


def request_schema() -> dict[str, Any]:
    """Return what satudata_access_request_create accepts: `id`, `institution`, `purpose` and `days`."""
    validator: Any = tk.get_validator
    text = [validator("unicode_safe"), stripped, validator("not_empty")]
    return {
        "id": [validator("not_empty"), validator("unicode_safe")],
        "institution": [validator("not_empty"), *text, _at_most(NAME_MAX)],
        "purpose": [validator("not_empty"), *text, _at_most(TEXT_MAX)],
        "days": [validator("not_empty"), validator("is_positive_integer"), _days],
    }


def request_list_schema() -> dict[str, Any]:
    """Return what satudata_access_request_list accepts: `to_answer`."""
    validator: Any = tk.get_validator
    return {"to_answer": [validator("default")(False), validator("boolean_validator")]}


def answer_schema() -> dict[str, Any]:
    """Return what satudata_access_request_answer accepts: `id` (of the request), `grant`, `until` and `reason`."""
    validator: Any = tk.get_validator
    return revoke_schema() | {
        "grant": [validator("not_empty"), validator("boolean_validator")],
        "until": [validator("ignore_empty"), _day],
    }


def revoke_schema() -> dict[str, Any]:
    """Return what satudata_access_request_revoke accepts: `id` (of the request) and `reason`."""
    validator: Any = tk.get_validator
    return {
        "id": [validator("not_empty"), validator("is_positive_integer"), _row_number],
        "reason": [validator("default")(""), validator("unicode_safe"), stripped, _at_most(TEXT_MAX)],
    }


def stripped(value: str) -> str:
    """Return a text without blanks at its ends, and without characters that the database refuses."""
    return value.replace("\x00", "").strip()


def one_line(value: str) -> str:
    """Return a text on one line."""
    return " ".join(stripped(value).split())


def _at_most(length: int) -> Any:
    def validator(value: str) -> str:
        if len(value) > length:
            raise tk.Invalid(tk._("Write {length} characters at most.").format(length=length))
        return value

    return validator


def _days(value: Any) -> Any:
    if isinstance(value, int) and value > MAX_DAYS:
        raise tk.Invalid(tk._("Access is granted for {days} days at most.").format(days=MAX_DAYS))
    return value


def _row_number(value: Any) -> Any:
    if isinstance(value, int) and value >= 2**63:
        raise tk.Invalid(tk._("There is no request {number}.").format(number=value))
    return value


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise tk.Invalid(tk._("{value} is no date. Write it as 2024-05-31.").format(value=value)) from error
