"""The words of the portal in those of DCAT-AP (schemas/dcat.yaml), and the reading of periods, areas and languages.

Pure: no CKAN. Every function takes any JSON value and never raises for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.schemas import convert, dates, vocabularies

GEOJSON_TYPES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
_LABEL_KEYS = ("name", "nama", "label", "text", "prefLabel", "@value")
_CODE_KEYS = ("code", "kode", "identifier", "id")
_START_KEYS, _END_KEYS = ("startDate", "start", "awal", "mulai"), ("endDate", "end", "akhir", "selesai")
_AREA_CODE = re.compile(r"^(IDN|\d{2}(\.\d{2})?)$")


@dataclass(frozen=True)
class Period:
    """The time that data cover: ISO 8601 dates, years or months, as precise as they came; either may be None."""

    start: str | None
    end: str | None


@dataclass(frozen=True)
class Place:
    """An area that data cover: its name, its Kemendagri code, its GeoJSON geometry; what is not known is None."""

    name: str | None = None
    code: str | None = None
    geometry: Mapping[str, Any] | None = None


@cache
def document() -> Mapping[str, Any]:
    """Return schemas/dcat.yaml."""
    return vocabularies.read_yaml("dcat.yaml")


def access_levels() -> Mapping[str, str]:
    """Return accessLevel of data.json by level of Perpres 39/2019."""
    return document()["access_level"]


def authority(table: str, word: str | None) -> str | None:
    """Return the URI that an authority table of dcat.yaml has for a word, None where it has none.

    >>> authority("frequency", "R/P1Y")
    'http://publications.europa.eu/resource/authority/frequency/ANNUAL'
    """
    found = document()[table].get(word)
    return f"{document()[table + '_base']}{found}" if found else None


def frequency(value: Any) -> str | None:
    """Return the URI of an update frequency, however it is spelt."""
    known = vocabularies.periodicity(value) if isinstance(value, str) else None
    return authority("frequency", known.iso) if known else None


def access_right(value: Any) -> str | None:
    """Return the URI of an access right, from any word that a catalogue uses."""
    return authority("access_right", vocabularies.access_level(value) if isinstance(value, str) else None)


def languages(value: Any) -> list[str]:
    """Return language codes as a list of texts, from a list, one code, or codes with commas."""
    items = value if isinstance(value, list) else str(value or "").split(",")
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]


def language(code: str) -> str | None:
    """Return the URI of a language by its code; `id-ID` counts as `id`."""
    return authority("language", code.lower().replace("_", "-").split("-")[0])


def period(value: Any) -> Period | None:
    """Return the period that a JSON value names, or None if it names none.

    >>> period("2024-01-01/2024-12-31"), period("2023")
    (Period(start='2024-01-01', end='2024-12-31'), Period(start='2023', end='2023'))
    """
    if isinstance(value, list) and len(value) == 1:
        return period(value[0])
    if isinstance(value, dict):
        return _period(_first(value, _START_KEYS), _first(value, _END_KEYS))
    if isinstance(value, str) and "/" in value and dates.iso_date(value) is None:
        start, _, end = value.partition("/")
        return _period(start, end)
    return _period(value, value)


def _period(start: Any, end: Any) -> Period | None:
    found = Period(dates.iso_date(start), dates.iso_date(end))
    return found if found.start or found.end else None


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key)), None)


def places(value: Any) -> Iterator[Place]:
    """Yield the areas that a JSON value names: names, Kemendagri codes, GeoJSON, objects with these, or a list.

    >>> list(places("35"))
    [Place(name='Jawa Timur', code='35', geometry=None)]
    """
    if isinstance(value, list):
        for item in value:
            yield from places(item)
    elif isinstance(value, dict):
        place = _place(value)
        if place:
            yield place
    elif value is not None and not isinstance(value, bool) and convert.as_text(value):
        yield _named(convert.as_text(value))


def _place(value: Mapping[str, Any]) -> Place | None:
    if value.get("type") in GEOJSON_TYPES and isinstance(value.get("coordinates"), list):
        return Place(geometry=value)
    name, code = _first(value, _LABEL_KEYS), _first(value, _CODE_KEYS)
    if not isinstance(name, str):
        return _named(code) if isinstance(code, str) else None
    return Place(name=name, code=code if isinstance(code, str) else _code(name))


def _named(text: str) -> Place:
    """Return the area of a Kemendagri code, or one by its name, with its code if no other area bears the name."""
    area = wilayah.areas().get(text) if _AREA_CODE.match(text) else None
    return Place(name=area.name, code=area.code) if area else Place(name=text, code=_code(text))


@lru_cache(maxsize=4096)
def _code(name: str) -> str | None:
    return wilayah.match(name).code
