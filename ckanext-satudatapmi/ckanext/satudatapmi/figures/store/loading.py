"""Observations into the database: new series made, vintages kept, the same bytes again add nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any, cast

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.observations import COLUMNS, Observations
from ckanext.satudatapmi.figures.store import tables
from ckanext.satudatapmi.figures.store.reading import is_public

log = logging.getLogger(__name__)

STAGING = "satudata_figures_staging"
ROWS_AT_ONCE = 50_000
LOCK = "satudatapmi:figures:"
SERIES_KEY = ("facet", *tables.DIMENSIONS)
COLUMN_TYPES = {
    "ref_start": "date",
    "ref_end": "date",
    "vintage": "date",
    "vintage_assumed": "boolean",
    "value": "numeric",
    "source_row": "integer",
}


@dataclass(frozen=True)
class Source:
    """The file that observations were read from.

    Attributes:
        package_id, resource_id: the dataset and the resource that holds the file.
        file: its name; sheet: the worksheet, or None.
        sha256: of its bytes, in hexadecimal digits.
        retrieved: the day it was fetched.
    """

    package_id: str
    resource_id: str
    file: str
    sheet: str | None
    sha256: str
    retrieved: date


@dataclass(frozen=True)
class Loaded:
    """What a load did: its id (None if it added nothing), and how many observations and series are new."""

    load_id: int | None
    observations: int
    series: int


def load_observations(connection: Connection, observations: Observations, source: Source) -> Loaded:
    """Add the observations of a table to the single data, in the connection's transaction.

    What stands there already, figure for figure, is left alone. A figure that differs from the one that stands under
    the same publication date was changed without a word: it becomes a vintage of the day on which it was retrieved,
    marked as assumed. A restated figure whose definition differs from that of the vintage before carries OBS_STATUS B.

    Args:
        connection: of the site's database; its transaction is the caller's.
        observations: of one facet.
        source: of the table.

    Raises:
        sqlalchemy.exc.DBAPIError: the database refused a row; nothing of the table is kept then.
    """
    tables.fill_registry(connection)
    # Two loads of one facet would make the same series at once.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK + observations.facet.id})
    _stage(connection, observations)
    series = _make_series(connection)
    _find_series(connection)
    known = {"loads": _loads_beside(connection, source), "resource": source.resource_id}
    _leave_known(connection, known)
    _redate_changed(connection, known, source.retrieved)
    _mark_breaks(connection)
    count = connection.execute(sa.text(f"SELECT count(*) FROM {STAGING}")).scalar_one()
    if not count:
        return Loaded(None, 0, series)
    load_id = record_load(connection, observations.facet.id, source)
    _insert(connection, load_id)
    log.info("figures loaded: facet=%s load=%d new=%d series=%d", observations.facet.id, load_id, count, series)
    return Loaded(load_id, count, series)


def _stage(connection: Connection, observations: Observations) -> None:
    """Copy the rows into a table of this transaction; of those that say the same of one cell, the first."""
    columns = ", ".join(f"{name} {COLUMN_TYPES.get(name, 'text')}" for name in COLUMNS)
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {STAGING}"))
    connection.execute(
        sa.text(f"CREATE TEMPORARY TABLE {STAGING} ({columns}, facet text, series_id bigint) ON COMMIT DROP")
    )
    frame = observations.frame.assign(facet=observations.facet.id)
    frame = frame.drop_duplicates([*tables.DIMENSIONS, "ref_start", "ref_end", "vintage"])
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
            f"WHERE NOT EXISTS (SELECT FROM satudatapmi_series known WHERE {_same('known', 'staged')}) "
            f"ON CONFLICT DO NOTHING"
        )
    )
    return made.rowcount


def _find_series(connection: Connection) -> None:
    connection.execute(
        sa.text(
            f"UPDATE {STAGING} staged SET series_id = known.id FROM satudatapmi_series known "
            f"WHERE {_same('known', 'staged')}"
        )
    )


def _same(left: str, right: str) -> str:
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in SERIES_KEY)


def _loads_beside(connection: Connection, source: Source) -> list[int]:
    """Return the loads with which a table is compared: its own, and those that everybody may see.

    A figure of a dataset that is hidden holds nobody else's back; it gives way to one that is not.
    """
    own = sa.select(tables.FIGURE_LOAD.c.id).where(tables.FIGURE_LOAD.c.resource_id == source.resource_id)
    return [*connection.scalars(own.union(sa.select(tables.FIGURE_LOAD.c.id).where(is_public())))]


VISIBLE = "known.load_id = ANY(:loads)"
PERIOD = "known.series_id = staged.series_id AND known.ref_start = staged.ref_start AND known.ref_end = staged.ref_end"


def _redated(name: str) -> str:
    """Return the condition that an observation was changed without a word and bears the day on which that was seen."""
    return (
        f"({name}.vintage_assumed AND EXISTS (SELECT FROM satudatapmi_figure_load seen WHERE seen.id = {name}.load_id "
        f"AND seen.retrieved = {name}.vintage AND seen.resource_id = :resource))"
    )


def _leave_known(connection: Connection, known: Mapping[str, Any]) -> None:
    """Drop the staged rows that say what stands there already: under their date, or as it was last seen.

    A row whose date is assumed says nothing new if it repeats the latest figure.
    """
    later = f"SELECT FROM satudatapmi_observation later WHERE {PERIOD.replace('known.', 'later.')}"
    connection.execute(
        sa.text(
            f"DELETE FROM {STAGING} staged USING satudatapmi_observation known WHERE {PERIOD} AND {VISIBLE} "
            "AND known.value IS NOT DISTINCT FROM staged.value AND ("
            f"((known.vintage = staged.vintage OR ({_redated('known')} AND known.vintage > staged.vintage)) "
            # A change without a word became a vintage of its own: what holds is the last of them.
            f"AND NOT EXISTS ({later} AND later.vintage > known.vintage AND {_redated('later')})) "
            f"OR (staged.vintage_assumed AND NOT EXISTS ({later} AND later.vintage > known.vintage)))"
        ),
        known,
    )


def _redate_changed(connection: Connection, known: Mapping[str, Any], retrieved: date) -> None:
    """Date the figures that were changed without a new date by the day of their retrieval."""
    connection.execute(
        sa.text(
            f"UPDATE {STAGING} staged SET vintage = :retrieved, vintage_assumed = true "
            f"FROM satudatapmi_observation known WHERE {PERIOD} AND {VISIBLE} AND known.vintage = staged.vintage"
        ),
        {"retrieved": retrieved, "loads": known["loads"]},
    )


def _mark_breaks(connection: Connection) -> None:
    """Give status B to figures that restate one of another definition (SDMX CL_OBS_STATUS: time series break)."""
    key = "series_id, ref_start, ref_end, vintage, definition"
    connection.execute(
        sa.text(
            f"WITH known AS (SELECT {key} FROM satudatapmi_observation known WHERE EXISTS "
            f"(SELECT FROM {STAGING} staged WHERE {PERIOD}) UNION ALL SELECT {key} FROM {STAGING}), "
            "ordered AS (SELECT *, lag(definition) OVER (PARTITION BY series_id, ref_start, ref_end ORDER BY vintage) "
            "AS former FROM known) "
            f"UPDATE {STAGING} staged SET obs_status = 'B' FROM ordered known WHERE {PERIOD} "
            "AND known.vintage = staged.vintage AND known.former <> staged.definition AND staged.obs_status = 'A'"
        )
    )


def record_load(connection: Connection, facet: str | None, source: Source) -> int:
    """Note that a file added figures of a facet, or claims if there is none, and return the id of the note."""
    return connection.execute(
        sa.insert(tables.FIGURE_LOAD)
        .values(
            facet=facet,
            package_id=source.package_id,
            resource_id=source.resource_id,
            file=source.file,
            sheet=source.sheet,
            sha256=source.sha256,
            retrieved=source.retrieved,
        )
        .returning(tables.FIGURE_LOAD.c.id)
    ).scalar_one()


def _insert(connection: Connection, load_id: int) -> None:
    names = (
        "series_id, ref_start, ref_end, vintage, vintage_assumed, value, obs_status, definition, source_row, "
        "source_column, note"
    )
    # Twice on one day: the later answer is what the partner means.
    connection.execute(
        sa.text(
            f"INSERT INTO satudatapmi_observation ({names}, load_id) SELECT {names}, :load_id FROM {STAGING} "
            "ON CONFLICT (series_id, ref_start, ref_end, vintage) DO UPDATE SET value = excluded.value, "
            "obs_status = excluded.obs_status, definition = excluded.definition, load_id = excluded.load_id, "
            "source_row = excluded.source_row, source_column = excluded.source_column, note = excluded.note"
        ),
        {"load_id": load_id},
    )
