"""A grid of cells to a raw table: where the heading stands, what its levels are, where the notes begin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import pandas as pd

from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.grids import Cells, Grid, Hidden, Merge, read_grid
from ckanext.satudatapmi.tables.marks import footnote
from ckanext.satudatapmi.tables.values import ROW_INDEX, Column, RawTable, TableError, TableWarning
from ckanext.satudatapmi.text import _

NOTE_START = re.compile(r"(sumber|catatan|keterangan|ket|source|note|notes|diolah|dikutip)\b", re.IGNORECASE)
CONTINUED = re.compile(r"\(?(?:lanjutan|sambungan|bersambung|berlanjut|continued)\b", re.IGNORECASE)
MIN_NUMBERED = 3
COLUMN_NUMBER = re.compile(r"\(\d{1,3}\)")
ASIDE = re.compile(f"{COLUMN_NUMBER.pattern}|{CONTINUED.pattern}", re.IGNORECASE)


def read_table(content: bytes, description: TableDescription, file_name: str) -> RawTable:
    """Read a printed table: CSV in any usual encoding and delimiter, a worksheet of XLSX, XLS, ODS, or a table of a
    web page or a PDF.

    Args:
        content: the file as published.
        description: how to read it.
        file_name: name of the file, for messages.

    Raises:
        TableError: if the file holds no such table.
    """
    return raw_table(read_grid(content, description, file_name), description, file_name)


def raw_table(grid: Grid, description: TableDescription, file_name: str) -> RawTable:
    """Return the table that a grid holds; see `read_table`."""
    left_out = grid.hidden if description.hidden == "leave_out" else Hidden()
    filled = [len(cells) - cells.count("") for cells in grid.cells]
    head = _heading_rows(grid, filled, description, file_name)
    columns, kept = _columns(grid, head, left_out, file_name)
    first = head[-1] + 1
    end = _end_of_data(grid, filled, first)
    aside = _rows_aside(grid, filled, _texts_of_heading(grid, head), range(first, end)) | left_out.rows
    rows = [row for row in range(first, end) if filled[row] and row not in aside]
    if rows and numbers_columns(grid.cells[rows[0]]):
        rows = rows[1:]
    if not rows:
        raise TableError(file_name, _("there is no row of data below the heading in row {row}", row=head[-1] + 1))
    body = _without_vertical_merges(grid, first, end)
    printed = list(zip(*(body[row] for row in rows), strict=True))
    frame = pd.DataFrame(
        {column.name: printed[position] for column, position in zip(columns, kept, strict=True)},
        index=pd.Index([row + 1 for row in rows], name=ROW_INDEX),
        dtype="object",
    )
    return RawTable(
        file=file_name,
        sheet=grid.sheet,
        columns=columns,
        frame=frame,
        titles=(*grid.titles, *_lines(grid.cells[: head[0]])),
        notes=(*_lines(grid.cells[end:]), *grid.notes),
        pages=tuple(grid.pages[row] for row in rows) if grid.pages else (),
        warnings=_rows_left_out(grid, end, file_name),
    )


def _heading_rows(grid: Grid, filled: Sequence[int], description: TableDescription, file: str) -> list[int]:
    """Return the rows of the heading, counted from 0: those described, else the first row that spans half the table
    with two texts at least, and all rows that its vertically merged cells reach."""
    if description.header:
        head = [row - 1 for row in description.header]
        if head[-1] < len(grid.cells):
            return list(range(head[0], head[-1] + 1))
        raise TableError(
            file,
            _("the heading should be in row {row}, the file has {count} rows", row=head[-1] + 1, count=len(grid.cells)),
        )
    widest = max(filled, default=0)
    for row, count in enumerate(filled):
        if count >= 2 and _spanned(grid, row) * 2 >= widest:
            reach = [last_row for (first_row, _c), (last_row, _d) in grid.merges if first_row == row]
            return list(range(row, max(reach, default=row) + 1))
    raise TableError(
        file, _("no heading found: no row with two filled cells spans the table; say where it is with `header`")
    )


def _spanned(grid: Grid, row: int) -> int:
    """Return how many columns the texts of a row stand over, merged cells counted whole."""
    merged = [right - left for (top, left), (_bottom, right) in grid.merges if top == row and grid.cells[row][left]]
    return _filled(grid.cells[row]) + sum(merged)


def _columns(grid: Grid, head: Sequence[int], left_out: Hidden, file: str) -> tuple[tuple[Column, ...], list[int]]:
    """Return the columns that have a heading or data, and their positions."""
    levels = _heading_levels(grid, head)
    columns: list[Column] = []
    positions: list[int] = []
    taken: dict[str, int] = {}
    for position in range(len(grid.cells[head[0]])):
        if position in left_out.columns:
            continue
        parts = tuple(dict.fromkeys(level[position] for level in levels if level[position]))
        if not parts and not any(row[position] for row in grid.cells[head[-1] + 1 :]):
            continue
        name = " / ".join(parts) or f"kolom {position + 1}"
        taken[name] = taken.get(name, 0) + 1
        columns.append(Column(name if taken[name] == 1 else f"{name} ({taken[name]})", parts))
        positions.append(position)
    if not any(column.parts for column in columns):
        raise TableError(file, _("the heading in row {row} is empty", row=head[0] + 1))
    return tuple(columns), positions


def _heading_levels(grid: Grid, head: Sequence[int]) -> list[list[str]]:
    """Return the heading's rows with merged cells filled; without merges an upper heading holds up to the next one."""
    levels = [list(grid.cells[row]) for row in head]
    inside = [merge for merge in grid.merges if merge[0][0] in head]
    for (top, left), (bottom, right) in inside:
        text = grid.cells[top][left]
        for row in range(top, min(bottom, head[-1]) + 1):
            levels[row - head[0]][left : right + 1] = [text] * (right + 1 - left)
    if not inside:
        for upper, lower in pairwise(levels):
            for position in range(1, len(upper)):
                if not upper[position] and lower[position]:
                    upper[position] = upper[position - 1]
    return levels


