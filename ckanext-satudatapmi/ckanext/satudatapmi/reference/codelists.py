"""Code lists as the project ships them: CSV files in `schemas/codelists/`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType

from ckanext.satudatapmi.reference.matching import Candidate, Match, Meanings, fold, settle, unique

FOLDER = files("ckanext.satudatapmi.schemas") / "codelists"
TOTAL, OTHER = "_T", "_O"


class UnknownCodeList(ValueError):
    """There is no code list of that name."""


@dataclass(frozen=True)
class Code:
    """One row of a code list: its code, its Indonesian name, other spellings, and what else its row says."""

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    extra: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class CodeList:
    """A code list and the matching of names to its codes."""

    name: str
    codes: tuple[Code, ...]
    _exact: dict[str, list[Candidate]] = field(default_factory=dict, repr=False, compare=False)
    _alias: dict[str, list[Candidate]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for code in self.codes:
            candidate = Candidate(code.code, code.label)
            self._exact.setdefault(fold(code.label), []).append(candidate)
            for alias in (code.code, *code.aliases):
                self._alias.setdefault(fold(alias) or alias, []).append(candidate)

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __contains__(self, code: object) -> bool:
        return any(entry.code == code for entry in self.codes)

    def get(self, code: str) -> Code | None:
        """Return the entry with this code, or None."""
        return next((entry for entry in self.codes if entry.code == code), None)

    def match(self, text: str) -> Match:
        """Match a name: first with the names of the list, then with other spellings, never by likeness."""
        meant, exact = self.meanings(text)
        return settle(text, meant, exact=exact, names=self._names)

    def meanings(self, text: str) -> Meanings:
        """Return what a name may mean by the spellings of the list."""
        key = fold(text) or text.strip()
        exact = unique(self._exact.get(key, ()))
        return exact or unique(self._alias.get(key, ())), bool(exact)

    def spellings(self) -> dict[str, tuple[Candidate, ...]]:
        """Return every spelling, folded, with the codes that it may mean."""
        keys = (*self._exact, *self._alias)
        return {key: tuple(unique((*self._exact.get(key, ()), *self._alias.get(key, ())))) for key in keys}

    def _names(self) -> dict[str, Candidate]:
        return {key: found[0] for index in (self._alias, self._exact) for key, found in index.items()}


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a code list file as they stand.

    Raises:
        UnknownCodeList: if `schemas/codelists/` has no such file.
    """
    path = FOLDER / f"{name}.csv"
    if not name.isidentifier() or not path.is_file():
        raise UnknownCodeList(f"there is no code list {name!r} in schemas/codelists/")
    return tuple(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))


@cache
def load(name: str) -> CodeList:
    """Return the code list of that name.

    Raises:
        UnknownCodeList: if there is none.
    """
    return CodeList(name, tuple(_code(row) for row in rows(name)))


def special_group(text: str) -> Match:
    """Match the words that tables use for a total, for what is left over and for what is not known.

    Nothing is suggested for other words: they are names of something else.

    >>> special_group("JUMLAH TOTAL").code
    '_T'
    """
    meant, exact = load("kelompok_khusus").meanings(text)
    return settle(text, meant, exact=exact, names=dict)


def _code(row: dict[str, str]) -> Code:
    extra = {key: value for key, value in row.items() if key not in {"kode", "label", "alias"}}
    return Code(row["kode"], row["label"], split_aliases(row.get("alias", "")), MappingProxyType(extra))


def split_aliases(text: str) -> tuple[str, ...]:
    """Return the spellings that a cell of an `alias` column holds."""
    return tuple(alias for alias in (text or "").split("|") if alias)
