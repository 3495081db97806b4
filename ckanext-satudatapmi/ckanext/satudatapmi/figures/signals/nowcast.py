"""What a year will come to, from its first months and earlier years (command-center.md section 6.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ckanext.satudatapmi.figures.signals.methods import Refusal

MONTHS = 12


@dataclass(frozen=True)
class Year:
    """A year that is over: its figure from January to the month that is asked for, and that of all of it."""

    year: int
    to_date: float
    total: float


@dataclass(frozen=True)
class Tested:
    """What the method would have said of a year that is over.

    Attributes:
        year: which.
        estimate: by the years before it.
        total: what it came to.
    """

    year: int
    estimate: float
    total: float

    @property
    def error(self) -> float:
        """Return the error in percent of the total."""
        return 100 * abs(self.estimate - self.total) / self.total


@dataclass(frozen=True)
class Nowcast:
    """An estimate, and how the method did before.

    Attributes:
        estimate: of the year.
        share: of the first months.
        years: that the share is of.
        tested: the years on which the method could be tried.
    """

    estimate: float
    share: float
    years: tuple[int, ...]
    tested: tuple[Tested, ...]

    @property
    def mape(self) -> float | None:
        """Return the mean absolute percentage error of the years tested, None without any."""
        return float(np.mean([one.error for one in self.tested])) if self.tested else None


def nowcast(year: int, to_date: float, former: Sequence[Year], years: int) -> Nowcast | Refusal:
    """Return what a year will come to.

    Args:
        year: that is not over.
        to_date: its figure so far.
        former: years that are over, with their figure of the same months.
        years: how many of the last of them the share is of.
    """
    used = _last(former, year, years)
    share = _share(used)
    if share is None:
        return Refusal("no_share")
    tested = []
    for one in sorted(former, key=lambda one: one.year):
        of_it = _share(_last(former, one.year, years))
        if of_it is not None and one.total:
            tested.append(Tested(one.year, one.to_date / of_it, one.total))
    return Nowcast(to_date / share, share, tuple(one.year for one in used), tuple(tested))


def seasonal(months: Mapping[int, float], least: int) -> dict[int, float] | Refusal:
    """Return estimates of the months that are missing until the end of the last year, by a model with seasons.

    A log-linear trend with a factor for each month is fitted by least squares to the months that have a figure.

    Args:
        months: figures above zero by the number of the month, counted from any January (0).
        least: how many are needed.
    """
    if len(months) < least:
        return Refusal("too_few", {"needed": least, "held": len(months)})
    known = sorted(months)
    last = (known[-1] // MONTHS + 1) * MONTHS
    wanted = [number for number in range(known[0], last) if number not in months]
    fitted, *_rest = np.linalg.lstsq(_design(known), np.log([months[number] for number in known]), rcond=None)
    return dict(zip(wanted, map(float, np.exp(_design(wanted) @ fitted)), strict=True))


def _design(numbers: Sequence[int]) -> NDArray[np.float64]:
    """Return a row for each month: which of the year it is, and how much time has passed, in years."""
    at = np.asarray(numbers, dtype=int)
    return np.column_stack([np.eye(MONTHS)[at % MONTHS], at / MONTHS])


def _last(former: Sequence[Year], before: int, years: int) -> list[Year]:
    """Return the last years before one, the earliest first."""
    return sorted((one for one in former if one.year < before), key=lambda one: one.year)[-years:]


def _share(years: Sequence[Year]) -> float | None:
    total = sum(one.total for one in years)
    to_date = sum(one.to_date for one in years)
    return to_date / total if total and to_date else None
