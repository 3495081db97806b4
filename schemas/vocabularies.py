"""The words of vocabularies.yaml, ready to be looked up.

Lookups ignore case and repeated blanks; they never raise for a value they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Licence:
    """A licence: the id CKAN knows it by and its canonical address."""

    id: str
    url: str


@dataclass(frozen=True)
class Periodicity:
    """An update frequency: ISO 8601 repeating interval, BPS enumeration, label on the national portal."""

    iso: str
    bps: str
    label: str


@dataclass(frozen=True)
class FileFormat:
    """A file format by its usual name and its IANA media type; whether it holds data, and by an open standard."""

    format: str
    media_type: str
    machine_readable: bool
    non_proprietary: bool


def folded(value: str) -> str:
    """Return the value as lookups compare it: lower case, single blanks, none at the ends."""
    return " ".join(value.split()).casefold()


def read_yaml(name: str) -> Any:
    """Return what a YAML file of this folder says, by libyaml: the first request of a process waits for some."""
    return yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def _document() -> Mapping[str, Any]:
    return read_yaml("vocabularies.yaml")


@cache
def _access_levels() -> Mapping[str, str]:
    return {folded(word): level for level, words in _document()["access"].items() for word in words}


@cache
def _booleans() -> Mapping[str, bool]:
    return {folded(word): name == "true" for name, words in _document()["booleans"].items() for word in words}


@cache
def _missing() -> frozenset[str]:
    return frozenset(folded(word) for word in _document()["missing"])


@cache
def _by_alias(section: str, key: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the entries of a list section by their key and every alias."""
    entries = _document()[section]
    return {folded(word): entry for entry in entries for word in (entry[key], *entry["aliases"])}


def is_missing(value: Any) -> bool:
    """Tell whether a JSON value stands for nothing: null, an empty container, or a word like "-"."""
    if isinstance(value, str):
        return folded(value) in _missing()
    return value is None or value == [] or value == {}


def access_level(value: str) -> str | None:
    """Return terbuka, terbatas or tertutup for what a catalogue says about access, None for a word it does not know."""
    word = folded(value)
    if word in _access_levels():
        return _access_levels()[word]
    for level, prefixes in _document()["access_prefixes"].items():
        if any(word.startswith(folded(prefix)) for prefix in prefixes):
            return level
    return None


def boolean(value: str) -> bool | None:
    """Return the truth value that a word stands for, None for any other word."""
    return _booleans().get(folded(value))


def periodicity(value: str) -> Periodicity | None:
    """Return the update frequency that a label, an enumeration value or an interval stands for, or None."""
    entry = _by_alias("periodicity", "iso").get(folded(value))
    if entry is None:
        entry = next((item for item in _document()["periodicity"] if item["bps"].casefold() == folded(value)), None)
    return Periodicity(entry["iso"], entry["bps"], entry["label"]) if entry else None


@cache
def _licences() -> Mapping[str, Mapping[str, Any]]:
    """Return the licences by address, and by id and other spellings, which come first."""
    by_url = {folded(entry["url"]).rstrip("/"): entry for entry in _document()["licences"]}
    return by_url | {alias.rstrip("/"): entry for alias, entry in _by_alias("licences", "id").items()}


def licence(value: str) -> Licence | None:
    """Return the licence by id, address or another spelling; a trailing slash does not matter."""
    entry = _licences().get(folded(value).rstrip("/"))
    return Licence(entry["id"], entry["url"]) if entry else None


def file_format(value: str) -> FileFormat | None:
    """Return the file format by its name, media type or another spelling of either."""
    entry = _by_alias("formats", "format").get(folded(value))
    if entry is None:
        entry = next((item for item in _document()["formats"] if item["media_type"] == folded(value)), None)
    if entry is None:
        return None
    return FileFormat(entry["format"], entry["media_type"], entry["machine_readable"], entry["non_proprietary"])


@cache
def key_aliases(part: str) -> Mapping[str, str]:
    """Return the misspelt keys of a part of a record (dataset, distribution, contactPoint, publisher)."""
    return _document()["key_aliases"][part]


def is_office_mailbox(value: str) -> bool:
    """Tell whether a text is the e-mail address of an office or unit, and nothing besides.

    >>> is_office_mailbox("pusdatin.data@bp2mi.go.id"), is_office_mailbox("fulan.data@bp2mi.go.id")
    (True, False)
    """
    said = _document()["office_mailboxes"]
    name, _at, domain = value.strip().lower().removeprefix("mailto:").rpartition("@")
    plain = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain) is not None and domain.endswith(said["domain"])
    return plain and all(part.rstrip("0123456789") in said["words"] for part in re.split(r"[._-]", name))
