"""Observations out of the database: those that were known on a day, each with the row of the file it came from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.question import MONTHS_OF
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, FIGURE_LOAD, OBSERVATION, SERIES
from ckanext.satudatapmi.reference.wilayah import INDONESIA

PACKAGE = sa.table("package", *(sa.column(name) for name in ("id", "type", "state", "private")))
RESOURCE = sa.table("resource", *(sa.column(name) for name in ("id", "package_id", "state")))
REVIEW = sa.table("satudatapmi_review", sa.column("package_id"), sa.column("published"))
MOST = 25_000
"""How many figures an answer holds at most; who wants more takes the whole cube."""


class TooManyFigures(ValueError):
    """A selection of more than `MOST` figures."""


@dataclass(frozen=True)
class Selection:
    """Which observations are asked for.

    Attributes:
        indicators: their ids.
        codes: by dimension the codes that are asked for; None for every code but the total. A dimension that is not
            here is asked for as its total.
        start, end: the days between which the periods lie, both included; None for no limit.
        ends_from: the day before which no period ends; None for no limit.
        frequency: SDMX code of the periods' length (A, S, Q, M, D), X for the one from start to end; None for any.
        last: only the last period that is there.
        facets: their ids; empty for all.
        as_of: the day whose knowledge is asked for; None for today's.
    """

    indicators: tuple[str, ...]
    codes: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    start: date | None = None
    end: date | None = None
    ends_from: date | None = None
    frequency: str | None = None
    last: bool = False
    facets: tuple[str, ...] = ()
    as_of: date | None = None


ROW = (
    FACET.c.indicator,
    SERIES.c.id.label("series_id"),
    SERIES.c.facet,
    *(SERIES.c[name] for name in DIMENSIONS),
    *(column for column in OBSERVATION.c if column.name != "series_id"),
    FIGURE_LOAD.c.package_id,
    FIGURE_LOAD.c.resource_id,
    FIGURE_LOAD.c.file,
    FIGURE_LOAD.c.worksheet.label("sheet"),
    FIGURE_LOAD.c.sha256,
    FIGURE_LOAD.c.retrieved,
)
"""What is told of an observation."""

SINCE = sa.func.coalesce(FIGURE_LOAD.c.shown, FIGURE_LOAD.c.recorded)
"""When everybody came to see a load, in UTC: a table may be shown long after it was read."""

PERIOD = (OBSERVATION.c.series_id, OBSERVATION.c.ref_start, OBSERVATION.c.ref_end)


def latest(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """Return for each series and period the last vintage of the selection, as mappings of the columns `ROW`.

    Raises:
        TooManyFigures: there are more than `MOST`.
    """
    last = OBSERVATION.c.vintage.desc()
    return _read(connection, selection, lambda statement: statement.distinct(*PERIOD).order_by(*PERIOD, last))


def vintages(connection: Connection, selection: Selection) -> list[dict[str, Any]]:
    """Return every vintage of the selection, oldest first within a period, as mappings of the columns `ROW`.

    Raises:
        TooManyFigures: there are more than `MOST`.
    """
    return _read(connection, selection, lambda statement: statement.order_by(*PERIOD, OBSERVATION.c.vintage))


def _read(
    connection: Connection, selection: Selection, arrange: Callable[[sa.Select[Any]], sa.Select[Any]]
) -> list[dict[str, Any]]:
    if selection.last:
        end = connection.execute(_last_end(selection)).scalar()
        if end is None:
            return []
        selection = replace(selection, last=False, end=end, ends_from=end)
    statement = arrange(public_observations(*ROW).where(*_of_series(selection), *_of_time(selection)))
    rows = connection.execute(statement.limit(MOST + 1)).mappings().all()
    if len(rows) > MOST:
        raise TooManyFigures
    return [dict(row) for row in rows]


def _last_end(selection: Selection) -> sa.Select[Any]:
    """Return the question for the end of the last period of a selection.

    Periods of one length end in the order in which they begin, which is that of the key: the last of each series is
    found without reading the others.
    """
    if selection.frequency is None:
        plain = public_observations(sa.func.max(OBSERVATION.c.ref_end))
        return plain.where(*_of_series(selection), *_of_time(selection))
    last = (
        sa.select(OBSERVATION.c.ref_end)
        .join(FIGURE_LOAD, FIGURE_LOAD.c.id == OBSERVATION.c.load_id)
        .where(OBSERVATION.c.series_id == SERIES.c.id, is_public(), *_of_time(selection))
        .order_by(OBSERVATION.c.series_id.desc(), OBSERVATION.c.ref_start.desc())
        .limit(1)
        .lateral("last")
    )
    return (
        sa.select(sa.func.max(last.c.ref_end))
        .select_from(SERIES)
        .join(FACET, FACET.c.id == SERIES.c.facet)
        .join(last, sa.true())
        .where(*_of_series(selection))
    )


def public_observations(*columns: Any) -> sa.Select[Any]:
    """Return the question for columns of the observations that everybody may see."""
    return (
        sa.select(*columns)
        .join_from(SERIES, FACET, FACET.c.id == SERIES.c.facet)
        .join(OBSERVATION, OBSERVATION.c.series_id == SERIES.c.id)
        .join(FIGURE_LOAD, FIGURE_LOAD.c.id == OBSERVATION.c.load_id)
        .where(is_public())
    )


def _of_series(selection: Selection) -> list[Any]:
    conditions: list[Any] = [FACET.c.indicator.in_(selection.indicators)]
    if selection.facets:
        conditions.append(SERIES.c.facet.in_(selection.facets))
    for name in DIMENSIONS:
        total = dimensions()[name].total
        codes = selection.codes.get(name, (total,))
        if codes is None:
            conditions.append(SERIES.c[name] != total)
        elif len(codes) == 1:
            conditions.append(SERIES.c[name] == next(iter(codes)))
        else:
            conditions.append(SERIES.c[name].in_(tuple(codes)))
    return conditions


def _of_time(selection: Selection) -> list[Any]:
    limits = (
        (selection.start, lambda day: OBSERVATION.c.ref_start >= day),
        (selection.end, lambda day: OBSERVATION.c.ref_end <= day),
        (selection.ends_from, lambda day: OBSERVATION.c.ref_end >= day),
        (selection.as_of, lambda day: OBSERVATION.c.vintage <= day),
    )
    return [condition(day) for day, condition in limits if day is not None] + of_length(selection)


def of_length(selection: Selection) -> list[Any]:
    """Return the conditions that periods have the length asked for (the same as `question.frequency_of` tells)."""
    start, end = OBSERVATION.c.ref_start, OBSERVATION.c.ref_end
    if selection.frequency is None:
        return []
    if selection.frequency == "X":
        return [start == selection.start, end == selection.end]
    if selection.frequency == "D":
        return [start == end]
    months = MONTHS_OF[selection.frequency]
    return [
        end == sa.cast(start + sa.func.make_interval(0, months) - sa.func.make_interval(0, 0, 0, 1), sa.Date),
        sa.extract("day", start) == 1,
        (sa.cast(sa.extract("month", start), sa.Integer) - 1) % months == 0,
    ]


def is_public() -> Any:
    """Return the condition that a figure's table is there and open to everybody; a purged one has no figures."""
    return sa.exists(sa.select(PACKAGE.c.id).where(*_open_table(FIGURE_LOAD)))


