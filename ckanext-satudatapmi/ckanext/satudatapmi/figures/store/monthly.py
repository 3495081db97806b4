"""Monthly series of indicators out of the database, side by side in one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.figures.store.reading import PERIOD, ROW, Selection, of_length, public_observations
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FACET, OBSERVATION, SERIES

PER_YEAR = 12


@dataclass(frozen=True)
class Monthly:
    """Series of one indicator.

    Attributes:
        first: the month of the first column.
        values: series by months; NaN for a month without a figure.
        rows: by series and month, the row of the database.
        places: of each series, its codes but for totals, as `destination=KHM`.
    """

    first: Month
    values: np.ndarray
    rows: Mapping[tuple[int, int], Mapping[str, Any]]
    places: Sequence[str]

    def month(self, at: int) -> Month:
        """Return the month of a column."""
        count = self.first.year * PER_YEAR + self.first.number - 1 + at
        return Month(count // PER_YEAR, count % PER_YEAR + 1)


def monthly(connection: Connection, indicator: str, facet: str) -> Monthly | None:
    """Return all public monthly series of an indicator by one facet, by their last vintages; None without any."""
    length = of_length(Selection((indicator,), frequency="M"))
    statement = public_observations(*ROW).where(FACET.c.indicator == indicator, SERIES.c.facet == facet, *length)
    last = statement.distinct(*PERIOD).order_by(*PERIOD, OBSERVATION.c.vintage.desc())
    found = [dict(row) for row in connection.execute(last).mappings()]
    if not found:
        return None
    start = min(row["ref_start"] for row in found)
    first = Month(start.year, start.month)
    series = {one: at for at, one in enumerate(sorted({row["series_id"] for row in found}))}
    months = 1 + max(_since(first, row["ref_start"]) for row in found)
    values, rows, places = np.full((len(series), months), np.nan), {}, [""] * len(series)
    for row in found:
        at = (series[row["series_id"]], _since(first, row["ref_start"]))
        values[at] = np.nan if row["value"] is None else float(row["value"])
        rows[at] = row
        places[at[0]] = place_of(row)
    return Monthly(first, values, rows, places)


def place_of(row: Mapping[str, Any]) -> str:
    """Return the codes of a row but for totals.

    >>> place_of(dict.fromkeys(DIMENSIONS, "_T") | {"origin": "IDN", "destination": "KHM"})
    'destination=KHM'
    """
    return ";".join(f"{name}={row[name]}" for name in DIMENSIONS if row[name] != dimensions()[name].total)


def _since(first: Month, day: date) -> int:
    return (day.year - first.year) * PER_YEAR + day.month - first.number
