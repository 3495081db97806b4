"""Spans of days given as ordinals: whether one begins a year, how many whole months it has, which year it is in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import Cells
from ckanext.satudatapmi.figures.registry import definitions

EPOCH = 719163
"""1970-01-01 as an ordinal."""


def days(ordinals: pd.Series) -> np.ndarray:
    """Return days in numpy's type."""
    return (ordinals.to_numpy() - EPOCH).astype("datetime64[D]")


def year_of(ordinals: pd.Series) -> pd.Series:
    """Return the year of each day."""
    years = days(ordinals).astype("datetime64[Y]").astype("int64") + 1970
    return pd.Series(years, index=ordinals.index)


def begins_year(frame: pd.DataFrame) -> pd.Series:
    """Return which rows' period begins on the first of January."""
    start = days(frame["start"])
    return pd.Series(start == start.astype("datetime64[Y]").astype("datetime64[D]"), index=frame.index)


def months(frame: pd.DataFrame) -> pd.Series:
    """Return how many whole months each row's period has; 0 if it begins or ends within one."""
    start, after = days(frame["start"]), days(frame["end"] + 1)
    first, last = start.astype("datetime64[M]"), after.astype("datetime64[M]")
    whole = (first.astype("datetime64[D]") == start) & (last.astype("datetime64[D]") == after)
    return pd.Series(np.where(whole, (last - first).astype("int64"), 0), index=frame.index)


def measures(cells: Cells, *wanted: str) -> np.ndarray:
    """Return which figures are of a definition with one of these measures."""
    ids = [one for one in definitions() if definitions()[one].attributes["measure"] in wanted]
    return cells.frame["definition"].isin(ids).to_numpy()
