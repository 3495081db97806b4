"""The charts of a table in words and as specifications: titles, what is to be seen, names of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue.table_sums import Group
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.figures.words import unit_label
from ckanext.satudatapmi.portal.charts import outlines, specs, table_charts, tiles
from ckanext.satudatapmi.portal.charts.figures import BARS, LINES, MAP, TILES, outlines_in, span
from ckanext.satudatapmi.portal.charts.table_charts import Picture
from ckanext.satudatapmi.reference import negara
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.published import concepts, published_lists
from ckanext.satudatapmi.tables.exports.wide_keys import CODE
from ckanext.satudatapmi.tables.roles import Dimension

CAPITALIZED = re.compile(r"\b[A-Z][a-z]+\b")
SPECIAL = "kelompok_khusus"
TOLD = 3
"""Figures that are said to who does not see the chart; the table has all."""
LINE_HEIGHT, LEGEND_LINE = 336, 19
BAR, AROUND = specs.BAR_HEIGHT, 18
"""Heights of what is drawn, in pixels, for a page that does not jump."""


@dataclass(frozen=True)
class Shown:
    """A chart as a page shows it.

    Attributes:
        name: in its address.
        kind: `lines`, `bars`, `map` or `tiles`.
        title: what it shows.
        unit: of its figures, in words.
        told: what is to be seen, for who does not see it.
        height, narrow_height: of its picture 720 and 360 wide.
        provinces: the map, where it is one of provinces.
        source: who published it.
        is_newest: whether figures were restated, of which it shows the last.
    """

    name: str
    kind: str
    title: str
    unit: str
    told: str
    height: int
    narrow_height: int
    provinces: tiles.TileMap | outlines.OutlineMap | None
    source: str
    is_newest: bool


def shown(picture: Picture, source: str) -> Shown:
    """Return a chart as a page shows it.

    Args:
        source: line that says who published it.
    """
    wide, narrow = (_height(picture, width) for width in (720, 360))
    return Shown(
        picture.name,
        picture.kind,
        title_of(picture),
        unit_of(picture),
        _told(picture),
        wide,
        narrow,
        outlines.provinces_or_tiles(values_of(picture)) if picture.kind == TILES else None,
        source,
        picture.is_newest,
    )


def specification(picture: Picture, frame: specs.Frame, outlines: str) -> specs.Spec:
    """Return a chart as Vega-Lite; a map of tiles, which is none, as bars.

    Args:
        frame: what stands around it.
        outlines: folder of what a map of the world needs; "" gives bars.
    """
    if picture.kind == LINES:
        names = {one.code: _name(picture, one) for one in picture.groups}
        points = list(table_charts.points_of(picture.groups, names))
        return specs.over_time(frame, points, yearly=table_charts.are_years(picture.groups))
    if picture.kind == MAP and outlines:
        land, places = outlines_in(outlines)
        bubbles = [
            specs.Bubble(_name(picture, one), one.value or 0, *places[number])
            for one in picture.groups
            if (number := negara.numbers().get(one.code or "", "")) in places
        ]
        return specs.world(frame, bubbles, land)
    return specs.ranked(frame, [specs.Bar(_name(picture, one), one.value or 0) for one in picture.groups])


def frame_of(picture: Picture, titles: Sequence[str], language: str, width: int) -> specs.Frame:
    """Return what stands around a chart.

    Args:
        titles: title of the table and line of its source; () for a page that says them.
        language: `id` or `en`.
        width: in pixels.
    """
    unit = unit_of(picture)
    if not titles:
        return specs.Frame(language, width, "", "", unit)
    return specs.Frame(language, width, f"{titles[0]} – {title_of(picture)}", titles[1], unit)


def unit_of(picture: Picture) -> str:
    """Return the unit of a chart's figures in words."""
    return unit_label(picture.unit)


def values_of(picture: Picture) -> dict[str, float]:
    """Return the figures of a map of tiles by code; {} of any other chart."""
    if picture.kind != TILES:
        return {}
    return {one.code: one.value for one in picture.groups if one.code and one.value is not None}


