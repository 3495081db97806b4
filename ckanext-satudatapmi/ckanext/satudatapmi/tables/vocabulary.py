"""The fields that tidy tables can have and the headings that partners print: `schemas/table_fields.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import yaml

from ckanext.satudatapmi.reference.matching import fold
from ckanext.satudatapmi.tables.marks import split_marks

Role = Literal["key", "time", "value", "attribute", "ignore"]
TYPES = ("text", "integer", "number", "date", "boolean")


@dataclass(frozen=True)
class KnownField:
    """A field of the vocabulary.

    Attributes:
        name: its name in descriptions.
        role: what it is to an observation.
        type: type of its values.
        codes: the code list of its values, or None.
        options: options for matching names with that list.
        column: the stem of its column in the tidy table; two fields may share it (provinsi, kabupaten_kota).
        label: heading in the data dictionary.
        notes: explanation there.
        parent: the field that its names lie within, if the table has that one too.
        headings: printed headings, folded.
    """

    name: str
    role: Role = "key"
    type: str = "text"
    codes: str | None = None
    options: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    column: str = ""
    label: str = ""
    notes: str = ""
    parent: str | None = None
    headings: frozenset[str] = frozenset()


@cache
def known_fields() -> dict[str, KnownField]:
    """Return the vocabulary by field name."""
    path = files("ckanext.satudatapmi.schemas") / "table_fields.yaml"
    return {name: _known(name, entry) for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def fields_headed(heading: str) -> list[KnownField]:
    """Return the fields that this printed heading stands for: none, one, or more if a heading has several uses."""
    key = heading_key(heading)
    return [known for known in known_fields().values() if key in known.headings]


def heading_key(heading: str) -> str:
    """Return a heading without its footnote marks and spelling habits, for comparison."""
    text, _marks = split_marks(heading)
    return fold(text) or text.strip()


def _known(name: str, entry: dict[str, Any]) -> KnownField:
    return KnownField(
        name=name,
        role=entry.get("role", "key"),
        type=entry.get("type", "text"),
        codes=entry.get("codes"),
        options=MappingProxyType(entry.get("options", {})),
        column=entry.get("as", name),
        label=entry.get("label", name.replace("_", " ").capitalize()),
        notes=entry.get("notes", ""),
        parent=entry.get("parent"),
        headings=frozenset(heading_key(heading) for heading in (*entry.get("headings", ()), name)),
    )
