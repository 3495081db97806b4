"""Names of Indonesian areas to Kemendagri codes: the nation, 38 provinces, 514 districts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ckanext.satudatapmi.reference.codelists import rows, split_aliases
from ckanext.satudatapmi.reference.matching import Candidate, Match, fold, settle, unique, words

INDONESIA = "IDN"
Level = Literal["nasional", "provinsi", "kabupaten_kota"]
LEVELS: dict[str, Level] = {"0": "nasional", "1": "provinsi", "2": "kabupaten_kota"}


@dataclass(frozen=True)
class Wilayah:
    """An area.

    Attributes:
        code: Kemendagri code, `35` or `35.06`; `IDN` for the nation.
        name: official name with its kind, `Kabupaten Kediri`.
        kind: Negara, Provinsi, Kabupaten or Kota.
        level: nasional, provinsi or kabupaten_kota.
        parent: code of the province a district lies in, else empty.
    """

    code: str
    name: str
    kind: str
    level: Level
    parent: str

    @property
    def candidate(self) -> Candidate:
        """The area as a possible meaning of a name."""
        return Candidate(self.code, self.name)


@cache
def areas() -> dict[str, Wilayah]:
    """Return all areas by code."""
    listed = (*rows("wilayah_nasional"), *rows("wilayah_kemendagri"))
    return {
        row["kode"]: Wilayah(row["kode"], row["nama"], row["jenis"], LEVELS[row["level"]], row["kode_induk"])
        for row in listed
    }


def within_area(code: str | None = None, level: Level | None = None) -> list[Wilayah]:
    """Return the areas of a level, inside a province if one is given; the province itself is not among them."""
    return [
        area
        for area in areas().values()
        if (code in (None, INDONESIA) or area.parent == code) and level in (None, area.level)
    ]


def match(text: str, *, level: Level | None = None, within: str | None = None, unmarked: str | None = None) -> Match:
    """Match a name of an area.

    Args:
        text: the name as written: `KAB. BOGOR`, `Kota Adm. Jakarta Selatan`, `Jatim`, or a dotted code `35.06`.
        level: the only level that is meant, if that is known.
        within: code of the province that the area lies in, if that is known.
        unmarked: the kind (`kabupaten` or `kota`) meant by a name that both kinds bear and that does not say which.

    >>> match("Kediri").status
    <MatchStatus.AMBIGUOUS: 'ambiguous'>
    >>> match("Kediri", unmarked="kabupaten").code
    '35.06'
    """
    allowed = _codes_within(within, level)
    key = _key(text)
    exact = [area for area in _official().get(key, ()) if area.code in allowed]
    meant = [area for area in _spelled().get(key, ()) if area.code in allowed]
    if len(meant) > 1 and unmarked:
        meant = [area for area in meant if area.kind.casefold() == unmarked.casefold()] or meant
    code = areas().get(text.strip()) if "." in text else None
    if code is not None and code.code in allowed:
        exact = meant = [code]
    # "Jambi" is the official name of a province and the bare name of a city: a second meaning makes it ambiguous.
    meanings = unique(area.candidate for area in (*exact, *meant))
    return settle(text, meanings, exact=bool(exact), names=lambda: _names(allowed))


@cache
def _codes_within(code: str | None, level: Level | None) -> frozenset[str]:
    return frozenset(area.code for area in within_area(code, level))


def _key(text: str) -> str:
    return fold(" ".join(_abbreviations().get(word, word) for word in words(text)))


@cache
def _abbreviations() -> dict[str, str]:
    return {row["kode"]: row["label"] for row in rows("wilayah_singkatan")}


@cache
def _official() -> dict[str, list[Wilayah]]:
    index: dict[str, list[Wilayah]] = defaultdict(list)
    for area in areas().values():
        index[_key(area.name)].append(area)
    return index


@cache
def _spelled() -> dict[str, list[Wilayah]]:
    """Return every other usual spelling, folded, with the areas that it may mean."""
    index: dict[str, list[Wilayah]] = defaultdict(list)
    for area in areas().values():
        for name in {_key(spelling) for spelling in _spellings(area)}:
            index[name].append(area)
    for row in rows("wilayah_alias"):
        area = areas()[row["kode"]]
        for alias in split_aliases(row["alias"]):
            for spelling in {alias, f"{area.kind} {alias}"}:
                if area not in index[_key(spelling)]:
                    index[_key(spelling)].append(area)
    return index


def _spellings(area: Wilayah) -> list[str]:
    kinds = _kind_words().get(area.kind, ())
    name = _key(area.name)
    mark = max((_key(kind) for kind in kinds if name.startswith(_key(kind))), key=len, default="")
    bare = name.removeprefix(mark)
    return [bare, *(f"{kind} {bare}" for kind in kinds), *(f"{bare} {kind}" for kind in kinds)]


@cache
def _kind_words() -> dict[str, tuple[str, ...]]:
    return {row["kode"]: (row["label"], *split_aliases(row["alias"])) for row in rows("wilayah_jenis")}


@cache
def _names(allowed: frozenset[str]) -> dict[str, Candidate]:
    return {
        key: area.candidate
        for index in (_spelled(), _official())
        for key, meant in index.items()
        for area in meant
        if area.code in allowed
    }
