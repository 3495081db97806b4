"""The kiosk AIM under /aim: its screens, and what a device needs to show them without a network."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi import signing
from ckanext.satudatapmi.portal.kiosk import agencies, editions, making, rendering, telling
from ckanext.satudatapmi.portal.kiosk.agencies import AGENCY
from ckanext.satudatapmi.portal.kiosk.screens import Known, Screen, screen
from ckanext.satudatapmi.portal.memory import remembered

pages = Blueprint("satudata_kiosk", __name__)
devices = Blueprint("satudata_kiosk_devices", __name__)
BEARER = "Bearer "


@pages.get("/aim")
@pages.get("/aim/")
@pages.get("/aim/<path:path>")
def show(path: str = "") -> str | AnyResponse:
    """Show a screen in a language."""
    found = next(rendering.split(path), None)
    if found is None:
        return redirect(f"{rendering.BASE}{path.partition('/')[2]}")
    tongue, wanted = found
    known = telling.known()
    try:
        shown = screen(wanted.rstrip("/"), known)
    except KeyError:
        return tk.abort(404, tk._("The kiosk has no such screen."))
    if "agencies" in shown.values:
        shown = _with_found(shown, known)
    return rendering.page(shown, tongue, known.day, _is_kept).html


@pages.get("/aim/data/p3mi.json")
def register() -> Response:
    """Return the register of placement companies, to be asked without a network."""
    return _response(making.register(telling.known()))


@pages.get("/aim/suara/<name>.opus")
def clip(name: str) -> Response:
    """Return what is read aloud."""
    sha256 = _clips().get(f"{rendering.CLIPS}{name}.opus")
    found = editions.file(sha256) if sha256 else None
    return _response(found) if found else tk.abort(404, tk._("There is no such clip any more."))


@devices.get("/aim/service-worker.js")
def service_worker() -> Response:
    """Return the script that keeps editions: it rules over /aim/, and therefore stands there."""
    return _response(making.static("aim/service-worker.js"))


@devices.get("/aim/edisi.json")
def edition() -> Response:
    """Return what the current edition consists of, and the portal's signature of it.

    `manifest` is a string of JSON: number, made_at, day, and files (address to SHA-256, by language); `signature` is of
    its bytes in UTF-8, by Ed25519, in base64.
    """
    found = editions.current()
    if found is None:
        return tk.abort(404, tk._("No edition was made yet."))
    manifest = found.manifest
    signature = base64.b64encode(signing.sign(manifest.encode())).decode()
    return Response(json.dumps({"manifest": manifest, "signature": signature}), mimetype="application/json")


@devices.get("/aim/isi/<sha256>")
def content(sha256: str) -> Response:
    """Return a file of an edition by its digest."""
    found = editions.file(sha256)
    return _response(found) if found else tk.abort(404, tk._("No edition has this file."))


@devices.post("/aim/denyut")
def heartbeat() -> tuple[dict[str, Any], int]:
    """Take what a kiosk says of itself, and answer with what its operator says of it."""
    secret = request.headers.get("Authorization", "").removeprefix(BEARER)
    said = request.get_json(silent=True)
    told = {**(said if isinstance(said, dict) else {}), "secret": secret, "browser": request.user_agent.string}
    try:
        return tk.get_action("satudata_kiosk_report")({}, told), 200
    except tk.NotAuthorized as error:
        return {"title": str(error), "status": 403}, 403
    except tk.ValidationError as error:
        return {"title": tk._("The report cannot be read."), "status": 400, "errors": error.error_dict}, 400


@devices.get("/aim/pasang")
def set_up() -> str:
    """Show the page on which an officer makes a device a kiosk; its secret stands behind the # of the address."""
    return tk.render("aim/set_up.html", {"key": base64.b64encode(signing.raw_public_key()).decode()})


def _with_found(shown: Screen, known: Known) -> Screen:
    """Return the screen of the register with the companies that are asked for: without scripts it is asked here."""
    text = request.args.get("q", "")
    found = agencies.find(known.items.get(AGENCY, ()), text)
    return replace(shown, values={**shown.values, "asked": text, "found": found})


def _is_kept(text: str, language: str) -> bool:
    return rendering.clip_address(text, language) in _clips()


def _clips() -> dict[str, str]:
    return remembered("kiosk clips", _read_clips)


def _read_clips() -> dict[str, str]:
    found = editions.current()
    listed = found.files.values() if found else ()
    return {address: sha256 for one in listed for address, sha256 in one.items() if address.startswith(rendering.CLIPS)}


def _response(file: editions.File) -> Response:
    return Response(file.body, content_type=file.media_type)
