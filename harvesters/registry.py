"""The registry of partners: which bodies publish, and where their catalogues and tables are.

The product's own stands in `organizations.yaml`, `sources.yaml` and `sources_national.yaml` beside this module; an
operator may have another in a single file. Everything has a default; a partner's table takes five lines:

    - name: lombok-tengah-penempatan
      title: Penempatan PMI asal Lombok Tengah
      url: https://data.example.go.id/penempatan.csv
      organization: lombok-tengah
      table: {unpivot: tahun}
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ckanext.satudatapmi.tables.description import TableDescription, TableDescriptionError, parse_description
from ckanext.satudatapmi.text import _

DATA_JSON, PUBLISHED_TABLE = "data_json", "published_table"
TYPES = (
    DATA_JSON,
    PUBLISHED_TABLE,
    "published_files",
    "satudata_ckan",
    "satudata_dcat",
    "satudata_csw",
    "bps_webapi",
    "opendata_jabar",
    "opendata_jatim",
    "satudata_jakarta",
    "sdmx",
)
FILES = ("organizations.yaml", "sources.yaml", "sources_national.yaml")
"""The product's own registry; a later file may name the organisations of those before it."""

FREQUENCIES = ("MANUAL", "ALWAYS", "DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY")
PLACEHOLDERS = ("demo",)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,99}")
PLACEHOLDER = re.compile(r"\{(\w*)\}")


class RegistryError(ValueError):
    """The registry is wrong. The message names the entry, its key, what stands there and what should.

    Attributes:
        entry: which entry: `sources[3] (bp2mi)`, or the file's name.
        key: which of its keys.
        message: what is wrong.
    """

    def __init__(self, entry: str, key: str, message: str) -> None:
        super().__init__(f"{entry}, {key}: {message}")
        self.entry = entry
        self.key = key
        self.message = message


@dataclass(frozen=True)
class OrganizationEntry:
    """A body that publishes; `kind` and the rest as `schemas/organization.yaml` explains them."""

    name: str
    title: str
    description: str = ""
    kind: str = ""
    publisher_type: str = ""
    kode_wilayah: str = ""
    parent: str = ""
    formerly: str = ""
    homepage: str = ""


@dataclass(frozen=True)
class SourceEntry:
    """A harvest source.

    Attributes:
        name: its name, part of the identity of all its datasets: never change it.
        title: its title; a published table's dataset bears the same.
        type: one of TYPES.
        url: address of the catalogue or of the table's file, placeholders filled in.
        organization: name of the organisation that owns its datasets.
        frequency: how often it is harvested, in the words of ckanext-harvest.
        description: what it holds, for people.
        dataset: metadata of a published table's dataset, by the keys of a data.json record.
        table: how to read a published table; None for a catalogue.
        config: the source's configuration as ckanext-harvest stores it: plain JSON, `table` and `dataset` among it.
        proposed: whether an operator has to accept it before it is harvested.
    """

    name: str
    title: str
    type: str
    url: str
    organization: str
    frequency: str = "MANUAL"
    description: str = ""
    dataset: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    table: TableDescription | None = None
    config: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    proposed: bool = False


