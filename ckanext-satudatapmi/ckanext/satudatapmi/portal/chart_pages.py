"""Charts of the single data under /angka.svg and /angka.png: any question that /angka answers, drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request
from werkzeug.exceptions import ServiceUnavailable

from ckanext.satudatapmi.portal import figure_pages
from ckanext.satudatapmi.portal.charts import drawing, figures, outlines, specs
from ckanext.satudatapmi.portal.indicators import ALL_TIMES
from ckanext.satudatapmi.portal.memory import ask_as_anybody

WIDE, LEAST, MOST = 720, 280, 1600
RETRY_SECONDS = 30
SPECIFICATION = "vl.json"
MEDIA_TYPES = drawing.MEDIA_TYPES | {SPECIFICATION: "application/json"}
LOOKS = ("as", "width", "title")
"""Parameters of the chart; all others are those of the question."""

pages = Blueprint("satudata_charts", __name__)


@pages.route('/angka.<any(svg, png, "vl.json"):ending>')
def chart(ending: str) -> Response | tuple[str, int]:
    """Return a chart of the figures that the address asks for, as `/angka` does.

    `as` is `lines`, `bars`, `map` (of the world) or `tiles` (of the provinces); `width` is in pixels; `title=0` leaves
    out title and source, for a page that says them. Ending in `vl.json`, it is the specification (Vega-Lite).
    """
    look = {name: request.args[name] for name in LOOKS if name in request.args}
    given, doubts = figure_pages.asked_without(LOOKS)
    if doubts:
        return tk.abort(409, " ".join(doubts))
    try:
        content = _drawn(given, look, ending)
    except tk.ValidationError as error:
        return tk.abort(409, " ".join(figure_pages.sentences(error.error_dict)))
    except figures.NoChart as error:
        return tk.abort(409, str(error))
    except drawing.ChartsAway:
        told = tk._("Charts cannot be drawn at the moment. The figures themselves are at /angka.")
        raise ServiceUnavailable(told, retry_after=RETRY_SECONDS) from None
    return image(content, ending)


def _drawn(asked: Mapping[str, str], look: Mapping[str, str], ending: str) -> bytes:
    """Return the chart of a question.

    Raises:
        ValidationError: the question cannot be understood, or has more than a chart shows.
        figures.NoChart: it has no chart of this kind.
        drawing.ChartsAway: it cannot be drawn now.
    """
    kind = look.get("as") or (figures.BARS if asked.get("by") else figures.LINES)
    if kind not in figures.KINDS:
        raise figures.NoChart(tk._("A chart is one of: {kinds}.").format(kinds=", ".join(figures.KINDS)))
    wanted = figures.Asked(
        tk.h.satudata_language(), width_of(look), look.get("title") != "0", tk.config["ckan.site_title"]
    )
    if kind == figures.TILES:
        return _tiles(wanted, ask_as_anybody("pmi_query", asked), ending)
    specification = _specification(kind, wanted, asked)
    return json.dumps(specification).encode() if ending == SPECIFICATION else drawing.draw(specification, ending)


def _specification(kind: str, wanted: figures.Asked, asked: Mapping[str, str]) -> specs.Spec:
    if kind == figures.LINES:
        spanned = {**asked, "time": asked.get("time") or ALL_TIMES}
        return figures.over_time(
            wanted, ask_as_anybody("pmi_query", spanned), ask_as_anybody("pmi_revision_list", spanned)
        )
    answer = ask_as_anybody("pmi_query", asked)
    if kind == figures.MAP:
        return figures.world(wanted, answer, tk.config["ckanext.satudatapmi.charts.assets"])
    return figures.ranked(wanted, answer)


def _tiles(wanted: figures.Asked, answer: Mapping[str, Any], ending: str) -> bytes:
    if ending == SPECIFICATION:
        raise figures.NoChart(tk._("The map of the provinces is no Vega-Lite; take it as SVG or PNG."))
    title, lines, values = figures.by_province(wanted, answer)
    return province_picture(values, title, lines, ending)


def province_picture(values: Mapping[str, float], title: str, lines: Sequence[str], ending: str) -> bytes:
    """Return the map of figures by code of province, alone, as svg or png.

    Args:
        title, lines: what is written above it.
    """
    shown = outlines.provinces_or_tiles(values)
    template = "outline" if isinstance(shown, outlines.OutlineMap) else "tile"
    svg = tk.render(f"satudata/snippets/{template}_map.html", {"map": shown, "title": title, "lines": lines})
    return svg.encode() if ending == "svg" else drawing.as_png(svg)


def width_of(look: Mapping[str, str]) -> int:
    """Return the width that the parameters of a chart name, in pixels, within what can be drawn well."""
    text = look.get("width", "")
    return min(max(int(text), LEAST), MOST) if text.isdecimal() and len(text) < 6 else WIDE


def image(content: bytes, ending: str) -> Response:
    """Return the answer that holds a chart: svg, png or vl.json."""
    answer = Response(content, mimetype=MEDIA_TYPES[ending])
    # An SVG is a document: opened by itself it may run nothing.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer
