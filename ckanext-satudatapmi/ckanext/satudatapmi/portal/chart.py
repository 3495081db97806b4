"""A line chart as the numbers that an SVG needs: drawn on the server, so it works in print and without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 36


@dataclass(frozen=True)
class Chart:
    """A chart in SVG units.

    Attributes:
        width, height: of the whole.
        left, right, top, bottom: edges of the field in which the line is drawn.
        path: the line, which keeps its height until the next value; "" without values.
        dots: x, y of each value.
        levels: name, value and y of each horizontal line.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    path: str
    dots: tuple[tuple[float, float], ...]
    levels: tuple[tuple[str, float, float], ...]


def steps(values: Sequence[tuple[date, float]], most: float, levels: Sequence[tuple[str, float]]) -> Chart:
    """Return a chart of values over time, from 0 up.

    Args:
        values: day and value, oldest first.
        most: value at the upper edge.
        levels: name and value of the horizontal lines.
    """
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    first, span = (values[0][0], (values[-1][0] - values[0][0]).days) if values else (date.min, 0)

    def x(day: date) -> float:
        return round(LEFT + (right - LEFT) * (day - first).days / span, 1) if span else (LEFT + right) / 2

    def y(value: float) -> float:
        return round(bottom - (bottom - TOP) * min(max(value, 0), most) / most, 1)

    dots = tuple((x(day), y(value)) for day, value in values)
    path = " ".join(f"H{across} V{down}" for across, down in dots[1:])
    return Chart(
        WIDTH,
        HEIGHT,
        LEFT,
        right,
        TOP,
        bottom,
        f"M{dots[0][0]} {dots[0][1]} {path}" if path else "",
        dots,
        tuple((name, value, y(value)) for name, value in levels),
    )
