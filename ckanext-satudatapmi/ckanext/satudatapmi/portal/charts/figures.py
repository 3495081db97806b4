"""Figures of the single data as charts: the answer to a question becomes a specification."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.registry import facets
from ckanext.satudatapmi.figures.words import unit_label
from ckanext.satudatapmi.portal import breakdowns
from ckanext.satudatapmi.portal.charts import specs
from ckanext.satudatapmi.reference import negara

LINES, BARS, MAP, TILES = "lines", "bars", "map", "tiles"
KINDS = (LINES, BARS, MAP, TILES)
OUTLINES, LAND, PLACES = "outlines", "land.json", "places.json"
YEARLY = "A"
MOST_LINES = 6

Answer = Mapping[str, Any]
Triangle = Mapping[str, Any]


class NoChart(Exception):
    """What was asked for gives no chart of this kind; the message says why, in a sentence."""


@dataclass(frozen=True)
class Asked:
    """How a chart is wanted.

    Attributes:
        language: `id` or `en`.
        width: in pixels.
        titled: whether title and source stand in it, as they must where it stands alone.
        site: name of this portal, for the line of the source.
    """

    language: str
    width: int
    titled: bool
    site: str


def over_time(asked: Asked, answer: Answer, triangles: Sequence[Triangle]) -> specs.Spec:
    """Return lines of all series over time; what was restated stands beside its line, and breaks are marked.

    Args:
        answer: of `pmi_query`, for the words of the title.
        triangles: all vintages of each series, of `pmi_revision_list`.

    Raises:
        NoChart: nothing, or too much for one chart.
    """
    shown = [one for one in triangles if _current(one)]
    if not shown:
        raise NoChart(tk._("Nobody has published a number of this."))
    if len(shown) > MOST_LINES:
        raise NoChart(
            tk._("These are {count} lines; a chart shows {most} at most.").format(count=len(shown), most=MOST_LINES)
        )
    points: list[specs.Point] = []
    marks: dict[date, specs.Mark] = {}
    for one in shown:
        name = _name_of(one, shown)
        points += _points(one, name)
        marks |= {day: specs.Mark(day, tk._("definition changes")) for day in _breaks(one)}
    frame = _frame(asked, answer, [figure for one in shown for figure in _current(one)])
    yearly = answer["question"]["frequency"] == YEARLY
    return specs.over_time(frame, points, list(marks.values()), yearly)


def ranked(asked: Asked, answer: Answer) -> specs.Spec:
    """Return bars of a breakdown, the largest first.

    Raises:
        NoChart: nothing is published, or by several dimensions at once.
    """
    figures = _figures(answer)
    bars = [specs.Bar(_label(one, answer), one["value"]) for one in figures]
    return specs.ranked(_frame(asked, answer, figures), bars)


def world(asked: Asked, answer: Answer, outlines: str) -> specs.Spec:
    """Return circles on a map of the world.

    Args:
        outlines: folder of what config/assets/build.mjs writes.

    Raises:
        NoChart: nothing is published by country, or this site has no outlines.
    """
    if answer["question"]["by"] != ["destination"]:
        raise NoChart(tk._("A map shows figures by destination country."))
    if not outlines:
        raise NoChart(tk._("This site has no outlines of the world."))
    land, places = outlines_in(outlines)
    figures = _figures(answer)
    bubbles = [
        specs.Bubble(_label(one, answer), one["value"], *places[number])
        for one in figures
        if (number := negara.numbers().get(one["codes"]["destination"]["code"], "")) in places
    ]
    return specs.world(_frame(asked, answer, figures), bubbles, land)


def by_province(asked: Asked, answer: Answer) -> tuple[str, list[str], Mapping[str, float]]:
    """Return title, lines below it, and the figures of the map of provinces by code.

    Raises:
        NoChart: nothing is published by province of origin.
    """
    if answer["question"]["by"] != ["origin"] or "origin" in answer["question"]["codes"]:
        raise NoChart(tk._("This map shows figures by province of origin."))
    figures = _figures(answer)
    frame = _frame(replace(asked, titled=True), answer, figures)
    return frame.title, [frame.unit, frame.source], {one["codes"]["origin"]["code"]: one["value"] for one in figures}


def _figures(answer: Answer) -> list[breakdowns.Figure]:
    if len(answer["question"]["by"]) != 1:
        raise NoChart(tk._("Bars show figures by one dimension; ask for one with by."))
    figures = breakdowns.in_order(answer)
    if not figures:
        raise NoChart(tk._("Nobody has published a number of this."))
    return figures


def _frame(asked: Asked, answer: Answer, figures: Sequence[Mapping[str, Any]]) -> specs.Frame:
    question, language = answer["question"], asked.language
    unit = unit_label(question["unit"])
    if not asked.titled:
        return specs.Frame(language, asked.width, "", "", unit)
    title = f"{' · '.join(map(tk.h.satudata_in_language, breakdowns.about(question)))}, {span(figures)}"
    bodies = ", ".join(dict.fromkeys(tk.h.satudata_in_language(facets()[one["facet"]].title) for one in figures))
    published = tk.h.satudata_date(max(one["vintage"] for one in figures))
    source = tk._("Source: {bodies}, published {day}; {site}").format(bodies=bodies, day=published, site=asked.site)
    return specs.Frame(language, asked.width, title, source, unit)


def span(figures: Sequence[Mapping[str, Any]]) -> str:
    """Return the span of figures in words; of years their years alone."""
    first, last = min(one["ref_start"] for one in figures), max(one["ref_end"] for one in figures)
    if first.endswith("-01-01") and last.endswith("-12-31") and first[:4] != last[:4]:
        return f"{first[:4]}–{last[:4]}"
    return tk.h.satudata_period(first, last)


def _current(triangle: Triangle) -> list[Mapping[str, Any]]:
    """Return the figure of each period as it stands today; periods without a number are left out."""
    return [one["vintages"][-1] for one in triangle["periods"] if one["vintages"][-1]["value"] is not None]


def _points(triangle: Triangle, name: str) -> Iterator[specs.Point]:
    piece, before = 0, None
    for figure in _current(triangle):
        if before and (_next_day(before) != figure["ref_start"] or before["definition"] != figure["definition"]):
            piece += 1
        yield specs.Point(date.fromisoformat(figure["ref_start"]), figure["value"], name, piece)
        before = figure
    for period in triangle["periods"]:
        *earlier, now = period["vintages"]
        for value in {one["value"] for one in earlier} - {now["value"], None}:
            yield specs.Point(date.fromisoformat(period["ref_start"]), value, name, former=True)


def _breaks(triangle: Triangle) -> Iterator[date]:
    """Yield a day between two periods whose figures count something else."""
    figures = _current(triangle)
    for before, after in pairwise(figures):
        if before["definition"] != after["definition"]:
            first, second = (date.fromisoformat(one["ref_start"]) for one in (before, after))
            yield first + (second - first) / 2


def _next_day(figure: Mapping[str, Any]) -> str:
    return (date.fromisoformat(figure["ref_end"]) + timedelta(days=1)).isoformat()


def _name_of(triangle: Triangle, all_shown: Sequence[Triangle]) -> str:
    """Return what a line is called: what it is of, and by whom where several bodies publish."""
    series = triangle["series"]
    differing = [
        tk.h.satudata_in_language(code["label"])
        for name, code in series["codes"].items()
        if len({json.dumps(one["series"]["codes"].get(name)) for one in all_shown}) > 1
    ]
    if not differing or len({one["series"]["facet"] for one in all_shown}) > 1:
        differing.append(tk.h.satudata_in_language(facets()[series["facet"]].title))
    return ", ".join(differing)


def _label(figure: Mapping[str, Any], answer: Answer) -> str:
    [by] = answer["question"]["by"]
    return tk.h.satudata_in_language(figure["codes"][by]["label"])


@lru_cache(maxsize=2)
def outlines_in(folder: str) -> tuple[Mapping[str, Any], Mapping[str, tuple[float, float]]]:
    """Return the land as GeoJSON, and where each country lies (longitude, latitude) by its ISO 3166-1 number.

    Args:
        folder: of what config/assets/build.mjs writes.
    """
    land, places = (json.loads((Path(folder) / OUTLINES / name).read_text(encoding="utf-8")) for name in (LAND, PLACES))
    return land, places
