"""A table as printed, as an XLSX workbook: the table, and a second sheet that tells where it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

import yaml

from ckanext.satudatapmi.tables.exports.table import About
from ckanext.satudatapmi.tables.exports.wide import Wide
from ckanext.satudatapmi.tables.exports.xlsx_file import CREATED, HEAD, OPTIONS, write_about
from ckanext.satudatapmi.text import _

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

A4 = 9
NAME_WIDTH, WIDTH = 28, 13
BORDER = {"border": 1, "valign": "top"}
WHOLE, BROKEN, DAY = "#,##0", "#,##0.##########", "yyyy-mm-dd"


def write_wide(table: Wide, about: About, file: IO[bytes]) -> None:
    """Write a table as it was printed, ready to be printed again.

    Figures are numbers where they bear no footnote mark, all else is text. The second sheet holds the description by
    which the first is read.

    Args:
        table: to be written.
        about: what is said of it.
        file: open for writing bytes; it stays open.
    """
    # It takes 12 MB of memory, which only those processes shall need that write a workbook.
    from xlsxwriter import Workbook

    with Workbook(file, OPTIONS | {"in_memory": True}) as book:
        book.set_properties({"title": about.title, "created": CREATED})
        sheet = book.add_worksheet(_("Table"))
        top = _write_titles(book, sheet, table.titles) + 1
        _write_headings(book, sheet, table, top)
        below = _write_rows(book, sheet, table, top + len(table.headings)) + 1
        for row, line in enumerate(table.notes, below):
            sheet.write_string(row, 0, line)
        _lay_out(sheet, table, top)
        _write_description(write_about(book, about), table)


def _write_titles(book: Workbook, sheet: Worksheet, titles: Sequence[str]) -> int:
    bold = book.add_format({"bold": True})
    for row, title in enumerate(titles):
        sheet.write_string(row, 0, title, bold)
    return len(titles)


def _write_headings(book: Workbook, sheet: Worksheet, table: Wide, top: int) -> None:
    shape = book.add_format(HEAD | {"border": 1, "align": "center"})
    bottom = top + len(table.headings) - 1
    behind = table.names + table.figures
    for column, text in enumerate(table.headings[-1]):
        if not table.names <= column < behind:
            _write_merged(sheet, (top, column, bottom, column), text, shape)
    for level in range(len(table.headings)):
        for first, last, text in _groups(table, level, behind):
            _write_merged(sheet, (top + level, first, top + level, last), text, shape)


def _groups(table: Wide, level: int, behind: int) -> Iterator[tuple[int, int, str]]:
    """Yield first and last column of each heading of a level; those of the lowest level stay apart."""
    columns = range(table.names, behind)
    lowest = level == len(table.headings) - 1

    def path(column: int) -> Any:
        return column if lowest else tuple(one[column] for one in table.headings[: level + 1])

    for _path, group in groupby(columns, key=path):
        places = list(group)
        yield places[0], places[-1], table.headings[level][places[0]]


def _write_merged(sheet: Worksheet, place: tuple[int, int, int, int], text: str, shape: Format) -> None:
    top, left, bottom, right = place
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, shape)
    else:
        sheet.merge_range(top, left, bottom, right, text, shape)


def _write_rows(book: Workbook, sheet: Worksheet, table: Wide, top: int) -> int:
    shapes = {
        (bold, kind): book.add_format(BORDER | {"bold": bold, "num_format": kind} | _aligned(kind))
        for bold in (False, True)
        for kind in ("@", "", WHOLE, BROKEN, DAY)
    }
    figures = range(table.names, table.names + table.figures)
    for place, cells in enumerate(table.rows):
        for column, cell in enumerate(cells):
            kind = _kind(cell, column in figures)
            _write_cell(sheet, top + place, column, cell, shapes[place in table.sums, kind])
    return top + len(table.rows)


def _aligned(kind: str) -> dict[str, str]:
    # A figure that bears a mark is a text, and stands where the other figures do.
    return {"align": "right"} if kind == "" else {}


def _kind(cell: Any, is_figure: bool) -> str:
    """Return the number format of a cell; that of a figure which is a text is empty."""
    if isinstance(cell, Decimal):
        return WHOLE if cell == cell.to_integral_value() else BROKEN
    if isinstance(cell, date):
        return DAY
    return "" if is_figure else "@"


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Any, shape: Format) -> None:
    if cell == "":
        sheet.write_blank(row, column, None, shape)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell, shape)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, time()), shape)
    else:
        sheet.write_number(row, column, float(cell), shape)


def _lay_out(sheet: Worksheet, table: Wide, top: int) -> None:
    sheet.set_column(0, max(0, table.names - 1), NAME_WIDTH)
    sheet.set_column(table.names, table.names + table.figures - 1, WIDTH)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(top + len(table.headings), table.names)
    sheet.repeat_rows(top, top + len(table.headings) - 1)


def _write_description(sheet: Worksheet, table: Wide) -> None:
    """Write how the table is read, below what the sheet says already."""
    row = (sheet.dim_rowmax or 0) + 2
    text = yaml.safe_dump(table.description, allow_unicode=True, sort_keys=False)
    for place, line in enumerate((_("How the table is read by this portal:"), *text.splitlines()), row):
        sheet.write_string(place, 0, line)
