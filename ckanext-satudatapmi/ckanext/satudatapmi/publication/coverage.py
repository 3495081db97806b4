"""What area and what time a dataset covers, as maps and calendars need it: a box in degrees, and whole days.

Pure: a catalogue entry goes in, as datajson.py makes it. A place without a known code or a geometry has no box.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.reference import extents
from ckanext.satudatapmi.reference.extents import Box


@dataclass(frozen=True)
class Coverage:
    """What a dataset covers.

    Attributes:
        places: the areas that it names.
        box: around all of them that lie somewhere known; None if none does.
        start: the first day, None if it is not known or open.
        end: the last day, likewise.
    """

    places: tuple[words.Place, ...] = ()
    box: Box | None = None
    start: dt.date | None = None
    end: dt.date | None = None


def of_entry(entry: Mapping[str, Any]) -> Coverage:
    """Return what a dataset covers by its `spatial` and `temporal`."""
    places = tuple(words.places(entry.get("spatial")))
    period = words.period(entry.get("temporal")) or words.Period(None, None)
    boxes = (box for place in places if (box := _box(place)))
    return Coverage(places, extents.around(boxes), first_day(period.start), last_day(period.end))


def first_day(text: str | None) -> dt.date | None:
    """Return the first day of a year, a month or a day in ISO 8601; None for None.

    >>> first_day("2024"), last_day("2024-02")
    (datetime.date(2024, 1, 1), datetime.date(2024, 2, 29))
    """
    year, month, day = _parts(text)
    return dt.date(year, month or 1, day or 1) if year else None


def last_day(text: str | None) -> dt.date | None:
    """Return the last day of a year, a month or a day in ISO 8601; None for None."""
    year, month, day = _parts(text)
    if not year:
        return None
    month = month or 12
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def _parts(text: str | None) -> tuple[int, int, int]:
    numbers = [int(part) for part in (text or "").partition("T")[0].split("-") if part]
    year, month, day = (*numbers, 0, 0, 0)[:3]
    return year, month, day


def _box(place: words.Place) -> Box | None:
    if place.geometry:
        return _around_points(list(_points(place.geometry["coordinates"])))
    return extents.box_of(place.code) if place.code else None


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    """Yield the points of GeoJSON coordinates, however deep they lie; what is none of the earth is left out."""
    if not isinstance(coordinates, list):
        return
    numbers = [value for value in coordinates[:2] if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == 2 and all(map(math.isfinite, numbers)):
        if abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90:
            yield float(numbers[0]), float(numbers[1])
        return
    for part in coordinates:
        yield from _points(part)


def _around_points(points: list[tuple[float, float]]) -> Box | None:
    return extents.around(Box(x, y, x, y) for x, y in points)
