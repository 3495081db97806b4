"""Editions are made: every screen in every language, what the screens load, and what is read aloud."""

from __future__ import annotations

import json
import logging
import mimetypes
import time
from collections.abc import Iterator, Mapping
from importlib.resources import files as package_files

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import current_app

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.portal.kiosk import agencies, content, editions, rendering, speech, telling
from ckanext.satudatapmi.portal.kiosk.agencies import AGENCY
from ckanext.satudatapmi.portal.kiosk.editions import File
from ckanext.satudatapmi.portal.kiosk.screens import Known, paths, screen
from ckanext.satudatapmi.portal.kiosk.tongues import Tongue, tongues

log = logging.getLogger(__name__)

SHARED = "shared"
STATIC = "/satudatapmi/"
STATICS = ("aim/aim.css", "aim/aim.js", "aim/icons.svg", "favicon.svg")
REGISTER = "/aim/data/p3mi.json"
ASKED = "satudatapmi.kiosk.asked"
"""Key in CKAN's system_info: for which day and which state of the content an edition was last asked for, and when."""
PAUSE_SECONDS = 600
"""Between two editions of a day: who edits many items makes no edition of each."""
TIMEOUT_SECONDS = 3600


def make() -> int:
    """Make an edition of what is valid today, and return its number."""
    started = time.monotonic()
    known = telling.known()
    statics = {f"{STATIC}{name}": static(name) for name in STATICS}
    files = {SHARED: statics | {REGISTER: register(known)}}
    former = editions.latest()
    for tongue in tongues().values():
        files[tongue.code] = dict(_of_tongue(tongue, known, former.files.get(tongue.code, {}) if former else {}))
    number = editions.keep(files, known.day)
    listed = sum(len(one) for one in files.values())
    log.info("kiosk edition made: number=%d files=%d seconds=%.1f", number, listed, time.monotonic() - started)
    return number


def ask_for_edition() -> None:
    """Put an edition on the queue of CKAN's background jobs: the first thing each day, and soon after a change.

    What ended is gone from kiosks with the day, what was hidden or mended within a quarter of an hour.
    """
    wanted = f"{history.today()} {content.state()}"
    at, _space, asked = (model.get_system_info(ASKED) or "0").partition(" ")
    is_same_day = asked[:10] == wanted[:10]
    if asked == wanted or (is_same_day and time.time() - float(at) < PAUSE_SECONDS):
        return
    ask_now()
    model.set_system_info(ASKED, f"{time.time():.0f} {wanted}")


def ask_now() -> None:
    """Put an edition on the queue."""
    tk.enqueue_job(make, title="Edition of the kiosk", rq_kwargs={"timeout": TIMEOUT_SECONDS})


def register(known: Known) -> File:
    """Return the register of placement companies as kiosks hold it."""
    told = agencies.register(known.items.get(AGENCY, ()))
    return File("application/json", json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())


def static(name: str) -> File:
    """Return a file of the folder `public`."""
    body = package_files("ckanext.satudatapmi").joinpath("public", "satudatapmi", name).read_bytes()
    return File(mimetypes.guess_type(name)[0] or "application/octet-stream", body)


def _of_tongue(tongue: Tongue, known: Known, former: Mapping[str, str]) -> Iterator[tuple[str, File]]:
    """Give the screens of a language and their clips, by their addresses; `former` has those of the edition before."""
    is_heard = speech.is_possible(tongue.code)
    for path in paths(known):
        here = rendering.address(path, tongue)
        with current_app.test_request_context(here, base_url=tk.config["ckan.site_url"]):
            page = rendering.page(screen(path, known), tongue, known.day, lambda _text, _language: is_heard)
        yield here, File("text/html; charset=utf-8", page.html.encode())
        if page.spoken:
            yield from _clip(page.spoken, tongue, former)


def _clip(text: str, tongue: Tongue, former: Mapping[str, str]) -> Iterator[tuple[str, File]]:
    """Give the clip of a text: that of a former edition, which has the same text, or a new one."""
    address = rendering.clip_address(text, tongue.code)
    kept = editions.file(former[address]) if address in former else None
    yield address, kept or File(speech.MEDIA_TYPE, speech.clip(text, tongue.code))
