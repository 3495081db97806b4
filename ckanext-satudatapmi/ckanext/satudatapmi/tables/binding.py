"""Printed columns to fields: which column holds what, and which columns are to become rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ckanext.satudatapmi.reference.codelists import TOTAL, load, special_group
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.matching import fold
from ckanext.satudatapmi.reference.periode import parse_period
from ckanext.satudatapmi.tables.description import FieldUse, TableDescription, field_use
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.tables.values import Column, RawTable, TableError, TableWarning
from ckanext.satudatapmi.tables.vocabulary import fields_headed, heading_key
from ckanext.satudatapmi.text import _

YEAR = re.compile(r"[12]\d{3}")
SHOWN_COLUMNS = 12


@dataclass(frozen=True)
class FigureColumn:
    """A column that holds figures.

    Attributes:
        name: label of the column in the raw frame.
        says: what its heading says: field name to text; a total's text is the printed word.
        marks: footnote marks of its heading.
    """

    name: str
    says: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Which field each printed column holds.

    Attributes:
        uses: every field of the table by name.
        columns: fields that have a column of their own: field name to column label.
        constants: fields that hold for every row: field name to text.
        figures: the columns of figures.
        warnings: columns that nobody described.
    """

    uses: dict[str, FieldUse]
    columns: dict[str, str]
    constants: dict[str, str]
    figures: tuple[FigureColumn, ...]
    warnings: tuple[TableWarning, ...] = ()


def bind(raw: RawTable, description: TableDescription) -> Plan:
    """Return what each column of a raw table holds.

    Raises:
        TableError: if a described column is not there, or no column of figures is found.
    """
    _check_described(raw, description)
    columns: dict[str, str] = {}
    uses = {use.name: use for use in description.unpivot}
    figures: list[FigureColumn] = []
    loose: list[Column] = []
    values: list[Column] = []
    for column in raw.columns:
        use = _described(column, description)
        if use is None and _is_left_out(column, description):
            continue
        if description.value and heading_key(description.value) in _keys(column):
            values.append(column)
        elif use is None and (pivoted := _pivoted(column, description)):
            figures.append(pivoted)
        elif (use := use or _known(column, unpivoted=bool(description.unpivot))) is None:
            loose.append(column)
        elif use.role == "value":
            values.append(column)
        elif use.role != "ignore":
            _refuse_repeat(raw, use, column, columns)
            uses[use.name], columns[use.name] = use, column.name
    figures, loose = _figures(raw, description, figures, values, loose)
    warnings = _take_loose(raw, loose, uses, columns)
    constants = dict(description.constants) | ({"satuan": description.satuan} if description.satuan else {})
    for name in constants:
        uses.setdefault(name, field_use(name, f"constants.{name}"))
    return Plan(_with_parents(raw, uses), columns, constants, tuple(figures), tuple(warnings))


def is_total(text: str, description: TableDescription) -> bool:
    """Say whether a text is a word for a total."""
    plain, _marks = split_marks(text)
    return special_group(plain).code == TOTAL or heading_key(plain) in description.totals.labels


def _check_described(raw: RawTable, description: TableDescription) -> None:
    there = {key for column in raw.columns for key in _keys(column)}
    wanted = list(description.columns) + ([heading_key(description.value)] if description.value else [])
    for key in wanted:
        if key not in there:
            message = _(
                "there is no column {key!r}; its columns are: {columns}", key=key, columns=_headings(raw.columns)
            )
            raise TableError(raw.file, message)


def _keys(column: Column) -> set[str]:
    return {heading_key(column.name), heading_key(" ".join(column.parts)), *(heading_key(p) for p in column.parts)}


def _described(column: Column, description: TableDescription) -> FieldUse | None:
    return next((description.columns[key] for key in _keys(column) if description.columns.get(key)), None)


def _is_left_out(column: Column, description: TableDescription) -> bool:
    return any(key in description.columns for key in _keys(column))


def _known(column: Column, *, unpivoted: bool) -> FieldUse | None:
    """Return the field that the vocabulary knows under this heading, the most specific level of it first."""
    for heading in (column.name, *reversed(column.parts)):
        for known in fields_headed(heading):
            if not (unpivoted and known.role == "value"):
                return field_use(known.name, known.name)
    return None


def _pivoted(column: Column, description: TableDescription) -> FigureColumn | None:
    """Return the column as one of figures if the levels of its heading name a value of each unpivoted field."""
    if not description.unpivot:
        return None
    parts = [split_marks(part) for part in column.parts]
    texts = [text for text, _marks in parts]
    total = next((text for text in texts if is_total(text, description)), None)
    says: dict[str, str] = {}
    for use in description.unpivot:
        text = next((text for text in texts if text not in says.values() and names_value(use, text)), total)
        if text is None:
            return None
        says[use.name] = text
    return FigureColumn(column.name, MappingProxyType(says), tuple(mark for _text, marks in parts for mark in marks))


