"""What a table no longer gives, and what follows for its other vintages.

Bytes that are read anew by a corrected description show that their former reading was wrong: what it alone gave goes.
Other bytes that leave a figure out withdraw it: that is a vintage without a number, so that "as of" an earlier day the
figure is still known. A period that the table no longer tells at all was not withdrawn; the table has moved on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.store.loads import (
    Source,
    is_shown,
    loads_beside,
    loads_of_resource,
    loads_of_table,
)
from ckanext.satudatapmi.figures.store.staging import STAGING, TOUCHED, redated, same_cell


def remove_misread(connection: Connection, source: Source) -> int:
    """Remove the observations of the same table and bytes that the staged reading does not bear out; return how many.

    A mark that a figure was withdrawn goes where the figure is found in those bytes after all.
    """
    here = f"SELECT FROM {STAGING} staged WHERE {same_cell('known', 'staged')}"
    same_date = "(staged.vintage = known.vintage AND staged.definition = known.definition)"
    assumed = f"(known.vintage_assumed AND (staged.vintage_assumed OR {redated('known')}))"
    borne_out = f"{here} AND staged.value IS NOT DISTINCT FROM known.value AND ({same_date} OR {assumed})"
    removed = connection.execute(
        sa.text(
            "WITH gone AS (DELETE FROM satudatapmi_observation known WHERE known.load_id = ANY(:loads) AND CASE "
            f"WHEN known.source_row IS NULL THEN EXISTS ({here}) ELSE NOT EXISTS ({borne_out}) END "
            "RETURNING series_id, ref_start, ref_end) "
            f"INSERT INTO {TOUCHED} SELECT * FROM gone"
        ),
        {"loads": loads_of_table(connection, source, sha256=source.sha256), "resource": source.resource_id},
    )
    return removed.rowcount


def stage_withdrawn(connection: Connection, facet: str, source: Source) -> int:
    """Stage a vintage without a number for each figure that the table gave last and gives no more; return how many."""
    cell = "known.series_id, known.ref_start, known.ref_end"
    staged = connection.execute(
        sa.text(
            f"INSERT INTO {STAGING} (series_id, ref_start, ref_end, vintage, vintage_assumed, obs_status, definition) "
            f"SELECT {cell}, :retrieved, true, 'M', known.definition FROM satudatapmi_observation known "
            "JOIN satudatapmi_series series ON series.id = known.series_id AND series.facet = :facet "
            "WHERE known.load_id = ANY(:loads) AND known.value IS NOT NULL "
            f"AND EXISTS (SELECT FROM (SELECT DISTINCT ref_start, ref_end FROM {STAGING}) told "
            "WHERE told.ref_start = known.ref_start AND told.ref_end = known.ref_end) "
            f"AND NOT EXISTS (SELECT FROM {STAGING} staged WHERE {same_cell('known', 'staged')}) "
            f"AND NOT EXISTS (SELECT FROM satudatapmi_observation later WHERE {same_cell('known', 'later')} "
            "AND later.vintage > known.vintage)"
        ),
        {"retrieved": source.retrieved, "facet": facet, "loads": loads_of_table(connection, source)},
    )
    return staged.rowcount


def mark_revisions(connection: Connection, source: Source) -> None:
    """Mark in the cells that a load touched which vintages restate the one before, and which break with it.

    An edition that is found late changes what holds of those after it. A table that not everybody may see is marked
    beside those that everybody may see, and changes nothing of them.
    """
    cells = (
        f"SELECT series_id, ref_start, ref_end FROM {STAGING} UNION SELECT series_id, ref_start, ref_end FROM {TOUCHED}"
    )
    visible = loads_beside(connection, source)
    marked = visible if is_shown(connection, source) else loads_of_resource(connection, source)
    _mark(connection, cells, {"visible": visible, "marked": marked})


def mark_anew(connection: Connection, turned: Collection[int], public: Collection[int]) -> None:
    """Mark revisions in the cells of loads that were hidden or shown, among those that everybody may see now."""
    cells = "SELECT DISTINCT series_id, ref_start, ref_end FROM satudatapmi_observation WHERE load_id = ANY(:turned)"
    _mark(connection, cells, {"turned": list(turned), "visible": list(public), "marked": list(public)})


def _mark(connection: Connection, cells: str, loads: Mapping[str, Sequence[int]]) -> None:
    """Mark which vintages restate the one before, and which break with it.

    Status B says that the definition changed (SDMX CL_OBS_STATUS: time series break).

    Args:
        connection: of the site's database.
        cells: the question for the cells.
        loads: `visible` ones are compared, `marked` ones are changed; and the parameters of `cells`.
    """
    columns = "known.series_id, known.ref_start, known.ref_end, known.vintage"
    former = "OVER (PARTITION BY known.series_id, known.ref_start, known.ref_end ORDER BY known.vintage)"
    connection.execute(
        sa.text(
            f"WITH touched AS ({cells}), "
            f"ordered AS (SELECT {columns}, row_number() {former} > 1 AND known.value IS DISTINCT FROM "
            f"lag(known.value) {former} AS restated, CASE WHEN known.obs_status NOT IN ('A', 'B') "
            f"THEN known.obs_status WHEN lag(known.definition) {former} <> known.definition THEN 'B' "
            f"WHEN row_number() {former} > 1 THEN 'A' ELSE known.obs_status END AS status "
            f"FROM satudatapmi_observation known JOIN touched ON {same_cell('known', 'touched')} "
            "WHERE known.load_id = ANY(:visible)) "
            "UPDATE satudatapmi_observation known SET restated = ordered.restated, obs_status = ordered.status "
            f"FROM ordered WHERE {same_cell('known', 'ordered')} AND known.vintage = ordered.vintage "
            "AND known.load_id = ANY(:marked) "
            "AND (known.restated <> ordered.restated OR known.obs_status <> ordered.status)"
        ),
        loads,
    )
