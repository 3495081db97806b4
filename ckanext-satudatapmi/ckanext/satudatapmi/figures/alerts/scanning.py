"""All methods over the loaded figures: what each finds, with the rows that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.alerts import corridors, ears, farrington, jumps
from ckanext.satudatapmi.figures.alerts.methods import Outcome, Verdict, methods, scan_setting
from ckanext.satudatapmi.figures.alerts.reading import Row, preferred
from ckanext.satudatapmi.figures.store.monthly import Monthly, monthly, place_of
from ckanext.satudatapmi.figures.store.reading import latest

METHODS = {
    "jump": jumps.jumps,
    "c1": ears.c1,
    "c2": ears.c2,
    "c3": ears.c3,
    "farrington": farrington.farrington,
}
"""Those that read monthly series. One that judges the last month alone returns one column."""


@dataclass(frozen=True)
class Signal:
    """What somebody should look at.

    Attributes:
        verdict: of the method.
        indicator: whose figure it is.
        place: its codes but for totals.
        ref_start, ref_end: its period.
        rows: the figures that it rests on, the one it is about first.
    """

    verdict: Verdict
    indicator: str
    place: str
    ref_start: date
    ref_end: date
    rows: Sequence[Row]


def scan(connection: Connection) -> Iterator[Signal]:
    """Yield the signals of the last months of each series, and of the corridors."""
    yield from _of_corridors(connection)
    for indicator in sorted({name for one in METHODS for name in methods()[one].indicators}):
        found = monthly(connection, indicator, preferred(indicator))
        if found:
            for name, method in METHODS.items():
                if indicator in methods()[name].indicators:
                    yield from of_series(indicator, found, method(found.values))


def of_series(indicator: str, series: Monthly, outcome: Outcome) -> Iterator[Signal]:
    """Yield the alarms of a method in the last months of each series."""
    months = series.values.shape[1]
    shift = months - outcome.value.shape[1]
    ends = months - 1 - np.argmax(~np.isnan(series.values[:, ::-1]), axis=1)
    for at, column in np.argwhere(outcome.alarms).tolist():
        month = column + shift
        if month > ends[at] - scan_setting("months"):
            verdict, period = outcome.at((at, column)), series.month(month)
            rows = _rows(series, at, month)
            yield Signal(verdict, indicator, series.places[at], period.first, period.last, rows)


def _rows(series: Monthly, at: int, month: int) -> list[Mapping[str, Any]]:
    """Return the row of a month and those of the months before it, the latest first."""
    wanted = range(month, max(month - scan_setting("rows"), -1), -1)
    return [series.rows[at, one] for one in wanted if (at, one) in series.rows]


def _of_corridors(connection: Connection) -> Iterator[Signal]:
    for one in corridors.corridors(partial(latest, connection), None, None):
        if one.verdict.alarm:
            rows = [row for row in (one.complaints, one.placements) if row]
            start, end = one.complaints["ref_start"], one.complaints["ref_end"]
            yield Signal(one.verdict, corridors.COMPLAINT, place_of(one.complaints), start, end, rows)
