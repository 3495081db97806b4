"""The code lists as they are published: what each is, and its codes with labels, history and links to other lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from babel import Locale

from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.codelists import FOLDER, Code, load, rows, split_aliases

PLACES = {"kode", "label", "label_en", "alias", "kode_induk", "berlaku_dari", "berlaku_sampai", "meneruskan", "dasar"}
"""Columns of a code list file that a concept has attributes for; every other one is a note."""


@dataclass(frozen=True)
class CodeListInfo:
    """What is said of a code list; schemas/codelists/index.yaml explains each."""

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    source: str
    edition: str
    licence: str
    complete: bool
    kind: str = "csv"
    of: int | None = None
    broader: Mapping[str, str] | None = None
    issued: str = ""
    jenis: str = ""


@dataclass(frozen=True)
class Link:
    """A code of another list that a code stands in relation to: broader, succeeds (came from) or same (equal)."""

    relation: str
    list: str
    code: str


@dataclass(frozen=True)
class Concept:
    """One code.

    Attributes:
        code: as tables write it.
        label: its name by language; at least Indonesian.
        aliases: other spellings that are understood.
        links: codes of this or other lists.
        valid_from: first day of its validity (ISO 8601), "" if not known or from the beginning.
        valid_to: last day, "" if it is valid.
        basis: the law that made it, "" if not known.
        notes: further columns of its list.
    """

    code: str
    label: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    valid_from: str = ""
    valid_to: str = ""
    basis: str = ""
    notes: Mapping[str, str] | None = None

    def linked(self, relation: str) -> list[Link]:
        """Return the links of one relation."""
        return [link for link in self.links if link.relation == relation]

    def is_valid(self, day: dt.date) -> bool:
        """Tell whether the code is valid on a day."""
        return (not self.valid_from or self.valid_from <= day.isoformat()) and (
            not self.valid_to or day.isoformat() <= self.valid_to
        )


@cache
def published_lists() -> Mapping[str, CodeListInfo]:
    """Return the published code lists by name, in the order of the index."""
    document: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "index.yaml").read_text(encoding="utf-8"))
    return {name: CodeListInfo(name=name, **entry) for name, entry in document.items()}


def concepts(name: str, bps_districts: Mapping[str, str] | None = None) -> tuple[Concept, ...]:
    """Return the codes of a published list in its order.

    Args:
        name: of the list.
        bps_districts: BPS code by Kemendagri code of the districts of which the official bridge has been loaded.

    Raises:
        KeyError: no such list is published.
    """
    info = published_lists()[name]
    if info.kind == "wilayah":
        return _wilayah(tuple(sorted((bps_districts or {}).items())))
    if info.kind == "wilayah_bps":
        return _wilayah_bps(tuple(sorted((bps_districts or {}).items())))
    return _negara() if info.kind == "negara" else _plain(name)


@cache
def _plain(name: str) -> tuple[Concept, ...]:
    info = published_lists()[name]
    raw = {row["kode"]: row for row in rows(name)}
    return tuple(_concept(info, code, raw[code.code]) for code in load(name))


def _concept(info: CodeListInfo, code: Code, row: Mapping[str, str]) -> Concept:
    links = [Link("broader", info.name, row["kode_induk"])] if row.get("kode_induk") else []
    if info.broader and row.get(info.broader["column"]):
        links.append(Link("broader", info.broader["list"], row[info.broader["column"]]))
    if row.get("meneruskan"):
        links.append(Link("succeeds", info.name, row["meneruskan"]))
    return Concept(
        code=code.code,
        label={"id": code.label} | ({"en": row["label_en"]} if row.get("label_en") else {}),
        aliases=code.aliases,
        links=tuple(links),
        valid_from=row.get("berlaku_dari", ""),
        valid_to=row.get("berlaku_sampai", ""),
        basis=row.get("dasar", ""),
        notes={key: value for key, value in row.items() if key not in PLACES and value},
    )


@cache
def _wilayah(bps_districts: tuple[tuple[str, str], ...]) -> tuple[Concept, ...]:
    bps = _bps_by_kemendagri() | dict(bps_districts)
    history = {row["kode"]: row for row in rows("wilayah_riwayat")}
    aliases = {row["kode"]: split_aliases(row["alias"]) for row in rows("wilayah_alias")}
    return tuple(
        _area(area, bps.get(area.code), history.get(area.code, {}), aliases.get(area.code, ()))
        for area in wilayah.areas().values()
    )


def _area(area: wilayah.Wilayah, bps: str | None, history: Mapping[str, str], aliases: tuple[str, ...]) -> Concept:
    parent = area.parent or (wilayah.INDONESIA if area.level == "provinsi" else "")
    links = [Link("broader", "wilayah", parent)] if parent else []
    links += [Link("same", "wilayah_bps", bps)] if bps else []
    links += [Link("same", "negara", area.code)] if area.level == "nasional" else []
    links += [Link("succeeds", "wilayah", history["meneruskan"])] if history.get("meneruskan") else []
    iso = {row["kode_kemendagri"]: row["iso_3166_2"] for row in rows("wilayah_provinsi")}.get(area.code)
    return Concept(
        code=area.code,
        label={"id": area.name},
        aliases=aliases,
        links=tuple(links),
        valid_from=history.get("berlaku_dari", ""),
        basis=history.get("dasar", ""),
        notes={"jenis": area.kind, "tingkat": area.level} | ({"iso_3166_2": iso} if iso else {}),
    )


@cache
def _wilayah_bps(bps_districts: tuple[tuple[str, str], ...]) -> tuple[Concept, ...]:
    codes = _bps_by_kemendagri() | dict(bps_districts)
    areas = wilayah.areas()
    return tuple(
        Concept(
            code=bps,
            label={"id": areas[own].name},
            links=(
                *([Link("broader", "wilayah_bps", codes[areas[own].parent])] if areas[own].parent else []),
                Link("same", "wilayah", own),
            ),
            notes={"jenis": areas[own].kind, "tingkat": areas[own].level},
        )
        for own, bps in sorted(codes.items(), key=lambda item: item[1])
    )


def _bps_by_kemendagri() -> dict[str, str]:
    return {row["kode_kemendagri"]: row["kode_bps"] for row in rows("wilayah_provinsi")}


@cache
def _negara() -> tuple[Concept, ...]:
    english = Locale("en").territories
    listed = {code.code: code for code in load("negara")}
    alpha2 = negara.alpha2_by_alpha3()
    return tuple(
        Concept(
            code=country.code,
            label={"id": country.name, "en": english[alpha2[country.code]]},
            aliases=listed[country.code].aliases if country.code in listed else (),
            notes={"iso_alpha2": alpha2[country.code]} | ({"tujuan_pmi": "ya"} if country.code in listed else {}),
        )
        for country in sorted(negara.countries().values(), key=lambda one: one.code)
    )
