"""The charts of a table: what it answers, held against what makes a sum or a line wrong, becomes pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.catalogue.table_sums import Group, TableSums, TooMuch
from ckanext.satudatapmi.portal.charts import specs, table_plan
from ckanext.satudatapmi.portal.charts.figures import BARS, LINES, MAP, TILES
from ckanext.satudatapmi.portal.charts.table_plan import AREAS, COUNTRIES, SHORTEST, Wanted
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.tables.roles import Dimension, Roles, roles_of, settings

OVER_TIME = "waktu"
"""Name of the chart over time; any other has that of its column."""
VERSION = 1
"""Raise it when the same table would give other pictures."""
LEAST_ON_MAP = 3


@dataclass(frozen=True)
class Picture:
    """A chart of a table.

    Attributes:
        name: in its address.
        kind: `lines`, `bars`, `map` or `tiles`.
        measure: heading of the figures, "" where it says nothing.
        unit: of the figures, "" if nothing says it.
        dimension: whose values are compared, or have a line each; None for one line.
        groups: the figures, the largest first; of lines, those of the line with the largest last figure first.
        found: how many values the dimension has, of which a chart may show fewer.
        is_summed: whether rows were added up for it.
    """

    name: str
    kind: str
    measure: str
    unit: str
    dimension: Dimension | None
    groups: tuple[Group, ...]
    found: int
    is_summed: bool


def pictures_of(stored: StoredTable) -> list[Picture]:
    """Return the charts of a table; [] if none would be right, or it does not answer in time.

    Args:
        stored: the table, opened.
    """
    roles = roles_of(stored.columns)
    if roles is None:
        return []
    sums = TableSums(stored, roles)
    try:
        profile = sums.profile()
        telling = [one.name for one in table_plan.telling(roles, profile)]
        drawn = (_picture(one, roles, sums, telling) for one in table_plan.wanted(roles, profile))
        found = [one for one in drawn if one]
    except TooMuch:
        return []
    return found[: settings()["pictures"]]


def _picture(one: Wanted, roles: Roles, sums: TableSums, telling: Sequence[str]) -> Picture | None:
    for question in one.questions:
        groups = sums.answer(question)
        is_summed = any(group.rows > 1 for group in groups)
        unit = question.unit or roles.unit
        if is_summed and (not table_plan.may_be_summed(unit) or sums.has_twins(question, telling)):
            continue
        shown = lines_of(groups) if one.is_over_time else bars_of(groups)
        if shown:
            dimension = next((each for each in roles.dimensions if each.name == question.by), None)
            kind = LINES if one.is_over_time else kind_of(dimension, shown)
            name = OVER_TIME if one.is_over_time else question.by
            found = len({group.code for group in groups})
            return Picture(name, kind, roles.label, unit, dimension, tuple(shown), found, is_summed)
    return None


def bars_of(groups: Sequence[Group]) -> list[Group]:
    """Return the figures of one period that may stand beside each other, the largest first; [] if there are too few.

    A sum in which a figure is missing is none; what may be less than nothing is no bar, circle or shade.
    """
    whole = [one for one in groups if one.value is not None and one.filled == one.rows]
    values = [one.value for one in whole if one.value is not None]
    if len(whole) < SHORTEST or min(values) < 0 or max(values) <= 0:
        return []
    return sorted(whole, key=_value, reverse=True)


def lines_of(groups: Sequence[Group]) -> list[Group]:
    """Return the figures of the lines that may be drawn, of each in the order of time; [] if there is none.

    Sums of more rows in one period than in another are no line: it would rise because more is published.
    """
    by_code: dict[str | None, list[Group]] = defaultdict(list)
    for one in groups:
        by_code[one.code].append(one)
    lines = [line for some in by_code.values() if (line := _line(some))]
    lines.sort(key=lambda line: (_end(line[-1]), _value(line[-1])), reverse=True)
    return [one for line in lines[: settings()["lines"]] for one in line]


def _line(groups: Sequence[Group]) -> list[Group]:
    whole = [one for one in groups if one.value is not None and one.filled == one.rows and one.period]
    if len(whole) < SHORTEST or len({one.rows for one in groups}) > 1:
        return []
    return sorted(whole, key=_end)


def _value(group: Group) -> float:
    return group.value or 0


def _end(group: Group) -> date:
    return group.period[1] if group.period else date.min


def kind_of(dimension: Dimension | None, groups: Sequence[Group]) -> str:
    """Return how the values of a dimension are compared: countries on a map, provinces as tiles, all others as bars."""
    codes = {one.code for one in groups if one.code and not one.code.startswith("_")}
    if dimension is None or len(codes) < LEAST_ON_MAP:
        return BARS
    if dimension.codes == COUNTRIES:
        return MAP
    areas = [wilayah.areas().get(code) for code in codes]
    provinces = dimension.codes == AREAS and all(area and area.level == "provinsi" for area in areas)
    return TILES if provinces else BARS


def points_of(groups: Sequence[Group], names: Mapping[str | None, str]) -> Iterator[specs.Point]:
    """Yield the points of lines; a line breaks where a period is missing.

    Args:
        groups: as `lines_of` gives them.
        names: what each line is called.
    """
    periods = {one.period for one in groups if one.period}
    from_one_day = len({start for start, _last in periods}) == 1
    are_days = all(start == last for start, last in periods)
    before: dict[str | None, tuple[date, int]] = {}
    for one in groups:
        if one.period is None or one.value is None:
            continue
        start, last = one.period
        ended, piece = before.get(one.code, (start, 0))
        is_apart = one.code in before and not from_one_day and not are_days and ended + timedelta(days=1) != start
        piece += is_apart
        before[one.code] = (last, piece)
        yield specs.Point(last if from_one_day else start, one.value, names[one.code], piece)


def are_years(groups: Sequence[Group]) -> bool:
    """Tell whether all periods are years."""
    return all(
        one.period and one.period[0].strftime("%m%d") == "0101" and one.period[1].strftime("%m%d") == "1231"
        for one in groups
    )