def is_open(package_id: str, resource_id: str) -> sa.Select[Any]:
    """Return the question whether everybody may see the table of a resource."""
    table = sa.select(
        sa.literal(package_id).label("package_id"), sa.literal(resource_id).label("resource_id")
    ).subquery()
    return sa.select(sa.exists(sa.select(PACKAGE.c.id).select_from(PACKAGE, table).where(*_open_table(table))))


def _open_table(loads: Any) -> list[Any]:
    """Return the conditions of an open table: its resource is there, and its dataset is active, not private and held
    back by no review (catalogue/reviews.py)."""
    held_back = sa.select(REVIEW.c.package_id).where(REVIEW.c.package_id == PACKAGE.c.id, REVIEW.c.published.is_(False))
    return [
        PACKAGE.c.id == loads.c.package_id,
        PACKAGE.c.type == "dataset",
        PACKAGE.c.state == "active",
        PACKAGE.c.private.is_(False),
        RESOURCE.c.id == loads.c.resource_id,
        RESOURCE.c.package_id == PACKAGE.c.id,
        RESOURCE.c.state == "active",
        ~sa.exists(held_back),
    ]


def public_loads() -> Any:
    """Return the ids of the loads whose table is open to everybody."""
    loads = FIGURE_LOAD.alias("public_load")
    package = sa.select(PACKAGE.c.id).where(*_open_table(loads))
    return sa.select(loads.c.id).where(sa.exists(package)).scalar_subquery()


