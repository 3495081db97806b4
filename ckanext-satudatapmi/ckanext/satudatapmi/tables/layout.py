"""The layout a description was confirmed for, and how a later file differs from it.

Rows are data: new ones are no change. So is a further year, month or country where the description makes columns of
such values into rows. A heading that went, came, moved or is said otherwise may put figures under the wrong name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.tables.binding import bind, is_total
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.guesses.titles import guess_fixed, guess_period, guess_unit
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.tables.reader import raw_table
from ckanext.satudatapmi.tables.values import Column, RawTable, TableError
from ckanext.satudatapmi.tables.vocabulary import heading_key
from ckanext.satudatapmi.text import _

VALUE = "\u2026"
"""Stands for a value that makes a column into rows: a year, a month, a sex."""
TOLD = 8
"""Changes that an error tells; all of them stand in its `changes`."""
DIGITS = re.compile(r"\d+")


class LayoutChanged(TableError):
    """A file is laid out otherwise than the one its description was confirmed for."""

    def __init__(self, file: str, changes: Sequence[str], sheet: str | None = None) -> None:
        told = list(changes[:TOLD])
        if len(changes) > TOLD:
            told.append(_("and {count} more", count=len(changes) - TOLD))
        super().__init__(file, _("the layout changed: {changes}", changes="; ".join(told)), sheet)
        self.changes = tuple(changes)


@dataclass(frozen=True)
class Layout:
    """The fingerprint of a layout.

    Attributes:
        sheet: name of the worksheet, digits left out; None for a file without any.
        headings: the levels of each column's heading, from left to right; a value that becomes rows is `…`.
        figures: which of the headings are those of figures.
        levels: how many levels the heading has.
        unit: the unit that titles and headings name, or None.
        scale: what they say the figures are multiplied by.
        fixed: what the titles fix for all figures, as field and text; periods only if the description fixes one.
        hidden: whether the worksheet hides rows or columns.
    """

    sheet: str | None
    headings: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[str, ...], ...]
    levels: int
    unit: str | None = None
    scale: str = "1"
    fixed: tuple[tuple[str, str], ...] = ()
    hidden: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, to be kept as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Layout:
        """Return the layout that `as_dict` made plain."""
        lists = {name: tuple(tuple(parts) for parts in kept[name]) for name in ("headings", "figures", "fixed")}
        return cls(**{**kept, **lists})


def layout_of(raw: RawTable, description: TableDescription, *, hidden: bool = False) -> Layout:
    """Return the layout of a table as its description reads it.

    Args:
        raw: the table.
        description: as it was confirmed.
        hidden: whether the worksheet hides rows or columns that hold something.

    Raises:
        TableError: if the table has no such columns as the description says.
    """
    plan = bind(raw, description)
    of_figures = {figure.name: set(figure.says.values()) for figure in plan.figures}
    headings: list[tuple[str, ...]] = []
    figures: list[tuple[str, ...]] = []
    for column in raw.columns:
        parts = _parts(column, of_figures.get(column.name, set()), description)
        headings.append(parts)
        if column.name in of_figures:
            figures.append(parts)
    unit = guess_unit([*raw.titles, *(part for column in raw.columns for part in column.parts)])
    named = unit.decisions[0].sure if unit.decisions else False
    return Layout(
        DIGITS.sub("", raw.sheet).strip() if raw.sheet else None,
        tuple(headings),
        tuple(dict.fromkeys(figures)),
        max(len(column.parts) for column in raw.columns),
        unit.satuan if named else None,
        str(unit.scale),
        _fixed(raw, description, frozenset(plan.columns) | {use.name for use in description.unpivot}),
        hidden,
    )


def _fixed(raw: RawTable, description: TableDescription, taken: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return what the titles fix: a place, a sex, and the period if the description says one for all figures."""
    decisions = list(guess_fixed(raw.titles, taken))
    if {"tahun", "periode"} & set(description.constants):
        decisions.append(guess_period(raw.titles, year_only=False))
    return tuple((one.key.partition(".")[2], str(one.value)) for one in decisions if one.value is not None)


