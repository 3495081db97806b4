"""The map of origins: one tile a province, coloured by classes of about as many provinces each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.schemas import vocabularies

SIDE, GAP = 48, 2
COLOURS = (
    ("#dfe4f5", "#12183a"),
    ("#b7c1e6", "#12183a"),
    ("#8c9ad3", "#12183a"),
    ("#44539f", "#ffffff"),
    ("#1b2350", "#ffffff"),
)
"""Ground and letters of each class, from the least to the most; letters have 4.5:1 on their ground."""
WITHOUT = ("#ffffff", "#51566a")


@dataclass(frozen=True)
class Tile:
    """A province on the map.

    Attributes:
        code: of Kemendagri.
        name: as it stands in the tile.
        province: its full name.
        x, y: of the upper left corner, in units of the SVG.
        value: the figure, None where there is none.
        ground, ink: colours.
    """

    code: str
    name: str
    province: str
    x: int
    y: int
    value: float | None
    ground: str
    ink: str


@dataclass(frozen=True)
class Class:
    """A class of the legend: the least and the greatest figure in it, and its colour."""

    least: float
    most: float
    ground: str


@dataclass(frozen=True)
class TileMap:
    """A map in units of its SVG."""

    width: int
    height: int
    side: int
    tiles: tuple[Tile, ...]
    classes: tuple[Class, ...]


def tile_map(values: Mapping[str, float]) -> TileMap:
    """Return the map of figures by code of province."""
    classes = classes_of(sorted(values.values()))
    tiles = tuple(_tile(one, values.get(one["code"]), classes) for one in _places())
    width = max(one.x for one in tiles) + SIDE
    height = max(one.y for one in tiles) + SIDE
    return TileMap(width, height, SIDE, tiles, classes)


def classes_of(ordered: Sequence[float]) -> tuple[Class, ...]:
    """Return classes with about as many of the figures each; equal figures are in one class."""
    count = min(len(COLOURS), len(set(ordered)))
    grounds = [COLOURS[-1 - (count - 1 - i) * (len(COLOURS) - 1) // max(count - 1, 1)][0] for i in range(count)]
    found: list[Class] = []
    begin = 0
    for number in range(count):
        end = max(round(len(ordered) * (number + 1) / count), begin)
        while 0 < end < len(ordered) and ordered[end] == ordered[end - 1]:
            end += 1
        if end > begin:
            found.append(Class(ordered[begin], ordered[end - 1], grounds[number]))
        begin = end
    return tuple(found)


def ground_of(value: float | None, classes: Sequence[Class]) -> str:
    """Return the colour of a figure; white where there is none."""
    return next((one.ground for one in classes if value is not None and value <= one.most), WITHOUT[0])


def _tile(place: Mapping[str, Any], value: float | None, classes: Sequence[Class]) -> Tile:
    column, row = place["at"]
    ground = ground_of(value, classes)
    ink = dict((*COLOURS, WITHOUT))[ground]
    step = SIDE + GAP
    province = wilayah.areas()[place["code"]].name
    return Tile(place["code"], place["name"], province, column * step, row * step, value, ground, ink)


@cache
def _places() -> Sequence[Mapping[str, Any]]:
    return vocabularies.read_yaml("province_tiles.yaml")["tiles"]
