"""Files to grids of strings: text files in any usual encoding, and worksheets (XLSX, XLS, ODS)."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from io import StringIO
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.spreadsheets import OLE, ZIP, open_workbook, refuse_too_many_cells
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

DELIMITERS = (";", ",", "\t", "|")
SNIFFED_ROWS = 200
ODS_TYPE = b"application/vnd.oasis.opendocument"
Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Grid:
    """The cells of a file as strings.

    Attributes:
        sheet: name of the worksheet, or None for a text file.
        cells: rows of cells, all of one width, empty cells as "".
        merges: merged cells as ((row, column), (row, column)) of first and last cell, counted from 0.
    """

    sheet: str | None
    cells: list[list[str]]
    merges: tuple[Merge, ...] = ()


def read_grid(content: bytes, description: TableDescription, file: str, *, keep_lines: bool = False) -> Grid:
    """Return the cells of a file.

    Args:
        content: the file.
        description: sheet, encoding, delimiter and decimal mark, as far as they are known.
        file: its name, for messages.
        keep_lines: whether line breaks within a cell mean something, as in texts of several paragraphs.

    Raises:
        TableError: if the file is empty, no table, or its worksheet is not there.
    """
    if content.startswith((ZIP, OLE)):
        return _worksheet(content, description, file, keep_lines)
    _refuse_other_kinds(content, file)
    text = _decode(content, description.encoding, file)
    rows = _split(text, description.delimiter, file)
    return Grid(None, _padded([[_clean(cell, keep_lines) for cell in row] for row in rows]))


def file_kind(content: bytes) -> str:
    """Return what a file that holds a table is, by its bytes alone: CSV, XLSX, XLS or ODS."""
    if content.startswith(OLE):
        return "XLS"
    if not content.startswith(ZIP):
        return "CSV"
    # An OpenDocument file begins with the entry `mimetype`, not packed (OpenDocument 1.3, part 2, 3.3).
    return "ODS" if content[30:].startswith(b"mimetype" + ODS_TYPE) else "XLSX"


def _refuse_other_kinds(content: bytes, file: str) -> None:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        raise TableError(file, _("the file is empty"))
    if start.startswith(b"%pdf"):
        raise TableError(file, _("the file is a PDF, expected CSV or a spreadsheet; ask the publisher for the table"))
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise TableError(file, _("the file is a web page, expected CSV or a spreadsheet; check the address"))
    if start.startswith((b"{", b"[{")):
        raise TableError(file, _("the file is JSON, expected CSV or a spreadsheet; check the address"))


def _decode(content: bytes, encoding: str | None, file: str) -> str:
    """Decode text: by its byte order mark, else as UTF-8, else as Windows-1252, which every byte of a text fits."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = encoding or "utf-16"
    for candidate in (encoding,) if encoding else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise TableError(file, _("the file holds binary data, expected CSV or a spreadsheet"))
        return text.removeprefix("\ufeff")
    raise TableError(
        file, _("the text is not {encoding}; leave out `encoding` to have it found out", encoding=encoding)
    )


def _split(text: str, delimiter: str | None, file: str) -> list[list[str]]:
    # Excel writes the delimiter into the first line; that line stays, empty, so that row numbers agree with the file.
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = delimiter or first.strip()[4], f"\n{rest}"
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter or find_delimiter(text)))
    except csv.Error as error:
        raise TableError(file, _("the text is not CSV: {error}", error=error)) from None


def find_delimiter(text: str) -> str:
    """Return the delimiter that makes most rows agree on a number of cells above one."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        for row in islice(csv.reader(StringIO(text, newline=""), delimiter=delimiter), SNIFFED_ROWS):
            if len(row) > 1:
                widths[len(row)] += 1
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(DELIMITERS, key=agreement)


def _worksheet(content: bytes, description: TableDescription, file: str, keep_lines: bool) -> Grid:
    book = open_workbook(content, file)
    try:
        sheet = _pick(book, description.sheet, file)
        refuse_too_many_cells(sheet.total_height * sheet.total_width, file)
        merges = _merges(sheet)
        values = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(file, _("the spreadsheet cannot be read: {error}", error=error)) from None
    cells = [[cell_text(value, description.decimal, keep_lines) for value in row] for row in values]
    return Grid(sheet.name, _padded(cells), merges)


def _pick(book: CalamineWorkbook, wanted: str | int | None, file: str) -> CalamineSheet:
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if not names:
        raise TableError(file, _("the spreadsheet has no worksheet"))
    if wanted is None:
        visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
        return book.get_sheet_by_name((visible or names)[0])
    if isinstance(wanted, int) and wanted <= len(names):
        return book.get_sheet_by_name(names[wanted - 1])
    for name in names:
        if isinstance(wanted, str) and name.strip().casefold() == wanted.strip().casefold():
            return book.get_sheet_by_name(name)
    raise TableError(
        file, _("there is no worksheet {wanted!r}; its worksheets are: {names}", wanted=wanted, names=", ".join(names))
    )


def _merges(sheet: CalamineSheet) -> tuple[Merge, ...]:
    try:
        ranges = sheet.merged_cell_ranges
    except CalamineError:
        return ()
    return tuple(ranges or ())


def cell_text(value: Any, decimal: str, keep_lines: bool = False) -> str:
    """Return a typed cell as the text a person would have typed, figures with the table's own decimal mark."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, (int, float)):
        # Excel keeps and shows 15 digits; more of them are leftovers of binary arithmetic.
        plain = format(float(f"{value:.15g}"), "f") if "e" in f"{value:.15g}" else f"{value:.15g}"
        return plain.replace(".", decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return _clean(str(value), keep_lines)


def _clean(text: str, keep_lines: bool) -> str:
    plain = text.replace("\xa0", " ").replace("\u200b", "")
    if not keep_lines:
        return " ".join(plain.split())
    return "\n".join(" ".join(line.split()) for line in plain.splitlines()).strip()


def _padded(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]