def names_value(use: FieldUse, text: str) -> bool:
    """Say whether a heading names a value of the field: a year of `tahun`, a code's name of a coded field."""
    if use.known.codes:
        return matcher(use.known.codes, use.known.options)(text).found or special_group(text).code not in (None, TOTAL)
    if use.role != "time":
        return False
    if use.name == "tahun":
        return YEAR.fullmatch(text) is not None
    if use.name == "bulan":
        return load("bulan").match(text).found and not text.isdecimal()
    return parse_period(text) is not None or parse_period(text, year=2000) is not None


def _figures(
    raw: RawTable,
    description: TableDescription,
    pivoted: list[FigureColumn],
    values: list[Column],
    loose: list[Column],
) -> tuple[list[FigureColumn], list[Column]]:
    """Return the columns of figures, and those columns that are still loose."""
    free_text = [use for use in description.unpivot if not use.known.codes and use.role != "time"]
    if len(description.unpivot) == 1 and free_text:
        says = [(column, split_marks(column.parts[-1] if column.parts else column.name)) for column in loose]
        return [
            FigureColumn(column.name, MappingProxyType({free_text[0].name: text}), marks)
            for column, (text, marks) in says
        ], []
    if description.unpivot:
        if all(is_total(text, description) for column in pivoted for text in column.says.values()):
            names = ", ".join(use.name for use in description.unpivot)
            columns = _headings(raw.columns)
            message = _(
                "no column is headed by a value of {names}; its columns are: {columns}", names=names, columns=columns
            )
            raise TableError(raw.file, message)
        return pivoted, loose
    if not values and len(loose) == 1:
        values, loose = loose, []
    if len(values) != 1:
        columns = _headings(values or raw.columns)
        message = _(
            "which column holds the figures? Say so with `value`, or unpivot; candidates: {columns}", columns=columns
        )
        raise TableError(raw.file, message)
    marks = tuple(mark for part in values[0].parts for mark in split_marks(part)[1])
    return [FigureColumn(values[0].name, marks=marks)], loose


def _take_loose(
    raw: RawTable, loose: Sequence[Column], uses: dict[str, FieldUse], columns: dict[str, str]
) -> list[TableWarning]:
    """Keep columns that nobody described as texts, so that nothing printed is lost, and say so."""
    warnings: list[TableWarning] = []
    for column in loose:
        name = _field_name(column)
        name = f"{name[:50]}_lain" if name in uses else name
        use = field_use(name, name, {"role": "attribute", "label": column.name})
        uses[name], columns[name] = use, column.name
        message = _("nothing says what this column holds; it is kept as the text column {name}", name=name)
        warnings.append(TableWarning(raw.file, message, column=column.name))
    return warnings


def _field_name(column: Column) -> str:
    words = (re.sub(r"[^a-z0-9]+", "_", part.casefold()).strip("_") for part in column.parts or (column.name,))
    name = "_".join(filter(None, words))
    return name[:55] if name[:1].isalpha() else f"kolom_{name or fold(column.name)}"[:55]


def _refuse_repeat(raw: RawTable, use: FieldUse, column: Column, columns: dict[str, str]) -> None:
    if use.name in columns:
        message = _(
            "two columns hold the field {field}: {columns}",
            field=use.name,
            columns=f"{columns[use.name]}, {column.name}",
        )
        raise TableError(raw.file, message)


def _with_parents(raw: RawTable, uses: dict[str, FieldUse]) -> dict[str, FieldUse]:
    """Give a field's parent columns of its own, and look its names up within it: Kediri in the row of Jawa Timur."""
    for name, use in list(uses.items()):
        parent = uses.get(use.known.parent or "")
        if parent is not None:
            options = MappingProxyType({"within": parent.name} | dict(use.known.options))
            uses[name] = replace(use, known=replace(use.known, options=options))
            uses[parent.name] = replace(parent, known=replace(parent.known, column=parent.name))
    stems: dict[str, str] = {}
    for name, use in uses.items():
        if (other := stems.setdefault(use.stem, name)) != name:
            message = _(
                "the fields {one} and {other} would fill the same column {stem}", one=other, other=name, stem=use.stem
            )
            raise TableError(raw.file, message)
    return uses


def _headings(columns: Sequence[Column]) -> str:
    shown = ", ".join(column.name for column in columns[:SHOWN_COLUMNS])
    return f"{shown}, ..." if len(columns) > SHOWN_COLUMNS else shown
