"""Maps by the official outlines that this site holds: of the provinces, and of the districts of one.

Without outlines there are none of these maps; outlines are never made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.portal.charts import tiles
from ckanext.satudatapmi.portal.charts.outline_import import LEVELS, OBJECT
from ckanext.satudatapmi.reference import wilayah

FOLDER = "satudata-outlines"
PROVINCES, DISTRICTS = LEVELS
WIDTH = 1000
LEAST_HEIGHT = 120

Point = tuple[float, float]
Rings = Sequence[Sequence[Point]]


@dataclass(frozen=True)
class Shape:
    """An area on the map.

    Attributes:
        code: of Kemendagri.
        name: of the area.
        path: its outline, as SVG writes it.
        value: the figure, None where there is none.
        ground: its colour.
    """

    code: str
    name: str
    path: str
    value: float | None
    ground: str


@dataclass(frozen=True)
class OutlineMap:
    """A map in units of its SVG, with who published the outlines."""

    width: int
    height: int
    shapes: Sequence[Shape]
    classes: Sequence[tiles.Class]
    source: str


def provinces(values: Mapping[str, float]) -> OutlineMap | None:
    """Return the map of figures by code of province; None where this site has no outlines of provinces."""
    held = _held(PROVINCES)
    return _map(held, held, values) if held else None


def provinces_or_tiles(values: Mapping[str, float]) -> OutlineMap | tiles.TileMap:
    """Return the map of figures by code of province: by outlines where this site has them, else one tile each."""
    return provinces(values) or tiles.tile_map(values)


def districts(province: str, values: Mapping[str, float]) -> OutlineMap | None:
    """Return the map of figures by code of the districts of a province; None where there are no outlines of them."""
    held = _held(DISTRICTS)
    shown = [code for code in held.areas if wilayah.areas()[code].parent == province] if held else []
    return _map(held, Held({code: held.areas[code] for code in shown}, held.source), values) if held and shown else None


def keep(level: str, topology: Mapping[str, Any]) -> Path:
    """Keep the outlines of a level in place of former ones; return where."""
    path = _path(level)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(topology), encoding="utf-8")
    return beside.replace(path)


def remove(level: str) -> bool:
    """Remove the outlines of a level; return whether there were any."""
    is_there = _path(level).exists()
    _path(level).unlink(missing_ok=True)
    return is_there


@dataclass(frozen=True)
class Held:
    """The outlines of areas in degrees, by code, and who published them."""

    areas: Mapping[str, Rings]
    source: str


def _path(level: str) -> Path:
    return Path(tk.config["ckan.storage_path"]) / FOLDER / f"{level}.json"


def _held(level: str) -> Held | None:
    path = _path(level)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Held:
    """Return the outlines of a file; once for each state of it."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    lines = [list(_line(arc, topology["transform"])) for arc in topology["arcs"]]
    geometries = topology["objects"][OBJECT]["geometries"]
    areas = {one["properties"]["code"]: [_ring(ring, lines) for ring in _rings(one)] for one in geometries}
    return Held(areas, topology["source"])


def _line(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> Iterator[Point]:
    """Yield the corners of an arc: each stands as the step from the one before, on a grid (TopoJSON 2.1.2)."""
    (wide, high), (west, south) = transform["scale"], transform["translate"]
    steps = zip(accumulate(step[0] for step in arc), accumulate(step[1] for step in arc), strict=True)
    return ((west + x * wide, south + y * high) for x, y in steps)


def _rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[int]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return (ring for polygon in polygons for ring in polygon)


def _ring(arcs: Sequence[int], lines: Sequence[Sequence[Point]]) -> list[Point]:
    """Return the corners of a ring: its arcs one behind the other, those below zero backwards (TopoJSON 2.1.4)."""
    corners: list[Point] = []
    for number in arcs:
        line = lines[number] if number >= 0 else lines[~number][::-1]
        corners += line[1:] if corners else line
    return corners


def _map(held: Held, shown: Held, values: Mapping[str, float]) -> OutlineMap:
    corners = [corner for rings in shown.areas.values() for ring in rings for corner in ring]
    west, east = min(x for x, _y in corners), max(x for x, _y in corners)
    south, north = min(y for _x, y in corners), max(y for _x, y in corners)
    scale = WIDTH / (east - west)
    # Near the equator a degree is about as wide as it is high.
    height = max(round((north - south) * scale), LEAST_HEIGHT)
    classes = tiles.classes_of(sorted(values[code] for code in shown.areas if code in values))
    shapes = [
        _shape(code, [[((x - west) * scale, (north - y) * scale) for x, y in ring] for ring in rings], values, classes)
        for code, rings in shown.areas.items()
    ]
    return OutlineMap(WIDTH, height, shapes, classes, held.source)


def _shape(code: str, rings: Rings, values: Mapping[str, float], classes: Sequence[tiles.Class]) -> Shape:
    value = values.get(code)
    path = "".join(filter(None, map(_drawn, rings))) or _drawn(max(rings, key=len), least=1)
    return Shape(code, wilayah.areas()[code].name, path, value, tiles.ground_of(value, classes))


def _drawn(ring: Sequence[Point], least: int = 3) -> str:
    """Return a ring as SVG writes it, "" where it is too small to be seen."""
    corners = list(dict.fromkeys((round(x, 1), round(y, 1)) for x, y in ring))
    return f"M{'L'.join(f'{x:g},{y:g}' for x, y in corners)}Z" if len(corners) >= least else ""
