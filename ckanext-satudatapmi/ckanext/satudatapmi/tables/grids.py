"""Files to grids of strings: text files in any usual encoding, and worksheets (XLSX, XLS, ODS)."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from io import StringIO
from itertools import islice
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
from xlrd.biffh import XLRDError

from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.sheetfacts import SheetFacts, sheet_facts
from ckanext.satudatapmi.tables.spreadsheets import OLE, ZIP, open_workbook, refuse_too_many_cells
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.tables.webtables import web_tables
from ckanext.satudatapmi.text import _

DELIMITERS = (";", ",", "\t", "|")
DAMAGED = (CalamineError, OSError, ValueError, KeyError, zipfile.BadZipFile, expat.ExpatError, XLRDError)
SNIFFED_ROWS = 200
SHOWN_HIDDEN = 5
MAX_COLUMNS = 16_384
PDF = b"%PDF"
HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<table")
ODS_TYPE = b"application/vnd.oasis.opendocument"
Merge = tuple[tuple[int, int], tuple[int, int]]
Cells = Sequence[str]
"""The cells of a row."""


@dataclass(frozen=True)
class Hidden:
    """Rows and columns that a worksheet holds and does not show, counted from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.rows or self.columns)

    def places(self) -> str:
        """Return where they are, as a spreadsheet program counts."""
        rows = [_("row {row}", row=row + 1) for row in sorted(self.rows)[:SHOWN_HIDDEN]]
        return ", ".join(
            [*rows, *(_("column {column}", column=column + 1) for column in sorted(self.columns)[:SHOWN_HIDDEN])]
        )


@dataclass(frozen=True)
class Grid:
    """The cells of a file as strings.

    Attributes:
        sheet: name of the worksheet, or None for a file without any.
        cells: rows of cells, all of one width, empty cells as "".
        merges: merged cells as ((row, column), (row, column)) of first and last cell, counted from 0.
        hidden: rows and columns that hold something and do not show.
        titles: lines above the table that are no part of its cells, as in a PDF.
        notes: such lines below it.
        pages: the page of each row, from 1; empty unless the file has pages.
    """

    sheet: str | None
    cells: Sequence[Cells]
    merges: tuple[Merge, ...] = ()
    hidden: Hidden = Hidden()
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True)
class TableChoice:
    """A table that a file holds: its worksheet's name, or its number; and whether it shows."""

    sheet: str | int
    shown: bool = True


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
    kind = file_kind(content)
    if kind == "PDF":
        return _picked(_pdf_grids(content, file), description.sheet, file)
    if kind == "HTML":
        return _picked(_web_grids(content, description.encoding, file), description.sheet, file)
    _refuse_other_kinds(content, file)
    text = _decode(content, description.encoding, file)
    rows = _split(text, description.delimiter, file)
    _refuse_too_wide(max(map(len, rows), default=0), file)
    texts = _Texts(lambda cell: _clean(cell, keep_lines))
    return Grid(None, _padded([list(map(texts.__getitem__, row)) for row in rows]))


def file_kind(content: bytes) -> str:
    """Return what a file that holds a table is, by its bytes alone: CSV, XLSX, XLS, ODS, PDF or HTML."""
    if content.startswith(PDF):
        return "PDF"
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:50].lower().startswith(HTML_STARTS):
        return "HTML"
    if content.startswith(OLE):
        return "XLS"
    if not content.startswith(ZIP):
        return "CSV"
    # An OpenDocument file begins with the entry `mimetype`, not packed (OpenDocument 1.3, part 2, 3.3).
    return "ODS" if content[30:].startswith(b"mimetype" + ODS_TYPE) else "XLSX"


def table_choices(content: bytes, file: str) -> list[TableChoice]:
    """Return the tables that a file holds and a description can choose by `sheet`; [] for a text file, which is one.

    Raises:
        TableError: if the file cannot be read.
    """
    kind = file_kind(content)
    if kind == "CSV":
        return []
    if kind in ("PDF", "HTML"):
        grids = _pdf_grids(content, file) if kind == "PDF" else _web_grids(content, None, file)
        return [TableChoice(number) for number in range(1, len(grids) + 1)]
    book = open_workbook(content, file)
    return [
        TableChoice(sheet.name, sheet.visible == SheetVisibleEnum.Visible)
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and _holds_rows(book, sheet.name, file)
    ]


def _holds_rows(book: CalamineWorkbook, name: str, file: str) -> bool:
    try:
        return book.get_sheet_by_name(name).height > 1
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(file, _("the spreadsheet cannot be read: {error}", error=error)) from None


def _picked(grids: list[Grid], wanted: str | int | None, file: str) -> Grid:
    """Return the table of a page or a PDF that is wanted by number or caption; the first one if none is."""
    if not grids:
        raise TableError(file, _("the file holds no table"))
    number = wanted if isinstance(wanted, int) else 1
    if isinstance(wanted, str):
        captions = [(grid.sheet or "").casefold() for grid in grids]
        number = captions.index(wanted.strip().casefold()) + 1 if wanted.strip().casefold() in captions else 0
    if 1 <= number <= len(grids):
        return grids[number - 1]
    raise TableError(file, _("there is no table {wanted!r}; the file holds {count}", wanted=wanted, count=len(grids)))


