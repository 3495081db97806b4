"""A guess put to the test: the table is read by it, and whatever does not come out cleanly is a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pandas as pd

from ckanext.satudatapmi.tables.binding import Plan, bind, is_total
from ckanext.satudatapmi.tables.columns import FIGURE_FIELDS, PAGE_FIELD, SOURCE_FIELDS
from ckanext.satudatapmi.tables.description import TableDescription, TableDescriptionError
from ckanext.satudatapmi.tables.figures import Notation, parse_figure
from ckanext.satudatapmi.tables.grids import Grid
from ckanext.satudatapmi.tables.guesses.kinds import CellKind, filled, kind_of, total_words
from ckanext.satudatapmi.tables.longform import long_form, total_rows
from ckanext.satudatapmi.tables.proposals import Decision
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.totals import check_totals
from ckanext.satudatapmi.tables.values import RawTable, TableError, TidyTable
from ckanext.satudatapmi.text import _

MIN_PARTS = 3


def check(raw: RawTable, grid: Grid, description: TableDescription) -> tuple[list[Decision], bool | None]:
    """Read a table by a guessed description.

    Returns:
        A decision for everything that does not come out cleanly, and whether printed totals agree with their parts
        (None if there are none).
    """
    try:
        table = tidy_table(raw, description)
        plan = bind(raw, description)
    except (TableError, TableDescriptionError) as error:
        return [Decision("table", None, 0.1, error.message)], None
    long = _with_values(long_form(raw, plan, description), description)
    agree, doubts = _totals(raw, plan, long, description)
    doubts += [*_errors(table), *_loose(raw, plan), *_rows(raw, plan, description), *_below(raw, grid)]
    doubts += [*_repeats(table), *_unlabelled(raw, plan, long, description)]
    return doubts, agree


def _with_values(long: pd.DataFrame, description: TableDescription) -> pd.DataFrame:
    notation = Notation(description.decimal, False, description.scale, description.missing)
    cells = long["_cell"].tolist()
    read = {cell: parse_figure(cell, notation).value for cell in dict.fromkeys(cells)}
    return long.assign(_value=pd.Series([read[cell] for cell in cells], index=long.index, dtype="object"))


def _errors(table: TidyTable) -> Iterator[Decision]:
    if table.errors:
        yield Decision("table", None, 0.3, str(table.errors[0]))


def _loose(raw: RawTable, plan: Plan) -> Iterator[Decision]:
    for warning in plan.warnings:
        yield Decision(f"columns.{warning.column}", None, 0.4, warning.message)


def _totals(
    raw: RawTable, plan: Plan, long: pd.DataFrame, description: TableDescription
) -> tuple[bool | None, list[Decision]]:
    """Return whether totals agree with their parts, and a question where they do not."""
    over = total_rows(long, plan, description)
    if not over or not pd.DataFrame(over).any(axis=None):
        return None, []
    headed = list(plan.figures[0].says) if plan.figures else []
    wrong = check_totals(long, over, headed, description, raw.file)
    if not wrong:
        return True, []
    return False, [Decision("totals", None, 0.45, str(wrong[0]))]


def _rows(raw: RawTable, plan: Plan, description: TableDescription) -> Iterator[Decision]:
    """Yield a question for rows that name nothing, or hold no cell of figures at all: parts of a heading, perhaps."""
    names = raw.frame[[label for name, label in plan.columns.items() if plan.uses[name].role in ("key", "time")]]
    texts = {str(text) for label in names for text in names[label].unique()}
    totals = {text for text in texts if is_total(text, description)}
    perhaps = {text for text in texts - totals if total_words(text)}
    bare = (raw.frame[[column.name for column in plan.figures]] == "").all(axis=1)
    nameless = (names == "").any(axis=1) & ~names.isin(totals).any(axis=1)
    unclear = names.isin(perhaps).any(axis=1)
    odd = raw.frame.index[bare | nameless | unclear]
    if not len(odd):
        return
    row = int(odd[0])
    if bare[row]:
        yield Decision("table", None, 0.5, _("row {row} holds no figure", row=row))
    elif nameless[row]:
        yield Decision("table", None, 0.5, _("row {row} names nothing in one of its columns", row=row))
    else:
        yield Decision("totals", None, 0.5, _("row {row} may be a total of some rows", row=row))


def _below(raw: RawTable, grid: Grid) -> Iterator[Decision]:
    """Yield a question if figures stand below the last row that was read."""
    last = int(raw.frame.index[-1])
    for number, row in enumerate(grid.cells[last:], start=last + 1):
        if filled(row) > 1 and any(kind_of(cell) is CellKind.FIGURE for cell in row):
            yield Decision("table", None, 0.4, _("row {row} holds figures below the table", row=number))
            return


def _repeats(table: TidyTable) -> Iterator[Decision]:
    aside = {one.name for one in (*FIGURE_FIELDS, *SOURCE_FIELDS, PAGE_FIELD)} | {"catatan"}
    names = [one.name for one in table.fields if one.name not in aside]
    twice = table.frame[table.frame.duplicated(subset=names)] if names else table.frame.iloc[:0]
    if len(twice):
        row = int(twice["baris_sumber"].iloc[0])
        yield Decision("table", None, 0.4, _("row {row} says again what stands above, or a column is missing", row=row))


def _unlabelled(raw: RawTable, plan: Plan, long: pd.DataFrame, description: TableDescription) -> Iterator[Decision]:
    """Yield a question if a row or a column that no word calls a total holds the sum of all others."""
    labels = [label for name, label in plan.columns.items() if plan.uses[name].role in ("key", "time")]
    values = long.pivot_table(index="_row", columns="_column", values="_value", aggfunc="first", sort=False)
    names = raw.frame.loc[values.index, labels]
    words = [text for label in labels for text in names[label].unique() if is_total(str(text), description)]
    plain_rows = values.index[~names.isin(words).any(axis=1)]
    totals = {one.name for one in plan.figures if any(is_total(text, description) for text in one.says.values())}
    plain = values.loc[plain_rows, [name for name in values.columns if name not in totals]]
    for number in _sums(plain):
        name = " ".join(str(raw.frame.at[number, label]) for label in labels[:1])
        yield Decision("totals", name, 0.6, _("row {row} holds the sum of all others: {name}", row=number, name=name))
    for heading in _sums(plain.T):
        yield Decision("totals", heading, 0.6, _("the column {name} holds the sum of all others", name=heading))


def _sums(values: pd.DataFrame) -> Sequence[object]:
    """Return the labels of the first or last rows that hold the sum of all other rows, in every column."""
    found = []
    if len(values) < MIN_PARTS:
        return found
    cells = values.to_numpy(dtype="object")
    total = [sum((Decimal(value) for value in column if value is not None), Decimal(0)) for column in cells.T]
    for place in (0, -1):
        row = [Decimal(0) if value is None or pd.isna(value) else Decimal(value) for value in cells[place]]
        if any(row) and all(2 * one == both for one, both in zip(row, total, strict=True)):
            found.append(values.index[place])
    return found
