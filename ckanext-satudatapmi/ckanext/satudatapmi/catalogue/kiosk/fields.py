"""The kinds of content of the kiosk and their fields, as schemas/kiosk/ declares them.

Each kind is a dataset type of its own; one dataset is one item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from babel import Locale

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.published import concepts
from ckanext.satudatapmi.schemas import vocabularies

FOLDER = "kiosk"
ENGLISH = "_en"
LANGUAGES = ("id", "en")
PRESETS = ("presets.yaml", f"{FOLDER}/presets.yaml")

Texts = Mapping[str, str]
"""A text by language, at least Indonesian."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of items.

    Attributes:
        name: the dataset type.
        label: by language.
        topic: the tile on which all of its items stand.
        stale_after_days: from so many days after its verification on an item is stale.
        identified_by: the field by which a table of items tells them apart.
        fields: as the schema declares them, with what their presets say and with their choices.
    """

    name: str
    label: Texts
    topic: str
    stale_after_days: int
    identified_by: str
    fields: tuple[Mapping[str, Any], ...]

    def field(self, name: str) -> Mapping[str, Any] | None:
        """Return the field of that name, None if there is none."""
        return next((field for field in self.fields if field["field_name"] == name), None)

    def is_stale(self, verified_on: dt.date | None, day: dt.date) -> bool:
        """Tell whether what was verified on a day is too old on another; what was never verified is."""
        return verified_on is None or (day - verified_on).days > self.stale_after_days


@cache
def document() -> Mapping[str, Any]:
    """Return what kiosk.yaml says."""
    return vocabularies.read_yaml(f"{FOLDER}/kiosk.yaml")


@cache
def types() -> tuple[str, ...]:
    """Return the dataset types of the kiosk's content, in the order of the lists."""
    return tuple(document()["types"])


@cache
def kind(name: str) -> Kind:
    """Return a kind by its dataset type.

    Raises:
        KeyError: there is no such kind.
    """
    if name not in types():
        raise KeyError(name)
    schema = vocabularies.read_yaml(f"{FOLDER}/{name}.yaml")
    fields = tuple(_expanded(field) for field in schema["dataset_fields"])
    known_by = schema.get("identified_by", "title")
    return Kind(name, schema["label"], schema["topic"], schema["stale_after_days"], known_by, fields)


@cache
def _presets() -> Mapping[str, Mapping[str, Any]]:
    listed = (preset for name in PRESETS for preset in vocabularies.read_yaml(name)["presets"])
    return {preset["preset_name"]: preset["values"] for preset in listed}


def _expanded(field: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**_presets()[field["preset"]], **field}
    return whole | ({"choices": choices(whole)} if "choices_from" in whole else {})


def choices(field: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what a field may be chosen from: {value, label by language}; [] where anything may be said.

    Args:
        field: with its preset's values; `choices_from` names a published code list, a level of areas or a list of
            kiosk.yaml.
    """
    source = field.get("choices_from")
    return _listed(source) if source else field.get("choices", ())


@cache
def _listed(source: str) -> tuple[Mapping[str, Any], ...]:
    special = {
        "provinsi": partial(_areas, "provinsi"),
        "kabupaten_kota": partial(_areas, "kabupaten_kota"),
        "currencies": _currencies,
    }
    if source in special:
        return special[source]()
    if source in document():
        return tuple(document()[source])
    codes = (code for code in concepts(source) if not code.valid_to)
    found = ({"value": code.code, "label": both(code.label)} for code in codes)
    return tuple(sorted(found, key=lambda one: one["label"]["id"]))


def _areas(level: wilayah.Level) -> tuple[Mapping[str, Any], ...]:
    areas = sorted(wilayah.within_area(level=level), key=lambda area: area.code)
    return tuple({"value": area.code, "label": {"id": area.name, "en": area.name}} for area in areas)


def _currencies() -> tuple[Mapping[str, Any], ...]:
    names = {language: Locale(language).currencies for language in LANGUAGES}
    return tuple(
        {"value": code, "label": {language: f"{code} ({names[language][code]})" for language in LANGUAGES}}
        for code in document()["currencies"]
    )


def both(label: Texts) -> dict[str, str]:
    """Return a text in both languages; what has no English is the Indonesian."""
    return {language: label.get(language) or label["id"] for language in LANGUAGES}
