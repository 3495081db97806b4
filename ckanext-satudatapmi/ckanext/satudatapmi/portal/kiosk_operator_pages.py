"""The view of those who operate kiosks: each device, and the editions of what they hold."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.portal.kiosk.devices import SLIPS
from ckanext.satudatapmi.portal.kiosk.tongues import tongues
from ckanext.satudatapmi.reference import wilayah

pages = Blueprint("satudata_kiosk_operators", __name__)

UNPROCESSABLE = 422
Answer = Response | str | tuple[str, int]


@pages.get("/tugas/anjungan")
def overview() -> Answer:
    """Show all kiosks and editions."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=tk.h.url_for("satudata_kiosk_operators.overview")))
    return _overview()


@pages.post("/tugas/anjungan")
def add() -> Answer:
    """Make a kiosk, and show how its device is set up: this once."""
    written = _written()
    try:
        made = _call("satudata_kiosk_create", written)
    except tk.ValidationError as error:
        return _overview(errors=error.error_summary, written=written), UNPROCESSABLE
    return _overview(made=made)


@pages.post("/tugas/anjungan/<kiosk>/ubah")
def change(kiosk: str) -> Answer:
    """Change what is said of a kiosk."""
    written = _written() | {"id": kiosk}
    try:
        _call("satudata_kiosk_update", written)
    except tk.ValidationError as error:
        return _overview(errors=error.error_summary, written=written), UNPROCESSABLE
    tk.h.flash_success(tk._("Changed. The kiosk hears of it within minutes."))
    return _back()


@pages.post("/tugas/anjungan/<kiosk>/hapus")
def remove(kiosk: str) -> Answer:
    """Forget a kiosk."""
    _call("satudata_kiosk_delete", {"id": kiosk})
    tk.h.flash_success(tk._("The kiosk can report no more. What it holds stays on the device until it is reset."))
    return _back()


@pages.post("/tugas/anjungan/edisi")
def make_edition() -> Answer:
    """Have an edition made."""
    _call("satudata_kiosk_edition_make", {})
    tk.h.flash_success(tk._("An edition is being made. It stands here in a minute or two."))
    return _back()


@pages.post("/tugas/anjungan/edisi/pakai")
def use_edition() -> Answer:
    """Have kiosks go back to an edition, or on to the latest."""
    try:
        used = _call("satudata_kiosk_edition_use", {"number": number} if (number := request.form.get("number")) else {})
    except tk.ValidationError as error:
        return _overview(errors=error.error_summary), UNPROCESSABLE
    tk.h.flash_success(tk._("Kiosks take edition {number} within minutes.").format(number=used["number"]))
    return _back()


def _call(action: str, asked: dict[str, Any]) -> Any:
    try:
        return tk.get_action(action)({}, asked)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


def _written() -> dict[str, Any]:
    form = request.form
    tongues = [one for one in (form.get("first"), *form.getlist("tongues")) if one]
    return {name: form.get(name, "").strip() for name in ("id", "place", "wilayah", "slip")} | {"tongues": tongues}


def _overview(**values: Any) -> str:
    shown = {
        "kiosks": _call("satudata_kiosk_list", {}),
        "editions": _call("satudata_kiosk_edition_list", {}),
        "tongues": tongues().values(),
        "slips": SLIPS,
        "areas": [area for area in wilayah.areas().values() if area.code != wilayah.INDONESIA],
        "made": None,
        "errors": {},
        "written": {"tongues": ["id", "en"], "slip": "none"},
    }
    return tk.render("satudata/kiosks.html", shown | values)


def _back() -> Response:
    return redirect(tk.h.url_for("satudata_kiosk_operators.overview"))
