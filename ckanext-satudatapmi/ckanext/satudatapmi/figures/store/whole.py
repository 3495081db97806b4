"""The whole cube out of the database, piece by piece, for the exports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.cube import COLUMNS
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.figures.store.reading import PERIOD, is_public, public_observations
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, FIGURE_LOAD, OBSERVATION, SERIES

ROWS_AT_ONCE = 20_000
_FROM = {
    "indicator": FACET.c.indicator,
    "facet": SERIES.c.facet,
    **{name: SERIES.c[name] for name in DIMENSIONS},
    "unit": sa.case({name: one.unit for name, one in indicators().items()}, value=FACET.c.indicator),
    "package_id": FIGURE_LOAD.c.package_id,
    "resource_id": FIGURE_LOAD.c.resource_id,
}


def chunks(connection: Connection) -> Iterator[pd.DataFrame]:
    """Yield the observations that everybody may see, in every vintage, as figures/cube.py describes them.

    Args:
        connection: one of its own, for the answer is read while it is written out.
    """
    statement = public_observations(*cells()).order_by(*PERIOD, OBSERVATION.c.vintage)
    streamed = connection.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
    for rows in streamed.execute(statement).partitions(ROWS_AT_ONCE):
        yield pd.DataFrame(rows, columns=list(COLUMNS), dtype="object")


def cells() -> list[sa.Label[Any]]:
    """Return what a question for the columns of the cube selects, in their order."""
    return [_FROM.get(name, OBSERVATION.c.get(name)).label(name) for name in COLUMNS]


def public_loads(connection: Connection) -> list[int]:
    """Return the loads that everybody may see, in their order."""
    statement = sa.select(FIGURE_LOAD.c.id).where(is_public()).order_by(FIGURE_LOAD.c.id)
    return [*connection.scalars(statement)]


def size(connection: Connection) -> int:
    """Return about how many observations there are, as the planner knows it."""
    known = "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'satudatapmi_observation'::regclass"
    return int(connection.execute(sa.text(known)).scalar_one())


def edition(loads: Iterable[int]) -> str:
    """Return what tells one state of the cube from another: it changes with every load and with what may be seen."""
    return hashlib.sha256(repr(list(loads)).encode()).hexdigest()[:16]
