"""The lines of the reconciliation board, out of the database: the places that bodies publish on, and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.answering import Figure, figure_of
from ckanext.satudatapmi.figures.reconciliation.board import Key
from ckanext.satudatapmi.figures.registry import Indicator, dimensions
from ckanext.satudatapmi.figures.store.reading import PERIOD, ROW, public_loads
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, FIGURE_LOAD, OBSERVATION, SERIES

PLACES = ("origin", "destination")
YEAR = sa.cast(sa.extract("year", OBSERVATION.c.ref_end), sa.Integer)
YEARLY = ("flow", "amount", "event")
"""Measures of which the board shows whole years: parts of a year do not stand beside them."""


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for.

    Attributes:
        indicator: what the figures measure.
        origin, destination: the codes asked for; None for every place.
        first, last: the years asked for, a line each; None for one line of a place with the last figures.
        bodies: how many have to publish on a place at least.
    """

    indicator: Indicator
    origin: str | None = None
    destination: str | None = None
    first: int | None = None
    last: int | None = None
    bodies: int = 1


def keys(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> tuple[int, list[Key]]:
    """Return how many lines there are, and some of them: those of most bodies first, then the latest."""
    year = (YEAR.label("year"),) if wanted.first else ()
    place = (SERIES.c.origin, SERIES.c.destination, *year)
    of_bodies = (
        _observations(wanted, *place, sa.func.max(OBSERVATION.c.ref_end).label("last"))
        .where(OBSERVATION.c.value.is_not(None), *_in_years(wanted, wanted.first, wanted.last))
        .group_by(SERIES.c.facet, SERIES.c.origin, SERIES.c.destination, *((YEAR,) if wanted.first else ()))
    ).subquery()
    by = [of_bodies.c[column.name] for column in place]
    bodies = sa.func.count()
    lines = (
        sa.select(*by, bodies.label("bodies"), sa.func.max(of_bodies.c.last).label("last"))
        .group_by(*by)
        .having(bodies >= wanted.bodies)
        .cte("lines")
    )
    count = sa.select(sa.func.count()).select_from(lines).scalar_subquery()
    order = (lines.c.bodies.desc(), lines.c.last.desc(), lines.c.destination, lines.c.origin)
    page = sa.select(lines).order_by(*order).limit(limit).offset(offset).subquery()
    # A page past the last one has no lines, and still tells how many there are.
    told = sa.select(count.label("in_all")).subquery()
    rows = connection.execute(sa.select(told.c.in_all, page).join_from(told, page, sa.true(), isouter=True)).all()
    return rows[0][0], [Key(row.origin, row.destination, row.year if year else None) for row in rows if row.origin]


def figures(connection: Connection, wanted: Wanted, lines: Sequence[Key]) -> list[dict[str, Any]]:
    """Return the last vintage of each figure of the places of some lines, as rows of the columns `reading.ROW`.

    Figures of the years next to those of the lines are among them: a body that counts at another time of the year
    faces the others by the nearest day.
    """
    if not lines:
        return []
    places = {(one.origin, one.destination) for one in lines}
    years = [one.year for one in lines if one.year]
    around = (min(years) - 1, max(years) + 1) if years else (None, None)
    statement = (
        _observations(wanted, *ROW)
        .where(sa.tuple_(SERIES.c.origin, SERIES.c.destination).in_(places), *_in_years(wanted, *around))
        .distinct(*PERIOD)
        .order_by(*PERIOD, OBSERVATION.c.vintage.desc())
    )
    if not years:
        # The last number of a series is all that such a line shows of it.
        known = statement.subquery()
        last = (known.c.series_id, known.c.ref_end.desc(), known.c.ref_start.desc())
        statement = sa.select(known).where(known.c.value.is_not(None)).distinct(known.c.series_id).order_by(*last)
    return [dict(row) for row in connection.execute(statement).mappings()]


def by_place(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], list[Figure]]:
    """Return figures by the codes of their place."""
    found: dict[tuple[str, str], list[Figure]] = {}
    for row in rows:
        found.setdefault((row["origin"], row["destination"]), []).append(figure_of(row))
    return found


def _observations(wanted: Wanted, *columns: Any) -> sa.Select[Any]:
    """Return the question for columns of what everybody may see of an indicator by place alone."""
    others = [SERIES.c[name] == dimensions()[name].total for name in DIMENSIONS if name not in PLACES]
    asked = [SERIES.c[name] == getattr(wanted, name) for name in PLACES if getattr(wanted, name)]
    return (
        sa.select(*columns)
        .join_from(SERIES, FACET, FACET.c.id == SERIES.c.facet)
        .join(OBSERVATION, OBSERVATION.c.series_id == SERIES.c.id)
        .join(FIGURE_LOAD, FIGURE_LOAD.c.id == OBSERVATION.c.load_id)
        .where(
            FACET.c.indicator == wanted.indicator.id,
            FIGURE_LOAD.c.id.in_(public_loads()),
            *others,
            *asked,
            *_whole(wanted),
        )
    )


def _whole(wanted: Wanted) -> list[Any]:
    if wanted.indicator.measure not in YEARLY:
        return []
    start, end = OBSERVATION.c.ref_start, OBSERVATION.c.ref_end
    return [
        sa.extract("month", start) == 1,
        sa.extract("day", start) == 1,
        end == sa.cast(start + sa.func.make_interval(1) - sa.func.make_interval(0, 0, 0, 1), sa.Date),
    ]


def _in_years(wanted: Wanted, first: int | None, last: int | None) -> list[Any]:
    if not first or not last:
        return []
    return [OBSERVATION.c.ref_end.between(date(first, 1, 1), date(last, 12, 31))]
