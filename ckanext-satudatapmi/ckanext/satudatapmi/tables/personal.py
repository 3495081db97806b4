"""Numbers of persons in a table: NIK and passport numbers. What is told names their place, never the number."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from ckanext.satudatapmi.reference.wilayah import areas
from ckanext.satudatapmi.tables import kinds
from ckanext.satudatapmi.tables.cells import Sheet
from ckanext.satudatapmi.text import _

Kind = Literal["nik", "paspor"]
SIXTEEN = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){15}(?!\d)")
NOT_A_DIGIT = re.compile(r"\D")
PASSPORT = re.compile(r"[A-Za-z]{1,2}[ \-]?\d{6,7}")
PASSPORT_CELL = re.compile(r"[A-Z]{1,2} ?\d{6,7}")
NAMED_PASSPORT = re.compile(r"\b(?:paspor|passport|splp)\b[^\d\n]{0,25}?\b[A-Za-z]{1,2}[ \-]?\d{6,7}\b", re.IGNORECASE)
HEADING_ROWS = 15
NIK_LENGTH, PASSPORT_LENGTH = 16, 7
FEW_PASSPORTS, SHARE_OF_PASSPORTS = 5, 0.8
FEMALE = 40
"""Is added to the day of birth in the NIK of women."""


@dataclass(frozen=True)
class Finding:
    """Numbers of persons in one column.

    Attributes:
        kind: nik or paspor.
        sheet: name of the worksheet; "" if the file has none.
        column: its letter, or the key in JSON.
        row: the first row with such a number, from 1.
        count: how many cells have one.
    """

    kind: Kind
    sheet: str
    column: str
    row: int
    count: int

    def __str__(self) -> str:
        what = _("NIK") if self.kind == "nik" else _("passport numbers")
        where = _("column {column}, first in row {row}", column=self.column, row=self.row)
        if self.sheet:
            where = _("worksheet {sheet}, {where}", sheet=self.sheet, where=where)
        return _("{count} cells that look like {what}: {where}", count=self.count, what=what, where=where)


@dataclass
class _Column:
    """What was seen in a column so far."""

    label: Kind | None = None
    filled: int = 0
    rows: dict[Kind, list[int]] = field(default_factory=lambda: defaultdict(list))
    alike: set[str] = field(default_factory=set)
    alike_rows: list[int] = field(default_factory=list)


def findings(sheet: Sheet) -> list[Finding]:
    """Return where a sheet holds numbers of persons, column by column."""
    columns: dict[str, _Column] = defaultdict(_Column)
    for row, cells in sheet.rows:
        for column, text in _named(cells, keyed=sheet.keyed):
            if text:
                _look(columns[column], column if sheet.keyed else "", row, text)
    return [one for name, column in columns.items() for one in _found(sheet.name, name, column)]


def _named(cells: list[Any], *, keyed: bool) -> Iterator[tuple[str, str]]:
    return iter(cells) if keyed else ((letter(place), text) for place, text in enumerate(cells))


def _look(column: _Column, key: str, row: int, text: str) -> None:
    column.filled += 1
    if key and column.label is None:
        column.label = label_of(key)
    elif row <= HEADING_ROWS and not key:
        column.label = column.label or label_of(text)
    if len(text) >= NIK_LENGTH and has_nik(text, certain=column.label == "nik"):
        column.rows["nik"].append(row)
    if len(text) < PASSPORT_LENGTH or not PASSPORT.search(text):
        return
    if column.label == "paspor" or NAMED_PASSPORT.search(text):
        column.rows["paspor"].append(row)
    elif PASSPORT_CELL.fullmatch(text.strip()):
        column.alike.add(text)
        column.alike_rows.append(row)


def may_hold(text: str) -> bool:
    """Tell whether a whole text may hold numbers of persons: one look where most files have none."""
    return bool(SIXTEEN.search(text) or PASSPORT.search(text))


def _found(sheet: str, name: str, column: _Column) -> Iterator[Finding]:
    many = len(column.alike) >= FEW_PASSPORTS and len(column.alike_rows) >= SHARE_OF_PASSPORTS * (column.filled - 1)
    if many and not column.rows["paspor"]:
        column.rows["paspor"] = column.alike_rows
    for kind, rows in column.rows.items():
        if rows:
            yield Finding(kind, _quoted(sheet), _quoted(name), rows[0], len(rows))


def _quoted(name: str) -> str:
    """Return a name of a worksheet or a key as a message may quote it: long numbers left out."""
    return re.sub(r"\d(?:[ .\-]?\d){4,}", "…", name)[:60]


def has_nik(text: str, *, certain: bool = False) -> bool:
    """Tell whether a text has a NIK in it.

    A NIK has 16 digits: six for the district and kecamatan, six for the day of birth (of women with 40 added to the
    day), four that count.

    Args:
        text: a cell.
        certain: whether the column says so; then any 16 digits are one.

    >>> has_nik("3506014107900001"), has_nik("1234567890123456")
    (True, False)
    """
    numbers = (NOT_A_DIGIT.sub("", match) for match in SIXTEEN.findall(text))
    return any(certain or _is_plausible(number) for number in numbers)


def _is_plausible(number: str) -> bool:
    return number[:4] in _districts() and number[4:6] != "00" and _is_birthday(number[6:12])


def _is_birthday(digits: str) -> bool:
    day, month = int(digits[:2]), int(digits[2:4])
    day -= FEMALE if day > FEMALE else 0
    # 1904 is a leap year; which century is meant, nobody knows.
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(1904, month)[1]


@cache
def _districts() -> frozenset[str]:
    return frozenset(code.replace(".", "") for code, area in areas().items() if area.level == "kabupaten_kota")


def label_of(text: str) -> Kind | None:
    """Return which numbers a column holds, from its heading; None if it does not say.

    >>> label_of("Nomor Paspor"), label_of("NIK"), label_of("Teknik"), label_of("no_ktp")
    ('paspor', 'nik', None, 'nik')
    """
    words = f" {' '.join(re.findall(r'[a-z]+', text.casefold()))} " if len(text) <= 60 else ""
    return next((kind for kind, names in _labels().items() if any(f" {name} " in words for name in names)), None)


@cache
def _labels() -> Mapping[Kind, tuple[str, ...]]:
    return {kind: tuple(names) for kind, names in kinds.rules()["personal"].items()}


def letter(place: int) -> str:
    """Return the letter of a column, as spreadsheets have it, from its place counted from 0.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    place, name = place + 1, ""
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
