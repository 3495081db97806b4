"""The ruled tables of a PDF; one that goes on overleaf, with its heading or without, is one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import takewhile

import pdfplumber
from pdfplumber.page import Page
from pdfplumber.table import Table

from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

MAX_PAGES = 500
SLACK = 3.0
"""How far, in points, the columns of one table may stand apart on two pages."""
Cells = list[list[str]]
Merge = tuple[tuple[int, int], tuple[int, int]]
_TITLE = re.compile(r"(tabel|table|lampiran)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(lanjutan|sambungan|berlanjut|bersambung|continued)\b", re.IGNORECASE)
PAGE_NUMBER = re.compile(r"(halaman |hal\.? |page )?[-–]? ?\d+ ?[-–]?(( dari | of | ?/ ?)\d+)?", re.IGNORECASE)
_FIGURE = re.compile(r"-|-?\d[\d.,]*%?")
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True)
class PdfTable:
    """A table.

    Attributes:
        page: where it begins, from 1.
        cells: of all its pages, without the headings that are repeated.
        titles: the lines above it on its first page.
        notes: the lines below it on its last page.
        pages: the page of each row.
        merges: headings that stand over several columns, as ((row, column), (row, column)), counted from 0.
    """

    page: int
    cells: Cells
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True)
class _Ruled:
    """A table as it stands on a page: its cells, where its columns begin, and the lines above and below it."""

    cells: Cells
    columns: tuple[float, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


def pdf_tables(content: bytes, name: str) -> list[PdfTable]:
    """Return the ruled tables that hold two rows and two columns at least.

    Raises:
        TableError: the PDF cannot be read.
    """
    tables: list[PdfTable] = []
    last: _Ruled | None = None
    texts: frozenset[str] = frozenset()
    try:
        with pdfplumber.open(BytesIO(content)) as document:
            for page in document.pages[:MAX_PAGES]:
                found = _on_page(page)
                page.close()
                rest = found
                if found and last is not None and (goes_on := _continuation(tables[-1], last, texts, found[0])):
                    tables[-1] = _joined(tables[-1], goes_on, page.page_number, found[0].below)
                    rest = found[1:]
                tables += [_begun(one, page.page_number) for one in rest]
                last = found[-1] if found else None
                texts = frozenset(line for one in found[:1] for line in (*one.above, *one.below))
    # Damaged PDFs make the parser raise nearly anything.
    except Exception as error:  # noqa: BLE001
        reason = str(error) or type(error).__name__
        raise TableError(name, _("the PDF cannot be read: {error}", error=reason)) from error
    return [table for table in tables if len(table.cells) > 1]


def _begun(one: _Ruled, page: int) -> PdfTable:
    titles = tuple(line for line in one.above if not PAGE_NUMBER.fullmatch(line))
    return PdfTable(page, one.cells, titles, _notes(one.below), (page,) * len(one.cells))


def _joined(table: PdfTable, rows: Cells, page: int, below: Sequence[str]) -> PdfTable:
    return replace(
        table, cells=[*table.cells, *rows], notes=_notes(below), pages=(*table.pages, *(page for _row in rows))
    )


def _notes(below: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in below if not PAGE_NUMBER.fullmatch(line))


def _on_page(page: Page) -> list[_Ruled]:
    """Return the tables of a page from top to bottom."""
    tables = sorted(page.find_tables(), key=lambda table: (table.bbox[1], table.bbox[0]))
    lines = page.extract_text_lines(return_chars=False) if tables else []
    found = [_ruled(table, lines) for table in tables]
    return [one for one in found if one.cells and len(one.cells[0]) > 1]


def _ruled(table: Table, lines: Sequence[dict[str, float | str]]) -> _Ruled:
    _left, top, _right, bottom = table.bbox
    cells = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
    return _Ruled(
        cells,
        tuple(sorted({cell[0] for cell in table.cells})),
        tuple(str(line["text"]).strip() for line in lines if float(line["bottom"]) <= top + SLACK),
        tuple(str(line["text"]).strip() for line in lines if float(line["top"]) >= bottom - SLACK),
    )


def _continuation(table: PdfTable, last: _Ruled, texts: frozenset[str], first: _Ruled) -> Cells:
    """Return the rows that the first table of a page adds to the last one of the page before; [] if it is another.

    Args:
        table: of which `last` is the end.
        last: the last table of the page before.
        texts: the lines around the tables of the page before; what is repeated is no title.
        first: the first table of the page.
    """
    titles = [line for line in first.above if line not in texts and not PAGE_NUMBER.fullmatch(line)]
    titles += [line for line in last.below if _TITLE.match(line)]
    if any(not _GOES_ON.search(line) for line in titles):
        return []
    heading = table.cells[0]
    if first.cells[0] == heading:
        levels = zip(first.cells, table.cells, strict=False)
        same = takewhile(lambda pair: pair[0] == pair[1] and not holds_figures(pair[0]), levels)
        return first.cells[max(1, len(list(same))) :]
    aligned = len(first.columns) == len(last.columns) and all(
        abs(one - other) <= SLACK for one, other in zip(first.columns, last.columns, strict=True)
    )
    same_width = len(first.cells[0]) == len(heading)
    return first.cells if aligned and same_width and holds_figures(first.cells[0]) else []


def holds_figures(row: Sequence[str]) -> bool:
    """Tell whether a row is no heading: it holds a figure that is no year."""
    return any(_FIGURE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in row)
