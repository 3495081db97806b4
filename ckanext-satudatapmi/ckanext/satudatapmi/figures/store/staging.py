"""A table's observations in the database, beside the single data and not yet of it: a table of the transaction."""

from __future__ import annotations

from contextlib import closing
from io import StringIO
from typing import Any, cast

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.observations import COLUMNS, Observations
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS

STAGING = "satudata_figures_staging"
TOUCHED = "satudata_figures_touched"
"""The cells of which an observation was removed."""
ROWS_AT_ONCE = 50_000
MANY_ROWS = 10_000
SERIES_KEY = ("facet", *DIMENSIONS)
COLUMN_TYPES = {
    "ref_start": "date",
    "ref_end": "date",
    "vintage": "date",
    "vintage_assumed": "boolean",
    "value": "numeric",
    "source_row": "integer",
}


def prepare(connection: Connection) -> None:
    """Make the tables of the transaction, empty: `STAGING` and `TOUCHED`."""
    columns = ", ".join(f"{name} {COLUMN_TYPES.get(name, 'text')}" for name in COLUMNS)
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {STAGING}, {TOUCHED}"))
    connection.execute(
        sa.text(f"CREATE TEMPORARY TABLE {STAGING} ({columns}, facet text, series_id bigint) ON COMMIT DROP")
    )
    connection.execute(
        sa.text(f"CREATE TEMPORARY TABLE {TOUCHED} (series_id bigint, ref_start date, ref_end date) ON COMMIT DROP")
    )


def stage(connection: Connection, observations: Observations) -> int:
    """Copy observations into `STAGING`, each with the id of its series, and return how many series are new.

    Of rows that say the same of one cell, the first is taken.
    """
    _copy(connection, observations)
    series = _make_series(connection)
    count_anew(connection, "satudatapmi_series", series)
    _find_series(connection)
    return series


def count_anew(connection: Connection, table: str, added: int) -> None:
    """Have the planner know how large a table is to which a transaction added many rows.

    Autovacuum does not see them before the transaction ends: it may have counted a table as empty whose rows are then
    looked for one by one.
    """
    if added >= MANY_ROWS:
        connection.execute(sa.text(f"ANALYZE {table}"))


def same_cell(left: str, right: str) -> str:
    """Return the condition that two observations are of one series and period."""
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in ("series_id", "ref_start", "ref_end"))


def redated(name: str) -> str:
    """Return the condition that an observation was changed without a word and bears the day on which that was seen.

    It has the parameter `resource`, the file that is being loaded.
    """
    return (
        f"({name}.vintage_assumed AND EXISTS (SELECT FROM satudatapmi_figure_load seen WHERE seen.id = {name}.load_id "
        f"AND seen.retrieved = {name}.vintage AND seen.resource_id = :resource))"
    )


def _copy(connection: Connection, observations: Observations) -> None:
    frame = observations.frame.assign(facet=observations.facet.id)
    frame = frame.drop_duplicates([*DIMENSIONS, "ref_start", "ref_end", "vintage"])
    names = ", ".join(frame.columns)
    with closing(cast(Any, connection.connection.cursor())) as cursor:
        for start in range(0, len(frame), ROWS_AT_ONCE):
            rows = _as_csv(frame.iloc[start : start + ROWS_AT_ONCE])
            cursor.copy_expert(f"COPY {STAGING} ({names}) FROM STDIN WITH (FORMAT csv)", rows)
    connection.execute(sa.text(f"ANALYZE {STAGING}"))


def _as_csv(rows: pd.DataFrame) -> StringIO:
    buffer = StringIO()
    rows.to_csv(buffer, header=False, index=False, na_rep="", lineterminator="\n")
    buffer.seek(0)
    return buffer


def _make_series(connection: Connection) -> int:
    key = ", ".join(SERIES_KEY)
    made = connection.execute(
        sa.text(
            f"INSERT INTO satudatapmi_series ({key}) SELECT DISTINCT {key} FROM {STAGING} staged "
            f"WHERE NOT EXISTS (SELECT FROM satudatapmi_series known WHERE {_same_series('known', 'staged')}) "
            f"ON CONFLICT DO NOTHING"
        )
    )
    return made.rowcount


def _find_series(connection: Connection) -> None:
    connection.execute(
        sa.text(
            f"UPDATE {STAGING} staged SET series_id = known.id FROM satudatapmi_series known "
            f"WHERE {_same_series('known', 'staged')}"
        )
    )


def _same_series(left: str, right: str) -> str:
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in SERIES_KEY)
