"""What tells the figures of a printed table apart, as its headings and names say it: areas, countries, periods."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.reference.periode import Period, months_text, period_text
from ckanext.satudatapmi.tables.columns import FIGURE_FIELDS, PAGE_FIELD, PERIOD_FIELDS, SOURCE_FIELDS
from ckanext.satudatapmi.tables.description import NOTE_FIELDS
from ckanext.satudatapmi.tables.exports.printed import Record
from ckanext.satudatapmi.tables.values import Field
from ckanext.satudatapmi.tables.vocabulary import known_fields

ROW, COLUMN = (one.name for one in SOURCE_FIELDS)
VALUE, UNIT, STATUS, REASON = (one.name for one in FIGURE_FIELDS)
YEAR, START, END = (one.name for one in PERIOD_FIELDS)
NOTE = "catatan"
NEEDED = frozenset({ROW, COLUMN, VALUE, UNIT, STATUS, REASON, YEAR, START, END})
"""The columns of every table that was read from a printed one."""
ASIDE = NEEDED | {PAGE_FIELD.name, NOTE, *NOTE_FIELDS}
CODE, NAME = "kode_", "nama_"
AREAS, PROVINCE, DISTRICT = "wilayah", "provinsi", "kabupaten_kota"


@dataclass(frozen=True)
class Cell:
    """A figure or a printed total: the row and the heading where it stood, and its row of the tidy table."""

    row: int
    column: str
    record: Record
    is_total: bool = False


@dataclass(frozen=True)
class Key:
    """A field that tells figures apart.

    Attributes:
        name: of the field, in descriptions.
        label: its heading.
        says: what is printed of it for a cell, "" for nothing.
        sums: whether a cell is a total over it.
        settings: what a description says of it besides its name.
        constant: whether a description may say it once for all figures.
        is_time: whether it says the period.
    """

    name: str
    label: str
    says: Callable[[Cell], Any]
    sums: Callable[[Cell], bool] = lambda _cell: False
    settings: Mapping[str, Any] = field(default_factory=dict)
    constant: bool = False
    is_time: bool = False


def keys_of(fields: Sequence[Field], cells: Sequence[Cell]) -> list[Key]:
    """Return the keys of a table but its periods, in the order of its columns."""
    by_name = {one.name: one for one in fields}
    keys = []
    for one in fields:
        stem = one.name.removeprefix(CODE)
        if one.name.startswith(CODE) and one.codes and NAME + stem in by_name:
            keys.append(_coded(stem, one.codes, by_name[NAME + stem].label, by_name, cells))
        elif one.name not in ASIDE and CODE + one.name.removeprefix(NAME) not in by_name:
            keys.append(_plain(one, cells))
    return keys


def period_key(cells: Sequence[Cell]) -> Key:
    """Return the key that says the period of each figure in one text."""
    periods = {period for cell in cells if (period := _period(cell))}
    name, label = ("tahun", "Tahun") if all(map(_is_year, periods)) else ("periode", "Periode")
    return Key(name, label, _in_words(period_text), constant=True, is_time=True)


def split_period_keys(cells: Sequence[Cell]) -> list[Key]:
    """Return the keys that say the period in two texts, the year and the months; [] if it has no such parts."""
    names = {_months_field(period) for cell in cells if (period := _period(cell))}
    if len(names) != 1 or None in names:
        return []
    name = str(names.pop())
    return [
        Key("tahun", "Tahun", _in_words(lambda period: str(period.year)), is_time=True),
        Key(name, name.capitalize(), _in_words(months_text), is_time=True),
    ]


def _coded(stem: str, codes: str, label: str, columns: Container[str], cells: Sequence[Cell]) -> Key:
    """Return the key of a column of codes, which is printed as names.

    A total bears the code of the whole, which no part does; among areas it is one of another level than theirs.
    """
    held = [cell.record[CODE + stem] for cell in cells if not cell.is_total]
    known = {code for code in held if code not in (None, TOTAL)}
    wholes = {TOTAL} | {cell.record[CODE + stem] for cell in cells if cell.is_total} - known - {None}
    name, settings = stem, {}
    if codes == AREAS:
        name, level = _area_field(stem, known, columns)
        wholes |= {code for code in known if level and _level(code) != level}
        settings = _within(wholes - {TOTAL}) if not _lies_within(stem, columns) else {}
    vocabulary = known_fields().get(name)
    if vocabulary is None:
        settings = {"role": "key", "label": label}
    if vocabulary is None or vocabulary.codes != codes:
        settings["codes"] = codes

    def sums(cell: Cell) -> bool:
        return cell.record[CODE + stem] in wholes

    def says(cell: Cell) -> str:
        return _total() if sums(cell) else _name(cell.record[CODE + stem], cell.record[NAME + stem], codes, name)

    return Key(name, label, says, sums, settings, constant=not settings and None not in held and not wholes & set(held))


def _total() -> str:
    return str(special_group(TOTAL).name)


def _name(code: str | None, name: str | None, codes: str, field_name: str) -> str:
    """Return a name so that it has one meaning among areas of all levels: Jambi is a province and a city."""
    area = wilayah.areas().get(code or "") if codes == AREAS and field_name not in (PROVINCE, DISTRICT) else None
    return f"{area.kind} {name}" if area and not wilayah.match(area.name).found else name or ""


def _area_field(stem: str, codes: set[str], columns: Container[str]) -> tuple[str, str | None]:
    """Return the field of a column of areas, and the level of its areas if they have one."""
    if stem != AREAS:
        known = known_fields().get(stem)
        return stem, known.options.get("level") if known else None
    if _lies_within(stem, columns):
        return DISTRICT, DISTRICT
    levels = {_level(code) for code in codes - {wilayah.INDONESIA}}
    level = levels.pop() if len(levels) == 1 else None
    return level or AREAS, level


def _level(code: str) -> str | None:
    area = wilayah.areas().get(code)
    return area.level if area else None


def _lies_within(stem: str, columns: Container[str]) -> bool:
    """Say whether areas are looked up within the province of their row."""
    return stem == AREAS and NAME + PROVINCE in columns


def _within(wholes: set[str]) -> dict[str, Any]:
    """Return the setting that makes the total the one of a province."""
    return {"within": next(iter(wholes))} if len(wholes) == 1 and set(map(_level, wholes)) == {PROVINCE} else {}


def _plain(one: Field, cells: Sequence[Cell]) -> Key:
    """Return the key of a column without codes: its values as they are."""

    def sums(cell: Cell) -> bool:
        return cell.is_total and special_group(str(cell.record[one.name])).code == TOTAL

    known = known_fields().get(one.name)
    settings: dict[str, Any] = {}
    if known is None:
        settings = {"type": one.type, "role": "key" if any(map(sums, cells)) else "attribute", "label": one.label}
    return Key(one.name, one.label, lambda cell: _value(cell.record[one.name]), sums, settings)


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return "" if value is None else value


def _period(cell: Cell) -> Period | None:
    start, end = cell.record[START], cell.record[END]
    return Period(start, end) if start and end else None


def _in_words(words: Callable[[Period], str]) -> Callable[[Cell], str]:
    return lambda cell: words(period) if (period := _period(cell)) else ""


def _is_year(period: Period) -> bool:
    return period_text(period) == str(period.year)


def _months_field(period: Period) -> str | None:
    """Return the field whose values are such periods, the year aside; None if there is none."""
    months = months_text(period)
    if period_text(period) != f"{months} {period.year}":
        return None
    if months.startswith("Triwulan"):
        return "triwulan"
    return "bulan" if period.start.month == period.end.month else None
