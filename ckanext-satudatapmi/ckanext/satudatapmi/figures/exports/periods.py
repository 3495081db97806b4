"""Periods as SDMX writes them (Technical Notes, time formats)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NoReturn

import pandas as pd

MONTHS_OF_YEAR = 12
DISTINCT_PERIODS = 65_536
MONTHS_IN = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
"""How many months the reporting periods of a kind have: years, half-years, trimesters, quarters, months."""
REPORTING = re.compile(r"([12]\d{3})-([ASTQMWD])(\d{1,3})")
DURATION = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})D)?")
YEAR, MONTH = re.compile(r"[12]\d{3}"), re.compile(r"[12]\d{3}-\d{2}")
MOMENT = re.compile(r"[12]\d{3}-\d{2}-\d{2}(T.+)?")


@dataclass(frozen=True)
class TimePeriod:
    """A value of TIME_PERIOD and its FREQ, a code of CL_FREQ."""

    value: str
    freq: str


@lru_cache(maxsize=DISTINCT_PERIODS)
def time_period(start: date, end: date) -> TimePeriod:
    """Return a period, both of its days included, as SDMX writes it.

    Calendar years, half-years, quarters, months and days have a form of their own. Anything else is a range: its first
    day and how long it lasts, in years or months where it is made of whole ones; its frequency is I, irregular.

    >>> time_period(date(2023, 1, 1), date(2023, 10, 31)).value
    '2023-01-01/P10M'
    """
    if start == end:
        return TimePeriod(start.isoformat(), "D")
    months = _whole_months(start, end)
    if not months:
        return TimePeriod(f"{start}/P{(end - start).days + 1}D", "I")
    if start.month % months != 1 % months or months not in (1, 3, 6, MONTHS_OF_YEAR):
        years, rest = divmod(months, MONTHS_OF_YEAR)
        return TimePeriod(f"{start}/P{months}M" if rest else f"{start}/P{years}Y", "I")
    if months == MONTHS_OF_YEAR:
        return TimePeriod(f"{start:%Y}", "A")
    if months == 1:
        return TimePeriod(f"{start:%Y-%m}", "M")
    freq = "Q" if months == 3 else "S"
    return TimePeriod(f"{start:%Y}-{freq}{start.month // months + 1}", freq)


def _whole_months(start: date, end: date) -> int:
    """Return how many calendar months a period is made of, 0 if it begins or ends within one."""
    after = end + timedelta(days=1)
    if start.day != 1 or after.day != 1:
        return 0
    return (after.year - start.year) * MONTHS_OF_YEAR + after.month - start.month


def days_of(text: str) -> tuple[date, date]:
    """Return the first and the last day of a period in any of SDMX's forms.

    These are years, months, days and moments of the calendar (2023, 2023-06, 2023-06-30, 2023-06-30T08:00:00), parts of
    a reporting year that begins on January 1 (2023-A1, -S1, -T1, -Q1, -M06, -W26, -D181), and ranges (a day, a slash
    and a duration in years, months and days).

    Raises:
        ValueError: it is none of them.

    >>> days_of("2023-Q2")
    (datetime.date(2023, 4, 1), datetime.date(2023, 6, 30))
    """
    start, slash, duration = text.partition("/")
    if slash:
        return _range(date.fromisoformat(start), duration)
    if found := REPORTING.fullmatch(text):
        return _of_reporting_year(int(found[1]), found[2], int(found[3]))
    if YEAR.fullmatch(text):
        return _lasting(date(int(text), 1, 1), months=MONTHS_OF_YEAR)
    if MONTH.fullmatch(text):
        return _lasting(date.fromisoformat(f"{text}-01"), months=1)
    if MOMENT.fullmatch(text):
        day = datetime.fromisoformat(text).date()
        return day, day
    raise ValueError(text)


def _range(start: date, duration: str) -> tuple[date, date]:
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    years, months, days = (int(count or 0) for count in found.groups())
    return _lasting(start, years=years, months=months, days=days)


def _of_reporting_year(year: int, kind: str, number: int) -> tuple[date, date]:
    if kind == "W":
        return _lasting(date.fromisocalendar(year, number, 1), days=7)
    if kind == "D":
        day = date(year, 1, 1) + timedelta(days=number - 1)
        return (day, day) if day.year == year else _no_such(number)
    months = MONTHS_IN[kind]
    if not 1 <= number <= MONTHS_OF_YEAR // months:
        _no_such(number)
    return _lasting(date(year, (number - 1) * months + 1, 1), months=months)


def _no_such(number: int) -> NoReturn:
    raise ValueError(f"a year has no such part: {number}")


def _lasting(start: date, years: int = 0, months: int = 0, days: int = 0) -> tuple[date, date]:
    """Return the days of a period that lasts so many years, months and days, of which there is one at least."""
    after = (pd.Timestamp(start) + pd.DateOffset(years=years, months=months, days=days)).date()
    if after <= start:
        raise ValueError(f"a period without a day from {start}")
    return start, after - timedelta(days=1)
