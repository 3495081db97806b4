"""What kind of file something is, and the tables in it: CSV, XLSX, XLS, ODS, web pages, PDF."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum

from ckanext.satudatapmi.harvesters.protocols.base import DescribedTable
from ckanext.satudatapmi.harvesters.protocols.rows import Columns, Rows, table_of_grid, with_merged
from ckanext.satudatapmi.reference.learned import NOTHING_LEARNED, Learned
from ckanext.satudatapmi.tables import archives, kinds
from ckanext.satudatapmi.tables.description import TableDescription, parse_description
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.looking import read
from ckanext.satudatapmi.tables.spreadsheets import OLE, ZIP, open_workbook
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.tables.webtables import web_tables
from ckanext.satudatapmi.text import _

SHEETS = frozenset({"XLSX", "XLS", "ODS"})
Cells = list[list[str]]


@dataclass(frozen=True)
class Part:
    """A table of a file.

    Attributes:
        name: of the worksheet, or the caption; "" if there is none.
        page: of a PDF, from 1; 0 elsewhere.
        cells: what it holds; None for a text file or a worksheet, which is read when it is asked for.
    """

    name: str = ""
    page: int = 0
    cells: Cells | None = None


def kind_of(content: bytes) -> str:
    """Return what a file is, by its bytes alone: PDF, XLS, XLSX, ODS, ZIP, HTML, CSV, or "?" for none of these."""
    if content.startswith(b"%PDF"):
        return "PDF"
    if content.startswith(OLE):
        return "XLS"
    if content.startswith(ZIP):
        kind = kinds.kind_of(content)
        return "XLSX" if kind == "XLSM" else kind
    text = kinds.as_text(content[: kinds.SAMPLE])
    if text is None:
        return kinds.UNKNOWN
    return "HTML" if text.lstrip("\ufeff \t\r\n").startswith("<") else "CSV"


def members_of(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files in an archive that holds no more, nor more of them, than an archive may.

    Raises:
        Refused: it does, or names places outside itself.
    """
    archives.refuse_bombs(content, name, kinds.limits())
    yield from archives.members(content)


def parts_of(content: bytes, kind: str, name: str, described: bool) -> list[Part]:
    """Return the tables of a file; one that is described holds one, found by its description.

    Raises:
        TableError: it cannot be read.
    """
    if kind == "PDF":
        # What reads PDF files takes memory that a web process shall not need.
        from ckanext.satudatapmi.tables.pdf_tables import pdf_tables

        return [Part("", table.page, table.cells) for table in pdf_tables(content, name)]
    if kind == "HTML":
        return [Part(table.title, 0, table.cells) for table in web_tables(kinds.as_text(content) or "")]
    if kind in SHEETS and not described:
        return [Part(sheet) for sheet in _sheets(content, name)]
    return [Part()]


def plain_table(content: bytes, part: Part, name: str) -> tuple[Columns, Rows]:
    """Return columns and values of a table as they stand.

    Raises:
        TableError: it cannot be read.
    """
    if part.cells is not None:
        return table_of_grid(part.cells)
    grid = read_grid(content, TableDescription(sheet=part.name or None), name)
    return table_of_grid(with_merged(grid.cells, grid.merges))


def described_table(
    content: bytes, part: Part, name: str, entry: Mapping[str, Any], learned: Learned = NOTHING_LEARNED
) -> DescribedTable:
    """Return a table by its description, with the layout that it has.

    Raises:
        TableDescriptionError: the description is wrong.
        TableError: it cannot be read.
    """
    description = read_by = parse_description(entry)
    if part.cells is not None:
        content = _as_csv(part.cells)
        read_by = replace(description, encoding="utf-8", delimiter=",")
    reading = read(read_grid(content, read_by, name), read_by, name, learned)
    return DescribedTable(description, reading.tidy, entry, reading.layout, reading.raw.sheet)


def _as_csv(cells: Cells) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(cells)
    return text.getvalue().encode()


def _sheets(content: bytes, name: str) -> list[str]:
    """Return the names of the worksheets that show and hold something."""
    book = open_workbook(content, name)
    try:
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        return [sheet for sheet in shown if book.get_sheet_by_name(sheet).height > 1]
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(name, _("the spreadsheet cannot be read: {error}", error=error)) from error
