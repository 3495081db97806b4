"""A table's description, guessed: what the program would confirm with a person before it takes a figure.

Each decision bears a confidence and a reason. One that is not sure makes the whole proposal wait for confirmation:
a question too many costs a minute, a figure read wrong is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.grids import Grid, TableChoice, file_kind, read_grid, table_choices
from ckanext.satudatapmi.tables.guesses.checking import check
from ckanext.satudatapmi.tables.guesses.columns import TIME_FIELDS, Columns, guess_columns
from ckanext.satudatapmi.tables.guesses.heading import find_heading
from ckanext.satudatapmi.tables.guesses.kinds import total_words
from ckanext.satudatapmi.tables.guesses.notation import guess_notation
from ckanext.satudatapmi.tables.guesses.titles import Unit, guess_fixed, guess_period, guess_unit, is_selection
from ckanext.satudatapmi.tables.proposals import Decision, Proposal, weighed
from ckanext.satudatapmi.tables.reader import raw_table
from ckanext.satudatapmi.tables.values import RawTable, TableError
from ckanext.satudatapmi.tables.vocabulary import fields_headed
from ckanext.satudatapmi.text import _

WORKBOOKS = frozenset({"XLSX", "XLS", "ODS"})
SHOWN_BY_TOTALS = ("header", "decimal", "unpivot", "value", "totals.labels")


def propose(content: bytes, file_name: str) -> Proposal:
    """Return a proposed description of the table in a file.

    Args:
        content: the file: CSV, XLSX, XLS, ODS, HTML or PDF.
        file_name: its name, for messages.

    Raises:
        TableError: if the file cannot be read, or holds no table at all.
    """
    entry, decisions = _choose(table_choices(content, file_name), file_kind(content))
    grid = read_grid(content, parse_description(entry), file_name)
    typed = file_kind(content) in WORKBOOKS
    points = read_grid(content, parse_description(entry | {"decimal": "."}), file_name) if typed else grid
    heading = find_heading(grid)
    if heading is None:
        raise TableError(file_name, _("no heading above rows of figures was found"))
    decisions.append(heading.decision)
    decisions += _hidden(grid)
    entry["header"] = heading.decision.value
    if grid.hidden:
        entry["hidden"] = "leave_out"
    where = parse_description(entry)
    raw = raw_table(grid, where, file_name)
    other = raw if points is grid else raw_table(points, where, file_name)
    columns = guess_columns(raw)
    decisions += columns.decisions
    entry |= columns.entry
    unit = _unit(raw, columns)
    decisions += unit.decisions
    notation = _notation(raw, other, columns, unit)
    decisions.append(notation)
    entry |= _settings(unit, notation)
    decisions += _constants(raw, columns, entry)
    decisions += _totals(raw, columns, entry)
    return _tested(entry, decisions, *((other, points) if notation.value == "." else (raw, grid)))


def _choose(choices: Sequence[TableChoice], kind: str) -> tuple[dict[str, Any], list[Decision]]:
    """Return the description's `sheet` where a file has tables to choose from."""
    shown = [one for one in choices if one.shown]
    if not shown:
        return {}, []
    first = shown[0]
    entry = {"sheet": first.sheet} if len(choices) > 1 else {}
    if len(shown) == 1:
        return entry, [Decision("sheet", first.sheet, 0.97, _("the only table that shows"))]
    names = ", ".join(str(one.sheet) for one in shown)
    return entry, [Decision("sheet", first.sheet, 0.5, _("several tables: {names}", names=names))]


def _hidden(grid: Grid) -> list[Decision]:
    if not grid.hidden:
        return []
    why = _("the worksheet hides rows or columns: {places}", places=grid.hidden.places())
    return [Decision("hidden", "leave_out", 0.8, why)]


def _unit(raw: RawTable, columns: Columns) -> Unit:
    if "satuan" in columns.fields:
        texts = sorted(set(raw.frame[_column_of(raw, "satuan")]) - {""})
        unit = guess_unit([f"({text})" for text in texts])
        return replace(unit, satuan=None, decisions=()) if len(texts) != 1 else replace(unit, decisions=())
    return guess_unit([*raw.titles, *dict.fromkeys(part for column in columns.figures for part in column.parts)])


def _column_of(raw: RawTable, field: str) -> str:
    return next(
        column.name
        for column in raw.columns
        for part in column.parts
        if any(known.name == field for known in fields_headed(part))
    )


def _notation(raw: RawTable, points: RawTable, columns: Columns, unit: Unit) -> Decision:
    """Return the decimal mark, from those cells that a person typed as text: they are the same however numbers are
    written.

    Args:
        raw: the table, its numbers written with a comma.
        points: the same, its numbers written with a point.
        columns: says which hold figures.
        unit: of the figures.
    """
    cells: dict[tuple[str, str], None] = {}
    for name in (column.name for column in columns.figures if column.name in points.frame):
        cells |= dict.fromkeys(zip(raw.frame[name].tolist(), points.frame[name].tolist(), strict=True))
    texts = [one for one, two in cells if one == two]
    typed = next((two for one, two in cells if one != two and two), None)
    return guess_notation(texts, integer=unit.integer, scaled=unit.scale != 1, typed=typed)


def _settings(unit: Unit, notation: Decision) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if notation.value != ",":
        settings["decimal"] = notation.value
    if unit.satuan:
        settings["satuan"] = unit.satuan
    if unit.scale != 1:
        settings["scale"] = int(unit.scale)
    return settings


def _constants(raw: RawTable, columns: Columns, entry: dict[str, Any]) -> list[Decision]:
    """Put what the titles fix into the description, and return the decisions."""
    times = [name for name in TIME_FIELDS if name in columns.fields]
    decisions: list[Decision] = []
    if not times or not (set(times) & {"tahun", "periode"}):
        decisions.append(guess_period(raw.titles, year_only=bool(times)))
    decisions += guess_fixed(raw.titles, columns.fields)
    constants = {one.key.partition(".")[2]: str(one.value) for one in decisions if one.value is not None}
    if constants:
        entry["constants"] = constants
    return decisions


def _totals(raw: RawTable, columns: Columns, entry: dict[str, Any]) -> list[Decision]:
    """Put the words for totals into the description that the usual ones are not, and return the decisions."""
    decisions: list[Decision] = []
    totals: dict[str, Any] = {}
    if is_selection(raw.titles):
        totals["parts"] = "some"
        decisions.append(Decision("totals.parts", "some", 0.92, _("the title speaks of the largest only")))
    figures = {column.name for column in columns.figures}
    labels = [name for name in raw.frame if name not in figures and total_words(raw.frame[name].iloc[-1])]
    if labels:
        text = raw.frame[labels[0]].iloc[-1]
        totals["labels"] = [text]
        decisions.append(
            Decision("totals.labels", text, 0.8, _("the last row is a total by its words: {name}", name=text))
        )
    if totals:
        entry["totals"] = totals
    return decisions


def _tested(entry: dict[str, Any], decisions: list[Decision], raw: RawTable, grid: Grid) -> Proposal:
    """Read the table by the guess; totals that add up raise the confidence, anything that fails is a question."""
    doubts, agree = check(raw, grid, parse_description(entry))
    if agree is not None:
        decisions = [_weighed(one, agree) for one in decisions]
    return Proposal(entry, (*decisions, *doubts))


def _weighed(one: Decision, agree: bool) -> Decision:
    """Return a decision with what totals say for or against it: they vouch for no more than they can show."""
    if one.key not in SHOWN_BY_TOTALS or (agree and not one.sure and one.key != "totals.labels"):
        return one
    return replace(one, confidence=weighed(one.confidence, raised=[agree]))
