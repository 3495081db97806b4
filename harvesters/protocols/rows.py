"""Rows as partners serve them, as columns and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.tables.grids import Merge

Columns = tuple[str, ...]
Rows = list[tuple[Any, ...]]


def table_of_objects(objects: Iterable[Any]) -> tuple[Columns, Rows]:
    """Return objects as a table, its columns in the order in which their keys appear.

    >>> table_of_objects([{"tahun": 2023, "jumlah": 5}, {"tahun": 2024, "satuan": "ORANG"}])
    (('tahun', 'jumlah', 'satuan'), [(2023, 5, None), (2024, None, 'ORANG')])
    """
    kept = [item for item in objects if isinstance(item, Mapping)]
    columns = tuple(dict.fromkeys(key for item in kept for key in item))
    return columns, [tuple(_plain(item.get(column)) for column in columns) for item in kept]


def _plain(value: Any) -> Any:
    if isinstance(value, (Mapping, list)):
        return wire.json_text(value)
    return None if value == "" else value


def table_of_grid(cells: Sequence[Sequence[str]]) -> tuple[Columns, Rows]:
    """Return a grid as a table: the first row with two filled cells is the heading, or the first filled one.

    Columns without heading and values are left out, as are empty rows; equal headings are numbered.

    >>> table_of_grid([["Tabel 1", ""], ["Negara", "2024"], ["Malaysia", "5"], ["", ""], ["Taiwan", ""]])
    (('Negara', '2024'), [('Malaysia', '5'), ('Taiwan', None)])
    """
    head = next((at for at, row in enumerate(cells) if sum(map(bool, row)) > 1), None)
    if head is None:
        head = next((at for at, row in enumerate(cells) if any(row)), None)
    if head is None:
        return (), []
    body = [row for row in cells[head + 1 :] if any(row)]
    width = max(len(row) for row in cells[head:])
    kept = [at for at in range(width) if _cell(cells[head], at) or any(_cell(row, at) for row in body)]
    return _headings(cells[head], kept), [tuple(_cell(row, at) or None for at in kept) for row in body]


def with_merged(cells: Sequence[Sequence[str]], merges: Iterable[Merge]) -> list[list[str]]:
    """Return a grid with the text of each merged cell in all its places; a title, alone in its rows, stays in one.

    >>> with_merged([["Aceh", "2023"], ["", "2024"], ["Sumber: a", ""]], [((0, 0), (1, 0)), ((2, 0), (2, 1))])
    [['Aceh', '2023'], ['Aceh', '2024'], ['Sumber: a', '']]
    """
    filled = [list(row) for row in cells]
    left_to_fill = sum(map(len, filled))
    for (top, left), (bottom, right) in merges:
        rows = range(top, min(bottom, len(filled) - 1) + 1)
        width = min(right, len(filled[top]) - 1) + 1 - left if rows else 0
        left_to_fill -= len(rows) * max(width, 0)
        # Merged cells that overlap are a fault, and may be many.
        if left_to_fill < 0:
            break
        is_title = width > 1 and all(sum(map(bool, cells[row])) <= 1 for row in rows)
        if width > 0 and not is_title:
            for row in rows:
                filled[row][left : left + width] = [cells[top][left]] * width
    return filled


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _headings(row: Sequence[str], kept: Iterable[int]) -> Columns:
    taken: dict[str, int] = {}
    names = []
    for at in kept:
        name = _cell(row, at) or f"kolom {at + 1}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return tuple(names)
