"""The values that the steps of reading a table hand on, and what can go wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ckanext.satudatapmi.reference.learned import NameSeen
from ckanext.satudatapmi.text import _

ROW_INDEX = "baris"


class TableError(ValueError):
    """A table cannot be read at all. The message names the file, the worksheet if it is known, what was expected and
    what to do."""

    def __init__(self, file: str, message: str, sheet: str | None = None) -> None:
        super().__init__(f"{_place(file, sheet)}: {message}")
        self.file = file
        self.message = message
        self.sheet = sheet


def _place(file: str, sheet: str | None) -> str:
    """Return a file and its worksheet in words."""
    return ", ".join((file, _("worksheet {sheet}", sheet=sheet))) if sheet else file


@dataclass(frozen=True)
class RowError:
    """A cell that could not be taken as it stands.

    Attributes:
        file: name of the file.
        row: row number as a spreadsheet program counts it, from 1.
        column: heading of the column, as printed.
        value: what the cell holds.
        expected: what should stand there.
        hint: what to do about it, or empty.
        sheet: name of the worksheet, or None.
    """

    file: str
    row: int
    column: str
    value: str
    expected: str
    hint: str = ""
    sheet: str | None = None

    def __str__(self) -> str:
        line = _(
            "{file}, row {row}, column {column}: {value!r} is not {expected}",
            file=_place(self.file, self.sheet),
            row=self.row,
            column=self.column,
            value=self.value,
            expected=self.expected,
        )
        return f"{line}. {self.hint}" if self.hint else line


@dataclass(frozen=True)
class TableWarning:
    """Something that a person should look at; the data are taken as they are. `row`, `column` and `sheet` where one is
    meant."""

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    sheet: str | None = None

    def __str__(self) -> str:
        place = [_place(self.file, self.sheet)]
        if self.row is not None:
            place.append(_("row {row}", row=self.row))
        if self.column is not None:
            place.append(_("column {column}", column=self.column))
        return f"{', '.join(place)}: {self.message}"


@dataclass(frozen=True)
class Column:
    """A printed column.

    Attributes:
        name: its heading in one line, unique in the table; the frame's column label.
        parts: the levels of its heading, from top to bottom, as printed.
    """

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class RawTable:
    """A table as printed: strings and row numbers, nothing interpreted.

    Attributes:
        file: name of the file it was read from.
        sheet: name of the worksheet, or None for a text file.
        columns: the printed columns, in their order.
        frame: one row a printed row, strings only, a column for each of `columns`; its index `baris` holds row numbers.
        titles: the lines above the heading.
        notes: the lines below the last row: sources and footnotes, as printed.
        warnings: what looked odd while reading.
        pages: the page of each row, from 1; empty unless the file has pages.
    """

    file: str
    sheet: str | None
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[TableWarning, ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True)
class Field:
    """A column of a tidy table, as the data dictionary explains it.

    Attributes:
        name: column name.
        type: text, integer, number, date or boolean.
        label: heading for people, Indonesian.
        notes: explanation, Indonesian; may be empty.
        codes: name of the code list that its values belong to, or None.
        indexed: whether readers will filter by it.
    """

    name: str
    type: str
    label: str
    notes: str = ""
    codes: str | None = None
    indexed: bool = False


@dataclass(frozen=True)
class TidyTable:
    """One observation a row.

    Attributes:
        frame: a column for each of `fields`, in their order. Texts are `object` (None where empty), integers `Int64`,
            numbers `Float64`, dates `datetime.date`, booleans `boolean`.
        fields: what the columns are.
        errors: cells that could not be taken; an observation whose figure is bad is left out, one whose name is not
            understood stays, without a code.
        warnings: totals that do not add up, areas that are missing, and the like.
        titles: the lines above the printed table.
        notes: the lines below it.
        controls: the printed totals that are no data, with the columns of `frame`, coded `_T` (areas: the code of the
            whole); totals over time are not among them.
        partial: whether the table leaves parts of its totals out (a top ten).
        names: the distinct names of its coded fields, with what they were found to be; totals and rests are no names.
    """

    frame: pd.DataFrame
    fields: tuple[Field, ...]
    errors: tuple[RowError, ...] = ()
    warnings: tuple[TableWarning, ...] = ()
    titles: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    controls: pd.DataFrame = field(default_factory=pd.DataFrame)
    partial: bool = False
    names: tuple[NameSeen, ...] = ()
