"""A table as an XLSX workbook: the rows, and a second sheet that explains them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from ckanext.satudatapmi.tables.exports.table import About, Column, Kind, Table, Unwritable, text_or_number
from ckanext.satudatapmi.text import _

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Of data in a sheet, whose first row is the heading."""
MOST_CHARACTERS = 32_767
"""In a cell."""
FIRST_YEAR = 1901
"""Spreadsheet programs know no day before 1900, and count those of that year each in its own way."""
# Bytes alone may tell one edition of a table from another, not the moment at which it was asked for.
CREATED = datetime(2000, 1, 1, tzinfo=UTC)
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTHS: dict[Kind, int] = {"text": 24, "datetime": 18}
WIDTH = 14
HEAD = {"bold": True, "bg_color": "#dfe4f5", "text_wrap": True, "valign": "top"}

Write = Callable[[int, int, Any], object]


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """Write a table as a workbook: a sheet with the rows, another with what is said of the table and its columns.

    Numbers, days and truth values are ones of the spreadsheet, texts stay texts, what is missing is empty. A number
    that a spreadsheet program would round, and a day before 1901, is written as text.

    Args:
        table: to be written.
        file: open for writing bytes; it stays open.

    Raises:
        Unwritable: the table has more rows, or a longer text, than a sheet holds.
    """
    _refuse_too_large(table)
    # It takes 12 MB of memory, which only those processes shall need that write a workbook.
    from xlsxwriter import Workbook

    with Workbook(file, OPTIONS | {"constant_memory": True}) as book:
        book.set_properties({"title": table.about.title, "created": CREATED})
        _write_rows(book, table)
        write_about(book, table.about, table.columns)


def write_about(book: Workbook, about: About, columns: tuple[Column, ...] = ()) -> Worksheet:
    """Add a sheet with what is said of a table, and with its data dictionary if it has columns; return the sheet."""
    sheet, head = book.add_worksheet(_("About the table")), book.add_format(HEAD)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 1, 30)
    sheet.set_column(2, 2, 60)
    labels = {
        "title": _("Dataset"),
        "table": _("Table"),
        "publisher": _("Publisher"),
        "source": _("Source"),
        "license": _("Licence"),
        "license_url": _("Text of the licence"),
        "address": _("Address"),
        "citation": _("Cite as"),
    }
    told = [(labels[name], text) for name, text in asdict(about).items() if text]
    for row, (label, text) in enumerate(told):
        sheet.write_string(row, 0, label, head)
        sheet.write_string(row, 1, text[:MOST_CHARACTERS])
    if columns:
        _write_dictionary(sheet, columns, len(told) + 1, head, wrap)
    return sheet


def _refuse_too_large(table: Table) -> None:
    if table.count > MOST_ROWS:
        message = _(
            "The table has {rows} rows; a sheet of XLSX holds {most}. Take it as CSV, JSON or Parquet.",
            rows=table.count,
            most=MOST_ROWS,
        )
        raise Unwritable(message)


def _write_rows(book: Workbook, table: Table) -> None:
    sheet, head = book.add_worksheet(_("Data")), book.add_format(HEAD)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, WIDTHS.get(column.kind, WIDTH))
        sheet.write_string(0, place, column.name, head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, table.count, max(0, len(table.columns) - 1))
    writes = [_write_of(book, sheet, column) for column in table.columns]
    row = 0
    for rows in table.batches():
        for cells in rows:
            row += 1
            for place, cell in enumerate(cells):
                if cell is not None:
                    writes[place](row, place, cell)


def _write_of(book: Workbook, sheet: Worksheet, column: Column) -> Write:
    """Return how the values of a column are written."""
    if column.kind == "float":
        return sheet.write_number
    if column.kind in ("integer", "number"):
        return lambda row, place, value: _write_number(sheet, row, place, value)
    if column.kind in ("date", "datetime"):
        shape = book.add_format({"num_format": "yyyy-mm-dd" if column.kind == "date" else "yyyy-mm-dd hh:mm:ss"})
        return lambda row, place, value: _write_day(sheet, row, place, value, shape)
    if column.kind == "boolean":
        return sheet.write_boolean
    return lambda row, place, value: _write_text(sheet, row, place, value, column.name)


def _write_number(sheet: Worksheet, row: int, place: int, value: int | Decimal) -> None:
    kept = text_or_number(value)
    if isinstance(kept, str):
        sheet.write_string(row, place, kept)
    else:
        sheet.write_number(row, place, kept)


def _write_day(sheet: Worksheet, row: int, place: int, value: Any, shape: Format) -> None:
    if value.year < FIRST_YEAR:
        sheet.write_string(row, place, value.isoformat())
    else:
        sheet.write_datetime(row, place, value, shape)


def _write_text(sheet: Worksheet, row: int, place: int, value: str, name: str) -> None:
    if len(value) > MOST_CHARACTERS:
        message = _(
            "Row {row}, column {column}: a text of {length} characters; a cell of XLSX holds {most}. Take the table as "
            "CSV, JSON or Parquet.",
            row=row + 1,
            column=name,
            length=len(value),
            most=MOST_CHARACTERS,
        )
        raise Unwritable(message)
    sheet.write_string(row, place, value)


def _write_dictionary(sheet: Worksheet, columns: tuple[Column, ...], top: int, head: Format, wrap: Format) -> None:
    headings = [_("Column"), _("Label"), _("Meaning"), _("Kind"), _("Unit"), _("Code list")]
    for place, heading in enumerate(headings):
        sheet.write_string(top, place, heading, head)
    for row, one in enumerate(columns, top + 1):
        kind = one.dictionary["type"]
        for place, text in enumerate((one.name, one.label, one.notes, kind, one.unit, one.codes)):
            sheet.write_string(row, place, text[:MOST_CHARACTERS], wrap)
