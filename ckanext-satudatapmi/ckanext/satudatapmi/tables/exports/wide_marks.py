"""What is said of figures of a printed table (source, day of publication, notes), as footnote marks and columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from ckanext.satudatapmi.tables.description import NOTE_FIELDS
from ckanext.satudatapmi.tables.exports.table import Unwritable
from ckanext.satudatapmi.tables.exports.wide_keys import NOTE, REASON, STATUS, VALUE, Cell, Key
from ckanext.satudatapmi.tables.values import Field
from ckanext.satudatapmi.tables.vocabulary import known_fields
from ckanext.satudatapmi.text import _

FIXED, DOWN, ACROSS = "fixed", "down", "across"
NORMAL, EMPTY = "A", "kosong"
MOST_MARKS = 99
"""A mark has two digits at most."""
BETWEEN = "; "
Said = Callable[[Cell], Any]
"""What is said of a cell; None where nothing can be said."""


@dataclass
class Remarks:
    """What is said of the figures, and where.

    Attributes:
        constants: what holds for all figures, by field.
        columns: what has a column of its own.
        headings, rows, cells: marks on the headings of columns, on the names of rows, and on figures.
        footnotes: for a description, what a mark says of the fields of its figures.
        lines: the lines below the table that explain the marks.
    """

    constants: dict[str, str] = field(default_factory=dict)
    columns: list[Key] = field(default_factory=list)
    headings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: dict[int, tuple[str, ...]] = field(default_factory=dict)
    cells: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    footnotes: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def placements(cells: Sequence[Cell], said: Said) -> set[str]:
    """Return where something can be said: once for all cells, once a row, once a column; empty if only at each cell."""
    rows: dict[int, set[Hashable]] = defaultdict(set)
    columns: dict[str, set[Hashable]] = defaultdict(set)
    for cell in cells:
        if (value := said(cell)) is not None:
            rows[cell.row].add(value)
            columns[cell.column].add(value)
    distinct = set().union(*rows.values())
    checks = {FIXED: [distinct], DOWN: rows.values(), ACROSS: columns.values()}
    return {place for place, groups in checks.items() if all(len(group) <= 1 for group in groups)}


def remarks_of(fields: Sequence[Field], cells: Sequence[Cell], taken: Collection[str]) -> Remarks:
    """Return what is said of the figures of a table.

    Args:
        fields: the columns of the tidy table.
        cells: its figures and printed totals.
        taken: marks that stand for something else.

    Raises:
        Unwritable: there are more different notes than marks.
    """
    names = {one.name for one in fields}
    found, marks = Remarks(), _Marks(taken)
    across: dict[str, Said] = {}
    single: dict[str, Said] = {}
    for name in (one for one in NOTE_FIELDS if one in names):
        said = _attribute(name)
        places = placements(cells, said)
        if FIXED in places:
            found.constants |= _told({name: said}, cells)
        elif ACROSS in places:
            across[name] = said
        elif DOWN in places:
            found.columns.append(_column(name, said))
        else:
            single[name] = said
    notes = _notes(found, cells) if NOTE in names else {}
    _mark_headings(found, marks, cells, across, notes)
    _mark_rows(found, marks, cells, notes)
    _mark_cells(found, marks, cells, single, notes)
    found.footnotes, found.lines = marks.footnotes(), list(marks.lines())
    return found


class _Marks:
    """The marks of a table: one for each thing that is said."""

    def __init__(self, taken: Collection[str]) -> None:
        self._free = (str(number) for number in range(1, MOST_MARKS + 1) if str(number) not in taken)
        self._said: dict[tuple[tuple[tuple[str, str], ...], str], str] = {}

    def of(self, attributes: Mapping[str, str], notes: Sequence[str]) -> tuple[str, ...]:
        """Return the marks that say what attributes a figure has, and its notes in their order."""
        first = tuple(sorted(attributes.items()))
        things = [(first, notes[0] if notes else "")] if first or notes else []
        things += [((), note) for note in notes[1:]]
        return tuple(map(self._mark, things))

    def _mark(self, thing: tuple[tuple[tuple[str, str], ...], str]) -> str:
        if thing not in self._said:
            mark = next(self._free, None)
            if mark is None:
                raise Unwritable(
                    _(
                        "More than {most} different notes are on single figures; take the table as XLSX or CSV.",
                        most=MOST_MARKS,
                    )
                )
            self._said[thing] = mark
        return self._said[thing]

    def footnotes(self) -> dict[str, dict[str, str]]:
        return {mark: dict(attributes) for (attributes, _note), mark in self._said.items() if attributes}

    def lines(self) -> Iterator[str]:
        for (attributes, note), mark in self._said.items():
            if note:
                yield f"{mark}) {note}"
            else:
                told = BETWEEN.join(f"{label_of(name)}: {text}" for name, text in attributes)
                yield _("Mark {mark}: {told}", mark=f"{mark})", told=told)


def label_of(name: str) -> str:
    """Return the heading of a field of the vocabulary."""
    return known_fields()[name].label


def _attribute(name: str) -> Said:
    if name == STATUS:
        # That a figure is missing says its own cell.
        return lambda cell: _text(cell.record[name], NORMAL) if cell.record[VALUE] is not None else None
    return lambda cell: _text(cell.record[name])


def _text(value: Any, nothing: Any = None) -> str:
    if isinstance(value, bool):
        return "ya" if value else ""
    return "" if value is None or value == nothing else str(value)


def _told(attributes: Mapping[str, Said], cells: Sequence[Cell]) -> dict[str, str]:
    """Return what is said of cells of which the same is said."""
    first = {name: next(filter(None, map(said, cells)), "") for name, said in attributes.items()}
    return {name: text for name, text in first.items() if text}


def _column(name: str, said: Said) -> Key:
    return Key(name, label_of(name), lambda cell: said(cell) or "")


def _notes(found: Remarks, cells: Sequence[Cell]) -> dict[tuple[int, str], tuple[str, ...]]:
    """Return the notes of each figure that become marks; those of all figures, or of whole rows, are put elsewhere."""
    said = _attribute(NOTE)
    places = placements(cells, said)
    if FIXED in places:
        found.constants |= _told({NOTE: said}, cells)
    elif DOWN in places and ACROSS not in places:
        found.columns.append(_column(NOTE, said))
    else:
        return {(cell.row, cell.column): _parts(said(cell) or "") for cell in cells}
    return {}


def _parts(text: str) -> tuple[str, ...]:
    """Return the notes that a text is made of; it is one note if it cannot be told."""
    parts = tuple(text.split(BETWEEN))
    whole = all(part.strip() for part in parts) and len(set(parts)) == len(parts)
    return parts if whole else tuple(filter(None, (text,)))


def _mark_headings(
    found: Remarks,
    marks: _Marks,
    cells: Sequence[Cell],
    across: Mapping[str, Said],
    notes: dict[tuple[int, str], tuple[str, ...]],
) -> None:
    columns: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        columns[cell.column].append(cell)
    for column, group in columns.items():
        shared = _shared([notes.get((cell.row, column), ()) for cell in group])
        for cell in group:
            if shared:
                notes[cell.row, column] = notes[cell.row, column][len(shared) :]
        if held := marks.of(_told(across, group), shared):
            found.headings[column] = held


def _shared(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what all lists begin with."""
    return tuple(one[0] for one in takewhile(lambda parts: len(set(parts)) == 1, zip(*lists, strict=False)))


def _mark_rows(
    found: Remarks, marks: _Marks, cells: Sequence[Cell], notes: dict[tuple[int, str], tuple[str, ...]]
) -> None:
    rows: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for cell in cells:
        rows[cell.row].append((cell.row, cell.column))
    for row, places in rows.items():
        left = {notes.get(place, ()) for place in places}
        if len(places) > 1 and len(left) == 1 and any(left):
            found.rows[row] = marks.of({}, left.pop())
            for place in places:
                notes[place] = ()


def _mark_cells(
    found: Remarks,
    marks: _Marks,
    cells: Sequence[Cell],
    single: Mapping[str, Said],
    notes: Mapping[tuple[int, str], tuple[str, ...]],
) -> None:
    for cell in cells:
        if cell.record[VALUE] is None and cell.record[REASON] in (None, EMPTY):
            continue
        if held := marks.of(_told(single, [cell]), notes.get((cell.row, cell.column), ())):
            found.cells[cell.row, cell.column] = held
