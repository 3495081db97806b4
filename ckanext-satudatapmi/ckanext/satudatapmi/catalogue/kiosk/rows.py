"""Tables of the kiosk's content: an item in each row, such as a register of placement companies.

A column is headed by the name of a field, its label in either language or one of its `words`; the English of a text by
`title_en`, `Judul (Inggris)` or `Title (English)`. What a table does not say may be said for all of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError, read_table
from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.catalogue.kiosk.fields import ENGLISH, Kind
from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.matching import Match
from ckanext.satudatapmi.schemas import dates, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

SEVERAL = ";"
"""Between the values of a cell that holds several; so do line ends."""
NOT_IN_TABLES = frozenset({"name", "owner_org", "seed"})
SUFFIXES = {"id": " (Inggris)", "en": " (English)"}
EXAMPLES = 5
WHOLE_DAY = 10

Reasons = list[tuple[str, str]]
"""What is wrong with a row: (name of the field, words)."""


@cache
def columns(kind: Kind) -> tuple[str, ...]:
    """Return the names of the fields that a table may fill."""
    return tuple(field["field_name"] for field in kind.fields if field["field_name"] not in NOT_IN_TABLES)


def label(kind: Kind, name: str, language: str) -> str:
    """Return the name of a column; the key itself where no column has it."""
    field = kind.field(name)
    if field is None:
        return name
    return field["label"][language] + (SUFFIXES[language] if name.endswith(ENGLISH) else "")


@cache
def _names(kind: Kind) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in columns(kind):
        words = (kind.field(name) or {}).get("words", ()) if not name.endswith(ENGLISH) else ()
        for word in (name, *(label(kind, name, language) for language in fields.LANGUAGES), *words):
            found.setdefault(wire.folded_key(word), name)
    return found


def read(
    content: bytes, file: str, kind: Kind, said: Mapping[str, str], language: str
) -> tuple[list[Entry], list[str]]:
    """Return the rows of a file, each with its texts by field, and the headings of the columns that are not taken.

    Args:
        content: the file, a CSV or a spreadsheet.
        file: its name, for messages.
        kind: of its items.
        said: what holds for every row that does not say it, by field.
        language: id or en, for the names of columns.

    Raises:
        ImportFileError: it holds no row, or lacks a column that every item needs.
    """
    table = read_table(content, file, _names(kind))
    if not table.rows:
        raise ImportFileError(_("{file}: the file holds no entry. Expected one in each row.", file=short(file)))
    needed = [one["field_name"] for one in kind.fields if one.get("required")]
    missing = [one for one in needed if one in columns(kind) and one not in table.columns and not said.get(one)]
    if missing:
        raise ImportFileError(
            _(
                "{file}, row {row}: {wrong}. Expected the headings {expected}; rename, add or remove columns.",
                file=short(file),
                row=table.head,
                wrong=_("there is no column {columns}", columns=_listed(kind, missing, language)),
                expected=_listed(kind, columns(kind), language),
            )
        )
    left = [heading for key, heading in table.columns.items() if key not in columns(kind)]
    entries = [Entry(number, {**said, **given}, table.columns) for number, given in table.rows]
    return entries, left


def _listed(kind: Kind, names: Sequence[str], language: str) -> str:
    return ", ".join(label(kind, name, language) for name in names)


def values(kind: Kind, given: Mapping[str, str]) -> tuple[dict[str, str], Reasons]:
    """Return the fields of a row's item as they are stored, and why some of its cells say nothing that is known.

    Args:
        kind: of the item.
        given: the row's texts by field.
    """
    found: dict[str, str] = {}
    reasons: Reasons = []
    for name in columns(kind):
        text = given.get(name, "").strip()
        if vocabularies.is_missing(text):
            continue
        try:
            found[name] = _value(kind.field(name) or {}, text)
        except ValueError as error:
            reasons.append((name, str(error)))
    return found, reasons


def _value(field: Mapping[str, Any], text: str) -> str:
    if field.get("entry") == "date":
        return (dates.iso_date(text) or text)[:WHOLE_DAY]
    several = field.get("wire_type") == "json"
    parts = [part.strip() for line in text.splitlines() for part in line.split(SEVERAL)] if several else [text]
    if field.get("reads_as") == "choice":
        parts = [_code(field, part) for part in parts if part]
    return wire.json_text([part for part in parts if part]) if several else parts[0]


def _code(field: Mapping[str, Any], text: str) -> str:
    """Return the code that a cell names, by the code itself, a label or another spelling.

    Raises:
        ValueError: nothing or several things are called so.
    """
    choices: Sequence[Mapping[str, Any]] = field["choices"]
    wanted = vocabularies.folded(text)
    for choice in choices:
        if wanted in {vocabularies.folded(word) for word in _spellings(choice)}:
            return choice["value"]
    matched = _matched(field.get("choices_from", ""), text)
    if matched and matched.code:
        return matched.code
    likely = [str(one) for one in matched.candidates] if matched else []
    examples = likely or [f"{one['value']} ({one['label']['id']})" for one in choices[:EXAMPLES]]
    message = _("{value} is not on the list. Expected one of it, such as {examples}")
    raise ValueError(message.format(value=short(text), examples=", ".join(examples)))


def _spellings(choice: Mapping[str, Any]) -> tuple[str, ...]:
    return choice["value"], *choice["label"].values(), *choice.get("words", ())


def _matched(source: str, text: str) -> Match | None:
    if source == "negara":
        return negara.match(text)
    if source == "provinsi":
        return wilayah.match(text, level="provinsi")
    return wilayah.match(text, level="kabupaten_kota") if source == "kabupaten_kota" else None
