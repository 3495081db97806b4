"""The tables of a PDF without ruling lines, found by where its texts stand.

Nothing on the page says over which columns a heading reaches; one is taken to be centred over as many as its
neighbours, and where that does not fit the heading stays where it is, which the guess then asks about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import camelot
import pdfplumber

from ckanext.satudatapmi.tables.pdf_tables import MAX_PAGES, Cells, Merge, PdfTable, holds_figures
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

LEAST_ACCURACY = 80.0
LEAST_ROWS = 2


def unruled_tables(content: bytes, name: str) -> list[PdfTable]:
    """Return the tables of a PDF that hold figures in two rows at least; one that goes on overleaf is one table.

    Raises:
        TableError: the PDF cannot be read.
    """
    try:
        with pdfplumber.open(BytesIO(content)) as document:
            pages = f"1-{min(len(document.pages), MAX_PAGES)}"
        found = camelot.read_pdf(
            BytesIO(content), pages=pages, flavor="stream", suppress_stdout=True
        )
    # Damaged PDFs make the parser raise nearly anything.
    except Exception as error:  # noqa: BLE001
        reason = str(error) or type(error).__name__
        raise TableError(name, _("the PDF cannot be read: {error}", error=reason)) from error
    tables: list[PdfTable] = []
    for one in found:
        cells = [[" ".join(str(cell).split()) for cell in row] for row in one.df.to_numpy().tolist()]
        if float(one.accuracy) < LEAST_ACCURACY or sum(_is_row(row) for row in cells) < LEAST_ROWS:
            continue
        page = int(one.page)
        if tables and (rows := _continuation(tables[-1].cells, cells)):
            pages = (*tables[-1].pages, *(page for _row in rows))
            tables[-1] = replace(tables[-1], cells=[*tables[-1].cells, *rows], pages=pages)
        else:
            tables.append(PdfTable(page, cells, pages=(page,) * len(cells)))
    return [_with_merges(table) for table in tables]


def _is_row(row: Sequence[str]) -> bool:
    return sum(map(bool, row)) > 1 and holds_figures(row)


def _first_row(cells: Cells) -> int:
    return next((number for number, row in enumerate(cells) if _is_row(row)), len(cells))


def _continuation(table: Cells, cells: Cells) -> Cells:
    """Return the rows that a page adds to the table before it: its own without the repeated heading; [] if it is
    another table."""
    if len(table[0]) != len(cells[0]):
        return []
    heading = [_texts(row) for row in table[: _first_row(table)]]
    repeated = [_texts(row) for row in cells[: _first_row(cells)]]
    return cells[len(repeated) :] if heading[len(heading) - len(repeated) :] == repeated else []


def _texts(row: Sequence[str]) -> list[str]:
    return [cell for cell in row if cell]


def _with_merges(table: PdfTable) -> PdfTable:
    """Return a table whose upper headings reach over the columns they are centred on."""
    cells = [list(row) for row in table.cells]
    head = range(_first_row(cells))
    lowest = max(head, key=lambda row: (len(_texts(cells[row])), row), default=None)
    if lowest is None:
        return table
    leaves = [place for place, cell in enumerate(cells[lowest]) if cell]
    merges: list[Merge] = []
    for row in head:
        places = [place for place, cell in enumerate(cells[row]) if cell]
        if row < lowest and places and (groups := _groups(places, leaves)):
            texts = [cells[row][place] for place in places]
            for place, text, (left, right) in zip(places, texts, groups, strict=True):
                cells[row][place] = ""
                cells[row][left] = text
                merges.append(((row, left), (row, right)))
    return replace(table, cells=cells, merges=tuple(merges))


def _groups(places: Sequence[int], leaves: Sequence[int]) -> list[tuple[int, int]]:
    """Return over which columns each of the texts of a row reaches: an even share of the lowest headings, each; []
    if one does not stand over its share."""
    if len(leaves) % len(places) or places[0] < leaves[0]:
        return []
    share = len(leaves) // len(places)
    groups = [(leaves[start], leaves[start + share - 1]) for start in range(0, len(leaves), share)]
    return groups if all(left <= place <= right for place, (left, right) in zip(places, groups, strict=True)) else []
