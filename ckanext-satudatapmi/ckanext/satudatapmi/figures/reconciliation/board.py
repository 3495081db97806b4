"""The board: what each body says of a place, and how any two of them stand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from ckanext.satudatapmi.figures.answering import Figure
from ckanext.satudatapmi.figures.comparing import Comparison, comparable
from ckanext.satudatapmi.figures.reconciliation.mirror import mirror
from ckanext.satudatapmi.figures.reconciliation.result import Input, Result
from ckanext.satudatapmi.figures.reconciliation.settings import limit
from ckanext.satudatapmi.figures.registry import definitions, facets

DESTINATION = "destination"


@dataclass(frozen=True)
class Key:
    """A line of the board: the codes of its place, and its year; None for the last figure of each body."""

    origin: str
    destination: str
    year: int | None = None


@dataclass(frozen=True)
class Pair:
    """Two figures of a line: may they be compared, and the mirror statistic where origin and destination face."""

    left: Figure
    right: Figure
    comparison: Comparison
    mirror: Result | None


@dataclass(frozen=True)
class Line:
    """What the bodies say of a place in a year: one figure of each, by rank, and each two of them as a pair."""

    key: Key
    figures: tuple[Figure, ...]
    pairs: tuple[Pair, ...]


def line(key: Key, figures: Sequence[Figure]) -> Line:
    """Return a line of the board.

    Args:
        key: its place and year.
        figures: all that is published of the place around the year.
    """
    by_body: dict[str, list[Figure]] = {}
    for one in figures:
        if one.value is not None:
            by_body.setdefault(one.facet, []).append(one)
    chosen = [found for group in by_body.values() if (found := _of_year(group, key.year))]
    chosen.sort(key=lambda one: (facets()[one.facet].rank, one.facet))
    return Line(key, tuple(chosen), tuple(_pair(left, right) for left, right in combinations(chosen, 2)))


def _of_year(figures: Sequence[Figure], year: int | None) -> Figure | None:
    """Return the figure of one body that stands for a year: its last in it, else the nearest within `near_days`."""
    if year is None:
        return max(figures, key=lambda one: one.ref_end)
    within = [one for one in figures if one.ref_end.year == year]
    if within:
        return max(within, key=lambda one: one.ref_end)
    end = date(year, 12, 31)
    nearest = min(figures, key=lambda one: abs((one.ref_end - end).days))
    return nearest if abs((nearest.ref_end - end).days) <= limit("near_days") else None


def _pair(left: Figure, right: Figure) -> Pair:
    known = definitions()
    faced = None
    sides = [facets()[one.facet].side for one in (left, right)]
    if sides[0] != sides[1]:
        origin, destination = (right, left) if sides[0] == DESTINATION else (left, right)
        faced = mirror(_input(origin), _input(destination))
    return Pair(left, right, comparable(known[left.definition], known[right.definition]), faced)


def _input(figure: Figure) -> Input:
    return Input(figure.facet, float(figure.value or 0), figure.ref_end, figure.ref_start, figure.definition)
