"""R7, R8: cumulative and year-to-date figures, which grow by the flows between them (command-center.md section 6.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import NO_DAY, SHOWN, Cells, day, keys, only, rows
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.checks.periods import begins_year, measures, months, year_of
from ckanext.satudatapmi.figures.comparing import comparable
from ckanext.satudatapmi.figures.registry import definitions, facets

Flows = dict[tuple[int, int], float]


def cumulative(newest: Cells) -> list[Finding]:
    """Return R7: cumulative figures that fall, or that rise by something else than the flows between them."""
    flows = only(newest, measures(newest, "flow"))
    newest = only(newest, measures(newest, "cumulative_flow"))
    steps = _steps(newest, ["facet", "definition", "start"])
    falls = [
        newest.found("R7", int(row.Index), "falls", value=row.value, before=row.before, before_end=day(row.before_end))
        for row in rows(steps[steps["new"] & (steps["value"] < steps["before"])].head(SHOWN))
    ]
    return falls + list(_unclosed(newest, flows, steps))


def year_to_date(newest: Cells) -> list[Finding]:
    """Return R8: year-to-date figures that fall, or do not differ by the months between them."""
    newest = only(newest, measures(newest, "flow", "amount") & (newest.frame["start"] != NO_DAY).to_numpy())
    frame = newest.frame
    to_date = begins_year(frame) & (year_of(frame["start"]) == year_of(frame["end"]))
    steps = _steps(Cells(frame[to_date], newest.names), ["facet", "definition", "start"])
    found = [
        newest.found(
            "R8",
            int(row.Index),
            "falls",
            lesser=row.vintage != row.before_vintage,
            value=row.value,
            before=row.before,
            before_end=day(row.before_end),
        )
        for row in rows(steps[steps["new"] & (steps["value"] < steps["before"])].head(SHOWN))
    ]
    return found + list(_months(newest, steps)) + list(_tiles(newest, frame[to_date]))


def _steps(cells: Cells, names: list[str]) -> pd.DataFrame:
    """Return the figures after the first of each series with the one before them; `new` if one of the two is."""
    frame = cells.frame.assign(series=keys(cells.frame, [*cells.names, *names]))
    frame = frame.sort_values(["series", "end"], kind="stable")
    by = frame.groupby("series", sort=False)
    for name, source in (("before", "value"), ("before_end", "end"), ("before_vintage", "vintage"), ("old", "new")):
        frame[name] = by[source].shift()
    steps = frame[frame["before"].notna()].astype({"before_end": "int64", "before_vintage": "int64"})
    return steps.assign(new=steps["new"] | steps["old"].eq(True))


def _unclosed(newest: Cells, flows: Cells, steps: pd.DataFrame) -> Iterator[Finding]:
    names = newest.names
    series = keys(flows.frame, names)
    steps = steps[steps["new"]]
    wanted = np.isin(series, keys(steps, names))
    by_series: dict[int, list[int]] = defaultdict(list)
    for at in np.flatnonzero(wanted):
        by_series[int(series[at])].append(int(at))
    shown = 0
    for row, key in zip(rows(steps), keys(steps, names), strict=True):
        known = flows.frame.iloc[by_series[int(key)]]
        between = expected_rise(_alike(known, str(row.definition), str(row.facet)), row.before_end + 1, row.end + 1)
        if between is None or shown >= SHOWN:
            continue
        rise, gap = row.value - row.before, between[1]
        if abs(rise - between[0]) > max(setting("R7", "share") * rise, setting("R7", "gap") * gap):
            shown += 1
            facts = {"rise": rise, "flows": round(between[0]), "difference": round(rise - between[0]), "gap": gap}
            yield newest.found("R7", int(row.Index), "chain", lesser=True, before_end=day(row.before_end), **facts)


def _alike(flows: pd.DataFrame, definition: str, facet: str) -> Flows:
    """Return the flows of one publisher by period, of the definitions that a difference of cumulative figures joins."""
    return {
        (int(row.start), int(row.end) + 1): float(row.value)
        for row in rows(flows.sort_values("vintage"))
        if _joined(definition, str(row.definition)) and facets()[str(row.facet)].publisher == facets()[facet].publisher
    }


@cache
def _joined(cumulative_one: str, flow: str) -> bool:
    return comparable(definitions()[cumulative_one], definitions()[flow]).convertible


def expected_rise(flows: Flows, start: int, end: int) -> tuple[float, float] | None:
    """Return what flows say of the span of days from `start` up to but not including `end`, and how much is guessed.

    Flows whose ends meet make a curve of what has flowed since the first of their days. Within a period it is taken to
    rise evenly; the flow of the periods in which `start` and `end` lie, where they are no ends, is the part guessed.

    Args:
        flows: value by first day and the day after the last, as ordinals.
        start, end: days as ordinals.

    Returns:
        None if no flows that join each other span the days, or if they contradict each other.
    """
    neighbours: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (first, after), value in flows.items():
        neighbours[first].append((after, value))
        neighbours[after].append((first, -value))
    left = set(neighbours)
    while left:
        curve = _curve(neighbours, min(left))
        left -= curve.keys()
        days = np.array(sorted(curve))
        heights = np.array([curve[one] for one in days])
        if days[0] <= start and end <= days[-1]:
            if (np.diff(heights) < 0).any():
                return None
            rise = float(np.interp(end, days, heights) - np.interp(start, days, heights))
            return rise, _gap(days, heights, start) + _gap(days, heights, end)
    return None


def _curve(neighbours: dict[int, list[tuple[int, float]]], first: int) -> dict[int, float]:
    curve = {first: 0.0}
    todo = [first]
    while todo:
        at = todo.pop()
        for other, value in neighbours[at]:
            if other not in curve:
                curve[other] = curve[at] + value
                todo.append(other)
    return curve


def _gap(days: np.ndarray, heights: np.ndarray, at: int) -> float:
    after = int(np.searchsorted(days, at))
    return 0.0 if days[after] == at else float(heights[after] - heights[after - 1])


def _months(newest: Cells, steps: pd.DataFrame) -> Iterator[Finding]:
    """Yield the periods that are not the difference of the year-to-date figures at their ends."""
    frame = newest.frame
    names = [*newest.names, "facet", "definition", "start", "end"]
    between = steps.assign(start=steps["before_end"] + 1)
    between = between.assign(key=keys(between, names), rise=steps["value"] - steps["before"], at=steps.index)
    own = pd.DataFrame({"key": keys(frame, names), "flow": frame["value"], "own_vintage": frame["vintage"]})
    both = between.merge(own.assign(own_new=frame["new"]), on="key")
    for row in rows(both[both["new"] | both["own_new"]]):
        same = row.vintage == row.before_vintage == row.own_vintage
        if not _agree(row.rise, row.flow, allowed=_half_digit(row), same_day=same):
            facts = {"rise": row.rise, "flow": row.flow, "difference": row.rise - row.flow}
            start = day(row.start)
            yield newest.found("R8", int(row.at), "month", lesser=not same, month_start=start, **facts)


def _tiles(newest: Cells, to_date: pd.DataFrame) -> Iterator[Finding]:
    """Yield the year-to-date figures that the months or quarters up to their end do not add up to."""
    frame = newest.frame.assign(months=months(newest.frame), year=year_of(newest.frame["start"]))
    names = [*newest.names, "facet", "definition"]
    for length in (1, 3):
        tiles = frame[frame["months"] == length].sort_values("start", kind="stable")
        by = tiles.groupby(keys(tiles, [*names, "year"]), sort=False)
        place = by.cumcount() + 1
        months_before = pd.Series([int(day(one)[5:7]) for one in tiles["end"]], index=tiles.index)
        tiles = tiles.assign(sum=by["value"].cumsum(), oldest=by["vintage"].cummin(), any_new=by["new"].cummax())
        tiles = tiles[(months_before == place * length) & (place > 1)]
        tiles = tiles.assign(key=keys(tiles, [*names, "year", "end"]))
        whole = to_date.assign(year=year_of(to_date["start"]))
        whole = whole.assign(key=keys(whole, [*names, "year", "end"]), at=whole.index)
        whole = whole[["key", "at", "value", "vintage", "new"]]
        for row in rows(tiles.merge(whole, on="key", suffixes=("_tile", ""))):
            same = row.oldest == row.vintage_tile == row.vintage
            if (row.new or row.any_new) and not _agree(row.value, row.sum, allowed=_half_digit(row), same_day=same):
                facts = {"value": row.value, "sum": row.sum, "difference": row.value - row.sum}
                yield newest.found("R8", int(row.at), "sum", lesser=not same, **facts)


def _agree(one: float, other: float, *, allowed: float, same_day: bool) -> bool:
    """Tell whether two figures agree: within rounding, or, if published on several days, within what months change."""
    later = 0.0 if same_day else setting("R8", "later") * abs(other)
    return abs(one - other) <= later + allowed + 1e-6


def _half_digit(row: Any) -> float:
    """Return half a unit of the last digit of an amount that is printed rounded, as 9,160 million; counts are exact."""
    if definitions()[str(row.definition)].attributes["measure"] != "amount" or row.value % 10 or not row.value:
        return 0.0
    digits = len(str(int(row.value))) - len(str(int(row.value)).rstrip("0"))
    return 0.5 * 10**digits
