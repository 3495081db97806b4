"""Months of the calendar: in which figures were published, and how a question names the period of a figure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

NAME = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """A month.

    Attributes:
        year: of the calendar.
        number: 1 to 12.
    """

    year: int
    number: int

    @classmethod
    def of(cls, text: str) -> Month | None:
        """Return the month of a text such as 2025-02, None where it is none.

        >>> Month.of("2025-02"), Month.of("2025-13")
        (Month(year=2025, number=2), None)
        """
        return cls(int(text[:4]), int(text[5:])) if NAME.fullmatch(text) else None

    @property
    def name(self) -> str:
        """The month as ISO 8601 writes it."""
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def following(self) -> Month:
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def has(self, day: str) -> bool:
        """Tell whether a day, as ISO 8601 writes it, lies in it."""
        return day[:7] == self.name


def is_year(start: str, end: str) -> bool:
    """Tell whether a period is a year of the calendar; both ends are ISO 8601."""
    return (start[:4], start[5:], end[5:]) == (end[:4], "01-01", "12-31")


def month_of(start: str, end: str) -> Month | None:
    """Return the month that a period is, None where it is none; both ends are ISO 8601.

    >>> month_of("2024-02-01", "2024-02-29"), month_of("2024-02-01", "2024-02-28")
    (Month(year=2024, number=2), None)
    """
    month = Month.of(start[:7])
    return month if month and (start, end) == (month.first.isoformat(), month.last.isoformat()) else None


def time_of(start: str, end: str) -> str:
    """Return a period as a question to the single data names it; both ends are ISO 8601.

    >>> time_of("2024-01-01", "2024-12-31"), time_of("2024-06-01", "2024-06-30"), time_of("2024-06-30", "2024-06-30")
    ('2024', '2024-06', '2024-06-30')
    """
    if is_year(start, end):
        return end[:4]
    month = month_of(start, end)
    return month.name if month else end if start == end else f"{start}:{end}"
