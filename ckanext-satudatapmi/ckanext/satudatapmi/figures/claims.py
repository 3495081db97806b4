"""Claims: numbers that a body stated in public, kept apart from data, each with what it counted if it said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from ckanext.satudatapmi.figures.registry import Definition, definitions
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.tables.values import TidyTable


@dataclass(frozen=True)
class Claim:
    """A number that was stated.

    Attributes:
        publisher: the body (name of an organisation).
        said_on: the day.
        value, unit: the number and its unit, a code of the list satuan.
        definition: what it counted.
        source: where it was reported, or None.
        row: of the file that lists it.
    """

    publisher: str
    said_on: date
    value: Decimal
    unit: str
    definition: str
    source: str | None
    row: int


def claims_of(tidy: TidyTable, definition_id: str, publisher: str) -> list[Claim]:
    """Return the claims of a table of statements; rows without a number, a day or a known unit are none.

    Raises:
        KeyError: there is no such definition.
    """
    definition: Definition = definitions()[definition_id]
    frame = tidy.frame
    units = {unit: load("satuan").match(unit).code for unit in frame["satuan"].dropna().unique()}
    sources = frame["sumber"] if "sumber" in frame else pd.Series(None, index=frame.index, dtype="object")
    return [
        Claim(publisher, day, Decimal(str(value)), code, definition.id, source, int(row))
        for day, value, unit, source, row in zip(
            frame["periode_akhir"], frame["nilai"], frame["satuan"], sources, frame["baris_sumber"], strict=True
        )
        if isinstance(day, date) and not pd.isna(value) and (code := units.get(unit))
    ]