def title_of(picture: Picture) -> str:
    """Return what a chart of a table shows, in a line that begins in capitals."""
    words = {"period": _period(picture.groups), "count": _drawn(picture), "dimension": _in_text(picture.dimension)}
    if picture.dimension is None:
        said = tk._("Over time, {period}")
    elif _drawn(picture) < picture.found:
        said = tk._("The {count} largest of {found} by {dimension}, {period}")
    else:
        said = tk._("By {dimension}, {period}")
    told = said if words["period"] else said.replace(", {period}", "")
    title = told.format(**words, found=picture.found)
    return f"{picture.measure}: {title[:1].lower()}{title[1:]}" if picture.measure else title


def _drawn(picture: Picture) -> int:
    values = len({one.code for one in picture.groups})
    return min(values, specs.MOST_BARS) if picture.kind == BARS else values


def _period(groups: Sequence[Group]) -> str:
    periods = [one.period for one in groups if one.period]
    ends = [{"ref_start": start.isoformat(), "ref_end": end.isoformat()} for start, end in periods]
    return span(ends) if ends else ""


def _in_text(dimension: Dimension | None) -> str:
    """Return the label of a dimension as it stands within a sentence; abbreviations keep their letters."""
    if dimension is None:
        return ""
    stem = dimension.name.removeprefix(CODE)
    known = next((one.label for one in dimensions().values() if one.field == stem), None)
    label = known["en"] if known and tk.h.satudata_language() == "en" else dimension.label
    return CAPITALIZED.sub(lambda word: word[0].lower(), label)


def _told(picture: Picture) -> str:
    number = tk.h.satudata_number
    if picture.kind == LINES:
        return " ".join(_told_of_line(picture, line) for line in _lines(picture)[:TOLD])
    largest = "; ".join(f"{_name(picture, one)} {number(one.value)}" for one in picture.groups[:TOLD])
    kinds = {
        MAP: tk._("Map of the world with a circle for each of {count} places. Largest: {largest}."),
        TILES: tk._("Map of the provinces with {count} figures. Largest: {largest}."),
        BARS: tk._("Bars for {count} values. Largest: {largest}."),
    }
    return kinds[picture.kind].format(count=number(_drawn(picture)), largest=largest)


def _told_of_line(picture: Picture, line: Sequence[Group]) -> str:
    first, last = ({"period": _period([one]), "value": tk.h.satudata_number(one.value)} for one in (line[0], line[-1]))
    said = tk._("from {first} ({begin}) to {last} ({end})").format(
        first=first["value"], begin=first["period"], last=last["value"], end=last["period"]
    )
    return f"{_name(picture, line[0])}: {said}." if picture.dimension else f"{said[:1].upper()}{said[1:]}."


def _lines(picture: Picture) -> list[list[Group]]:
    by_code: dict[str | None, list[Group]] = {}
    for one in picture.groups:
        by_code.setdefault(one.code, []).append(one)
    return list(by_code.values())


def _height(picture: Picture, width: int) -> int:
    if picture.kind == LINES:
        count = len(_lines(picture))
        return LINE_HEIGHT + (LEGEND_LINE * count + 12 if count > 1 else 0)
    if picture.kind == MAP:
        return round(width * (specs.NORTH - specs.SOUTH) / specs.equal_earth.WIDTH) + AROUND
    return BAR * _drawn(picture) + AROUND


def _name(picture: Picture, group: Group) -> str:
    """Return what a value is called: as its code list says, else as the table does."""
    if picture.dimension is None:
        return picture.measure or tk._("All")
    if group.code is None:
        return group.name or tk._("not stated")
    special = load(SPECIAL).get(group.code)
    if special:
        return tk.h.satudata_in_language({"id": special.label, "en": special.extra.get("label_en") or special.label})
    words = _labels(picture.dimension.codes).get(group.code)
    return tk.h.satudata_in_language(words) if words else group.name or group.code


@cache
def _labels(codes: str) -> Mapping[str, Mapping[str, str]]:
    return {one.code: one.label for one in concepts(codes)} if codes in published_lists() else {}


def without_map(picture: Picture) -> Picture:
    """Return a chart for a site that has no outlines of the world: bars in place of a map."""
    return replace(picture, kind=BARS) if picture.kind == MAP else picture
