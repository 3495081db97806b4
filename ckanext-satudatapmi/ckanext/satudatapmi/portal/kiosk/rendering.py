"""A screen of the kiosk as HTML, in one of its languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import ckan.plugins.toolkit as tk
import flask_babel
import segno
from flask import request
from markupsafe import Markup

from ckanext.satudatapmi.portal.kiosk import agencies, speech
from ckanext.satudatapmi.portal.kiosk.screens import HOME, Screen
from ckanext.satudatapmi.portal.kiosk.tiles import settings, tiles
from ckanext.satudatapmi.portal.kiosk.tongues import INDONESIAN, Tongue, tongues

BASE = "/aim/"
CLIPS = "/aim/suara/"
ALOUD = Markup("<!-- aloud -->")
"""Stands in the page where it is offered to be read aloud: its clip depends on what it says."""
INVITED_BY = 4
"""Tiles whose questions invite those who pass by."""

Clips = Callable[[str, str], bool]
"""Tells whether there is a clip of a text in a language."""


@dataclass(frozen=True)
class Phone:
    """How a screen gets to a telephone: its address, and the QR code of it. Nothing in it tells who asked."""

    address: str
    code: Markup


@dataclass(frozen=True)
class Page:
    """A screen in a language.

    Attributes:
        html: of the page.
        spoken: what is read aloud, "" where nothing can be.
    """

    html: str
    spoken: str


def address(path: str, tongue: Tongue) -> str:
    """Return where a screen stands on this site."""
    return f"{BASE}{path}" if tongue.code == INDONESIAN else f"{BASE}{tongue.code}/{path}"


def page(screen: Screen, tongue: Tongue, day: date, clips: Clips) -> Page:
    """Return a screen in a language.

    Args:
        screen: which one.
        tongue: the language.
        day: of the content.
        clips: tells whether a text can be heard; without any the screen offers no reading.
    """
    _speak(tongue)
    kiosk = settings()
    values = {
        "screen": screen,
        "tongue": tongue,
        "day": day.isoformat(),
        "to": lambda path: address(path, tongue),
        "others": [(one, address(screen.path, one)) for one in tongues().values() if one is not tongue],
        "icons": tk.h.url_for_static("/satudatapmi/aim/icons.svg"),
        "invitations": [one.about for one in tiles()[:INVITED_BY]],
        "phone": None if screen.path == HOME else _phone(screen, tongue),
        "idle": kiosk["idle"],
        "stale": kiosk["stale"],
        "minutes": {"sync": kiosk["sync_minutes"], "heartbeat": kiosk["heartbeat_minutes"]},
        "statuses": agencies.statuses(),
        "passed": " ".join(sorted(agencies.PASSED)),
        "most": agencies.MOST,
        "aloud": ALOUD,
    }
    shown = tk.render(f"aim/{screen.template}", values)
    text = speech.text_of(shown) if tongue.code in speech.VOICES else ""
    spoken = text if text and clips(text, tongue.code) else ""
    clip = clip_address(spoken, tongue.code) if spoken else None
    aloud = tk.render("aim/aloud.html", {"clip": clip, "tongue": tongue, "icons": values["icons"]})
    return Page(shown.replace(str(ALOUD), aloud), spoken)


def clip_address(text: str, language: str) -> str:
    """Return where the clip of a text stands."""
    return f"{CLIPS}{speech.name_of(text, language)}.opus"


def split(path: str) -> Iterator[tuple[Tongue, str]]:
    """Give the language and the screen that an address below /aim/ names; nothing where it names Indonesian."""
    head, _slash, rest = path.partition("/")
    if head == INDONESIAN:
        return
    if head in tongues():
        yield tongues()[head], rest
    else:
        yield tongues()[INDONESIAN], path


def _speak(tongue: Tongue) -> None:
    """Have gettext and CKAN's helpers speak the language behind a tongue: it stands in no prefix of the address."""
    request.environ["CKAN_LANG"] = tongue.locale
    flask_babel.refresh()


def _phone(screen: Screen, tongue: Tongue) -> Phone:
    told = f"{tk.config['ckan.site_url']}{address(screen.path, tongue)}"
    code = segno.make(told, error="m", micro=False).svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
    return Phone(told, Markup(code))  # noqa: S704 - drawn by segno, from our own address
