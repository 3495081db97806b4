"""The monthly briefs under /kabar: all months, and what was published in one of them."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint
from werkzeug.exceptions import ServiceUnavailable

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.portal import briefs
from ckanext.satudatapmi.portal.charts import drawing
from ckanext.satudatapmi.portal.indicators import ALL_TIMES
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered

BAR_HEIGHT, MOST_BARS, AROUND_BARS = 24, 20, 16
LINES_HEIGHT, NARROW_LINES_HEIGHT = 406, 355
"""Of charts as /angka.svg draws them, in pixels."""
TRIED = 6
"""Among how many months the home page looks for one of which there is something to say."""

pages = Blueprint("satudata_briefs", __name__, url_prefix="/kabar")


@pages.route("")
def months() -> str:
    """Show the months that have a brief, by year."""
    years: dict[str, list[dict[str, Any]]] = {}
    for one in _months():
        years.setdefault(one["month"][:4], []).append(one)
    return tk.render("satudata/briefs.html", {"years": years})


@pages.route("/<name>")
def show(name: str) -> str | tuple[str, int]:
    """Show the brief of a month."""
    names = [one["month"] for one in _months()]
    if name not in names:
        return tk.abort(404, tk._("There is no brief of this month. A brief comes out when its month is over."))
    at = names.index(name)
    values = {
        "brief": _brief(name),
        "later": names[at - 1] if at else None,
        "earlier": names[at + 1] if at + 1 < len(names) else None,
        "picture": _picture,
        "charts": drawing.are_drawn(),
    }
    return tk.render("satudata/brief.html", values)


def newest() -> dict[str, Any] | None:
    """Return the last brief that says something, as satudata_brief_show gives it; None where none can be told now."""
    try:
        briefs_told = (_brief(one["month"]) for one in _months()[:TRIED])
        return next((one for one in briefs_told if one["parts"]), None)
    except ServiceUnavailable:
        return None


def _months() -> list[dict[str, Any]]:
    return remembered("brief months", lambda: _asked("satudata_brief_list", {}))


def _brief(name: str) -> dict[str, Any]:
    return remembered(f"brief {name} {tk.h.lang()}", lambda: _asked("satudata_brief_show", {"month": name}))


def _asked(action: str, asked: dict[str, str]) -> Any:
    try:
        return ask_as_anybody(action, asked)
    except tk.ValidationError as error:
        told: Any = error.error_dict.get("figures", [""])
        raise ServiceUnavailable(told[0], retry_after=figure_files.RETRY_SECONDS) from None


def _picture(part: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of the figures in the chart of a part, and its heights, for a page that does not jump."""
    asked = {name: value for name, value in part["chart"].items() if name != "as"}
    if part["chart"]["as"] == briefs.LINES:
        over_time = {"figures": asked | {"time": ALL_TIMES}}
        return over_time | {"height": LINES_HEIGHT, "narrow_height": NARROW_LINES_HEIGHT}
    bars = BAR_HEIGHT * min(part["figures"], MOST_BARS) + AROUND_BARS
    return {"figures": asked, "height": bars, "narrow_height": bars}
