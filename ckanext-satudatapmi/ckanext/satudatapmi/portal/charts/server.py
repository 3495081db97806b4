"""A WSGI application that draws: Vega-Lite or SVG comes in, SVG or PNG goes out. It fetches nothing.

    POST /vega-lite.svg, /vega-lite.png   a Vega-Lite specification whose data stand in it
    POST /svg.png                         an SVG

It runs in a process of its own (config/charts.conf.py) and imports no CKAN: V8 takes a hundred megabytes, and a chart
that cannot be drawn must not take a web server with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vl_convert
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled)
from werkzeug.wrappers import Request, Response

SCALE = 2.0
"""Pixels of a PNG to one of the specification: sharp on paper and on today's screens."""
MOST_BYTES = 8 * 1024**2
NOTHING_FETCHED: list[str] = []
"""The addresses from which a specification may load data."""
SVG, PNG = "image/svg+xml", "image/png"


def _svg_of(request: Request) -> bytes:
    drawn = vl_convert.vegalite_to_svg(_specification(request), allowed_base_urls=NOTHING_FETCHED)
    return _closed(drawn.encode())


def _png_of(request: Request) -> bytes:
    return _as_png(_svg_of(request))


def _png_of_svg(request: Request) -> bytes:
    return _as_png(_closed(request.get_data()))


def _as_png(svg: bytes) -> bytes:
    return vl_convert.svg_to_png(svg.decode(), scale=SCALE)


def _closed(svg: bytes) -> bytes:
    """Return an SVG that refers to nothing outside it: vl-convert would fetch that for a PNG, whatever may be fetched.

    Raises:
        ValueError: it does, or it is no XML, which vl-convert does not survive.
    """
    try:
        found = etree.fromstring(svg, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if found.xpath("//@*[local-name() = 'href' and not(starts-with(., '#'))]"):
        raise ValueError("a chart may refer to nothing outside it")
    return svg


def _specification(request: Request) -> dict[str, Any]:
    found = request.get_json(force=True)
    if not isinstance(found, dict):
        raise ValueError("a specification is an object")
    return found


DRAWN: dict[str, tuple[Callable[[Request], bytes], str]] = {
    "/vega-lite.svg": (_svg_of, SVG),
    "/vega-lite.png": (_png_of, PNG),
    "/svg.png": (_png_of_svg, PNG),
}


@Request.application
def application(request: Request) -> Response:
    """Draw what is sent."""
    if request.path not in DRAWN or request.method != "POST":
        return Response("POST to one of: " + ", ".join(DRAWN), 404, mimetype="text/plain")
    request.max_content_length = MOST_BYTES
    draw, media_type = DRAWN[request.path]
    try:
        return Response(draw(request), mimetype=media_type)
    except ValueError as error:
        # vl-convert tells of every fault of a specification by this error.
        return Response(str(error), 400, mimetype="text/plain")


def draw_ahead() -> None:
    """Draw a chart of nothing, so that V8 and Vega are loaded."""
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"}, allowed_base_urls=NOTHING_FETCHED)
