"""Registers of companies, training centres, universities and the like: tables with a body in each row.

The columns stand in schemas/organization_register.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError, read_table
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.matching import Match, MatchStatus
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

LONGEST = 200
ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+", re.IGNORECASE)
BARE_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)+(/\S*)?", re.ASCII)

Reasons = list[tuple[str, str]]
"""What is wrong with a row: (key of the column, words)."""


@dataclass(frozen=True)
class Listed:
    """A body as a register has it; "" for what the register does not say.

    Attributes:
        title: its name.
        licence_number: number of its licence.
        licence_status: one of the choices of schemas/organization.yaml.
        kode_wilayah: code of the area it is in.
        homepage: address of its site.
        parent: name of the organisation above it.
    """

    title: str
    licence_number: str = ""
    licence_status: str = ""
    kode_wilayah: str = ""
    homepage: str = ""
    parent: str = ""


@cache
def columns() -> tuple[Mapping[str, Any], ...]:
    """Return the columns: {key, label, words, required}."""
    document = yaml.safe_load((vocabularies.HERE / "organization_register.yaml").read_text(encoding="utf-8"))
    return tuple(document["columns"])


def label(key: str, language: str) -> str:
    """Return the name of a column; the key itself where no column has it."""
    return next((column["label"][language] for column in columns() if column["key"] == key), key)


@cache
def _names() -> Mapping[str, str]:
    return {
        wire.folded_key(word): one["key"]
        for one in columns()
        for word in (one["key"], *one["label"].values(), *one.get("words", ()))
    }


def read(content: bytes, file: str, language: str = "id") -> tuple[list[Entry], list[str]]:
    """Return the rows of a file, each with its texts by key, and the headings of the columns that are not taken.

    Args:
        content: the file, a CSV or a spreadsheet.
        file: its name, for messages.
        language: id or en, for the names of columns.

    Raises:
        ImportFileError: it holds no row, or no column with names.
    """
    table = read_table(content, file, _names())
    if not table.rows:
        raise ImportFileError(_("{file}: the file holds no entry. Expected one in each row.", file=short(file)))
    known = [column["key"] for column in columns()]
    missing = [column["key"] for column in columns() if column.get("required") and column["key"] not in table.columns]
    if missing:
        raise ImportFileError(
            _(
                "{file}, row {row}: {wrong}. Expected the headings {expected}; rename, add or remove columns.",
                file=short(file),
                row=table.head,
                wrong=_("there is no column {columns}", columns=", ".join(label(key, language) for key in missing)),
                expected=", ".join(label(key, language) for key in known),
            )
        )
    left = [heading for key, heading in table.columns.items() if key not in known]
    return [Entry(number, given, table.columns) for number, given in table.rows], left


def listed(given: Mapping[str, str], parents: Mapping[str, Sequence[str]]) -> tuple[Listed | None, Reasons]:
    """Return the body of a row, or why it is none.

    Args:
        given: the row's texts by key.
        parents: names of the organisations that a folded word may mean.
    """
    reasons: Reasons = []

    def read_cell(key: str, reading: Callable[[str], str]) -> str:
        text = " ".join(given.get(key, "").split())
        try:
            return reading("" if vocabularies.is_missing(text) else text)
        except ValueError as error:
            reasons.append((key, str(error)))
            return ""

    province = read_cell("province", lambda text: _area(text, "provinsi"))
    district = read_cell("district", lambda text: _area(text, "kabupaten_kota", province))
    found = Listed(
        title=read_cell("name", _title),
        licence_number=read_cell("licence_number", str),
        licence_status=read_cell("licence_status", _status),
        kode_wilayah=read_cell("kode_wilayah", lambda text: _code(text, district or province)),
        homepage=read_cell("homepage", _homepage),
        parent=read_cell("parent", lambda text: _parent(text, parents)),
    )
    return (None if reasons else found), reasons


def _title(text: str) -> str:
    if not text:
        raise ValueError(_("this is missing. Expected a text"))
    if len(text) > LONGEST:
        raise ValueError(_("this is too long. Expected {limit} characters at most", limit=LONGEST))
    return text


def _area(text: str, level: wilayah.Level, within: str = "") -> str:
    if not text:
        return ""
    found = wilayah.match(text, level=level, within=within or None)
    if found.code is None:
        raise ValueError(_unknown_area(found))
    return found.code


def _unknown_area(found: Match) -> str:
    likely = _(" or ").join(str(candidate) for candidate in found.candidates)
    if found.status == MatchStatus.AMBIGUOUS:
        return _("{value} has several meanings. Expected one in full: {likely}", value=short(found.text), likely=likely)
    if likely:
        return _("{value} is no area that is known. Perhaps {likely} is meant", value=short(found.text), likely=likely)
    return _("{value} is no area that is known. Expected its name as Kemendagri writes it", value=short(found.text))


def _code(text: str, named: str) -> str:
    if not text:
        return named
    if text not in wilayah.areas() or text == wilayah.INDONESIA:
        raise ValueError(
            _("{value} is no area code of Kemendagri. Expected one such as 35 or 35.06", value=short(text))
        )
    if named and text != named and not text.startswith(f"{named}."):
        area = wilayah.areas()[named].name
        raise ValueError(_("{value} is not the code of {area}, which the row names", value=text, area=area))
    return text


def _status(text: str) -> str:
    found = _statuses().get(vocabularies.folded(text), "") if text else ""
    if text and not found:
        expected = ", ".join(dict.fromkeys(_statuses().values()))
        raise ValueError(
            _("{value} is no status of a licence. Expected one of: {expected}", value=short(text), expected=expected)
        )
    return found


@cache
def _statuses() -> Mapping[str, str]:
    schema = yaml.safe_load((vocabularies.HERE / "organization.yaml").read_text(encoding="utf-8"))
    field = next(one for one in schema["fields"] if one["field_name"] == "licence_status")
    return {
        vocabularies.folded(word): choice["value"]
        for choice in field["choices"]
        for word in (choice["value"], *choice["label"].values(), *choice["words"])
    }


def _homepage(text: str) -> str:
    """Return an address; registers often leave out https://."""
    if not text or ADDRESS.fullmatch(text):
        return text
    if BARE_ADDRESS.fullmatch(text):
        return f"https://{text}"
    raise ValueError(_("{value} is no address that a link may lead to. Expected https://...", value=short(text)))


def _parent(text: str, parents: Mapping[str, Sequence[str]]) -> str:
    if not text:
        return ""
    found = parents.get(vocabularies.folded(text), ())
    if len(found) == 1:
        return found[0]
    if found:
        words = _("several organisations are called {name}. Expected the name in the address of one")
    else:
        words = _("there is no organisation {name}. Expected its title, or the name in its address")
    raise ValueError(words.format(name=short(text)))
