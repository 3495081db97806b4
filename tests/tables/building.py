"""Tables made for a test: text to bytes, worksheets, and the whole way from bytes to a tidy table."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import RawTable, TidyTable


def raw(content: str | bytes, description: dict[str, Any] | None = None, name: str = "tabel.csv") -> RawTable:
    """Read a table given as text or bytes."""
    return read_table(content.encode() if isinstance(content, str) else content, parse_description(description), name)


def tidy(content: str | bytes, description: dict[str, Any] | None = None, name: str = "tabel.csv") -> TidyTable:
    """Read a table given as text or bytes, and make it tidy."""
    return tidy_table(raw(content, description, name), parse_description(description))


def values(table: TidyTable, *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of a tidy table, row by row."""
    return list(table.frame[list(columns)].itertuples(index=False, name=None))


def workbook(
    *sheets: tuple[str, list[list[Any]], list[tuple[int, int, int, int]]], hidden_columns: Sequence[int] = ()
) -> bytes:
    """Return an XLSX file.

    Args:
        sheets: name, rows of cells, and merged cells as (first row, first column, last row, last column), from 0; the
            text of a merged cell stands in its first one.
        hidden_columns: columns that no sheet shows.
    """
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, rows, merges in sheets:
        sheet = book.add_worksheet(name)
        for column in hidden_columns:
            sheet.set_column(column, column, None, None, {"hidden": True})
        for first_row, first_column, last_row, last_column in merges:
            text = rows[first_row][first_column]
            sheet.merge_range(first_row, first_column, last_row, last_column, text)
        inside = {
            (row, column)
            for first_row, first_column, last_row, last_column in merges
            for row in range(first_row, last_row + 1)
            for column in range(first_column, last_column + 1)
        }
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None and (row, column) not in inside:
                    sheet.write(row, column, cell)
    book.close()
    return buffer.getvalue()
