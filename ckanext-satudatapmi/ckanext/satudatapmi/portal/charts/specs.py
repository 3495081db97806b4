"""Charts as Vega-Lite specifications (v6), from plain values: what stands in them is worked out before.

Colours are those of Okabe and Ito, darkened until each has 3:1 on white. Lines differ in their points too, so that no
colour alone tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import pi
from textwrap import wrap
from typing import Any

from babel import Locale

from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.portal.charts import equal_earth, labels

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
COLOURS = ("#2c3984", "#b3560d", "#0b7a5e", "#a83c74", "#5b6270", "#8a6d00")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
INK, SOFT, EDGE, LINES, LAND, PAPER = "#1f2333", "#51566a", "#858aa0", "#e4dccd", "#e9e2d5", "#ffffff"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
HEIGHT, BAR_HEIGHT, NARROW = 300, 24, 480
LABEL_HEIGHT = 18
"""Pixels that the last figure of a line takes."""
TITLE_LETTER = 9
"""Pixels that a letter of the title takes, about."""
MOST_BARS, LONGEST_NAME = 20, 220
MOST_NAMES, NAME_SIZE = 8, 12
MIDDLE_LONGITUDE = 100
"""Indonesia stands in the middle of the map, where the ways begin."""
NORTH, SOUTH = (equal_earth.project(0, latitude)[1] for latitude in (66, -50))
"""Nobody is placed beyond these."""
LARGEST = 1.6
"""Area of the largest circle to the width of the map."""
NUMBER = ",~f"
TOLD = {"field": "told", "type": "nominal"}
"""What a chart that answers to the pointer says."""
NUMBERS: Mapping[str, Spec] = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""]},
}


@dataclass(frozen=True)
class Frame:
    """What stands around a chart.

    Attributes:
        language: of numbers and months, `id` or `en`.
        width: in pixels.
        title: what it shows; "" where the page says it.
        source: who published it; "" where the page says it.
        unit: what is counted, for the axis.
    """

    language: str
    width: int
    title: str
    source: str
    unit: str


@dataclass(frozen=True)
class Point:
    """A figure of a series.

    Attributes:
        day: first day of its period.
        value: the figure.
        series: what its line is called.
        piece: points of one piece are joined: within it nothing is missing, and what is counted does not change.
        former: whether it was restated since, so that it stands for itself beside the line.
    """

    day: date
    value: float
    series: str
    piece: int = 0
    former: bool = False


@dataclass(frozen=True)
class Mark:
    """A day from which on something else is counted, and the words for it."""

    day: date
    words: str


@dataclass(frozen=True)
class Bar:
    """A figure of a breakdown, and what it is of."""

    name: str
    value: float


@dataclass(frozen=True)
class Bubble:
    """A figure of a place on the map, in degrees of longitude and latitude."""

    name: str
    value: float
    longitude: float
    latitude: float


def over_time(frame: Frame, points: Sequence[Point], marks: Sequence[Mark] = (), yearly: bool = True) -> Spec:
    """Return lines over time, from zero up: a line breaks where a period is missing or what is counted changes.

    Args:
        points: of all lines.
        marks: where a line breaks because what is counted changes.
        yearly: whether periods are years, which need no month at the axis.
    """
    series = list(dict.fromkeys(one.series for one in points))
    rows = [
        {"day": one.day.isoformat(), "value": one.value, "series": one.series, "piece": one.piece}
        | _told(frame, f"{one.series}, {one.day.year if yearly else one.day}", one.value)
        for one in points
        if not one.former
    ]
    former = [{"day": one.day.isoformat(), "value": one.value, "series": one.series} for one in points if one.former]
    rules = [{"day": one.day.isoformat(), "words": one.words} for one in marks]
    x = {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False, "padding": 14},
        "axis": {"format": "%Y" if yearly else "%b %Y", "labelOverlap": "greedy", "title": None, "grid": False}
        | ({"tickCount": {"interval": "year", "step": 1}} if yearly else {}),
    }
    y = {"field": "value", "type": "quantitative", "axis": _numbers(frame), "scale": {"zero": True}}
    color = _by_series(series, COLOURS)
    if len(series) > 1:
        color["legend"] = {"orient": "bottom", "columns": 1, "title": None, "labelLimit": frame.width - 60}
    shape = _by_series(series, SHAPES)
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 2.5},
            "encoding": {"x": x, "y": y, "color": color, "detail": {"field": "piece"}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": color, "shape": shape, "tooltip": TOLD},
        },
        {
            "data": {"values": _apart(_last(rows))},
            "mark": {"type": "text", "align": "right", "dy": -12, "dx": 6, "fontWeight": "bold", "fontSize": 13},
            "encoding": {"x": x, "y": y, "text": {"field": "value", "format": NUMBER}, "color": color},
        },
    ]
    if former:
        layers.append(
            {
                "data": {"values": former},
                "mark": {"type": "point", "filled": False, "size": 55, "strokeWidth": 1.5, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": color, "shape": shape},
            }
        )
    if rules:
        layers += _rules(rules, x)
    return _framed(frame, {"layer": layers, "height": HEIGHT})


def ranked(frame: Frame, bars: Sequence[Bar]) -> Spec:
    """Return bars beside each other, the largest first; MOST_BARS of them at most."""
    rows = [
        {"name": one.name, "value": one.value} | _told(frame, one.name, one.value)
        for one in sorted(bars, key=lambda one: -one.value)[:MOST_BARS]
    ]
    most = max((row["value"] for row in rows), default=0)
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelLimit": min(LONGEST_NAME, frame.width // 3), "ticks": False, "domain": False},
    }
    # Room for the number behind the longest bar.
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": [0, most * 1.18 or 1]}}
    text = {"type": "text", "align": "left", "dx": 5, "color": INK}
    return _framed(
        frame,
        {
            "data": {"values": rows},
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "mark": {"type": "bar", "color": COLOURS[0], "height": {"band": 0.72}},
                    "encoding": {"tooltip": TOLD},
                },
                {"mark": text, "encoding": {"text": {"field": "value", "format": NUMBER}}},
            ],
            "height": {"step": BAR_HEIGHT},
        },
    )


def world(frame: Frame, bubbles: Sequence[Bubble], land: Mapping[str, Any]) -> Spec:
    """Return a map on which the area of a circle is its figure; the largest bear their names.

    Circles rather than painted countries, because a number of people says nothing of the country's area, and Hong Kong
    would not be seen.

    Args:
        bubbles: the figures.
        land: outlines as GeoJSON.
    """
    scale, height = frame.width / equal_earth.WIDTH, round(frame.width * (NORTH - SOUTH) / equal_earth.WIDTH)
    middle = (frame.width / 2, scale * NORTH)
    rows = [
        _circle(one, scale, middle) | _told(frame, one.name, one.value)
        for one in sorted(bubbles, key=lambda one: -one.value)
    ]
    most = max((row["value"] for row in rows), default=1)
    area = frame.width * LARGEST
    for row in rows:
        row["area"] = area * row["value"] / most
    place = {name: {"field": name, "type": "quantitative", "scale": None, "axis": None} for name in ("x", "y")}
    size = {"field": "area", "type": "quantitative", "scale": None}
    return _framed(
        frame,
        {
            "layer": [
                {
                    "data": {"values": land, "format": {"property": "features"}},
                    "projection": {
                        "type": "equalEarth",
                        "rotate": [-MIDDLE_LONGITUDE, 0, 0],
                        "scale": scale,
                        "translate": middle,
                        "clipExtent": [[0, 0], [frame.width, height]],
                    },
                    "mark": {"type": "geoshape", "fill": LAND, "stroke": PAPER, "strokeWidth": 0.4},
                },
                {
                    "data": {"values": rows},
                    "mark": {"type": "circle", "color": COLOURS[0], "opacity": 0.62, "stroke": PAPER},
                    "encoding": place | {"size": size, "tooltip": TOLD},
                },
                *(_named(label, place) for label in _labels(rows, frame)),
            ],
            "width": frame.width,
            "height": height,
            "autosize": {"type": "pad", "contains": "content"},
        },
    )


def _circle(bubble: Bubble, scale: float, middle: tuple[float, float]) -> Spec:
    x, y = equal_earth.project(bubble.longitude - MIDDLE_LONGITUDE, bubble.latitude)
    here = {"x": round(middle[0] + scale * x, 1), "y": round(middle[1] - scale * y, 1)}
    return {"name": bubble.name, "value": bubble.value} | here


def _named(label: labels.Label, place: Spec) -> Spec:
    text = {"type": "text", "align": label.align, "baseline": "middle", "fontSize": NAME_SIZE, "color": INK}
    data = {"values": [{"name": label.text, "x": label.x, "y": label.y}]}
    return {"data": data, "mark": text, "encoding": place | {"text": {"field": "name"}}}


def _labels(rows: Sequence[Spec], frame: Frame) -> list[labels.Label]:
    most = MOST_NAMES if frame.width >= NARROW else MOST_NAMES // 2
    circles = [labels.Circle(row["name"], row["x"], row["y"], (row["area"] / pi) ** 0.5) for row in rows]
    return labels.placed(circles, most, NAME_SIZE, frame.width)


def _framed(frame: Frame, chart: Spec) -> Spec:
    locale: Spec = {"number": NUMBERS[frame.language]}
    if frame.language == "id":
        locale["time"] = _indonesian_months()
    around: Spec = {"$schema": SCHEMA, "width": frame.width, "autosize": {"type": "fit-x", "contains": "padding"}}
    if frame.title:
        around["title"] = {
            "text": wrap(frame.title, max(frame.width // TITLE_LETTER, 1)),
            "subtitle": [line for line in (frame.unit, frame.source) if line],
        }
    return (
        around
        | chart
        | {
            "background": PAPER,
            "padding": 8,
            "config": {
                "font": FONT,
                "locale": locale,
                "aria": False,
                "view": {"stroke": None},
                "axis": {"labelColor": SOFT, "labelFontSize": 12, "gridColor": LINES, "domainColor": EDGE},
                "legend": {"labelColor": INK, "labelFontSize": 12, "symbolType": "circle"},
                "title": {
                    "anchor": "start",
                    "color": INK,
                    "fontSize": 16,
                    "subtitleColor": SOFT,
                    "subtitleFontSize": 12,
                    "subtitlePadding": 6,
                    "limit": frame.width,
                },
            },
        }
    )


def _told(frame: Frame, name: str, value: float) -> Spec:
    return {"told": f"{name}: {formats.number(value, frame.language)} {frame.unit}"}


def _numbers(frame: Frame) -> Spec:
    return {"title": frame.unit, "titleColor": SOFT, "titleFontWeight": "normal", "format": NUMBER, "tickCount": 5} | {
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleX": 0,
        "titleY": -10,
        "domain": False,
        "ticks": False,
    }


def _by_series(series: Sequence[str], values: Sequence[str]) -> Spec:
    scale = {"domain": list(series), "range": [values[i % len(values)] for i in range(len(series))]}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def _last(rows: Sequence[Spec]) -> list[Spec]:
    """Return the last row of each series."""
    return list({row["series"]: row for row in sorted(rows, key=lambda row: row["day"])}.values())


def _apart(rows: Sequence[Spec]) -> list[Spec]:
    """Return the rows whose figures do not cover each other: of those that lie close, that of the first line."""
    most = max((abs(row["value"]) for row in rows), default=0)
    written: list[Spec] = []
    for row in rows:
        close = (abs(row["value"] - one["value"]) * HEIGHT < most * LABEL_HEIGHT for one in written)
        written += [] if any(close) else [row]
    return written


def _rules(rules: list[Spec], x: Spec) -> list[Spec]:
    data = {"values": rules}
    text = {"type": "text", "align": "right", "dx": -4, "dy": 4, "baseline": "top", "color": SOFT, "fontSize": 11}
    return [
        {"data": data, "mark": {"type": "rule", "strokeDash": [4, 3], "color": EDGE}, "encoding": {"x": x}},
        {"data": data, "mark": text, "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "words"}}},
    ]


def _indonesian_months() -> Spec:
    """Return d3's description of Indonesian dates, which npm's d3-time-format has not, with the words of CLDR."""
    indonesian = Locale("id")
    words: dict[str, list[str]] = {}
    for name, width in (("", "wide"), ("short", "abbreviated")):
        days, months = indonesian.days["format"][width], indonesian.months["format"][width]
        # CLDR's week begins on Monday, d3's on Sunday.
        words[f"{name}Days" if name else "days"] = [days[(number + 6) % 7] for number in range(7)]
        words[f"{name}Months" if name else "months"] = [months[number] for number in range(1, 13)]
    return {
        "dateTime": "%A, %e %B %Y %X",
        "date": "%d/%m/%Y",
        "time": "%H.%M.%S",
        "periods": ["", ""],
        **words,
    }