def availability(connection: Connection) -> list[dict[str, Any]]:
    """Return what is published: indicator, facet, the dimensions broken down, level of the origin, year, how fresh.

    Each mapping has `indicator`, `facet`, `broken_down` (a list of names of dimensions), `origin_level` (nasional,
    provinsi or kabupaten_kota), `year`, `cells`, `first_published`, `last_published`.
    """
    cases = [sa.case((SERIES.c[name] != one.total, name)) for name, one in dimensions().items()]
    broken = sa.func.array_remove(postgresql.array(cases), sa.null())
    level = sa.case(
        (SERIES.c.origin == INDONESIA, "nasional"),
        (sa.func.length(SERIES.c.origin) == 2, "provinsi"),
        else_="kabupaten_kota",
    )
    year = sa.extract("year", OBSERVATION.c.ref_end)
    statement = (
        public_observations(
            FACET.c.indicator,
            SERIES.c.facet,
            broken.label("broken_down"),
            level.label("origin_level"),
            year.label("year"),
            sa.func.count().label("cells"),
            sa.func.min(OBSERVATION.c.vintage).label("first_published"),
            sa.func.max(OBSERVATION.c.vintage).label("last_published"),
        )
        .where(OBSERVATION.c.value.is_not(None))
        .group_by(FACET.c.indicator, SERIES.c.facet, "broken_down", "origin_level", "year")
        .order_by(FACET.c.indicator, SERIES.c.facet, "origin_level", "year")
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def editions(connection: Connection) -> list[dict[str, Any]]:
    """Return how many figures were published on which day: `indicator`, `vintage`, `figures`; the latest day first."""
    statement = (
        public_observations(FACET.c.indicator, OBSERVATION.c.vintage, sa.func.count().label("figures"))
        .where(OBSERVATION.c.value.is_not(None))
        .group_by(FACET.c.indicator, OBSERVATION.c.vintage)
        .order_by(OBSERVATION.c.vintage.desc(), FACET.c.indicator)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def added_since(connection: Connection, moment: datetime, indicator: str) -> list[dict[str, Any]]:
    """Return how many figures everybody came to see since a moment that restate no other.

    Args:
        connection: to the site's database.
        moment: in UTC.
        indicator: whose figures are meant.

    Returns:
        `facet`, `vintage` and how many `figures`, the latest publication first.
    """
    statement = (
        public_observations(SERIES.c.facet, OBSERVATION.c.vintage, sa.func.count().label("figures"))
        .where(
            moment <= SINCE,
            FACET.c.indicator == indicator,
            OBSERVATION.c.restated.is_(False),
            OBSERVATION.c.value.is_not(None),
        )
        .group_by(SERIES.c.facet, OBSERVATION.c.vintage)
        .order_by(OBSERVATION.c.vintage.desc(), SERIES.c.facet)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def changed_since(
    connection: Connection,
    day: date | datetime,
    limit: int,
    offset: int = 0,
    indicator: str = "",
    published: tuple[date, date] | None = None,
) -> list[dict[str, Any]]:
    """Return the observations that everybody came to see since a day and that restate an earlier vintage.

    The latest first; each has `former_value`, `former_vintage`, `former_definition` and, as `recorded`, `SINCE`.

    Args:
        connection: to the site's database.
        day: since when everybody saw them; a moment is one of UTC.
        limit, offset: how many at most, and how many of the latest to leave out.
        indicator: whose figures alone are meant; "" for all.
        published: the first and the last day on which they were published; None for any.
    """
    earlier, public = OBSERVATION.alias("earlier"), public_loads()
    same = [earlier.c[column.name] == column for column in PERIOD]
    former = (
        sa.select(earlier.c.value, earlier.c.vintage, earlier.c.definition)
        .where(*same, earlier.c.vintage < OBSERVATION.c.vintage, earlier.c.load_id.in_(public))
        .order_by(earlier.c.vintage.desc())
        .limit(1)
        .lateral("former")
    )
    statement = (
        public_observations(
            *ROW,
            former.c.value.label("former_value"),
            former.c.vintage.label("former_vintage"),
            former.c.definition.label("former_definition"),
            SINCE.label("recorded"),
        )
        .join(former, sa.true())
        .where(
            day <= SINCE,
            OBSERVATION.c.restated,
            OBSERVATION.c.value.is_distinct_from(former.c.value),
            *([FACET.c.indicator == indicator] if indicator else []),
            *([OBSERVATION.c.vintage.between(*published)] if published else []),
        )
        .order_by(SINCE.desc(), *PERIOD, OBSERVATION.c.vintage)
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
