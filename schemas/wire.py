"""The wire shape of a dataset: which field holds which key of a data.json, and how a field becomes a JSON value.

The table comes from dataset.yaml (`wire_key`, `wire_type`), so harvesting (wire -> fields, `convert.py`) and
publication (fields -> wire, here) cannot drift apart.

What a field cannot hold exactly is kept verbatim in `wire_extra`, a JSON object of the dataset and of each resource:

- a key that no field knows: its value;
- a key that a field knows, where the field does not give the same JSON back (a date that was rewritten, a keyword
  with characters CKAN refuses, null, a number in a text field): the value as it came.

`convert.restore` puts both together again. A verbatim value stands only as long as the field still holds what was read
from it: once somebody edits the field, the edit speaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from ckanext.satudatapmi.schemas import vocabularies

MISSING: Final = object()
"""Says that a field has nothing to send; None would be JSON null."""

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that PostgreSQL, Solr or XML refuse: control characters, lone surrogates, noncharacters."""


@dataclass(frozen=True)
class WireField:
    """One line of the table: the key on the wire, the CKAN field, and how the one becomes the other."""

    key: str
    field: str
    kind: str
    export: bool = True
    personal: bool = False


@cache
def dataset_schema() -> Mapping[str, Any]:
    """Return dataset.yaml as it stands."""
    return vocabularies.read_yaml("dataset.yaml")


def _table(part: str) -> tuple[WireField, ...]:
    return tuple(
        WireField(
            key=field["wire_key"],
            field=field["field_name"],
            kind=field["wire_type"],
            export=field.get("wire_export", True),
            personal=field.get("personal", False),
        )
        for field in dataset_schema()[part]
        if "wire_key" in field
    )


@cache
def dataset_fields() -> tuple[WireField, ...]:
    """Return the keys of a dataset on the wire, in the order they are written."""
    return _table("dataset_fields")


@cache
def resource_fields() -> tuple[WireField, ...]:
    """Return the keys of a distribution on the wire, in the order they are written."""
    return _table("resource_fields")


@lru_cache(maxsize=4096)
def folded_key(key: str) -> str:
    """Return a key without what spelling habits change: `access_level`, `AccessLevel` and `accessLevel` agree."""
    return re.sub(r"[^a-z0-9]", "", key.casefold())


@cache
def _personal_keys() -> frozenset[str]:
    return frozenset(
        folded_key(name) for field in dataset_fields() if field.personal for name in (field.key, field.field)
    )


def is_personal(key: str) -> bool:
    """Tell whether a key, or any spelling of it, names or reaches a person (`personal` in dataset.yaml)."""
    return folded_key(key) in _personal_keys()


def canonical_json(value: Any) -> str:
    """Return one text for equal JSON values: sorted keys, no blanks, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def json_text(value: Any) -> str:
    """Return JSON that a database and a search index can store: readable, yet without forbidden characters."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if NOT_IN_XML.search(text) else text


def encode_json(value: Any) -> str:
    """Return any JSON value as the text of a `sdi_json` field.

    A text stays as it is unless it could be read as JSON, has blanks at its ends (which the field cuts off) or holds
    forbidden characters, then it is quoted:

    >>> encode_json(2023), encode_json("2023"), encode_json("orang"), encode_json("orang "), encode_json([1])
    ('2023', '"2023"', 'orang', '"orang "', '[1]')
    """
    plain = isinstance(value, str) and value == value.strip() and not NOT_IN_XML.search(value)
    if plain and decode_json(value) == value:
        return value
    return json_text(value)


def decode_json(text: str) -> Any:
    """Return the JSON value of a `sdi_json` field; a text that is no JSON stands for itself.

    So does a number that JSON would write otherwise: 35.10, typed as a kode wilayah, must not become 35.1.

    >>> decode_json("2023"), decode_json('"2023"'), decode_json("orang"), decode_json("[1]"), decode_json("35.10")
    (2023, '2023', 'orang', [1], '35.10')
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return text if is_number and json.dumps(value) != text else value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _text(package: Mapping[str, Any], field: str) -> Any:
    value = package.get(field)
    return MISSING if value is None or value == "" else value


def _json(package: Mapping[str, Any], field: str) -> Any:
    value = _text(package, field)
    return decode_json(value) if isinstance(value, str) else value


def _keywords(package: Mapping[str, Any], field: str) -> Any:
    names = sorted(tag["name"] for tag in package.get("tags") or [])
    return names or MISSING


def _publisher(package: Mapping[str, Any], field: str) -> Any:
    name = _text(package, field)
    return name if name is MISSING else {"@type": "org:Organization", "name": name}


def _contact(package: Mapping[str, Any], field: str) -> Any:
    name, email = _text(package, field), _text(package, "maintainer_email")
    contact = {} if name is MISSING else {"fn": name}
    if email is not MISSING:
        contact["hasEmail"] = f"mailto:{email}"
    return contact or MISSING


def _license(package: Mapping[str, Any], field: str) -> Any:
    value = _text(package, field)
    known = vocabularies.licence(value) if isinstance(value, str) else None
    return known.url if known else value


def _format(package: Mapping[str, Any], field: str) -> Any:
    value = _text(package, field)
    return value.lower() if isinstance(value, str) else value


_OF_SEVERAL_FIELDS = frozenset({"keywords", "contact"})
_TO_WIRE = {
    "text": _text,
    "date": _text,
    "url": _text,
    "json": _json,
    "keywords": _keywords,
    "publisher": _publisher,
    "contact": _contact,
    "license": _license,
    "format": _format,
}


def is_empty(field: WireField, package: Mapping[str, Any]) -> bool:
    """Tell quickly whether a dataset (or a resource) has nothing under a wire key, where that is easily seen."""
    return package.get(field.field) in (None, "") and field.kind not in _OF_SEVERAL_FIELDS


def field_to_wire(field: WireField, package: Mapping[str, Any]) -> Any:
    """Return the JSON value that a dataset (or a resource) has under a wire key, or MISSING.

    A resource's only address is its `accessURL` where that field says so, else its `downloadURL`.
    """
    if field.key == "downloadURL" and package.get("accessURL") and package.get("url") == package["accessURL"]:
        return MISSING
    return _TO_WIRE[field.kind](package, field.field)


def wire_extra(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the verbatim entries of a dataset or a resource; {} where there are none or the text is no object."""
    value = decode_json(package.get("wire_extra") or "{}")
    return value if isinstance(value, dict) else {}
