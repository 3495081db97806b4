"""Names of Indonesian areas to Kemendagri codes: the nation, 38 provinces, 514 districts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ckanext.satudatapmi.reference.codelists import rows, split_aliases
from ckanext.satudatapmi.reference.matching import Candidate, Match, Meanings, fold, settle, unique, words

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
    meant, exact = meanings(text, level=level, within=within, unmarked=unmarked)
    return settle(text, meant, exact=exact, names=lambda: _names(codes_within(within, level)))


def meanings(
    text: str, *, level: Level | None = None, within: str | None = None, unmarked: str | None = None
) -> Meanings:
    """Return what a name may mean by the spellings of the list; the options are those of `match`."""
    allowed = codes_within(within, level)
    key = key_of(text)
    exact = [area for area in _official().get(key, ()) if area.code in allowed]
    meant = [area for area in _spelled().get(key, ()) if area.code in allowed]
    if unmarked:
        meant = of_kind(meant, unmarked)
    code = areas().get(text.strip()) if "." in text else None
    if code is not None and code.code in allowed:
        exact = meant = [code]
    # "Jambi" is the official name of a province and the bare name of a city: a second meaning makes it ambiguous.
    return unique(area.candidate for area in (*exact, *meant)), bool(exact)


def of_kind(meant: Sequence[Wilayah], kind: str) -> list[Wilayah]:
    """Return the areas of a kind that share a name with areas of another kind; all of them if none is."""
    return [area for area in meant if area.kind.casefold() == kind.casefold()] or list(meant)


@cache
def codes_within(code: str | None, level: Level | None) -> frozenset[str]:
    """Return the codes of `within_area`."""
    return frozenset(area.code for area in within_area(code, level))


@cache
def spellings() -> dict[str, tuple[Wilayah, ...]]:
    """Return every spelling as `key_of` folds it, with the areas that it may mean."""
    found: dict[str, list[Wilayah]] = defaultdict(list)
    for index in (_official(), _spelled()):
        for key, meant in index.items():
            found[key] += [area for area in meant if area not in found[key]]
    return {key: tuple(meant) for key, meant in found.items()}


def letters(key: str) -> int:
    """Return how many letters of a folded spelling tell areas apart: those that do not say its kind."""
    kinds = {key_of(kind) for words in _kind_words().values() for kind in words}
    marks = (kind for kind in kinds if key != kind and (key.startswith(kind) or key.endswith(kind)))
    return len(key) - max(map(len, marks), default=0)


def key_of(text: str) -> str:
    """Return a name folded, the abbreviations in it written out."""
    return fold(" ".join(_abbreviations().get(word, word) for word in words(text)))


@cache
def _abbreviations() -> dict[str, str]:
    return {row["kode"]: row["label"] for row in rows("wilayah_singkatan")}


@cache
def _official() -> dict[str, list[Wilayah]]:
    index: dict[str, list[Wilayah]] = defaultdict(list)
    for area in areas().values():
        index[key_of(area.name)].append(area)
    return index


@cache
def _spelled() -> dict[str, list[Wilayah]]:
    """Return every other usual spelling, folded, with the areas that it may mean."""
    index: dict[str, list[Wilayah]] = defaultdict(list)
    for area in areas().values():
        for name in {key_of(spelling) for spelling in _spellings(area)}:
            index[name].append(area)
    for row in rows("wilayah_alias"):
        area = areas()[row["kode"]]
        for alias in split_aliases(row["alias"]):
            for spelling in {alias, f"{area.kind} {alias}"}:
                if area not in index[key_of(spelling)]:
                    index[key_of(spelling)].append(area)
    return index


def _spellings(area: Wilayah) -> list[str]:
    kinds = _kind_words().get(area.kind, ())
    name = key_of(area.name)
    mark = max((key_of(kind) for kind in kinds if name.startswith(key_of(kind))), key=len, default="")
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