def _end_of_data(grid: Grid, filled: Sequence[int], first: int) -> int:
    """Return the row where the notes begin: a single cell that looks like a note, or single cells after a gap."""
    last = max((row for row in range(first, len(filled)) if filled[row] > 1), default=first)
    for row in range(first, len(filled)):
        if filled[row] != 1:
            continue
        text = next(cell for cell in grid.cells[row] if cell)
        after_gap = row > max(first, last) and filled[row - 1] == 0
        if NOTE_START.match(text) or footnote(text) or after_gap:
            return row
    return len(filled)


def numbers_columns(cells: Sequence[str]) -> bool:
    """Say whether a row numbers the columns: `(1) (2) (3)`, or 1, 2, 3 and so on in at least three columns."""
    texts = [cell for cell in cells if cell]
    bare = texts == [str(number + 1) for number in range(len(texts))] and len(texts) >= MIN_NUMBERED
    return bool(texts) and (bare or all(COLUMN_NUMBER.fullmatch(text) for text in texts))


def _texts_of_heading(grid: Grid, head: Sequence[int]) -> list[Cells]:
    """Return the heading's rows that are known again where a table goes on overleaf and repeats them."""
    return [grid.cells[row] for row in head if _filled(grid.cells[row]) >= 2]


def _rows_aside(grid: Grid, filled: Sequence[int], heading: Sequence[Cells], rows: Iterable[int]) -> set[int]:
    """Return the rows that hold something and are no data: the row `(1) (2) (3)` that numbers columns, the heading
    said again, or that the table goes on."""
    starts = {cells[0] for cells in heading}
    # By what a row begins with nearly every row is seen to be none of them, and the same text begins many rows.
    may_be_aside = cache(lambda text: text in starts or not text or bool(ASIDE.match(text)))
    return {
        row for row in rows if filled[row] and may_be_aside(grid.cells[row][0]) and _is_aside(grid.cells[row], heading)
    }


def _is_aside(cells: Cells, heading: Sequence[Cells]) -> bool:
    texts = set(filter(None, cells))
    numbers = all(map(COLUMN_NUMBER.fullmatch, texts))
    return numbers or cells in heading or (len(texts) == 1 and CONTINUED.match(max(texts)) is not None)


def _without_vertical_merges(grid: Grid, first: int, end: int) -> Sequence[Cells]:
    """Return the cells with the value of a vertically merged cell in each of its rows."""
    merges = _vertical(grid.merges, first, end)
    if not merges:
        return grid.cells
    body = [list(row) for row in grid.cells]
    for (top, left), (bottom, right) in merges:
        for row in range(top, bottom + 1):
            body[row][left : right + 1] = [body[top][left]] * (right + 1 - left)
    return body


def _vertical(merges: Sequence[Merge], first: int, end: int) -> list[Merge]:
    return [merge for merge in merges if merge[0][0] >= first and merge[1][0] < end and merge[1][0] > merge[0][0]]


def _rows_left_out(grid: Grid, end: int, file: str) -> tuple[TableWarning, ...]:
    for row in range(end, len(grid.cells)):
        if _filled(grid.cells[row]) > 2:
            message = _("rows of a table follow below the notes; only the first table is read")
            return (TableWarning(file, message, row=row + 1),)
    return ()


def _filled(cells: Sequence[str]) -> int:
    return len(cells) - cells.count("")


def _lines(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    lines = (" ".join(dict.fromkeys(cell for cell in row if cell)) for row in rows)
    return tuple(line for line in lines if line)
