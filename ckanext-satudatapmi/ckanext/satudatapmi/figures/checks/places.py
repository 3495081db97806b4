"""R9: one cell printed twice, often because two spellings are one place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import PERIOD, SHOWN, Cells, keys
from ckanext.satudatapmi.figures.checks.finding import Finding


def repeated(cells: Cells) -> list[Finding]:
    """Return the cells of a table that stand above already; with the same figure it is a warning."""
    group = pd.Series(keys(cells.frame, [*cells.names, *PERIOD, "vintage"]))
    first = pd.Series(group.index).groupby(group).transform("first").to_numpy()
    found: list[Finding] = []
    for at in np.flatnonzero(group.duplicated().to_numpy())[:SHOWN]:
        above = cells.frame.iloc[first[at]]
        value, before = cells.frame["value"].iloc[at], above["value"]
        same = value == before or (pd.isna(value) and pd.isna(before))
        facts = {"above": int(above["row"]), "value": _or_none(value), "before": _or_none(before)}
        found.append(cells.found("R9", int(at), "repeated", lesser=bool(same), **facts))
    return found


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else value
