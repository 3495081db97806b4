"""Findings that rest on other tables, worked out anew when one of these is hidden or shown."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.checks import check_series
from ckanext.satudatapmi.figures.observations import COLUMNS, Observations
from ckanext.satudatapmi.figures.registry import facets
from ckanext.satudatapmi.figures.store.context import beside, loads_read, related
from ckanext.satudatapmi.figures.store.findings import put_findings
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FIGURE_LOAD, OBSERVATION, SERIES


def recheck(connection: Connection, former: Collection[int], public: Collection[int]) -> int:
    """Check loads again beside what is public now, in the connection's transaction; return how many.

    Those are the loads that stand beside one that was hidden or shown since: the last of each table.

    Args:
        connection: of the site's database.
        former, public: the loads that were public at the last check, and now.
    """
    newest = max(former, default=0)
    # What came since was checked when it came.
    turned = {load for load in set(former) ^ set(public) if load <= newest}
    loads = sorted(set(public) & _beside(connection, turned)) if turned else []
    for load_id in loads:
        _check(connection, load_id)
    return len(loads)


def _beside(connection: Connection, loads: Collection[int]) -> set[int]:
    """Return the last load of each table whose findings may rest on figures of some loads."""
    facet = FIGURE_LOAD.c.facet
    turned = {*connection.scalars(sa.select(facet).where(FIGURE_LOAD.c.id.in_(loads)))}
    near = [one.id for one in facets().values() if turned.intersection(related(one))]
    last = sa.select(sa.func.max(FIGURE_LOAD.c.id)).group_by(FIGURE_LOAD.c.resource_id, FIGURE_LOAD.c.sheet)
    return {*connection.scalars(last.where(facet.in_(near)))}


def _check(connection: Connection, load_id: int) -> None:
    name = connection.execute(sa.select(FIGURE_LOAD.c.facet).where(FIGURE_LOAD.c.id == load_id)).scalar_one()
    columns = [(SERIES if column in DIMENSIONS else OBSERVATION).c[column] for column in COLUMNS]
    statement = (
        sa.select(*columns)
        .join_from(OBSERVATION, SERIES, SERIES.c.id == OBSERVATION.c.series_id)
        .where(OBSERVATION.c.load_id == load_id, OBSERVATION.c.source_row.is_not(None))
    )
    frame = pd.DataFrame(connection.execute(statement).all(), columns=list(COLUMNS), dtype="object")
    observations = Observations(facets()[name], frame)
    found = check_series(observations, beside(connection, load_id, observations.facet)) if len(frame) else []
    put_findings(connection, load_id, found, beside=loads_read(connection, observations.facet))
