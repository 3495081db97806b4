"""Dates as partner catalogues write them, read into ISO 8601."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import Any

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years outside are slips of software (year 0 or -1 of an empty database column), not dates of publication."""

_ISO = re.compile(
    r"^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:([T ])(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?)?)?$",
    re.ASCII,
)
_TIME = r"(?:[ T,]+(\d{2}):(\d{2})(?::(\d{2}))?)?$"
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME, re.ASCII)
_YEAR_FIRST = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})" + _TIME, re.ASCII)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "januari", "january"),
            ("feb", "februari", "february", "peb", "pebruari"),
            ("mar", "maret", "march"),
            ("apr", "april"),
            ("mei", "may"),
            ("jun", "juni", "june"),
            ("jul", "juli", "july"),
            ("agu", "agt", "ags", "agustus", "aug", "august"),
            ("sep", "sept", "september"),
            ("okt", "oktober", "oct", "october"),
            ("nov", "november", "nop", "nopember"),
            ("des", "desember", "dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_NAMED = re.compile(r"^(\d{1,2})[ -]([A-Za-z]+)\.?[ -](\d{4})" + _TIME, re.ASCII)


def iso_date(value: Any) -> str | None:
    """Return a date or a time in ISO 8601 (year, month, day or time of day as precise as it came), None if it is none.

    No time zone is added where there is none. A whole number is read as a year.

    >>> iso_date("2025-05-26 12:45:42"), iso_date("26-05-2025 12:45:42"), iso_date("5 Nov 2024"), iso_date(2024)
    ('2025-05-26T12:45:42', '2025-05-26T12:45:42', '2024-11-05', '2024')
    >>> iso_date("-000001-11-29T17:52:48.000000Z") is None
    True
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return _iso(text) or _named(text) or _other(text)


def _iso(text: str) -> str | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, _, hour, minute, second, zone = match.groups()
    if not _possible(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)):
        return None
    return _joined(text, zone) if _zone_possible(zone) else None


def _zone_possible(zone: str | None) -> bool:
    return not zone or zone == "Z" or (int(zone[1:3]) <= 14 and int(zone[-2:]) < 60)


def _joined(text: str, zone: str | None) -> str:
    """Return the text with T between day and time and a colon in the zone, as XML Schema wants it."""
    if not zone:
        return text.replace(" ", "T")
    body = text.removesuffix(zone).strip().replace(" ", "T")
    return body + (zone if zone == "Z" or ":" in zone else f"{zone[:3]}:{zone[3:]}")


def _named(text: str) -> str | None:
    match = _NAMED.match(text)
    month = _MONTHS.get(match[2].casefold()) if match else None
    return _written(match[3], str(month), match[1], *match.groups()[3:]) if match and month else None


def _other(text: str) -> str | None:
    match = _DAY_FIRST.match(text)
    if match:
        day, month, year, *time = match.groups()
        return _written(year, month, day, *time)
    match = _YEAR_FIRST.match(text)
    return _written(*match.groups()) if match else None


def _written(
    year: str, month: str, day: str, hour: str | None = None, minute: str | None = None, second: str | None = None
) -> str | None:
    if not _possible(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)):
        return None
    date = f"{year}-{int(month):02}-{int(day):02}"
    return f"{date}T{hour}:{minute}:{second or '00'}" if hour else date


def _possible(year: int, month: int, day: int, hour: int, minute: int, second: int) -> bool:
    return (
        FIRST_YEAR <= year <= LAST_YEAR
        and 1 <= month <= 12
        and 1 <= day <= monthrange(year, month)[1]
        and hour < 24
        and minute < 60
        and second < 60
    )