@dataclass(frozen=True)
class Registry:
    """All entries, in the order of the files.

    Attributes:
        organizations: the bodies.
        sources: the sources whose addresses are complete.
        left_out: names of the sources whose address has a placeholder that nothing was given for.
    """

    organizations: tuple[OrganizationEntry, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    left_out: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """YAML without dates: they stay the text they were, so that a configuration is plain JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path | None = None, placeholders: Mapping[str, str] | None = None) -> Registry:
    """Read a registry.

    Args:
        path: the file; by default the product's own FILES beside this module.
        placeholders: what `{demo}` in an address stands for; sources whose placeholder is not given are left out.

    Raises:
        RegistryError: if a file cannot be read or an entry is wrong.
    """
    if path:
        return parse(_read(path, path.name), placeholders, path.name)
    whole = Registry()
    for name in FILES:
        text = _read(files("ckanext.satudatapmi.harvesters") / name, name)
        whole = parse(text, placeholders, name, before=whole)
    return whole


def _read(source: Traversable, name: str) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except OSError as error:
        raise RegistryError(name, "file", _("cannot be read: {error}", error=error.strerror)) from None


def parse(
    text: str,
    placeholders: Mapping[str, str] | None = None,
    name: str = "sources.yaml",
    before: Registry | None = None,
) -> Registry:
    """Return the registry that a YAML text holds, see `load`, with the entries of the files before it."""
    before = before or Registry()
    try:
        # _Loader is a SafeLoader: it makes plain values only.
        top = yaml.load(text, Loader=_Loader) or {}  # noqa: S506
    except yaml.YAMLError as error:
        raise RegistryError(name, "YAML", " ".join(str(error).split())) from None
    _check_keys(_mapping(top, name, "file"), {"organizations", "sources"}, name)
    organizations = before.organizations + tuple(
        _organization(entry, f"organizations[{number}]")
        for number, entry in enumerate(_list(top, "organizations", name), start=1)
    )
    _check_unique([entry.name for entry in organizations], "organizations")
    known = {entry.name for entry in organizations}
    entries = [
        _source(entry, f"sources[{number}]", known) for number, entry in enumerate(_list(top, "sources", name), start=1)
    ]
    names_before = [*(entry.name for entry in before.sources), *before.left_out]
    _check_unique([*names_before, *(entry.name for entry in entries)], "sources")
    resolved = [(entry, _resolve(entry, placeholders or {})) for entry in entries]
    return Registry(
        organizations,
        before.sources + tuple(entry for _before, entry in resolved if entry is not None),
        before.left_out + tuple(entry.name for entry, complete in resolved if complete is None),
    )


def _organization(entry: Any, where: str) -> OrganizationEntry:
    where = _named(entry, where)
    keys = set(OrganizationEntry.__dataclass_fields__)
    _check_keys(entry, keys, where)
    texts = {key: _text(entry[key], where, key) for key in entry}
    for key, allowed in organization_choices().items():
        if texts.get(key):
            _one_of(texts[key], allowed, where, key)
    return OrganizationEntry(**{"title": texts["name"], **texts})


def _source(entry: Any, where: str, organizations: set[str]) -> SourceEntry:
    where = _named(entry, where)
    _check_keys(entry, set(SourceEntry.__dataclass_fields__), where)
    kind = _one_of(entry.get("type") or (PUBLISHED_TABLE if "table" in entry else DATA_JSON), TYPES, where, "type")
    for key in ("url", "organization", *(["title"] if kind == PUBLISHED_TABLE else [])):
        if key not in entry:
            raise RegistryError(where, key, _("is missing"))
    if kind != PUBLISHED_TABLE and "table" in entry:
        raise RegistryError(where, "table", _("belongs to sources of type {type}", type=PUBLISHED_TABLE))
    organization = _text(entry["organization"], where, "organization")
    if organization not in organizations:
        raise RegistryError(where, "organization", _("no organisation {name!r} in this file", name=organization))
    dataset = _mapping(entry.get("dataset") or {}, where, "dataset")
    config = {**_mapping(entry.get("config") or {}, where, "config"), **({"dataset": dict(dataset)} if dataset else {})}
    table = None
    if kind == PUBLISHED_TABLE:
        config["table"] = dict(_mapping(entry.get("table") or {}, where, "table"))
        table = _table(config["table"], where)
    return SourceEntry(
        name=entry["name"],
        title=_text(entry.get("title", entry["name"]), where, "title"),
        type=kind,
        url=_url(entry["url"], where),
        organization=organization,
        frequency=_one_of(str(entry.get("frequency", "MANUAL")).upper(), FREQUENCIES, where, "frequency"),
        description=_text(entry.get("description", ""), where, "description"),
        dataset=MappingProxyType(dict(dataset)),
        table=table,
        config=MappingProxyType(config),
        proposed=_flag(entry.get("proposed", False), where, "proposed"),
    )


def _table(entry: Mapping[str, Any], where: str) -> TableDescription:
    try:
        return parse_description(entry)
    except TableDescriptionError as error:
        raise RegistryError(where, error.key, error.message) from None


def _resolve(entry: SourceEntry, placeholders: Mapping[str, str]) -> SourceEntry | None:
    """Return the source with its address complete, or None if nothing was given for a placeholder in it."""
    wanted = set(PLACEHOLDER.findall(entry.url))
    if not wanted <= set(placeholders):
        return None
    url = PLACEHOLDER.sub(lambda found: placeholders[found[1]].rstrip("/"), entry.url)
    values = {name: getattr(entry, name) for name in SourceEntry.__dataclass_fields__}
    return SourceEntry(**{**values, "url": url})


@cache
def organization_choices() -> dict[str, tuple[str, ...]]:
    """Return what the choice fields of `schemas/organization.yaml` allow, by field."""
    schema = yaml.safe_load((files("ckanext.satudatapmi.schemas") / "organization.yaml").read_text(encoding="utf-8"))
    return {
        one["field_name"]: tuple(choice["value"] for choice in one["choices"])
        for one in schema["fields"]
        if "choices" in one
    }


def _url(value: Any, where: str) -> str:
    text = _text(value, where, "url")
    for name in PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            expected = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            raise RegistryError(
                where, "url", _("{name!r} is no placeholder; there is {expected}", name=name, expected=expected)
            )
    if not text.startswith(("http://", "https://", "{")):
        raise RegistryError(
            where, "url", _("is {value!r}, expected an address that begins with http:// or https://", value=text)
        )
    return text


def _named(entry: Any, where: str) -> str:
    name = _mapping(entry, where, "entry").get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        expected = _("2 to 100 small letters, digits, - and _")
        raise RegistryError(where, "name", _("is {value!r}, expected {expected}", value=name, expected=expected))
    return f"{where} ({name})"


def _text(value: Any, where: str, key: str) -> str:
    if isinstance(value, str):
        return value.strip()
    raise RegistryError(where, key, _("is {value!r}, expected a text; put it in quotation marks", value=value))


def _flag(value: Any, where: str, key: str) -> bool:
    if isinstance(value, bool):
        return value
    raise RegistryError(where, key, _("is {value!r}, expected true or false", value=value))


def _one_of(value: Any, allowed: Sequence[str], where: str, key: str) -> str:
    if value in allowed:
        return value
    raise RegistryError(
        where, key, _("is {value!r}, expected one of: {allowed}", value=value, allowed=", ".join(allowed))
    )


def _mapping(value: Any, where: str, key: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise RegistryError(where, key, _("is {value!r}, expected keys with values", value=value))


def _list(top: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = top.get(key) or []
    if isinstance(value, list):
        return value
    raise RegistryError(where, key, _("is {value!r}, expected a list", value=value))


def _check_keys(entry: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in entry:
        if key not in allowed:
            raise RegistryError(
                where, str(key), _("unknown key; known keys are: {known}", known=", ".join(sorted(allowed)))
            )


def _check_unique(names: Sequence[str], where: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise RegistryError(where, "name", _("{name!r} stands there twice", name=name))
