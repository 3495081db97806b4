"""What the actions on kiosks accept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.portal.kiosk.devices import SLIPS
from ckanext.satudatapmi.portal.kiosk.screens import APART
from ckanext.satudatapmi.portal.kiosk.tiles import tiles
from ckanext.satudatapmi.portal.kiosk.tongues import tongues
from ckanext.satudatapmi.reference import wilayah

ID = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
PLACE_MAX, BROWSER_MAX = 200, 300
HOURS_MAX, SHOWN_MAX = 2000, 100_000
LARGEST_NUMBER = 2**31 - 1


def id_schema() -> dict[str, Any]:
    """Return what satudata_kiosk_delete accepts: `id`."""
    return {"id": _checks("not_empty", "unicode_safe")}


def kiosk_schema() -> dict[str, Any]:
    """Return what satudata_kiosk_create and _update accept: `id`, `place`, `wilayah`, `tongues` and `slip`."""
    return {
        "id": [*_checks("not_empty", "unicode_safe"), _kiosk_id],
        "place": [*_checks("not_empty", "unicode_safe"), _no_longer_than(PLACE_MAX)],
        "wilayah": [*_checks("not_empty", "unicode_safe"), _area],
        "tongues": [*_checks("not_empty"), _tongues],
        "slip": [_made("default", "none"), _made("one_of", list(SLIPS))],
    }


def edition_schema() -> dict[str, Any]:
    """Return what satudata_kiosk_edition_use accepts: `number`; without it the latest."""
    return {"number": [*_checks("ignore_missing"), _number]}


def report_schema() -> dict[str, Any]:
    """Return what satudata_kiosk_report accepts: `secret`, `edition`, `synced_at`, `browser` and `shown`."""
    return {
        "secret": _checks("not_empty", "unicode_safe"),
        "edition": [*_checks("ignore_missing"), _number],
        "synced_at": [*_checks("ignore_empty", "unicode_safe"), _moment],
        "browser": [_made("default", ""), *_checks("unicode_safe"), lambda told: told[:BROWSER_MAX]],
        "shown": [_made("default", {}), _shown],
    }


def _checks(*names: str) -> list[Any]:
    validator: Any = tk.get_validator
    return [validator(name) for name in names]


def _made(name: str, setting: Any) -> Any:
    maker: Any = tk.get_validator(name)
    return maker(setting)


def _kiosk_id(value: str) -> str:
    if not ID.fullmatch(value):
        raise tk.Invalid(tk._("An id has 2 to 40 small letters, digits and hyphens, such as lombok-tengah-1."))
    return value


def _no_longer_than(length: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > length:
            raise tk.Invalid(tk._("At most {count} characters.").format(count=length))
        return value

    return check


def _area(value: str) -> str:
    if value not in wilayah.areas() or value == wilayah.INDONESIA:
        raise tk.Invalid(tk._("There is no area of this code. Codes are those of Kemendagri, such as 35 or 52.02."))
    return value


def _tongues(value: Any) -> list[str]:
    wanted = [value] if isinstance(value, str) else list(dict.fromkeys(value)) if isinstance(value, list) else []
    if not wanted or any(one not in tongues() for one in wanted):
        raise tk.Invalid(tk._("Choose among these languages: {codes}.").format(codes=", ".join(tongues())))
    return wanted


def _number(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_NUMBER):
        raise tk.Invalid(tk._("There is no edition {number}.").format(number=value))
    return int(text)


def _moment(value: str) -> datetime:
    try:
        return _with_zone(value)
    except ValueError as error:
        raise tk.Invalid(tk._("A moment is written as 2026-01-31T23:59:59Z.")) from error


def _with_zone(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _shown(value: Any) -> dict[tuple[datetime, str], int]:
    """Read `{"2026-01-31T23:00Z hak": 3}`; a kiosk that tells anything else is broken, and is told so."""
    if not isinstance(value, dict) or len(value) > HOURS_MAX:
        raise tk.Invalid(tk._("Say for each hour and screen how often it was shown."))
    return dict(_counted(key, count) for key, count in value.items())


def _counted(key: str, count: Any) -> tuple[tuple[datetime, str], int]:
    hour, _blank, screen = key.partition(" ")
    known = {*APART, *(tile.path for tile in tiles())}
    try:
        moment = _with_zone(hour)
    except ValueError as error:
        raise tk.Invalid(tk._("A moment is written as 2026-01-31T23:59:59Z.")) from error
    is_whole = isinstance(count, int) and not isinstance(count, bool)
    if screen not in known or not is_whole or not 0 < count <= SHOWN_MAX:
        raise tk.Invalid(tk._("Say for each hour and screen how often it was shown."))
    return (moment.replace(minute=0, second=0, microsecond=0), screen), count
