"""Which charts a table has, from the roles of its columns and what they hold: nothing is drawn that would mislead.

A whole and its parts are never in one chart or sum; figures are never added up over time, and over places and kinds
only where their unit allows it. Whether a sum is one of complete and different figures, the table answers
(table_charts.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from ckanext.satudatapmi.catalogue.table_sums import Period, Profile, Question
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import TOTAL, load, special_group
from ckanext.satudatapmi.reference.published import concepts, published_lists
from ckanext.satudatapmi.tables.roles import Dimension, Roles, settings

AREAS, COUNTRIES = "wilayah", "negara"
LATEST = 3
"""Periods that are tried for a breakdown, from the last one on: a period may hold totals alone."""
SHORTEST = 2
"""Points of a line, and bars of a chart, at least."""
LENGTHS = {"year": (365, 366), "half": (181, 184), "quarter": (90, 92), "month": (28, 31), "day": (1, 1)}
"""Days of the periods that compare over time."""


@dataclass(frozen=True)
class Parts:
    """The values of a dimension: the one that is the whole (None without one) and those that make it up."""

    whole: str | None
    parts: frozenset[str | None]

    @property
    def varies(self) -> bool:
        """Whether there are parts to tell apart."""
        return len(self.parts) >= SHORTEST


@dataclass(frozen=True)
class Wanted:
    """A chart that a table may have.

    Attributes:
        is_over_time: whether it is lines, else it is of one period.
        questions: that may give it, the best first; the first that the table answers well is drawn.
    """

    is_over_time: bool
    questions: tuple[Question, ...]


def wanted(roles: Roles, profile: Profile) -> list[Wanted]:
    """Return the charts that a table may have, the most telling first: over time, by place, by kind.

    Args:
        roles: of its columns.
        profile: what it holds.
    """
    dimensions = telling(roles, profile)
    parts = {one.name: parts_of(one, profile.values[one.name]) for one in dimensions}
    unit = max(profile.units, key=lambda name: profile.units[name], default="")
    varying = sorted((one for one in dimensions if parts[one.name].varies), key=_is_no_place)
    charts = [_over_time(varying, parts, profile, unit)]
    charts += [_breakdown(one, parts, profile, unit) for one in varying]
    return [one for one in charts if one.questions]


def telling(roles: Roles, profile: Profile) -> list[Dimension]:
    """Return the dimensions that tell rows apart by so few values that they can be compared."""
    return [
        one
        for one in roles.dimensions
        if one.name in profile.values and (one.codes or len(profile.values[one.name]) <= settings()["values"])
    ]


def may_be_summed(unit: str) -> bool:
    """Tell whether figures of a unit add up over places and kinds: counts and amounts do, shares and rates do not."""
    found = load("satuan").match(unit) if unit else None
    return bool(found and found.code in settings()["summed"])


def parts_of(dimension: Dimension, values: Mapping[str | None, int]) -> Parts:
    """Return which of a dimension's values is the whole, and which make it up without covering each other.

    Of areas within areas the largest count; where one of them holds all others, it is the whole.
    """
    held = {one for one in values if one is not None}
    wholes = {one for one in held if _is_whole(dimension, one)}
    rest = held - wholes
    above = _broader(dimension.codes)
    largest = {one for one in rest if not any(over in rest for over in _over(one, above))}
    if len(largest) == 1 and len(rest) > 1:
        wholes = wholes or largest
        rest -= largest
        largest = {one for one in rest if not any(over in rest for over in _over(one, above))}
    whole = max(wholes, key=lambda one: values[one], default=None)
    return Parts(whole, frozenset(largest) | ({None} if None in values else frozenset()))


def _is_whole(dimension: Dimension, value: str) -> bool:
    if dimension.codes:
        return value == TOTAL or (dimension.codes == AREAS and value == wilayah.INDONESIA)
    return special_group(value).code == TOTAL


def _over(code: str, above: Mapping[str, str]) -> Iterator[str]:
    """Yield the codes that a code lies within, the nearest first."""
    seen = {code}
    while (code := above.get(code, "")) and code not in seen:
        seen.add(code)
        yield code


@cache
def _broader(codes: str) -> Mapping[str, str]:
    """Return the code of the same list within which each lies."""
    if codes not in published_lists():
        return {}
    return {one.code: link.code for one in concepts(codes) for link in one.linked("broader") if link.list == codes}


def _is_no_place(dimension: Dimension) -> bool:
    return dimension.codes not in (AREAS, COUNTRIES)


def comparable_periods(periods: Mapping[Period, int]) -> tuple[Period, ...]:
    """Return the periods that make a line, oldest first: of one length, or from one beginning on; () if none do."""
    by_length: dict[str, list[Period]] = {}
    by_start: dict[date, list[Period]] = {}
    for start, end in sorted(periods):
        days = (end - start).days + 1
        length = next((name for name, (least, most) in LENGTHS.items() if least <= days <= most), "")
        if length:
            by_length.setdefault(length, []).append((start, end))
        by_start.setdefault(start, []).append((start, end))
    for some in (by_length, by_start):
        longest = max(some.values(), key=len, default=[])
        if len(longest) >= SHORTEST:
            return tuple(longest)
    return ()


def _over_time(varying: Sequence[Dimension], parts: Mapping[str, Parts], profile: Profile, unit: str) -> Wanted:
    """Return the chart over time: one line of the whole where the table has it, else one for each of a few parts."""
    periods = comparable_periods(profile.periods)
    apart = sorted(
        (one for one in varying if parts[one.name].whole is None), key=lambda one: len(parts[one.name].parts)
    )
    questions = [_question(one, parts, periods, unit) for one in (apart or [None])] if periods else []
    return Wanted(True, tuple(questions))


def _breakdown(dimension: Dimension, parts: Mapping[str, Parts], profile: Profile, unit: str) -> Wanted:
    """Return the chart of a dimension in the last period that has its parts."""
    latest = sorted(profile.periods, key=lambda period: (period[1], -period[0].toordinal()), reverse=True)
    periods = [(one,) for one in latest[:LATEST]] if profile.periods else [()]
    return Wanted(False, tuple(_question(dimension, parts, some, unit) for some in periods))


def _question(
    dimension: Dimension | None, parts: Mapping[str, Parts], periods: tuple[Period, ...], unit: str
) -> Question:
    by, names = (dimension.name, dimension.names) if dimension else ("", "")
    kept = {
        name: frozenset({one.whole}) if name != by and one.whole is not None else one.parts
        for name, one in parts.items()
    }
    return Question(by, names, kept, periods, unit)
