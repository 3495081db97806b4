"""Corridor risk from the single data: complaints of each destination beside its placements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ckanext.satudatapmi.figures.alerts.corridor import corridor, rate_of
from ckanext.satudatapmi.figures.alerts.methods import Verdict, setting
from ckanext.satudatapmi.figures.alerts.reading import Reader, Row, number, of_period, preferred
from ckanext.satudatapmi.figures.months import is_year
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.reference.periode import Period

COMPLAINT, PLACEMENT, DESTINATION = "complaint", "placement", "destination"
SMALLEST_FUNNEL = 2
"""How many destinations it takes for a mean to compare them with."""


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
    both = [(row, _placements(row, placements)) for row in here]
    mean = _mean_rate(both)
    judged = (
        Corridor(row[DESTINATION], row, placed, corridor(number(row), number(placed), mean)) for row, placed in both
    )
    return sorted(judged, key=lambda one: one.urgency)


def _placements(complaints: Row, placements: Sequence[Row]) -> Row | None:
    """Return the placements beside complaints: those of the same period, else of the last year before."""
    mine = [row for row in placements if row[DESTINATION] == complaints[DESTINATION]]
    return of_period(mine, complaints["ref_start"], complaints["ref_end"]) or _year_before(mine, complaints["ref_end"])


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


def _mean_rate(both: Sequence[tuple[Row, Row | None]]) -> float | None:
    """Return complaints per 1,000 placements of the destinations that have a rate; None with fewer than two."""
    fewest = setting("corridor", "fewest_placements")
    rated = [(number(row), placed) for row, found in both if (placed := number(found)) and placed >= fewest]
    if len(rated) < SMALLEST_FUNNEL:
        return None
    return rate_of(sum(count or 0 for count, _placed in rated), sum(placed for _count, placed in rated))


def _of(indicator: str, codes: tuple[()] | None, as_of: date | None, period: Period | None = None) -> Selection:
    """Return the question for all periods of an indicator: by destination (None), or in total."""
    dimensions = {DESTINATION: None} if codes is None else {}
    start, end = (period.start, period.end) if period else (None, None)
    return Selection((indicator,), dimensions, start, end, frequency=None, facets=(preferred(indicator),), as_of=as_of)
