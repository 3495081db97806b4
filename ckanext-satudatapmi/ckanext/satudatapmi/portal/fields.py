"""The SDI fields of a dataset as its page shows them: in their groups, explained, the filled ones first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.portal.values import Shown, laid_out, laid_out_json

SHOWN_ELSEWHERE = frozenset({"title", "name", "notes", "tag_string", "owner_org"})
"""Fields that have a place of their own on the page."""

PROVENANCE_GROUP = "asal"

Text = Mapping[str, str] | str


@dataclass(frozen=True)
class Field:
    """One field: what it is called, what it means, how the wire calls it, what it says (None: nothing)."""

    name: str
    label: str
    help_text: str
    key: str
    value: Shown | None


@dataclass(frozen=True)
class Section:
    """Fields under one heading of a group; the heading is "" where the group has no parts."""

    heading: str
    filled: tuple[Field, ...]


@dataclass(frozen=True)
class Group:
    """A group of fields as dataset.yaml declares it."""

    name: str
    label: str
    help_text: str
    sections: tuple[Section, ...]
    empty: tuple[Field, ...]

    @property
    def filled(self) -> int:
        """The number of fields that say something."""
        return sum(len(section.filled) for section in self.sections)

    @property
    def total(self) -> int:
        """The number of fields of the group."""
        return self.filled + len(self.empty)


@dataclass(frozen=True)
class Reader:
    """What is needed to read a field: the visitor's language and CKAN's way to a label."""

    language: str
    choice_label: Callable[[Mapping[str, Any], str], str]
    licence_title: Callable[[Mapping[str, Any]], str]

    def text(self, value: Text | None) -> str:
        """Return the text of a bilingual label in the visitor's language."""
        if isinstance(value, Mapping):
            return value.get(self.language) or value.get("en") or ""
        return value or ""


def groups(schema: Mapping[str, Any], dataset: Mapping[str, Any], reader: Reader) -> list[Group]:
    """Return the groups of a dataset's fields in the schema's order, without provenance and without persons' fields.

    Args:
        schema: the dataset schema as scheming hands it out; `field_groups` names the groups.
        dataset: what package_show returned.
        reader: language and labels.
    """
    return [
        _group(declared, schema["dataset_fields"], dataset, reader)
        for declared in schema.get("field_groups", [])
        if declared["name"] != PROVENANCE_GROUP
    ]


def _group(
    declared: Mapping[str, Any], fields: list[Mapping[str, Any]], dataset: Mapping[str, Any], reader: Reader
) -> Group:
    sections: dict[str, list[Field]] = {}
    empty: list[Field] = []
    for field in fields:
        if field.get("group") != declared["name"] or field["field_name"] in SHOWN_ELSEWHERE or field.get("personal"):
            continue
        shown = _field(field, dataset, reader)
        if shown.value is None:
            empty.append(shown)
        else:
            sections.setdefault(str(field.get("blok", "")), []).append(shown)
    return Group(
        name=declared["name"],
        label=reader.text(declared["label"]),
        help_text=reader.text(declared.get("help_text")),
        sections=tuple(Section(heading, tuple(filled)) for heading, filled in sections.items()),
        empty=tuple(empty),
    )


def _field(field: Mapping[str, Any], dataset: Mapping[str, Any], reader: Reader) -> Field:
    return Field(
        name=field["field_name"],
        label=reader.text(field["label"]),
        help_text=reader.text(field.get("help_text")),
        key=field.get("wire_key", field["field_name"]),
        value=_value(field, dataset, reader),
    )


def _value(field: Mapping[str, Any], dataset: Mapping[str, Any], reader: Reader) -> Shown | None:
    value = dataset.get(field["field_name"])
    if value is None or value == "":
        return None
    kind = field.get("wire_type")
    if kind == "license":
        return laid_out(reader.licence_title(dataset))
    if kind == "date":
        return laid_out(formats.date(value, reader.language))
    if kind == "json":
        shown = laid_out_json(value)
        return Shown("text", formats.interval(shown.text, reader.language)) if shown and shown.kind == "text" else shown
    if field.get("vocabulary") or field.get("choices"):
        return laid_out(reader.choice_label(field, str(value)))
    return laid_out(value)
