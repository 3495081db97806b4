"""The tables of a PDF without ruling lines, found by where its texts stand.

Nothing on the page says over which columns a heading reaches; one is taken to be centred over as many as its
neighbours, and where that does not fit the heading stays where it is, which the guess then asks about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pdfplumber

from ckanext.satudatapmi.tables.pdf_tables import (
    MAX_PAGES,
    PAGE_NUMBER,
    SLACK,
    Cells,
    Merge,
    PdfTable,
    holds_figures,
)
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

LEAST_ACCURACY = 80.0
LEAST_ROWS = 2
Lines = list[tuple[float, float, str]]


def unruled_tables(content: bytes, name: str) -> list[PdfTable]:
    """Return the tables of a PDF that hold figures in two rows at least; one that goes on overleaf is one table.

    Raises:
        TableError: the PDF cannot be read.
    """
    # It takes 40 MB of memory, which only those processes shall need that meet such a table.
    from camelot.io import read_pdf

    try:
        lines = _lines(content)
        if not lines:
            return []
        found = read_pdf(BytesIO(content), pages=f"1-{len(lines)}", flavor="stream", suppress_stdout=True)
        pages = [one for table in found if (one := _on_page(table, lines)) is not None]
    # Damaged PDFs make the parser raise nearly anything.
    except Exception as error:  # noqa: BLE001
        reason = str(error) or type(error).__name__
        raise TableError(name, _("the PDF cannot be read: {error}", error=reason)) from error
    tables: list[PdfTable] = []
    for one in pages:
        if tables and (rows := _continuation(tables[-1].cells, one.cells)):
            pages_of_rows = (*tables[-1].pages, *(one.page for _row in rows))
            cells = [*tables[-1].cells, *rows]
            tables[-1] = replace(tables[-1], cells=cells, notes=one.notes, pages=pages_of_rows)
        else:
            tables.append(one)
    return [_with_merges(table) for table in tables]


def _lines(content: bytes) -> list[Lines]:
    """Return the lines of each page: how far below the page's top they begin and end, in points, and their text."""
    with pdfplumber.open(BytesIO(content)) as document:
        return [
            [
                (line["top"], line["bottom"], line["text"].strip())
                for line in page.extract_text_lines(return_chars=False)
            ]
            + [(float(page.height), float(page.height), "")]
            for page in document.pages[:MAX_PAGES]
        ]


def _on_page(table: Any, pages: list[Lines]) -> PdfTable | None:
    """Return a table that camelot found, with the lines around it; None for a text that is no table."""
    cells = [[" ".join(str(cell).split()) for cell in row] for row in table.df.to_numpy().tolist()]
    if float(table.accuracy) < LEAST_ACCURACY or sum(_is_row(row) for row in cells) < LEAST_ROWS:
        return None
    page = int(table.page)
    lines = pages[page - 1]
    height = lines[-1][1]
    top, bottom = height - table._bbox[3], height - table._bbox[1]
    titles = [text for _start, end, text in lines if end <= top + SLACK and not PAGE_NUMBER.fullmatch(text)]
    notes = [text for start, _end, text in lines if start >= bottom - SLACK and not PAGE_NUMBER.fullmatch(text)]
    cells = _with_low_keys(_with_joined_names(cells))
    return PdfTable(page, cells, tuple(titles), tuple(filter(None, notes)), (page,) * len(cells))


def _is_row(row: Sequence[str]) -> bool:
    return sum(map(bool, row)) > 1 and holds_figures(row)


def _first_row(cells: Cells) -> int:
    return next((number for number, row in enumerate(cells) if _is_row(row)), len(cells))


def _names(cells: Cells) -> int:
    """Return how many columns there are up to the last one of names."""
    data = cells[_first_row(cells) :]
    columns = [[row[place] for row in data if row[place] and _is_row(row)] for place in range(len(cells[0]))]
    named = [
        place
        for place, texts in enumerate(columns)
        if sum(not holds_figures([text]) for text in texts) * 2 > len(texts)
    ]
    return max(named, default=-1) + 1


def _with_joined_names(cells: Cells) -> Cells:
    """Return the cells with neighbouring columns of names made one where no row fills both: they are aligned
    otherwise, as the word for the total is."""
    place = 0
    while place + 1 < _names(cells):
        if any(row[place] and row[place + 1] for row in cells):
            place += 1
        else:
            cells = [[*row[:place], row[place] or row[place + 1], *row[place + 2 :]] for row in cells]
    return cells


def _with_low_keys(cells: Cells) -> Cells:
    """Return the cells with the headings of names in the lowest row of the heading, whatever height they stand at."""
    names, head = _names(cells), range(_first_row(cells))
    over_figures = [row for row in head if any(cells[row][names:])]
    if not over_figures:
        return cells
    lowest = over_figures[-1]
    cells = [list(row) for row in cells]
    for row in range(over_figures[0], _first_row(cells)):
        for place in range(names):
            if row != lowest and cells[row][place]:
                cells[lowest][place] = " ".join(filter(None, (cells[lowest][place], cells[row][place])))
                cells[row][place] = ""
    return [row for row in cells if any(row)]


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
    names, head = _names(cells), range(_first_row(cells))
    lowest = max((row for row in head if any(cells[row][names:])), default=-1)
    leaves = [place for place in range(names, len(cells[0])) if lowest >= 0 and cells[lowest][place]]
    merges: list[Merge] = []
    for row in range(max(lowest, 0)):
        places = [place for place, cell in enumerate(cells[row]) if cell]
        if places and (groups := _groups(places, leaves)):
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
