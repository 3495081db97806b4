"""What the single data holds beside a load, for the checks: the same cells, margins, flows of the publisher."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.observations import COLUMNS
from ckanext.satudatapmi.figures.registry import Facet, dimensions, facets, indicators
from ckanext.satudatapmi.figures.store.reading import is_public, public_observations
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, FIGURE_LOAD, OBSERVATION, SERIES

CHAINED = ("flow", "cumulative_flow")
"""Measures of one publisher that have to close with each other."""


def beside(connection: Connection, load_id: int, facet: Facet) -> pd.DataFrame:
    """Return what is known beside a load: the columns of observations and `facet`.

    These are the series that the load touches, in every vintage, and the margins (one dimension broken down at most) of
    the same indicator and of the flows and cumulative flows of the same publisher. Figures that not everybody may see
    are left out, for a finding would tell them.
    """
    own = OBSERVATION.alias("own")
    # Asked series by series: as a list, a million of them would be gone through for each row once they fill work_mem.
    touched = sa.exists().where(own.c.series_id == SERIES.c.id, own.c.load_id == load_id).correlate(SERIES)
    broken: Any = sum(
        (sa.case((SERIES.c[name] != dimensions()[name].total, 1), else_=0) for name in DIMENSIONS), sa.literal(0)
    )
    statement = public_observations(SERIES.c.facet, *(_column(name) for name in COLUMNS)).where(
        FACET.c.id.in_(related(facet)), sa.or_(touched, broken <= 1)
    )
    rows = connection.execute(statement).all()
    return pd.DataFrame(rows, columns=["facet", *COLUMNS], dtype="object")


def loads_read(connection: Connection, facet: Facet) -> list[int]:
    """Return the loads whose figures `beside` may have read for a facet."""
    loads = sa.select(FIGURE_LOAD.c.id).where(FIGURE_LOAD.c.facet.in_(related(facet)), is_public())
    return [*connection.scalars(loads.order_by(FIGURE_LOAD.c.id))]


def related(facet: Facet) -> list[str]:
    """Return the facets whose figures are looked at when those of a facet are checked."""
    measures = {name: one.measure for name, one in indicators().items()}
    chained = measures[facet.indicator] in CHAINED
    return [
        one.id
        for one in facets().values()
        if one.indicator == facet.indicator
        or (chained and one.publisher == facet.publisher and measures[one.indicator] in CHAINED)
    ]


def _column(name: str) -> Any:
    return (SERIES if name in DIMENSIONS else OBSERVATION).c[name]
