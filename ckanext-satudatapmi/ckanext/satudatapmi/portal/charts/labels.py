"""Names beside circles on a map, none of which covers another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

LETTER = 0.56
"""Mean width of a letter to the size of the type (Liberation Sans)."""
GAP = 4.0


@dataclass(frozen=True)
class Circle:
    """A named circle in pixels."""

    name: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Label:
    """A name and where it is written: at its left or right end, or in its middle, in half its height."""

    text: str
    x: float
    y: float
    align: Literal["left", "right", "center"]


Box = tuple[float, float, float, float]


def placed(circles: Sequence[Circle], most: int, size: float, width: float) -> list[Label]:
    """Return names of circles, the first ones first; those for which there is no room are left out.

    Args:
        circles: in the order of their weight.
        most: how many names at most.
        size: of the type, in pixels.
        width: of the map, beyond which no name goes.
    """
    taken: list[Box] = []
    labels: list[Label] = []
    for circle in circles[:most]:
        others = [_around(other) for other in circles[:most] if other is not circle]
        for label in _choices(circle, size):
            box = _box(label, size)
            if box[0] >= 0 and box[2] <= width and not any(_meet(box, one) for one in (*taken, *others)):
                taken.append(box)
                labels.append(label)
                break
    return labels


def _choices(circle: Circle, size: float) -> Iterator[Label]:
    aside, above = circle.radius + GAP, circle.radius + GAP + size / 2
    yield Label(circle.name, circle.x + aside, circle.y, "left")
    yield Label(circle.name, circle.x - aside, circle.y, "right")
    yield Label(circle.name, circle.x, circle.y - above, "center")
    yield Label(circle.name, circle.x, circle.y + above, "center")
    for down in (size, -size):
        yield Label(circle.name, circle.x + aside, circle.y + down, "left")
        yield Label(circle.name, circle.x - aside, circle.y + down, "right")


def _box(label: Label, size: float) -> Box:
    long = len(label.text) * size * LETTER
    left = label.x - {"left": 0.0, "center": long / 2, "right": long}[label.align]
    return left, label.y - size / 2, left + long, label.y + size / 2


def _around(circle: Circle) -> Box:
    x, y, radius = circle.x, circle.y, circle.radius
    return x - radius, y - radius, x + radius, y + radius


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
