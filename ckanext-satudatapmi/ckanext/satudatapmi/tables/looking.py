"""A file looked at with a description: what is printed beside what is read, and what a person should decide.

Nothing here is kept. Without a description the program's own proposal is looked at; with one, what differs from the
proposal is a person's decision and is no question any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckanext.satudatapmi.reference.learned import NOTHING_LEARNED, Learned
from ckanext.satudatapmi.tables.binding import bind
from ckanext.satudatapmi.tables.description import TableDescription, parse_description
from ckanext.satudatapmi.tables.grids import Grid, read_grid, table_choices
from ckanext.satudatapmi.tables.guesses.checking import check
from ckanext.satudatapmi.tables.guessing import propose
from ckanext.satudatapmi.tables.layout import Layout, layout_of
from ckanext.satudatapmi.tables.proposals import Decision, Proposal
from ckanext.satudatapmi.tables.reader import raw_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import RawTable, RowError, TableError, TidyTable
from ckanext.satudatapmi.text import _

OF_THE_READING = ("table", "totals")
"""Keys of decisions that tell how the reading came out; they are made anew with each description."""
ALTERNATIVES = (("value", "unpivot"), ("constants.tahun", "constants.periode"))
"""Keys that answer one question: who sets one of them has answered it."""
PLACES = ("sheet", "header")
"""Keys that say where the table stands: elsewhere it has other columns."""


@dataclass(frozen=True)
class Reading:
    """A table as a description reads it.

    Attributes:
        raw: as printed; tidy: one observation a row; layout: its fingerprint.
        fields: name of the field by the heading of its column; columns that become rows or hold figures are not there.
        figures: headings of the columns of figures.
    """

    raw: RawTable
    tidy: TidyTable
    layout: Layout
    fields: Mapping[str, str]
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What was seen of a file.

    Attributes:
        file: its name; sheets: the tables that it holds and a description can choose, [] for a text file.
        description: plain values, as its YAML would hold them.
        decisions: what was decided, how surely and why; the least sure first.
        cells: the rows of the file as printed; [] if it cannot be read so far.
        reading: None if the description cannot read it.
        problem: why it cannot, or "".
        totals_agree: whether printed totals agree with their parts; None if there are none.
    """

    file: str
    sheets: tuple[str | int, ...]
    description: Mapping[str, Any]
    decisions: tuple[Decision, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    reading: Reading | None = None
    problem: str = ""
    totals_agree: bool | None = None

    @property
    def needs_confirmation(self) -> bool:
        """Say whether anything is left that a person has to look at."""
        return bool(self.problem) or not self.decisions or not all(one.sure for one in self.decisions)


def look(
    content: bytes, file: str, description: Mapping[str, Any] | None = None, learned: Learned = NOTHING_LEARNED
) -> Look:
    """Look at a file with a description, or with the program's own proposal.

    Args:
        content: the file.
        file: its name, for messages.
        description: plain values; None for the proposal.
        learned: what walidata have decided about names.

    Raises:
        TableError: the file cannot be read at all.
        TableDescriptionError: the description is wrong.
    """
    parsed = parse_description(description)
    sheets = tuple(one.sheet for one in table_choices(content, file))
    try:
        proposal, unreadable = propose(content, file), ""
    except TableError as error:
        proposal, unreadable = Proposal({}, ()), error.message
    if description is None:
        description, parsed = proposal.description, proposal.parsed()
    grid = read_grid(content, parsed, file)
    cells = tuple(map(tuple, grid.cells))
    decisions = _decided(proposal, description)
    try:
        reading = read(grid, parsed, file, learned)
    except TableError as error:
        problem = unreadable or error.message
        return Look(file, sheets, description, _ordered(decisions), cells, problem=problem)
    doubts, agree = check(reading.raw, grid, parsed)
    told = {(one.key, one.why) for one in decisions}
    decisions += [one for one in doubts if (one.key, one.why) not in told]
    return Look(file, sheets, description, _ordered(decisions), cells, reading, totals_agree=agree)


def read(grid: Grid, description: TableDescription, file: str, learned: Learned = NOTHING_LEARNED) -> Reading:
    """Read a grid with a description; what is wrong with it is told with the worksheet.

    Raises:
        TableError: it has no such table.
    """
    try:
        return _read(grid, description, file, learned)
    except TableError as error:
        raise TableError(error.file, error.message, grid.sheet) from error


def _read(grid: Grid, description: TableDescription, file: str, learned: Learned) -> Reading:
    raw = raw_table(grid, description, file)
    plan = bind(raw, description)
    tidy = tidy_table(raw, description, learned)
    errors = tuple(replace(one, sheet=raw.sheet) for one in tidy.errors)
    warnings = tuple(replace(one, sheet=raw.sheet) for one in tidy.warnings)
    return Reading(
        raw,
        replace(tidy, errors=errors, warnings=warnings),
        layout_of(raw, description, hidden=bool(grid.hidden)),
        {column: name for name, column in plan.columns.items()},
        tuple(one.name for one in plan.figures),
    )


def besides_names(errors: Iterable[RowError], tidy: TidyTable) -> list[RowError]:
    """Return the errors that are not about a name without a code: those names are asked about, the others stop."""
    nameless = {one.match.text for one in tidy.names if one.match.code is None}
    return [error for error in errors if error.value not in nameless]


def value_at(description: Mapping[str, Any], key: str) -> Any:
    """Return what a description says under the key of a decision, such as `columns.Negara`; None for nothing."""
    first, _dot, rest = key.partition(".")
    inner = description.get(first)
    if not rest:
        return inner
    return inner.get(rest) if isinstance(inner, Mapping) else None


def _decided(proposal: Proposal, description: Mapping[str, Any]) -> list[Decision]:
    """Return the proposal's decisions; those that a description says otherwise are a person's."""
    changed = {one.key for one in proposal.decisions if _differs(proposal.description, description, one.key)}
    for keys in ALTERNATIVES:
        if any(_differs(proposal.description, description, key) for key in keys):
            changed |= set(keys)
    elsewhere = any(_differs(proposal.description, description, key) for key in PLACES)
    found = {}
    for one in proposal.decisions:
        if elsewhere and one.key.startswith("columns."):
            continue
        by_person = Decision(one.key, value_at(description, one.key), 1.0, _("decided by a person"))
        decision = by_person if one.key in changed else one
        found[one.key, decision.why] = decision
    return [one for one in found.values() if one.key not in OF_THE_READING]


def _differs(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> bool:
    return value_at(one, key) != value_at(other, key)


def _ordered(decisions: list[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(decisions, key=lambda one: one.confidence))
