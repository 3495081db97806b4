"""A raw table to one figure a row, still as printed: texts of the fields, footnote marks apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ckanext.satudatapmi.tables.binding import FigureColumn, Plan, is_total
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.distinct import Distinct
from ckanext.satudatapmi.tables.marks import footnote, split_marks
from ckanext.satudatapmi.tables.values import RawTable

Marks = tuple[str, ...]


def footnotes(raw: RawTable) -> dict[str, str]:
    """Return the footnotes printed below a table, text by mark."""
    return dict(found for found in map(footnote, raw.notes) if found)


def long_form(raw: RawTable, plan: Plan, description: TableDescription) -> pd.DataFrame:
    """Return one figure a row, in the order of the page: row by row, left to right.

    Columns: `_row` (row number), `_column` (heading of the figure's column), `_cell` (the figure as printed), `_marks`
    (footnote marks of heading and names, the widest reach first), and a text column for each field of the plan.
    """
    known = set(footnotes(raw)) | set(description.footnotes)
    names, row_marks = _texts_of_rows(raw, plan, known)
    blocks = [_block(raw, names, row_marks, column, position) for position, column in enumerate(plan.figures)]
    long = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()
    # Series of the type str are slow to go through one by one, which every step after this one does.
    long = long.astype(dict.fromkeys(long.select_dtypes("str"), "object"))
    for name, constant in plan.constants.items():
        if name in long.columns:
            long[name] = long[name].where(long[name] != "", constant)
        else:
            long[name] = pd.Series([constant] * len(long), dtype="object")
    return long.sort_values(["_row", "_position"], kind="stable", ignore_index=True).drop(columns="_position")


def total_rows(long: pd.DataFrame, plan: Plan, description: TableDescription) -> dict[str, pd.Series]:
    """Return for each field that tells figures apart which rows of the long form are totals over it."""
    keys = [
        name
        for name, use in plan.uses.items()
        if use.role in ("key", "time") and name not in plan.constants and name in long
    ]
    over = {name: Distinct.of(long[name]).where(lambda text: is_total(text, description)) for name in keys}
    any_total = pd.Series(False, index=long.index)
    for flags in over.values():
        any_total |= flags
    for name in keys:
        # A total over provinces has no district: its cell is empty because the total runs over districts as well.
        if name in plan.columns and plan.uses[name].role == "key":
            over[name] = over[name] | (any_total & (long[name] == ""))
    return over


def _texts_of_rows(raw: RawTable, plan: Plan, known: set[str]) -> tuple[dict[str, pd.Series], pd.Series]:
    """Return the texts of the fields that have columns, without footnote marks, and the marks that were on them."""
    names: dict[str, pd.Series] = {}
    marks: list[Marks] = [()] * len(raw.frame)
    for name, label in plan.columns.items():
        texts = Distinct.of(raw.frame[label])
        split = [_split_known(text, known) for text in texts.values]
        names[name] = raw.frame[label]
        if any(found for _plain, found in split):
            names[name] = texts.spread(plain for plain, _marks in split).astype("str")
            found = texts.spread(some for _plain, some in split)
            marks = [before + after for before, after in zip(marks, found, strict=True)]
    return names, pd.Series(marks, index=raw.frame.index, dtype="object")


def _split_known(text: str, known: Iterable[str]) -> tuple[str, Marks]:
    """Split marks off a name only if they have a footnote: the end of a name may look like one."""
    plain, marks = split_marks(text)
    return (plain, marks) if marks and set(marks) <= set(known) else (text, ())


def _block(
    raw: RawTable, names: Mapping[str, pd.Series], marks: pd.Series, column: FigureColumn, position: int
) -> pd.DataFrame:
    block = pd.DataFrame(dict(names), index=raw.frame.index)
    for name, text in column.says.items():
        block[name] = text
    block["_row"] = raw.frame.index
    block["_column"] = column.name
    block["_position"] = position
    block["_cell"] = raw.frame[column.name]
    block["_marks"] = [column.marks + found for found in marks]
    return block
