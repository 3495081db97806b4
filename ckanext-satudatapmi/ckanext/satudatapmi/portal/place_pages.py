"""The pages of places: /wilayah for areas of Indonesia, /negara for the countries where migrant workers are."""

from __future__ import annotations

from functools import partial

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.portal.charts import drawing, outlines, tiles
from ckanext.satudatapmi.portal.indicators import Broken
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered
from ckanext.satudatapmi.portal.places import codes_with_figures, place
from ckanext.satudatapmi.reference import negara, wilayah

pages = Blueprint("satudata_places", __name__)


def placements(dimension: str) -> Broken | None:
    """Return the placements of all places of a dimension, as everybody may see them; read at most once a minute."""
    return remembered(f"placements by {dimension}", lambda: codes_with_figures(dimension, ask_as_anybody))


def province_map(found: Broken | None) -> tiles.TileMap | outlines.OutlineMap:
    """Return the map of the provinces with the figures of a breakdown: by outlines where this site has them."""
    return outlines.provinces_or_tiles(_by_origin(found))


def _by_origin(found: Broken | None) -> dict[str, float]:
    return {one["codes"]["origin"]["code"]: one["value"] for one in found.figures} if found else {}


@pages.route("/wilayah")
def areas() -> str:
    """Show all provinces, with the placements from each."""
    found = placements("origin")
    values = {"found": found, "tiles": province_map(found), "provinces": wilayah.within_area(level="provinsi")}
    return tk.render("satudata/areas.html", values)


@pages.route("/wilayah/<code>")
def area(code: str) -> str | AnyResponse | tuple[str, int]:
    """Show what is known of migrant workers from an area."""
    if code == wilayah.INDONESIA:
        return redirect(tk.h.url_for("satudata_places.areas"))
    if code not in wilayah.areas():
        return tk.abort(404, tk._("There is no area of this code. Codes are those of Kemendagri, such as 35 or 52.02."))
    return _shown("origin", code)


@pages.route("/negara")
def countries() -> str:
    """Show the destination countries, with the placements to each."""
    return tk.render("satudata/countries.html", {"found": placements("destination"), "maps": drawing.is_world_drawn()})


@pages.route("/negara/<code>")
def country(code: str) -> str | AnyResponse | tuple[str, int]:
    """Show what is known of migrant workers in a country."""
    if code not in negara.countries():
        return tk.abort(
            404, tk._("There is no country of this code. Codes are those of ISO 3166-1, such as MYS or HKG.")
        )
    return _shown("destination", code)


def _shown(dimension: str, code: str) -> str:
    found = place(dimension, code, ask_as_anybody, partial(ask_as_anybody, "package_search"))
    # Of a destination country the figures are of provinces.
    districts = outlines.districts(code, _by_origin(found.within)) if dimension == "origin" and found.parts else None
    return tk.render("satudata/place.html", {"place": found, "charts": drawing.are_drawn(), "districts": districts})
