"""The wall of the Command Center under /pusat-kendali: a screen at a time, and the next one by itself when asked to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, request

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.portal.command import wall
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered

pages = Blueprint("satudata_wall", __name__, url_prefix="/pusat-kendali")

SCREEN, ROTATES = "layar", "putar"


@pages.get("")
def show() -> str:
    """Show a screen."""
    number = request.args.get(SCREEN, "1")
    try:
        screen = _screen(int(number))
    except (ValueError, KeyError):
        return tk.abort(404, tk._("There is no such screen. The wall begins at /pusat-kendali."))
    return tk.render("satudata/command/wall.html", _values(screen))


def _screen(number: int) -> wall.Screen:
    today = history.today()
    # What the checks found is told in the language of the page.
    return remembered(f"wall {number} {today} {tk.h.lang()}", lambda: wall.screen(number, ask_as_anybody, today))


def _values(screen: wall.Screen) -> dict[str, Any]:
    return {
        "screen": screen,
        "titles": wall.titles(),
        "seconds": wall.seconds(),
        "rotates": request.args.get(ROTATES) == "1",
        "now": datetime.now(UTC).replace(tzinfo=None),
    }
