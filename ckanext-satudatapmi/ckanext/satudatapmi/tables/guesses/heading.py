"""Where a table's heading stands: one row to four, found by what the rows below hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.reference.codelists import TOTAL, load, special_group
from ckanext.satudatapmi.reference.periode import parse_period
from ckanext.satudatapmi.tables.grids import Grid
from ckanext.satudatapmi.tables.guesses.kinds import CellKind, filled, kind_of
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.tables.proposals import Decision
from ckanext.satudatapmi.tables.reader import numbers_columns
from ckanext.satudatapmi.tables.vocabulary import fields_headed
from ckanext.satudatapmi.text import _

MAX_LEVELS = 4
SHORT_LISTS = ("jenis_kelamin", "sektor", "bulan", "status_perkawinan", "skema_penempatan", "pendidikan")


@dataclass(frozen=True)
class Heading:
    """Rows of a heading, from 0, and the decision that made them."""

    rows: tuple[int, ...]
    decision: Decision


def find_heading(grid: Grid) -> Heading | None:
    """Return the heading above the first row of figures, or None if there is no such row below a row of texts."""
    data = _first_data_row(grid)
    if data is None:
        return None
    first = _first_heading_row(grid, data)
    if first is None:
        return None
    rows = tuple(row for row in range(first, data) if filled(grid.cells[row]) and not numbers_columns(grid.cells[row]))
    if not rows:
        return None
    doubts = _doubts(grid, rows, data)
    numbers = [row + 1 for row in rows]
    why = doubts[0] if doubts else _("the first row of figures is row {row}", row=data + 1)
    return Heading(rows, Decision("header", numbers, 0.5 if doubts else 0.97, why))


def names_a_value(text: str) -> bool:
    """Say whether a heading names a value rather than a field: a year, a month, a sex, a sector, a total."""
    plain, _marks = split_marks(text)
    if parse_period(plain) or parse_period(plain, year=2000) or special_group(plain).code == TOTAL:
        return True
    return any(load(name).match(plain).found for name in SHORT_LISTS)


def _first_data_row(grid: Grid) -> int | None:
    """Return the first row that holds a figure beside something else, and is neither heading nor column numbers."""
    widest = max((filled(row) for row in grid.cells), default=0)
    seen_heading = False
    for index, row in enumerate(grid.cells):
        kinds = [kind_of(cell) for cell in row]
        count = filled(row)
        if count < 2 or numbers_columns(row):
            continue
        if seen_heading and (CellKind.FIGURE in kinds or _is_a_row_of_values(grid, index, kinds)):
            return index
        seen_heading = (
            seen_heading or (count * 2 >= widest or _is_spread(grid, index)) and kinds.count(CellKind.FIGURE) == 0
        )
    return None


def _is_a_row_of_values(grid: Grid, index: int, kinds: Sequence[CellKind]) -> bool:
    """Say whether a row without figures is one of data all the same: no figures in it but signs for none, or years
    behind a name that is no heading."""
    if CellKind.MISSING in kinds:
        return True
    texts = [cell for cell, kind in zip(grid.cells[index], kinds, strict=True) if kind is CellKind.TEXT]
    own_names = [text for text in texts if not names_a_value(text) and not fields_headed(text)]
    return CellKind.YEAR in kinds and bool(own_names) and bool(grid.cells[index][0])


def _is_spread(grid: Grid, row: int) -> bool:
    return any(top == row and right > left for (top, left), (_bottom, right) in grid.merges)


def _first_heading_row(grid: Grid, data: int) -> int | None:
    """Return the highest row of the heading: up from the data while rows hold two texts, or one over some columns."""
    first = None
    row = data - 1
    while row >= 0 and data - row <= MAX_LEVELS + 2:
        cells = grid.cells[row]
        if not filled(cells):
            if first is not None:
                break
        elif numbers_columns(cells):
            pass
        elif filled(cells) >= 2 or (first is not None and _spans_some(grid, row)):
            first = row
        elif first is not None:
            break
        row -= 1
    return first


def _spans_some(grid: Grid, row: int) -> bool:
    """Say whether the one text of a row stands over some of the columns, and is not a title over all of them."""
    place = next(index for index, cell in enumerate(grid.cells[row]) if cell)
    return place > 0


def _doubts(grid: Grid, rows: Sequence[int], data: int) -> list[str]:
    """Return why the heading may be another one."""
    doubts = []
    if len(rows) > MAX_LEVELS:
        doubts.append(_("the heading would have {count} rows", count=len(rows)))
    kinds = [[kind_of(cell) for cell in grid.cells[row]] for row in rows]
    for row, above, below in zip(rows[1:], rows, rows[1:], strict=False):
        stacked = [
            upper
            for upper, lower in zip(grid.cells[above], grid.cells[below], strict=True)
            if upper and lower and upper != lower
        ]
        beside = [
            lower for upper, lower in zip(grid.cells[above], grid.cells[below], strict=True) if lower and not upper
        ]
        if stacked and not beside and not _has_gaps(grid.cells[below]):
            doubts.append(_("row {row} may be data or a further heading", row=row + 1))
    if any(CellKind.FIGURE in line or CellKind.MISSING in line for line in kinds):
        doubts.append(_("the heading holds a figure"))
    last = grid.cells[rows[-1]]
    known = [cell for row in rows for cell in grid.cells[row] if cell and (fields_headed(cell) or names_a_value(cell))]
    if not known:
        doubts.append(_("no text of the heading is known"))
    between = [row for row in range(rows[-1] + 1, data) if filled(grid.cells[row]) == 1]
    if between or filled(last) < 1:
        doubts.append(_("row {row} stands between heading and data", row=(between or [rows[-1]])[0] + 1))
    return doubts


def _has_gaps(row: Sequence[str]) -> bool:
    return not all(row)
