"""Numbers, dates and times as a reader of Indonesian or English writes them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers

from ckanext.satudatapmi.figures.months import is_year, month_of

_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2}))?$")
_ISO_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?)?)?$")
_PLAIN_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def number(value: Any, language: str) -> str:
    """Return a number with the separators of a language; anything else as text.

    Args:
        value: int, float, Decimal, or what PostgreSQL hands out as text (`1234.50`).
        language: `id` or `en`.

    >>> number(1234567.5, "id"), number(1234567.5, "en"), number("n/a", "id")
    ('1.234.567,5', '1,234,567.5', 'n/a')
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return str(value)
    if isinstance(value, str) and not _PLAIN_NUMBER.match(value):
        return value
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    return numbers.format_decimal(exact, locale=language, decimal_quantization=False)


def date(value: Any, language: str) -> str:
    """Return a date in words, as exactly as it is known: a year, a month, a day.

    Args:
        value: a date, a datetime, or ISO 8601 text (`2024`, `2024-05`, `2024-05-31`, `2024-05-31T08:00:00`).
        language: `id` or `en`.

    >>> date("2024-05-31", "id"), date("2024-05", "en"), date("2024", "id"), date("kemarin", "id")
    ('31 Mei 2024', 'May 2024', '2024', 'kemarin')
    """
    if isinstance(value, str):
        partial = _PARTIAL.match(value.strip())
        if partial:
            return _month(int(partial[1]), int(partial[2]), language) if partial[2] else partial[1]
        parsed = _parse(value)
        if parsed is None:
            return value
        value = parsed
    if not isinstance(value, dt.date):
        return "" if value is None else str(value)
    return dates.format_date(value, "d MMMM y", locale=language)


def interval(value: str, language: str) -> str:
    """Return an interval of ISO 8601 (`2024-01-01/2024-12-31`) in words; any other text as it is.

    >>> interval("2024-01-01/2024-12", "en"), interval("sejak 2007", "id")
    ('1 January 2024 – December 2024', 'sejak 2007')
    """
    ends = value.split("/")
    if len(ends) != 2 or not all(_ISO_DATE.match(end.strip()) for end in ends):
        return value
    return " – ".join(date(end.strip(), language) for end in ends)


def period(start: str, end: str, language: str) -> str:
    """Return a period in words: a day, a month, a year, a span of days. Both ends are ISO 8601.

    >>> period("2024-01-01", "2024-12-31", "id"), period("2024-02-01", "2024-02-29", "id")
    ('2024', 'Februari 2024')
    >>> period("2024-01-01", "2024-06-30", "en")
    '1 January 2024 – 30 June 2024'
    """
    if start == end:
        return date(end, language)
    if is_year(start, end):
        return end[:4]
    if month := month_of(start, end):
        return date(month.name, language)
    return f"{date(start, language)} – {date(end, language)}"


def moment(value: Any, language: str, timezone: str) -> str:
    """Return date and time of day in a time zone; times without one are UTC, as CKAN stores them.

    >>> moment("2024-05-31T08:00:00", "id", "Asia/Jakarta")
    '31 Mei 2024, 15.00 WIB'
    """
    parsed = _parse(value) if isinstance(value, str) else value
    if not isinstance(parsed, dt.datetime):
        return date(value, language)
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    there = aware.astimezone(ZoneInfo(timezone))
    pattern = "d MMMM y, HH.mm" if language == "id" else "d MMMM y, HH:mm"
    # English has no short names for the zones of Indonesia; WIB, WITA and WIT are what everybody there says.
    zone = dates.get_timezone_name(there, width="short", locale="id")
    return f"{dates.format_datetime(there, pattern, tzinfo=ZoneInfo(timezone), locale=language)} {zone}"


def _month(year: int, month: int, language: str) -> str:
    if not 1 <= month <= 12:
        return f"{year}-{month:02}"
    return dates.format_date(dt.date(year, month, 1), "MMMM y", locale=language)


def _parse(value: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