def _pdf_grids(content: bytes, file: str) -> list[Grid]:
    # What reads PDF files takes memory that a web process shall not need.
    from ckanext.satudatapmi.tables.pdf_tables import pdf_tables
    from ckanext.satudatapmi.tables.unruled import unruled_tables

    return [
        Grid(None, _padded(table.cells), table.merges, titles=table.titles, notes=table.notes, pages=table.pages)
        for table in pdf_tables(content, file) or unruled_tables(content, file)
    ]


def _web_grids(content: bytes, encoding: str | None, file: str) -> list[Grid]:
    """Return the tables of a web page; a merged cell's text stands in its first place only."""
    grids = []
    for table in web_tables(_decode(content, encoding, file)):
        cells = [list(row) for row in table.cells]
        for (top, left), (bottom, right) in table.merges:
            text = cells[top][left]
            for row in range(top, bottom + 1):
                cells[row][left : right + 1] = [""] * (right + 1 - left)
            cells[top][left] = text
        grids.append(Grid(table.title or None, cells, table.merges, titles=(table.title,) if table.title else ()))
    return grids


def _refuse_other_kinds(content: bytes, file: str) -> None:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        raise TableError(file, _("the file is empty"))
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
        name = _wanted_sheet(book, description.sheet, file)
        # The cells are read without Python: another thread has the time to look for what they do not say.
        with ThreadPoolExecutor(1) as helper:
            looking = helper.submit(sheet_facts, content, name)
            sheet = book.get_sheet_by_name(name)
        refuse_too_many_cells(sheet.total_height * sheet.total_width, file)
        _refuse_too_wide(sheet.total_width, file)
        merges, facts = _merges(sheet), looking.result()
        cells = _texts(sheet, facts, description.decimal, keep_lines)
    except DAMAGED as error:
        if isinstance(error, TableError):
            raise
        raise TableError(file, _("the spreadsheet cannot be read: {error}", error=error)) from None
    _refuse_unvalued(facts, sheet.name, file)
    return Grid(sheet.name, cells, merges or _inside(facts.merges, cells), _hidden(facts, cells))


def _refuse_unvalued(facts: SheetFacts, sheet: str, file: str) -> None:
    """Raise if a formula has no value: the file was written by a program that does not calculate."""
    if facts.unvalued:
        row, column = facts.unvalued[0]
        message = _(
            "worksheet {sheet}, row {row}, column {column}: the formula has no value; open the file in a spreadsheet"
            " program and save it",
            sheet=sheet,
            row=row + 1,
            column=column + 1,
        )
        raise TableError(file, message)


def _refuse_too_wide(columns: int, file: str) -> None:
    if columns > MAX_COLUMNS:
        message = _("the table has {count} columns, more than {limit}", count=columns, limit=MAX_COLUMNS)
        raise TableError(file, message)


def _inside(merges: tuple[Merge, ...], cells: Sequence[Cells]) -> tuple[Merge, ...]:
    """Return the merged cells that lie within the rows and columns that hold something."""
    width = len(cells[0]) if cells else 0
    return tuple(
        ((top, left), (min(bottom, len(cells) - 1), min(right, width - 1)))
        for (top, left), (bottom, right) in merges
        if top < len(cells) and left < width
    )


def _hidden(facts: SheetFacts, cells: Sequence[Cells]) -> Hidden:
    width = len(cells[0]) if cells else 0
    rows = frozenset(row for row in facts.rows if row < len(cells) and any(cells[row]))
    columns = frozenset(column for column in facts.columns if column < width and any(row[column] for row in cells))
    return Hidden(rows, columns)


def _wanted_sheet(book: CalamineWorkbook, wanted: str | int | None, file: str) -> str:
    """Return the name of the worksheet that is wanted by name or number; the first one that shows if none is."""
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if not names:
        raise TableError(file, _("the spreadsheet has no worksheet"))
    if wanted is None:
        visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
        return (visible or names)[0]
    if isinstance(wanted, int) and wanted <= len(names):
        return names[wanted - 1]
    for name in names:
        if isinstance(wanted, str) and name.strip().casefold() == wanted.strip().casefold():
            return name
    raise TableError(
        file, _("there is no worksheet {wanted!r}; its worksheets are: {names}", wanted=wanted, names=", ".join(names))
    )


def _merges(sheet: CalamineSheet) -> tuple[Merge, ...]:
    try:
        ranges = sheet.merged_cell_ranges
    except CalamineError:
        return ()
    return tuple(ranges or ())


class _Texts(dict[Any, str]):
    """The texts of cells by what they hold, each made once."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, value: Any) -> str:
        text = self[value] = self.make(value)
        return text


def _texts(sheet: CalamineSheet, facts: SheetFacts, decimal: str, keep_lines: bool) -> list[Cells]:
    """Return the cells of a worksheet as texts, from A1 on, row by row as they are read, which takes half the time."""
    texts = _Texts(lambda value: cell_text(value, decimal, keep_lines))
    left = ("",) * (sheet.start[1] if sheet.start else 0)
    # True equals 1.0, whose text is another one.
    rows = (
        map(texts.make if facts.yes_or_no and bool in set(map(type, values)) else texts.__getitem__, values)
        for values in sheet.iter_rows()
    )
    # Tuples of texts are left alone by the garbage collector, which goes through lists again and again.
    return [left + tuple(row) for row in rows]


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
    width = max(map(len, rows), default=0)
    return [row if len(row) == width else row + [""] * (width - len(row)) for row in rows]
