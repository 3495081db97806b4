"""Corridor risk from the single data: complaints of each destination beside its placements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.satudatapmi.figures.alerts.corridor import corridor, rate_of
from ckanext.satudatapmi.figures.alerts.methods import Verdict
from ckanext.satudatapmi.figures.alerts.reading import Reader, Row, number, of_period, plain_input, preferred
from ckanext.satudatapmi.figures.alerts.words import plain_verdict
from ckanext.satudatapmi.figures.months import is_year
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.reference.periode import Period

COMPLAINT, PLACEMENT, DESTINATION = "complaint", "placement", "destination"


@dataclass(frozen=True)
class Corridor:
    """A destination in a period.

    Attributes:
        destination: code of the country.
        complaints: the row of its complaints.
        placements: of its placements, in the same period where that is published, else in the last year before.
        verdict: of the method.
    """

    destination: str
    complaints: Row
    placements: Row | None
    verdict: Verdict

    @property
    def same_period(self) -> bool:
        """Whether the placements are of the period of the complaints."""
        both = (self.complaints, self.placements)
        return self.placements is not None and len({(row["ref_start"], row["ref_end"]) for row in both if row}) == 1

    @property
    def urgency(self) -> tuple[bool, float]:
        """What the list is ordered by: alarms first, the highest rate first."""
        return (not self.verdict.alarm, -(self.verdict.value or 0.0))


def corridors(read: Reader, period: Period | None, as_of: date | None) -> list[Corridor]:
    """Return the destinations with published complaints, the riskiest first.

    Args:
        read: gives the last vintages of a selection.
        period: whose complaints are meant; None for the last that is published.
        as_of: the day whose knowledge is asked for; None for today's.
    """
    found = read(_of(COMPLAINT, None, as_of, period))
    complaints = [row for row in found if number(row) is not None]
    if not complaints:
        return []
    start, end = max(((row["ref_start"], row["ref_end"]) for row in complaints), key=lambda span: span[::-1])
    here = [row for row in complaints if (row["ref_start"], row["ref_end"]) == (start, end)]
    placements = read(_of(PLACEMENT, None, as_of))
    mean = _mean_rate(read, start, end, as_of)
    return sorted((_corridor(row, placements, mean) for row in here), key=lambda one: one.urgency)


def plain_corridor(one: Corridor) -> dict[str, Any]:
    """Return a destination as the API gives it."""
    return {
        "destination": one.destination,
        "label": dict(label(DESTINATION, one.destination)),
        "complaints": plain_input(one.complaints),
        "placements": plain_input(one.placements),
        "same_period": one.same_period,
        **plain_verdict(one.verdict),
    }


def _corridor(complaints: Row, placements: Sequence[Row], mean: float | None) -> Corridor:
    destination = complaints[DESTINATION]
    mine = [row for row in placements if row[DESTINATION] == destination]
    start, end = complaints["ref_start"], complaints["ref_end"]
    denominator = of_period(mine, start, end) or _year_before(mine, end)
    return Corridor(destination, complaints, denominator, corridor(number(complaints), number(denominator), mean))


def _year_before(rows: Sequence[Row], day: date) -> Row | None:
    """Return the last whole year that ended before a day and has a number."""
    years = [
        row
        for row in rows
        if row["ref_end"] < day
        and number(row) is not None
        and is_year(row["ref_start"].isoformat(), row["ref_end"].isoformat())
    ]
    return max(years, key=lambda row: row["ref_end"], default=None)


def _mean_rate(read: Reader, start: date, end: date, as_of: date | None) -> float | None:
    """Return complaints per 1,000 placements of all destinations in a period, None where one is not published."""
    both = [of_period(read(_of(name, (), as_of)), start, end) for name in (COMPLAINT, PLACEMENT)]
    complaints, placements = (number(row) for row in both)
    return None if complaints is None or placements is None else rate_of(complaints, placements)


def _of(indicator: str, codes: tuple[()] | None, as_of: date | None, period: Period | None = None) -> Selection:
    """Return the question for all periods of an indicator: by destination (None), or in total."""
    dimensions = {DESTINATION: None} if codes is None else {}
    start, end = (period.start, period.end) if period else (None, None)
    return Selection((indicator,), dimensions, start, end, frequency=None, facets=(preferred(indicator),), as_of=as_of)