def _parts(column: Column, values: set[str], description: TableDescription) -> tuple[str, ...]:
    """Return the levels of a heading as they are compared: no marks, no spelling habits, values as `…`."""
    parts = []
    for part in column.parts:
        text, _marks = split_marks(part)
        is_value = text in values and not is_total(text, description)
        total = special_group(text).code == TOTAL
        parts.append(VALUE if is_value else TOTAL if total and values else heading_key(text))
    return tuple(parts)


def read_confirmed(content: bytes, description: TableDescription, confirmed: Layout, file: str) -> RawTable:
    """Read a table by a description that was confirmed for a layout.

    Raises:
        LayoutChanged: the file is laid out otherwise.
        TableError: the file cannot be read, or has no such columns.
    """
    grid = read_grid(content, description, file)
    raw = raw_table(grid, description, file)
    refuse_changes(confirmed, layout_of(raw, description, hidden=bool(grid.hidden)), file, raw.sheet)
    return raw


def layout_changes(confirmed: Layout, now: Layout) -> list[str]:
    """Return in clear sentences how a layout differs from the confirmed one; [] if it does not.

    Args:
        confirmed: the layout that the description was confirmed for.
        now: the layout of the file at hand.
    """
    return [*_of_file(confirmed, now), *_of_headings(confirmed, now)]


def refuse_changes(confirmed: Layout, now: Layout, file: str, sheet: str | None = None) -> None:
    """Raise LayoutChanged if a file, or the worksheet of it that is named, is laid out otherwise than confirmed."""
    if changes := layout_changes(confirmed, now):
        raise LayoutChanged(file, changes, sheet)


def _of_file(confirmed: Layout, now: Layout) -> Iterator[str]:
    if confirmed.sheet != now.sheet:
        yield _("the worksheet is {now}, it was {before}", now=now.sheet or "-", before=confirmed.sheet or "-")
    if (confirmed.unit, confirmed.scale) != (now.unit, now.scale):
        yield _("the unit is {now}, it was {before}", now=_unit(now), before=_unit(confirmed))
    if confirmed.fixed != now.fixed:
        yield _("the titles speak of {now}, they spoke of {before}", now=_texts(now), before=_texts(confirmed))
    if now.hidden and not confirmed.hidden:
        yield _("rows or columns are hidden that were not")
    if confirmed.levels != now.levels:
        yield _("the heading has {now} levels, it had {before}", now=now.levels, before=confirmed.levels)


def _of_headings(confirmed: Layout, now: Layout) -> Iterator[str]:
    before, after = _distinct(confirmed), _distinct(now)
    for heading in before:
        if heading not in after:
            yield _("the heading {heading} went", heading=_shown(heading))
    for heading in after:
        if heading not in before:
            yield _("the heading {heading} came", heading=_shown(heading))
    kept_before = [heading for heading in before if heading in after]
    kept_after = [heading for heading in after if heading in before]
    for one, other in zip(kept_before, kept_after, strict=True):
        if one != other:
            yield _("the heading {heading} moved", heading=_shown(other))
            return
    for heading in kept_after:
        if (heading in confirmed.figures) != (heading in now.figures):
            yield _("the heading {heading} stands over figures in one file only", heading=_shown(heading))


def _distinct(layout: Layout) -> list[tuple[str, ...]]:
    """Return the headings without those that only repeat one: columns of further values of one kind.

    Columns that hold no figures stay as they are: two of one heading are two."""
    seen: list[tuple[str, ...]] = []
    for heading in layout.headings:
        if heading not in layout.figures or heading not in seen:
            seen.append(heading)
    return seen


def _unit(layout: Layout) -> str:
    return " x ".join(filter(None, (layout.scale if layout.scale != "1" else "", layout.unit or "-")))


def _texts(layout: Layout) -> str:
    return ", ".join(text for _field, text in layout.fixed) or "-"


def _shown(heading: Sequence[str]) -> str:
    return " / ".join(_("total") if part == TOTAL else part for part in heading) or "-"
