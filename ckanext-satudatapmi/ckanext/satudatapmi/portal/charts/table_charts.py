"""The charts of a table: what it answers, held against what makes a sum or a line wrong, becomes pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.catalogue.table_sums import Group, Question, TableSums, TooMuch
from ckanext.satudatapmi.portal.charts import specs, table_plan
from ckanext.satudatapmi.portal.charts.figures import BARS, LINES, MAP, TILES
from ckanext.satudatapmi.portal.charts.table_plan import AREAS, COUNTRIES, SHORTEST, Wanted
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.tables.roles import Dimension, Roles, roles_of, settings

OVER_TIME = "waktu"
"""Name of the chart over time; any other has that of its column."""
VERSION = 1
"""Raise it when the same table would give other pictures, or pictures other attributes: they are kept."""
LEAST_ON_MAP = 3
BARE = 0.5
"""A period with fewer of a breakdown's values than this share of another's is passed over: not all is published yet."""


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
        found: how many lines or values there would be, of which a chart may show fewer.
        is_newest: whether figures were restated, of which it shows the last.
    """

    name: str
    kind: str
    measure: str
    unit: str
    dimension: Dimension | None
    groups: tuple[Group, ...]
    found: int
    is_newest: bool


@dataclass(frozen=True)
class _Answer:
    """What a table answers to a question: the figures that are shown, of how many, and whether some were restated."""

    question: Question
    groups: list[Group]
    count: int
    is_newest: bool = False


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
    """Return a chart from the questions that may give it: of a breakdown, the last period that is not bare."""
    answers = (_answered(question, roles, sums, telling, one.is_over_time) for question in one.questions)
    given = (found for found in answers if found.groups)
    if one.is_over_time:
        found = next(given, None)
    else:
        tried = list(given)
        fullest = max((len(each.groups) for each in tried), default=0)
        found = next((each for each in tried if len(each.groups) >= fullest * BARE), None)
    return _named(found, roles, one.is_over_time) if found else None


def _answered(question: Question, roles: Roles, sums: TableSums, telling: Sequence[str], is_over_time: bool) -> _Answer:
    """Return what a table answers; nothing where its figures may not be added up, or stand beside each other."""
    groups = sums.answer(question)
    is_newest = False
    if any(group.rows > 1 for group in groups) and sums.has_twins(question, telling):
        if not roles.published or sums.has_twins(question, [*telling, roles.published]):
            return _Answer(question, [], 0)
        question, is_newest = replace(question, newest=tuple(telling)), True
        groups = sums.answer(question)
    is_summed = any(group.rows > 1 for group in groups)
    if is_summed and not table_plan.may_be_summed(question.unit or roles.unit):
        return _Answer(question, [], 0)
    lines = lines_of(groups) if is_over_time else [[one] for one in bars_of(groups)]
    shown = lines[: settings()["lines"]] if is_over_time else lines
    return _Answer(question, [one for line in shown for one in line], len(lines), is_newest)


def _named(found: _Answer, roles: Roles, is_over_time: bool) -> Picture:
    by = found.question.by
    dimension = next((one for one in roles.dimensions if one.name == by), None)
    return Picture(
        OVER_TIME if is_over_time else by,
        LINES if is_over_time else kind_of(dimension, found.groups),
        roles.label,
        found.question.unit or roles.unit,
        dimension,
        tuple(found.groups),
        found.count,
        found.is_newest,
    )


def bars_of(groups: Sequence[Group]) -> list[Group]:
    """Return the figures of one period that may stand beside each other, the largest first; [] if there are too few.

    A sum in which a figure is missing is none; what may be less than nothing is no bar, circle or shade.
    """
    whole = [one for one in groups if one.value is not None and one.filled == one.rows]
    values = [one.value for one in whole if one.value is not None]
    if len(whole) < SHORTEST or min(values) < 0 or max(values) <= 0:
        return []
    return sorted(whole, key=_value, reverse=True)


def lines_of(groups: Sequence[Group]) -> list[list[Group]]:
    """Return the lines that may be drawn, that with the largest last figure first, each in the order of time.

    Sums of more rows in one period than in another are no line: it would rise because more is published.
    """
    by_code: dict[str | None, list[Group]] = defaultdict(list)
    for one in groups:
        by_code[one.code].append(one)
    lines = [line for some in by_code.values() if (line := _line(some))]
    return sorted(lines, key=lambda line: _value(line[-1]), reverse=True)


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
