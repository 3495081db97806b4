"""What a printed cell looks like by itself: a figure, a year, a sign for no figure, a column's number, or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.tables.figures import missing_reason
from ckanext.satudatapmi.tables.marks import split_marks

YEAR = re.compile(r"(?:19|20)\d\d")
CURRENCY = re.compile(r"^(?:rp\.?|us\$|\$)\s*", re.IGNORECASE)
FIGURE = re.compile(r"[-–+(]?\s?\d[\d.,\s]*\)?\s?%?")
TOTAL_WORDS = frozenset({"jumlah", "total", "subtotal", "seluruh"})


class CellKind(Enum):
    """What a cell looks like."""

    EMPTY = "empty"
    MISSING = "missing"
    FIGURE = "figure"
    YEAR = "year"
    TEXT = "text"


def kind_of(cell: str) -> CellKind:
    """Return what a cell looks like; footnote marks do not count."""
    if not cell:
        return CellKind.EMPTY
    if missing_reason(cell):
        return CellKind.MISSING
    text, _marks = split_marks(cell)
    if YEAR.fullmatch(text):
        return CellKind.YEAR
    if missing_reason(text):
        return CellKind.MISSING
    return CellKind.FIGURE if FIGURE.fullmatch(CURRENCY.sub("", text)) else CellKind.TEXT


def filled(row: Sequence[str]) -> int:
    """Return how many cells of a row hold something."""
    return sum(1 for cell in row if cell)


def total_words(name: str) -> bool:
    """Say whether a name speaks of a total, and is none of the usual words for the total of a table."""
    text = split_marks(name)[0]
    return bool(TOTAL_WORDS & set(text.casefold().split())) and special_group(text).code != TOTAL
