"""A tidy table in the form in which it was printed: its names down, its headings across, titles above, notes below.

Each row of a tidy table says in which row and under which heading of the printed table its figure stood; what is said
alike of a whole row is a name of that row, what is said alike of a whole column a heading. Footnote marks are counted
anew. A description goes along by which `read_table` and `tidy_table` make the same tidy table of the printed form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.tables.exports.printed import Printed, Record
from ckanext.satudatapmi.tables.exports.table import MOST_DIGITS, Unwritable, text_or_number
from ckanext.satudatapmi.tables.exports.wide_keys import (
    COLUMN,
    NEEDED,
    NOTE,
    REASON,
    ROW,
    UNIT,
    VALUE,
    Cell,
    Key,
    keys_of,
    period_key,
    split_period_keys,
)
from ckanext.satudatapmi.tables.exports.wide_marks import (
    DOWN,
    FIXED,
    Remarks,
    label_of,
    placements,
    remarks_of,
)
from ckanext.satudatapmi.tables.marks import footnote, split_marks
from ckanext.satudatapmi.tables.values import Field
from ckanext.satudatapmi.tables.vocabulary import heading_key
from ckanext.satudatapmi.text import _

MOST_FIGURES = 50_000
"""In a table that somebody would print."""
HEADING = "Nilai"
"""Over the figures of a table that has one column of them."""
EXPONENT = "e"


@dataclass(frozen=True)
class Wide:
    """A table as it is printed.

    Attributes:
        titles: the lines above it.
        headings: the levels of the heading, a text for each column; what is alike side by side is one heading.
        names: how many columns of names stand before those of figures; remarks stand behind them.
        figures: how many columns of figures there are.
        rows: the cells: texts, days, and Decimals where the figure is a number of the spreadsheet.
        sums: places of the rows that are printed totals.
        notes: the lines below it.
        description: how it is read, plain values.
    """

    titles: tuple[str, ...]
    headings: tuple[tuple[str, ...], ...]
    names: int
    figures: int
    rows: tuple[tuple[Any, ...], ...]
    sums: frozenset[int]
    notes: tuple[str, ...]
    description: dict[str, Any]


@dataclass
class _Axes:
    """Where each key is said: down the rows, across the columns, or once."""

    cells: list[Cell]
    down: list[Key]
    across: list[Key]
    fixed: list[Key]


def wide(fields: Sequence[Field], rows: Sequence[Record], printed: Printed, title: str) -> Wide:
    """Return a tidy table as it was printed.

    Args:
        fields: its columns.
        rows: its rows, plain values by column.
        printed: what was printed around it.
        title: that stands above it if no title was printed.

    Raises:
        Unwritable: it was read from no printed table, or its figures cannot be laid out in rows and columns.
    """
    axes = _laid_out(fields, rows, printed)
    texts = [key.says(cell) for key in (*axes.down, *axes.across) for cell in axes.cells]
    taken = {mark for text in texts if isinstance(text, str) for mark in split_marks(text)[1]}
    remarks = remarks_of(fields, axes.cells, taken)
    _call_apart(axes, remarks)
    columns = _columns(axes.cells)
    lines = _rows(axes, remarks, columns)
    summed = {cell.row for cell in axes.cells if any(key.sums(cell) for key in axes.down)}
    titles = _titles(axes, remarks, printed, title)
    top = len(titles) + 2
    levels = max(1, len(axes.across))
    description = _description(axes, remarks, printed, fields) | {"header": list(range(top, top + levels))}
    return Wide(
        titles=titles,
        headings=_headings(axes, remarks, columns, levels),
        names=len(axes.down),
        figures=len(columns),
        rows=tuple(lines.values()),
        sums=frozenset(place for place, line in enumerate(lines) if line in summed),
        notes=_lines_below(remarks, printed),
        description=description,
    )


def can_be_wide(names: Iterable[str], count: int) -> bool:
    """Say whether a table may have been printed, by the names of its columns and the number of its rows."""
    return set(names) >= NEEDED and 0 < count <= MOST_FIGURES


def refuse_unprinted(names: Iterable[str], count: int) -> None:
    """Raise Unwritable unless a table may have been printed; see `can_be_wide`."""
    if not can_be_wide(names, count):
        raise Unwritable(_("The table was read from no printed one, or is too large to be printed."))


def _laid_out(fields: Sequence[Field], rows: Sequence[Record], printed: Printed) -> _Axes:
    refuse_unprinted((one.name for one in fields), len(rows))
    figures = [Cell(record[ROW], record[COLUMN], record) for record in rows]
    totals = [Cell(record[ROW], record[COLUMN], record, is_total=True) for record in printed.totals]
    # Totals that cannot be told from figures stay out: they are no data.
    for cells in ([*figures, *totals], figures):
        places = {(cell.row, cell.column) for cell in cells}
        complete = all(cell.row is not None and cell.column is not None for cell in cells)
        axes = _axes(fields, cells) if complete and len(places) == len(cells) else None
        if axes:
            return axes
    raise Unwritable(_("The figures of the table cannot be laid out in rows and columns; take it as XLSX or CSV."))


def _axes(fields: Sequence[Field], cells: list[Cell]) -> _Axes | None:
    keys = keys_of(fields, cells)
    if not all(any(key.sums(cell) for key in keys) for cell in cells if cell.is_total):
        return None
    period = period_key(cells)
    timed = [period] if placements(cells, period.says) else split_period_keys(cells)
    axes = _Axes(cells, [], [], [])
    for key in (*timed, *keys):
        places = placements(cells, key.says)
        if not places or not timed:
            return None
        if FIXED in places and key.constant:
            axes.fixed.append(key)
        else:
            (axes.down if DOWN in places else axes.across).append(key)
    return _with_heads(axes)


def _with_heads(axes: _Axes) -> _Axes | None:
    """Have something stand over several columns, and before the rows, though it be the same for all figures."""
    if len({cell.column for cell in axes.cells}) > 1 and not axes.across:
        if not axes.fixed:
            return None
        axes.across.append(axes.fixed.pop(0))
    if not axes.down:
        axes.down = [key for key in axes.fixed if not key.is_time]
        axes.fixed = [key for key in axes.fixed if key.is_time]
    return axes


def _call_apart(axes: _Axes, remarks: Remarks) -> None:
    """Give keys that are headed as another one, or as figures are, the name of their field for a heading."""
    taken = set(map(heading_key, {HEADING, *(str(key.says(cell)) for key in axes.across for cell in axes.cells)}))
    for keys in (axes.down, remarks.columns):
        for place, key in enumerate(keys):
            if heading_key(key.label) in taken:
                keys[place] = replace(key, label=key.name)
            taken.add(heading_key(keys[place].label))


def _columns(cells: Iterable[Cell]) -> list[str]:
    """Return the columns from left to right: each behind the one that it follows in a row."""
    rows: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for cell in cells:
        rows[cell.is_total, cell.row].append(cell.column)
    longest, *others = sorted(rows.values(), key=len, reverse=True)
    columns = list(longest)
    for row in others:
        for place, column in enumerate(row):
            if column not in columns:
                columns.insert(_place(columns, row[:place], row[place + 1 :]), column)
    return columns


def _place(columns: Sequence[str], before: Sequence[str], after: Sequence[str]) -> int:
    """Return where a column goes that stands between others: the last place if none of them is known."""
    if before:
        return columns.index(before[-1]) + 1
    return next((columns.index(column) for column in after if column in columns), len(columns))


def _headings(axes: _Axes, remarks: Remarks, columns: Sequence[str], levels: int) -> tuple[tuple[str, ...], ...]:
    """Return the levels of the heading; the marks of a column stand on the lowest."""
    first = {cell.column: cell for cell in reversed(axes.cells)}
    over = {column: [key.says(first[column]) for key in axes.across] or [HEADING] for column in columns}
    names, behind = (tuple(key.label for key in keys) for keys in (axes.down, remarks.columns))
    marked = [_with_marks(over[column][-1], remarks.headings.get(column, ())) for column in columns]
    upper = [tuple(over[column][level] for column in columns) for level in range(levels - 1)]
    return tuple((*names, *level, *behind) for level in (*upper, tuple(marked)))


def _rows(axes: _Axes, remarks: Remarks, columns: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """Return the rows that hold anything, by the row in which they stood."""
    cells: dict[int, dict[str, Cell]] = defaultdict(dict)
    for cell in axes.cells:
        cells[cell.row][cell.column] = cell
    rows = {line: _row(axes, remarks, columns, cells[line]) for line in sorted(cells)}
    return {line: row for line, row in rows.items() if any(cell != "" for cell in row)}


def _row(axes: _Axes, remarks: Remarks, columns: Sequence[str], cells: Mapping[str, Cell]) -> tuple[Any, ...]:
    one = next(iter(cells.values()))
    names = [key.says(one) for key in axes.down]
    for place, name in enumerate(names):
        if name and isinstance(name, str):
            names[place] = _with_marks(name, remarks.rows.get(one.row, ()))
            break
    figures = [_figure(cells[column], remarks) if column in cells else "" for column in columns]
    behind = [next((text for text in map(key.says, cells.values()) if text), "") for key in remarks.columns]
    return (*names, *figures, *behind)


def _figure(cell: Cell, remarks: Remarks) -> Decimal | str:
    """Return a figure: a number where a spreadsheet program keeps it as it is and it bears no mark, else a text."""
    marks = remarks.cells.get((cell.row, cell.column), ())
    value = cell.record[VALUE]
    if value is None:
        return _with_marks(_missing(cell.record[REASON]), marks)
    exact = Decimal(str(value))
    if marks or isinstance(text_or_number(exact), str) or EXPONENT in f"{float(exact):.{MOST_DIGITS}g}":
        return _with_marks(format_decimal(exact, locale="id", decimal_quantization=False), marks)
    return exact


def _missing(reason: str | None) -> str:
    """Return the mark that is printed where there is no figure."""
    code = load("tanda_kosong").get(reason or "")
    return code.aliases[0] if code and code.aliases else ""


def _with_marks(text: str, marks: Sequence[str]) -> str:
    return " ".join((text, *(f"{mark})" for mark in marks)))


def _titles(axes: _Axes, remarks: Remarks, printed: Printed, title: str) -> tuple[str, ...]:
    fixed = [f"{key.label}: {key.says(axes.cells[0])}" for key in axes.fixed]
    unit = [f"{label_of(UNIT)}: {remarks.constants[UNIT]}"] if UNIT in remarks.constants else []
    return (*(printed.titles or (title,)), *fixed, *unit)


def _lines_below(remarks: Remarks, printed: Printed) -> tuple[str, ...]:
    """Return the notes: the marks, what was printed there besides, what holds for all figures."""
    noted = {found[1] for line in remarks.lines if (found := footnote(line))}
    others = []
    for line in printed.notes:
        found = footnote(line)
        if found is None:
            others.append(line)
        elif found[1] not in noted:
            others.append(f"{label_of(NOTE)}: {found[1]}")
    constants = [f"{label_of(name)}: {text}" for name, text in remarks.constants.items() if name != UNIT]
    return tuple(dict.fromkeys((*remarks.lines, *others, *constants)))


def _description(axes: _Axes, remarks: Remarks, printed: Printed, fields: Sequence[Field]) -> dict[str, Any]:
    kinds = {one.name: one.type for one in fields}
    constants = {key.name: key.says(axes.cells[0]) for key in axes.fixed} | remarks.constants
    unit = constants.pop(UNIT, None)
    told: dict[str, Any] = {
        "columns": {key.label: _column_setting(key) for key in (*axes.down, *remarks.columns)},
        "unpivot": _unpivot(axes.across),
        "value": None if axes.across else HEADING,
        "type": "integer" if kinds[VALUE] == "integer" else "number",
        "satuan": unit,
        "constants": constants,
        "totals": _totals(axes, printed),
        "footnotes": remarks.footnotes,
    }
    return {name: value for name, value in told.items() if value}


def _column_setting(key: Key) -> str | dict[str, Any]:
    return {"field": key.name, **key.settings} if key.settings else key.name


def _unpivot(keys: Sequence[Key]) -> list[str] | dict[str, Any]:
    """Return the fields that stand over columns; one that the vocabulary does not have has to be called a key."""
    if not any(key.settings for key in keys):
        return [key.name for key in keys]
    return {key.name: {**key.settings, **({"role": "key"} if "role" in key.settings else {})} for key in keys}


def _totals(axes: _Axes, printed: Printed) -> dict[str, Any]:
    keys = (*axes.down, *axes.across)
    sums = [cell for cell in axes.cells if any(key.sums(cell) for key in keys)]
    told = {
        "keep": any(not cell.is_total for cell in sums),
        "parts": "some" if printed.partial else None,
    }
    return {name: value for name, value in told.items() if value}
