"""What is printed around a table and is no data of it, kept with its rows for the printed form to be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ckanext.satudatapmi.tables.values import Field, TidyTable

MOST_TOTALS = 5_000
"""That are kept; a table with more of them is no printed one."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Printed:
    """What is printed around a table.

    Attributes:
        titles, notes: the lines above and below it.
        totals: the printed totals, with the columns of the tidy table.
        partial: whether the table leaves parts of its totals out (a top ten).
    """

    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    totals: tuple[Record, ...] = ()
    partial: bool = False


NOTHING = Printed()


def printed_around(tidy: TidyTable) -> Printed:
    """Return what is printed around a tidy table."""
    totals = tuple(records(tidy.controls)) if len(tidy.controls) <= MOST_TOTALS else ()
    return Printed(tidy.titles, tidy.notes, totals, tidy.partial)


def records(frame: pd.DataFrame) -> list[Record]:
    """Return the rows of a frame as plain values, None for what is missing."""
    plain = frame.astype("object").where(frame.notna(), None)
    return [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False, name=None)]


def as_plain(printed: Printed) -> dict[str, Any] | None:
    """Return it as plain values, of which `from_plain` makes it again; None if nothing was printed."""
    if printed == NOTHING:
        return None
    totals = [{name: _plain(value) for name, value in total.items()} for total in printed.totals]
    kept = {"titles": printed.titles, "notes": printed.notes, "totals": totals, "partial": printed.partial}
    return {name: value for name, value in kept.items() if value}


def from_plain(kept: Mapping[str, Any] | None, fields: Sequence[Field]) -> Printed:
    """Return what `as_plain` made plain.

    Args:
        kept: the plain values.
        fields: the columns of the table, which say what is a day.
    """
    days, kept = {field.name for field in fields if field.type == "date"}, kept or {}
    totals = [{name: _value(name, value, days) for name, value in total.items()} for total in kept.get("totals", ())]
    return Printed(
        tuple(kept.get("titles", ())), tuple(kept.get("notes", ())), tuple(totals), kept.get("partial", False)
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, value: Any, days: set[str]) -> Any:
    return date.fromisoformat(value) if name in days and value else value
