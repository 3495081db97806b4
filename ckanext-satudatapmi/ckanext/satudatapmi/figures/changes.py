"""Figures that were restated: by how much, and what tells one change from another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.figures.registry import dimensions, facets
from ckanext.satudatapmi.figures.words import plain_row


def plain_change(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a restated figure as plain data, with its key, publisher, difference and percent.

    Args:
        row: as `store.reading.changed_since` gives it. There is no difference where one of the two is no number, and
            no percent where the former is zero.
    """
    value, former = row["value"], row["former_value"]
    difference = None if value is None or former is None else value - former
    percent = 100 * difference / former if difference is not None and former else None
    told = {
        "difference": difference,
        "percent": None if percent is None else round(percent, 2),
        "redefined": row["definition"] != row["former_definition"],
        "publisher": facets()[row["facet"]].publisher,
        "key": change_key(row),
    }
    return plain_row({**row, **told})


def change_key(row: Mapping[str, Any]) -> str:
    """Return what tells a restated figure from every other: its series, its period, its day of publication.

    >>> codes = dict.fromkeys(dimensions(), "_T") | {"origin": "IDN", "destination": "MYS"}
    >>> days = {"ref_start": "2023-01-01", "ref_end": "2023-12-31", "vintage": "2025-02-15"}
    >>> change_key({"facet": "bp2mi_placement", **codes, **days})
    'bp2mi_placement;destination=MYS;2023-01-01;2023-12-31;2025-02-15'
    """
    codes = (f"{name}={row[name]}" for name, one in dimensions().items() if row[name] != one.total)
    return ";".join(map(str, (row["facet"], *codes, row["ref_start"], row["ref_end"], row["vintage"])))
