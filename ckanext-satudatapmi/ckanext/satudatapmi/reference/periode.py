"""Periods as Indonesian tables write them: `2024`, `Jan-Jun 2023`, `Triwulan I 2021`, `s.d. 14 November 2024`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from ckanext.satudatapmi.reference.codelists import load

ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
MONTHS_OF = {"triwulan": 3, "tw": 3, "kuartal": 3, "q": 3, "semester": 6, "smt": 6}
NUMERALS = ("I", "II", "III", "IV")
CENTURY = 2000
JOINERS = re.compile(r"\s*(?:s\.?\s?/?d\.?(?=[\s\d])|sampai dengan|sampai|hingga|[-–—])\s*")
PART = re.compile(r"(triwulan|tw|kuartal|q|semester|smt)\.?\s*(iv|iii|ii|i|[1-4])(?:\s+(?:tahun\s+)?(\d{4}))?")
PART_AFTER = re.compile(r"(\d{4})[\s-]+(triwulan|tw|kuartal|q|semester|smt)\.?\s*(iv|iii|ii|i|[1-4])")


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included. A point in time starts and ends on the same day."""

    start: date
    end: date

    @property
    def year(self) -> int:
        """The year in which the period ends."""
        return self.end.year


def parse_period(text: str, year: int | None = None) -> Period | None:
    """Return the period that a text names, or None if it names none.

    Args:
        text: a year, month, quarter, half-year, day, or two of them joined as a range.
        year: the year that is meant where the text names none.

    >>> parse_period("Jan\u2013Jun 2023").end
    datetime.date(2023, 6, 30)
    """
    plain = re.sub(r"\s+", " ", text.casefold().replace("\xa0", " ")).strip(" .,")
    plain = plain.removeprefix("tahun ").removeprefix("periode ").removeprefix("per ").removeprefix("akhir ")
    return _point(plain, year) or _range(plain, year)


def _range(text: str, year: int | None) -> Period | None:
    for joiner in JOINERS.finditer(text):
        left, right = text[: joiner.start()], text[joiner.end() :]
        last = _point(right, year)
        first = _point(left, last.year if last else year)
        if first and last and first.start <= last.end:
            return Period(first.start, last.end)
    return None


def _point(text: str, year: int | None) -> Period | None:
    for read in (_year, _day_iso, _day_numbers, _part, _month):
        if (period := read(text, year)) is not None:
            return period
    return None


def _year(text: str, _default: int | None) -> Period | None:
    found = re.fullmatch(r"[12]\d{3}", text)
    return Period(date(int(text), 1, 1), date(int(text), 12, 31)) if found else None


def _day_iso(text: str, _default: int | None) -> Period | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]00:00(?::00)?)?", text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _day_numbers(text: str, _default: int | None) -> Period | None:
    found = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text)
    return _day(int(found[3]), int(found[2]), int(found[1])) if found else None


def _part(text: str, default: int | None) -> Period | None:
    if found := PART.fullmatch(text):
        kind, number, year = found[1], found[2], int(found[3]) if found[3] else default
    elif found := PART_AFTER.fullmatch(text):
        kind, number, year = found[2], found[3], int(found[1])
    else:
        return None
    length, index = MONTHS_OF[kind], ROMAN.get(number) or int(number)
    return _months(year, (index - 1) * length + 1, index * length) if year and index * length <= 12 else None


def _month(text: str, default: int | None) -> Period | None:
    found = re.fullmatch(r"(?:(\d{1,2}) )?([a-z]+)\.?(?:[ '-]+(\d{4}|\d{2}))?", text)
    month = _month_numbers().get(found[2]) if found else None
    if found is None or month is None:
        return None
    year = _full_year(found[3]) if found[3] else default
    if year is None:
        return None
    return _day(year, month, int(found[1])) if found[1] else _months(year, month, month)


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else CENTURY + int(digits)


def _months(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _day(year: int, month: int, day: int) -> Period | None:
    try:
        return Period(date(year, month, day), date(year, month, day))
    except ValueError:
        return None


@cache
def _month_numbers() -> dict[str, int]:
    return {name.casefold(): int(code.code) for code in load("bulan") for name in (code.label, *code.aliases)}


def period_text(period: Period) -> str:
    """Return a period as tables print it, so that `parse_period` reads the same period from it.

    >>> period_text(Period(date(2024, 1, 1), date(2024, 10, 31)))
    'Januari\u2013Oktober 2024'
    """
    start, end = period.start, period.end
    if start == end:
        return _day_text(start)
    if start.day != 1 or end != _months(end.year, end.month, end.month).end:
        return f"{_day_text(start)}\u2013{_day_text(end)}"
    if (start.month, end.month) == (1, 12):
        return str(end.year) if start.year == end.year else f"{start.year}\u2013{end.year}"
    if start.year != end.year:
        return f"{_month_name(start)} {start.year}\u2013{_month_name(end)} {end.year}"
    return f"{months_text(period)} {end.year}"


def months_text(period: Period) -> str:
    """Return the whole months of one year that a period is made of, without the year: `Mei`, `Triwulan I`."""
    first, last = period.start.month, period.end.month
    if first == last:
        return _month_name(period.start)
    if (first, last) in ((1, 3), (4, 6), (7, 9), (10, 12)):
        return f"Triwulan {NUMERALS[last // 3 - 1]}"
    return f"{_month_name(period.start)}\u2013{_month_name(period.end)}"


def _day_text(day: date) -> str:
    return f"{day.day} {_month_name(day)} {day.year}"


def _month_name(day: date) -> str:
    return next(code.label for code in load("bulan") if int(code.code) == day.month)
