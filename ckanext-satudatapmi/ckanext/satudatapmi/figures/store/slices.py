"""Slices of the cube out of the database, as queries of SDMX ask for them (figures/sdmx/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.cube import COLUMNS
from ckanext.satudatapmi.figures.exports.layout import TIME
from ckanext.satudatapmi.figures.question import MONTHS_OF
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.figures.sdmx.availability import Available
from ckanext.satudatapmi.figures.sdmx.data_queries import DataQuery
from ckanext.satudatapmi.figures.sdmx.terms import VINTAGE, Alternatives, Filter, Term
from ckanext.satudatapmi.figures.store.reading import PERIOD, SINCE, TooManyFigures, public_observations
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, OBSERVATION, SERIES
from ckanext.satudatapmi.figures.store.whole import ROWS_AT_ONCE, cells

MOST = 100_000
"""How many observations a slice holds at most; who wants more takes the whole cube as a file."""
START, END = OBSERVATION.c.ref_start, OBSERVATION.c.ref_end


def _frequency() -> sa.ColumnElement[str]:
    """Return the frequency of a period, as `exports.periods.time_period` tells it."""
    begins = sa.cast(sa.extract("month", START), sa.Integer) - 1
    lengths = [
        (
            sa.and_(
                sa.extract("day", START) == 1,
                begins % months == 0,
                sa.cast(START + sa.func.make_interval(0, months) - sa.func.make_interval(0, 0, 0, 1), sa.Date) == END,
            ),
            frequency,
        )
        for frequency, months in MONTHS_OF.items()
    ]
    return sa.case((START == END, "D"), *lengths, else_="I")


NAME_OF = {
    "FREQ": "freq",
    "INDICATOR": "indicator",
    "FACET": "facet",
    **{one.concept: name for name, one in dimensions().items()},
    VINTAGE: "vintage",
}
"""What the column of each dimension but the time is called in a slice."""
OF_OBSERVATIONS = ("series_id", "freq", "vintage")
"""What tells the series of SDMX apart: those of the database, by frequency and vintage."""
COLUMN_OF: Mapping[str, sa.ColumnElement[Any]] = {
    "FREQ": _frequency(),
    "INDICATOR": FACET.c.indicator,
    "FACET": SERIES.c.facet,
    **{one.concept: SERIES.c[name] for name, one in dimensions().items()},
    VINTAGE: OBSERVATION.c.vintage,
}
"""What the values of each dimension but the time are in the database."""


def chunks(connection: Connection, query: DataQuery) -> Iterator[pd.DataFrame]:
    """Yield the observations of a slice as figures/cube.py describes them, the rows of each series together.

    Args:
        connection: one of its own, for the answer is read while it is written out.
        query: what is asked for; if its layout has no observations, one is given for each series.

    Raises:
        TooManyFigures: there are more than `MOST`.
    """
    cut = _some_periods(query).limit(MOST + 1).subquery()
    order = [column for name in (*query.layout.series, *query.layout.observation) for column in _order(cut, name)]
    # How many there are stands in every row, so that a slice that is too large is refused with its first.
    statement = sa.select(*(cut.c[name] for name in COLUMNS), sa.func.count().over()).order_by(*order)
    streamed = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
    for rows in connection.execute(statement, execution_options=streamed).partitions(ROWS_AT_ONCE):
        if rows[0][-1] > MOST:
            raise TooManyFigures
        yield pd.DataFrame([row[:-1] for row in rows], columns=list(COLUMNS), dtype="object")


def datasets(connection: Connection, query: DataQuery) -> set[str]:
    """Return the ids of the datasets that the figures of a slice come from."""
    cut = _some_periods(query).subquery()
    return set(connection.scalars(sa.select(cut.c.package_id).distinct()))


def available(connection: Connection, query: DataQuery) -> Available:
    """Return what a slice holds; how many periods of a series are asked for does not count."""
    parts, series = _counted(query)
    values = (_values(parts if name in OF_OBSERVATIONS else series, dimension) for dimension, name in NAME_OF.items())
    rows = connection.execute(sa.union_all(*values)).all()
    # The values of one dimension divide the whole.
    whole = [row for row in rows if row.dimension == "FREQ"]
    return Available(
        {dimension: sorted(row.value for row in rows if row.dimension == dimension) for dimension in NAME_OF},
        min((row.start for row in whole), default=None),
        max((row.end for row in whole), default=None),
        int(sum(row.series for row in whole)),
        int(sum(row.observations for row in whole)),
    )


def selectable(connection: Connection, query: DataQuery) -> Available:
    """Return what a slice holds, and of each dimension all that could be asked for beside what is."""
    found = available(connection, query)
    limited = [name for name in NAME_OF if any(name in one for one in (*query.keys, query.filters))]
    others = {name: available(connection, _without(query, name)).values[name] for name in limited}
    return replace(found, values={**found.values, **others})


def _counted(query: DataQuery) -> tuple[sa.CTE, sa.CTE]:
    """Return what is counted of a slice: by series, frequency and vintage, and by series with its codes.

    Observations are read once; the codes are looked up for each series, not for each observation.
    """
    cut = _since(query).subquery()
    told = [cut.c[name] for name in OF_OBSERVATIONS]
    parts = (
        sa.select(
            *told,
            sa.literal(1).label("series"),
            sa.func.count().label("observations"),
            sa.func.min(cut.c.ref_start).label("start"),
            sa.func.max(cut.c.ref_end).label("end"),
        )
        .group_by(*told)
        .cte("parts")
    )
    sums = sa.select(parts.c.series_id, *_sums(parts)).group_by(parts.c.series_id).subquery()
    series = (
        sa.select(sums, FACET.c.indicator, SERIES.c.facet, *(SERIES.c[name] for name in DIMENSIONS))
        .join_from(sums, SERIES, SERIES.c.id == sums.c.series_id)
        .join(FACET, FACET.c.id == SERIES.c.facet)
        .cte("series")
    )
    return parts, series


def _values(counted: sa.CTE, dimension: str) -> sa.Select[Any]:
    """Return the question for the values of a dimension, and what of the slice falls to each."""
    column = counted.c[NAME_OF[dimension]]
    told = (sa.literal(dimension).label("dimension"), sa.cast(column, sa.Text).label("value"))
    return sa.select(*told, *_sums(counted)).group_by(column)


def _sums(counted: sa.CTE) -> list[sa.ColumnElement[Any]]:
    return [
        sa.func.sum(counted.c.series).label("series"),
        sa.func.sum(counted.c.observations).label("observations"),
        sa.func.min(counted.c.start).label("start"),
        sa.func.max(counted.c.end).label("end"),
    ]


def _without(query: DataQuery, dimension: str) -> DataQuery:
    def left(conditions: Filter) -> Filter:
        return {name: terms for name, terms in conditions.items() if name != dimension}

    return replace(query, keys=tuple(map(left, query.keys)), filters=left(query.filters))


def _some_periods(query: DataQuery) -> sa.Select[Any]:
    """Return the question for a slice, with as many periods of each series as are asked for."""
    cut = _since(query).subquery()
    series, first, last = [cut.c.series_id, cut.c.freq], query.first, query.last
    if not query.layout.observations:
        series, first, last = [*series, cut.c.vintage], 1, None
    if first is None and last is None:
        return sa.select(cut)
    from_first = sa.func.dense_rank().over(partition_by=series, order_by=[cut.c.ref_start, cut.c.ref_end])
    from_last = sa.func.dense_rank().over(partition_by=series, order_by=[cut.c.ref_end.desc(), cut.c.ref_start.desc()])
    ranked = sa.select(cut, from_first.label("from_first"), from_last.label("from_last")).subquery()
    return sa.select(ranked).where(sa.or_(ranked.c.from_first <= (first or 0), ranked.c.from_last <= (last or 0)))


def _since(query: DataQuery) -> sa.Select[Any]:
    """Return the question for a slice; what was recorded since a moment is chosen from what is told today."""
    cut = _known(query)
    if query.updated_after is None:
        return cut
    known = cut.subquery()
    return sa.select(known).where(known.c.recorded > query.updated_after)


def _known(query: DataQuery) -> sa.Select[Any]:
    """Return the question for the observations that meet the conditions of a query, in the vintages asked for."""
    told = (COLUMN_OF["FREQ"].label("freq"), OBSERVATION.c.series_id, SINCE.label("recorded"))
    statement = public_observations(*cells(), *told)
    statement = statement.where(sa.or_(*(_all_of(key) for key in query.keys)), _all_of(query.filters))
    if query.as_of is not None:
        statement = statement.where(OBSERVATION.c.vintage <= query.as_of)
    if query.history:
        return statement
    return statement.distinct(*PERIOD).order_by(*PERIOD, OBSERVATION.c.vintage.desc())


def _all_of(conditions: Filter) -> sa.ColumnElement[bool]:
    return sa.and_(sa.true(), *(_condition(name, alternatives) for name, alternatives in conditions.items()))


def _condition(dimension: str, alternatives: Alternatives) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.and_(*(_term(dimension, term) for term in terms)) for terms in alternatives))


def _term(dimension: str, term: Term) -> sa.ColumnElement[bool]:
    if isinstance(term.value, str):
        column = COLUMN_OF[dimension]
        return column == term.value if term.operator == "eq" else column != term.value
    start, end = (START, END) if dimension == TIME else (OBSERVATION.c.vintage, OBSERVATION.c.vintage)
    first, last = term.value
    same = sa.and_(start == first, end == last) if dimension == TIME else start.between(first, last)
    conditions = {
        "eq": same,
        "ne": sa.not_(same),
        "ge": start >= first,
        "gt": start > last,
        "le": end <= last,
        "lt": end < first,
    }
    return conditions[term.operator]


def _order(cut: sa.Subquery, dimension: str) -> list[sa.ColumnElement[Any]]:
    return [cut.c.ref_start, cut.c.ref_end] if dimension == TIME else [cut.c[NAME_OF[dimension]]]
