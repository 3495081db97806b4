"""Where areas lie: the bounding boxes of the nation, its provinces and districts, in degrees of WGS 84."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ckanext.satudatapmi.reference.codelists import rows


@dataclass(frozen=True)
class Box:
    """A bounding box; its corners are within 180 degrees east and west, 90 degrees north and south."""

    west: float
    south: float
    east: float
    north: float

    @property
    def ring(self) -> list[list[float]]:
        """Its corners, longitude first, as the closed ring of a polygon."""
        corners = (self.west, self.south), (self.east, self.south), (self.east, self.north), (self.west, self.north)
        return [list(corner) for corner in (*corners, corners[0])]


def box_of(code: str) -> Box | None:
    """Return the box of an area by its Kemendagri code; None if there is no such area.

    >>> box_of("34")
    Box(west=110.0, south=-8.21, east=110.84, north=-7.54)
    """
    return _boxes().get(code)


def around(boxes: Iterable[Box]) -> Box | None:
    """Return the smallest box around some boxes; None if there are none."""
    found = list(boxes)
    if not found:
        return None
    west, south = min(box.west for box in found), min(box.south for box in found)
    return Box(west, south, max(box.east for box in found), max(box.north for box in found))


@cache
def _boxes() -> dict[str, Box]:
    sides = ("barat", "selatan", "timur", "utara")
    return {row["kode"]: Box(*(float(row[side]) for side in sides)) for row in rows("wilayah_batas")}
