"""The pages of the indicators under /indikator: what is measured, over time, from where and to where."""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk
from flask import Blueprint, request

from ckanext.satudatapmi.figures.registry import Indicator, indicators
from ckanext.satudatapmi.portal import place_pages
from ckanext.satudatapmi.portal.charts import drawing
from ckanext.satudatapmi.portal.indicators import IndicatorPage, entries, indicator_page
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered

pages = Blueprint("satudata_indicators", __name__, url_prefix="/indikator")


@pages.route("")
def listing() -> str:
    """Show all indicators, each with its last figure."""
    found = remembered(f"indicators {tk.h.lang()}", lambda: entries(ask_as_anybody))
    return tk.render("satudata/indicators.html", {"entries": found})


@pages.route("/<name>")
def show(name: str) -> str | tuple[str, int]:
    """Show an indicator."""
    indicator = indicators().get(name)
    if indicator is None:
        return _none()
    page = _page(indicator, _year())
    origins = page.of_dimension("origin")
    values = {
        "page": page,
        "tiles": place_pages.province_map(origins),
        "charts": drawing.are_drawn(),
        "maps": drawing.is_world_drawn(),
    }
    return tk.render("satudata/indicator.html", values)


@pages.route("/<name>/sematan")
def embedded(name: str) -> str | tuple[str, int]:
    """Show an indicator's line over time for a frame in somebody else's page."""
    indicator = indicators().get(name)
    if indicator is None:
        return _none()
    return tk.render("satudata/indicator_embedded.html", {"page": _page(indicator)})


def _none() -> tuple[str, int]:
    return tk.abort(404, tk._("There is no indicator of this name."))


def _year() -> str:
    year = request.args.get("time", "")
    return year if re.fullmatch(r"(19|20)\d\d", year) else ""


def _page(indicator: Indicator, year: str = "") -> IndicatorPage:
    if year:
        return indicator_page(indicator, ask_as_anybody, year)
    # The notes of an answer are in the language of the page.
    return remembered(f"indicator {indicator.id} {tk.h.lang()}", lambda: indicator_page(indicator, ask_as_anybody))
