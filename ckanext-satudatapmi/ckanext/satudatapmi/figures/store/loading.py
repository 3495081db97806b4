"""Observations into the database: new series made, vintages kept, the same bytes again add nothing."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.observations import Observations
from ckanext.satudatapmi.figures.registry import Facet
from ckanext.satudatapmi.figures.store.loads import (
    Source,
    is_shown,
    loads_beside,
    loads_of_resource,
    loads_of_table,
    record_load,
)
from ckanext.satudatapmi.figures.store.staging import STAGING, count_anew, prepare, redated, same_cell, stage
from ckanext.satudatapmi.figures.store.tables import fill_registry
from ckanext.satudatapmi.figures.store.withdrawing import mark_revisions, remove_misread, stage_withdrawn

log = logging.getLogger(__name__)

LOCK = "satudatapmi:figures:"
CELL = same_cell("known", "staged")
VISIBLE = "known.load_id = ANY(:loads)"


@dataclass(frozen=True)
class Loaded:
    """What a load did: its id (None if it changed nothing), how many observations and series are new, how many went.

    Attributes:
        withdrawn: figures that the table no longer gives; each has a new vintage without a number.
        misread: observations of a former reading of the same bytes that this one does not bear out; they are gone.
    """

    load_id: int | None
    observations: int
    series: int
    withdrawn: int = 0
    misread: int = 0


def forget_reading(connection: Connection, source: Source) -> None:
    """Remove the figures that were read from the same bytes: by its description the table gives none any longer."""
    prepare(connection)
    if remove_misread(connection, source):
        record_load(connection, None, source)
        mark_revisions(connection, source)


def load_observations(
    connection: Connection, observations: Observations, source: Source, *, whole: bool = True
) -> Loaded:
    """Add the observations of a table to the single data, in the connection's transaction.

    What stands there already, figure for figure, is left alone. A figure that differs from the one that stands under
    the same publication date was changed without a word: it becomes a vintage of the day on which it was retrieved,
    marked as assumed. A restated figure whose definition differs from that of the vintage before carries OBS_STATUS B.
    What the table no longer gives is dealt with as `withdrawing` says.

    Args:
        connection: of the site's database; its transaction is the caller's.
        observations: of one facet.
        source: of the table.
        whole: every row of the table could be read, so that a figure that is not here is not in the table.

    Raises:
        sqlalchemy.exc.DBAPIError: the database refused a row; nothing of the table is kept then.
    """
    fill_registry(connection)
    # Two loads of one facet would make the same series at once.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK + observations.facet.id})
    prepare(connection)
    series = stage(connection, observations)
    misread = remove_misread(connection, source)
    withdrawn = stage_withdrawn(connection, observations.facet.id, source) if whole else 0
    known = {"loads": loads_beside(connection, source), "resource": source.resource_id}
    told = _count_staged(connection)
    _leave_known(connection, known)
    _redate_changed(connection, known, observations.facet, source.retrieved)
    count = _count_staged(connection)
    if not count and not misread:
        if told and not loads_of_table(connection, source):
            # Another table gives the same figures. If that one is hidden, this one is read again (figure_upkeep.py).
            record_load(connection, observations.facet.id, source)
        return Loaded(None, 0, series)
    load_id = record_load(connection, observations.facet.id, source)
    _insert(connection, load_id, source, known["loads"])
    count_anew(connection, "satudatapmi_observation", count)
    mark_revisions(connection, source)
    loaded = Loaded(load_id, count - withdrawn, series, withdrawn, misread)
    log.info("figures loaded: facet=%s %s", observations.facet.id, loaded)
    return loaded


def _count_staged(connection: Connection) -> int:
    return connection.execute(sa.text(f"SELECT count(*) FROM {STAGING}")).scalar_one()


def _leave_known(connection: Connection, known: Mapping[str, Any]) -> None:
    """Drop the staged rows that say what stands there already: under their date, or as it was last seen.

    A row whose date is assumed says nothing new if it repeats the latest figure.
    """
    later = f"SELECT FROM satudatapmi_observation later WHERE {same_cell('later', 'staged')}"
    connection.execute(
        sa.text(
            f"DELETE FROM {STAGING} staged USING satudatapmi_observation known WHERE {CELL} AND {VISIBLE} "
            "AND known.value IS NOT DISTINCT FROM staged.value AND ("
            f"((known.vintage = staged.vintage OR ({redated('known')} AND known.vintage > staged.vintage)) "
            # A change without a word became a vintage of its own: what holds is the last of them.
            f"AND NOT EXISTS ({later} AND later.vintage > known.vintage AND {redated('later')})) "
            f"OR (staged.vintage_assumed AND NOT EXISTS ({later} AND later.vintage > known.vintage)))"
        ),
        known,
    )


def _redate_changed(connection: Connection, known: Mapping[str, Any], facet: Facet, retrieved: date) -> None:
    """Date the figures that were changed without a new date by the day of their retrieval.

    Those are the ones that differ under the same date, and those without a printed date that differ from what the same
    file gave before under a later one: by the date that is assumed of them they would come out before it.
    """
    parameters = {"retrieved": retrieved, **known}
    later = "known.vintage > staged.vintage AND load.resource_id = :resource"
    undated = _redate(
        connection, parameters, f"staged.vintage_assumed AND (known.vintage = staged.vintage OR ({later}))"
    )
    # A table that prints no day counts as its publisher does today; one that prints its day, as it did then.
    for start in set(undated):
        connection.execute(
            sa.text(
                f"UPDATE {STAGING} SET definition = :definition WHERE value IS NOT NULL AND ref_start = :start "
                "AND vintage = :retrieved AND vintage_assumed"
            ),
            {"definition": facet.definition(start, retrieved), "start": start, "retrieved": retrieved},
        )
    _redate(connection, parameters, "NOT staged.vintage_assumed AND known.vintage = staged.vintage")


def _redate(connection: Connection, parameters: Mapping[str, Any], condition: str) -> list[date]:
    """Date staged figures by their retrieval, and return the first days of their periods."""
    redated_rows = connection.scalars(
        sa.text(
            f"UPDATE {STAGING} staged SET vintage = :retrieved, vintage_assumed = true "
            "FROM satudatapmi_observation known JOIN satudatapmi_figure_load load ON load.id = known.load_id "
            f"WHERE {CELL} AND {VISIBLE} AND {condition} RETURNING staged.ref_start"
        ),
        parameters,
    )
    return list(redated_rows)


def _insert(connection: Connection, load_id: int, source: Source, beside: Collection[int]) -> None:
    """Insert the staged rows; where somebody else's stands under the same date, that one gives way unless everybody
    may see it and the new one not."""
    names = (
        "series_id, ref_start, ref_end, vintage, vintage_assumed, value, obs_status, definition, source_row, "
        "source_column, note"
    )
    taken = "satudatapmi_observation.load_id"
    # Of one table twice on one day: the later answer is what the partner means.
    connection.execute(
        sa.text(
            f"INSERT INTO satudatapmi_observation ({names}, load_id) SELECT {names}, :load_id FROM {STAGING} "
            "ON CONFLICT (series_id, ref_start, ref_end, vintage) DO UPDATE SET value = excluded.value, "
            "vintage_assumed = excluded.vintage_assumed, obs_status = excluded.obs_status, "
            "definition = excluded.definition, load_id = excluded.load_id, "
            "source_row = excluded.source_row, source_column = excluded.source_column, note = excluded.note "
            f"WHERE :shown OR NOT {taken} = ANY(:others)"
        ),
        {
            "load_id": load_id,
            "shown": is_shown(connection, source),
            "others": sorted({*beside} - {*loads_of_resource(connection, source)}),
        },
    )
