"""The wall of the Command Center under /pusat-kendali: a screen at a time, and the next one by itself when asked to."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.portal.command import wall
from ckanext.satudatapmi.portal.command.report import sections
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered

log = logging.getLogger(__name__)
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


@pages.get("/laporan.pdf")
def report() -> Response | tuple[str, int]:
    """Return what the wall shows today on paper."""
    # It takes 30 MB of memory, which only those processes shall need that print.
    from ckanext.satudatapmi.portal.command import report_pdf
    from ckanext.satudatapmi.portal.form_pdf import FontsMissing

    language, now = tk.h.satudata_language(), datetime.now(UTC)
    screens = [_screen(number) for number in range(1, len(wall.titles()) + 1)]
    title = tk._("Daily report of the Command Center, {day}").format(
        day=formats.date(history.today().isoformat(), language)
    )
    address = tk.h.url_for("satudata_wall.show", qualified=True, locale="default")
    shown = tk.h.satudata_moment(now.replace(tzinfo=None))
    fonts = Path(tk.config["ckanext.satudatapmi.pdf.font_folder"])
    try:
        content = report_pdf.render(title, address, now, shown, sections(screens, language), fonts)
    except FontsMissing as error:
        log.error("report not printed: %s", error)
        return tk.abort(503, tk._("This site cannot make PDF files now. Print the page instead."))
    headers = {"Content-Disposition": f'inline; filename="pusat-kendali-{history.today().isoformat()}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


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
