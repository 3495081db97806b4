"""The tables of the single data, as migrations 010, 013 and 020 make them; their filling from `schemas/figures/`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from ckanext.satudatapmi.figures.registry import definitions, dimensions, facets

DIMENSIONS = tuple(dimensions())

DEFINITION = sa.table(
    "satudatapmi_definition",
    sa.column("id", sa.Text),
    sa.column("attributes", JSONB),
)
FACET = sa.table(
    "satudatapmi_facet",
    sa.column("id", sa.Text),
    sa.column("indicator", sa.Text),
    sa.column("publisher", sa.Text),
    sa.column("rank", sa.Integer),
)
SERIES = sa.table(
    "satudatapmi_series",
    sa.column("id", sa.BigInteger),
    sa.column("facet", sa.Text),
    *(sa.column(name, sa.Text) for name in DIMENSIONS),
)
FIGURE_LOAD = sa.table(
    "satudatapmi_figure_load",
    sa.column("id", sa.BigInteger),
    sa.column("facet", sa.Text),
    sa.column("package_id", sa.Text),
    sa.column("resource_id", sa.Text),
    sa.column("file", sa.Text),
    sa.column("sheet", sa.Text),
    sa.column("worksheet", sa.Text),
    sa.column("sha256", sa.Text),
    sa.column("retrieved", sa.Date),
    sa.column("recorded", sa.DateTime),
    sa.column("shown", sa.DateTime),
    sa.column("beside_loads", ARRAY(sa.BigInteger)),
)
OBSERVATION = sa.table(
    "satudatapmi_observation",
    sa.column("series_id", sa.BigInteger),
    sa.column("ref_start", sa.Date),
    sa.column("ref_end", sa.Date),
    sa.column("vintage", sa.Date),
    sa.column("vintage_assumed", sa.Boolean),
    sa.column("value", sa.Numeric),
    sa.column("obs_status", sa.Text),
    sa.column("conf_status", sa.Text),
    sa.column("definition", sa.Text),
    sa.column("load_id", sa.BigInteger),
    sa.column("source_row", sa.Integer),
    sa.column("source_column", sa.Text),
    sa.column("note", sa.Text),
    sa.column("restated", sa.Boolean),
)
CLAIM = sa.table(
    "satudatapmi_claim",
    sa.column("id", sa.BigInteger),
    sa.column("publisher", sa.Text),
    sa.column("said_on", sa.Date),
    sa.column("value", sa.Numeric),
    sa.column("unit", sa.Text),
    sa.column("definition", sa.Text),
    sa.column("source", sa.Text),
    sa.column("load_id", sa.BigInteger),
    sa.column("source_row", sa.Integer),
)
FINDING = sa.table(
    "satudatapmi_finding",
    sa.column("id", sa.BigInteger),
    sa.column("load_id", sa.BigInteger),
    sa.column("rule", sa.Text),
    sa.column("severity", sa.Text),
    sa.column("series_id", sa.BigInteger),
    sa.column("ref_start", sa.Date),
    sa.column("ref_end", sa.Date),
    sa.column("source_row", sa.Integer),
    sa.column("source_column", sa.Text),
    sa.column("facts", JSONB),
    sa.column("beside", sa.Boolean),
    sa.column("found", sa.DateTime),
)


def fill_registry(connection: Any) -> None:
    """Bring the definitions and facets in the database to what stands in the files; none is ever taken away."""
    _upsert(
        connection,
        DEFINITION,
        [{"id": one.id, "attributes": dict(one.attributes)} for one in definitions().values()],
    )
    _upsert(
        connection,
        FACET,
        [
            {"id": one.id, "indicator": one.indicator, "publisher": one.publisher, "rank": one.rank}
            for one in facets().values()
        ],
    )


def _upsert(connection: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    statement = insert(table).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
