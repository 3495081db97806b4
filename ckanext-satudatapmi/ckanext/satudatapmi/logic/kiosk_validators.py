"""Validators of the kiosk's content (schemas/kiosk/presets.yaml)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey, Validator
from ckanext.scheming.validation import scheming_validator

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.logic.validators import given
from ckanext.satudatapmi.schemas import dates, wire

PHONE = re.compile(r"\+?[\d ().-]+")
FEWEST_DIGITS, MOST_DIGITS = 3, 15
"""Of a telephone number: services such as 110 have three, E.164 allows fifteen."""
EXAMPLES = 5
WHOLE_DAY = 10


@scheming_validator
def kiosk_required(field: dict[str, Any], schema: dict[str, Any]) -> Validator:
    """Refuse an empty value where the field is required; elsewhere leave it out."""

    def validator(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
        if isinstance(data.get(key), str):
            data[key] = data[key].strip()
        try:
            given(key, data)
        except tk.StopOnError:
            if field.get("required"):
                errors[key].append(tk._("This is needed. Fill it in."))
            raise

    return validator


@scheming_validator
def kiosk_choice(field: dict[str, Any], schema: dict[str, Any]) -> Validator:
    """Accept the code of one choice."""
    return lambda value: _chosen(field, value)


@scheming_validator
def kiosk_choices(field: dict[str, Any], schema: dict[str, Any]) -> Validator:
    """Accept the codes of some choices as a list or as JSON, and keep them as JSON, each once."""

    def validator(value: Any) -> str:
        codes = wire.decode_json(value) if isinstance(value, str) else value
        codes = codes if isinstance(codes, list) else [codes]
        return wire.json_text(list(dict.fromkeys(_chosen(field, str(code)) for code in codes)))

    return validator


def _chosen(field: dict[str, Any], value: Any) -> str:
    offered = fields.choices(field)
    if value in [one["value"] for one in offered]:
        return value
    examples = ", ".join(f"{one['value']} ({one['label']['id']})" for one in offered[:EXAMPLES])
    message = tk._("{value} is not on the list. Expected a code of it, such as {examples}.")
    raise tk.Invalid(message.format(value=value, examples=examples))


def kiosk_day(value: Any) -> str:
    """Return a day in ISO 8601; one as Indonesians write it (31-05-2024) is rewritten, a time of day is left out."""
    text = (dates.iso_date(value) or "")[:WHOLE_DAY]
    if len(text) != WHOLE_DAY:
        message = tk._("{value} is no day. Write it as 2024-05-31 or 31-05-2024.")
        raise tk.Invalid(message.format(value=value))
    return text


def kiosk_not_before_valid_from(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Refuse a last day before the first one."""
    start = data.get(("valid_from",))
    # What is no day has its own error, and compares with nothing.
    is_wrong = errors.get(key) or errors.get(("valid_from",))
    if isinstance(start, str) and not is_wrong and data[key] < start:
        message = tk._("The last day {end} is before the first day {start}. Change one of them.")
        raise tk.Invalid(message.format(end=data[key], start=start))


def kiosk_not_in_future(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Refuse a day that is still to come, by the calendar of the site."""
    if not errors.get(key) and dt.date.fromisoformat(data[key]) > history.today():
        message = tk._("{value} is still to come. Write the day on which it was verified.")
        raise tk.Invalid(message.format(value=data[key]))


def kiosk_number(value: Any) -> str:
    """Return a number that is not negative, written with a point."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        message = tk._("{value} is no number. Write digits alone, with a point before decimals, such as 4870 or 7.5.")
        raise tk.Invalid(message.format(value=value))
    return f"{number:f}"


def kiosk_url(value: Any) -> str:
    """Return an address of the web."""
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not re.search(r"\s", text)
    except ValueError:
        whole = False
    if not whole:
        message = tk._("{value} is no address that a link may lead to. Expected http://... or https://...")
        raise tk.Invalid(message.format(value=value))
    return text


def kiosk_phone(value: Any) -> str:
    """Return a telephone number."""
    text = " ".join(str(value).split())
    digits = sum(one.isdigit() for one in text)
    if not PHONE.fullmatch(text) or not text.isascii() or not FEWEST_DIGITS <= digits <= MOST_DIGITS:
        message = tk._("{value} is no telephone number. Expected one number such as +62 21 29244800 or 110.")
        raise tk.Invalid(message.format(value=value))
    return text


def get_validators() -> dict[str, Any]:
    """Return the validators by the name that presets.yaml gives them."""
    functions = (
        kiosk_choice,
        kiosk_choices,
        kiosk_day,
        kiosk_not_before_valid_from,
        kiosk_not_in_future,
        kiosk_number,
        kiosk_phone,
        kiosk_required,
        kiosk_url,
    )
    return {function.__name__: function for function in functions}
