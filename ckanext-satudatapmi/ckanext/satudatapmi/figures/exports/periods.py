"""Periods as SDMX writes them (Technical Notes, time formats)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

MONTHS_OF_YEAR = 12
DISTINCT_PERIODS = 65_536


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
