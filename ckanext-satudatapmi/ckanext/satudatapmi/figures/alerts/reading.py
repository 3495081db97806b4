"""What the methods are given: rows of the single data, as `store.reading` returns them, with the place of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from ckanext.satudatapmi.figures.registry import facets_of
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.figures.words import plain_row

Row = Mapping[str, Any]
Reader = Callable[[Selection], Sequence[Row]]
PLACE = (
    *("facet", "ref_start", "ref_end", "vintage", "vintage_assumed", "value", "definition"),
    *("package_id", "resource_id", "file", "sheet", "source_row", "source_column", "sha256", "url"),
)
"""What is told of a figure that a method used."""


def preferred(indicator: str) -> str:
    """Return the facet of an indicator that is shown first: series of several bodies are never merged."""
    return min(facets_of(indicator), key=lambda one: one.rank).id


def plain_input(row: Row | None) -> dict[str, Any] | None:
    """Return a figure that a method used, with the row of the file it came from."""
    return plain_row({name: row[name] for name in PLACE if name in row}) if row else None


def number(row: Row | None) -> float | None:
    """Return the number of a row, None where there is none."""
    return None if row is None or row["value"] is None else float(row["value"])


def of_period(rows: Sequence[Row], start: date, end: date) -> Row | None:
    """Return the row with a number of a period, None where there is none."""
    return next((row for row in rows if (row["ref_start"], row["ref_end"]) == (start, end) and number(row)), None)
