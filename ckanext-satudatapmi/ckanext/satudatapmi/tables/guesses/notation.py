"""How a table writes figures: 1.234.567,8 or 1,234,567.8. One cell that can be read one way only settles it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.tables.guesses.kinds import CURRENCY
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.tables.proposals import Decision
from ckanext.satudatapmi.text import _

FLOATING_COUNT = re.compile(r"\d+\.0+")
GROUPED_TWICE = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
GROUPED_THEN_DECIMAL = re.compile(r"\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+")
ONE_MARK = re.compile(r"(\d+)([.,])(\d+)")
SPACED = re.compile(r"\d{1,3}(?: \d{3})+|[^ ]*")
OTHER = {",": ".", ".": ","}


@dataclass(frozen=True)
class Evidence:
    """What the figures of a table say about its decimal mark.

    Attributes:
        settled: cells that can be read one way only, by the decimal mark they show.
        open: cells such as 1.234 that can be read both ways, by the mark they bear.
        plain: whether a figure of 1000 or more bears no mark.
        spaced: a cell whose spaces do not group thousands, if there is one.
    """

    settled: dict[str, str]
    open: dict[str, str]
    plain: bool
    spaced: str | None


def evidence_of(cells: Iterable[str]) -> Evidence:
    """Return what the printed figures say; cells that a spreadsheet holds as numbers say nothing."""
    settled: dict[str, str] = {}
    undecided: dict[str, str] = {}
    plain, spaced = False, None
    for cell in cells:
        text = CURRENCY.sub("", split_marks(cell)[0]).strip(" -+()%\u2013")
        if not SPACED.fullmatch(text):
            spaced = spaced or cell
        text = text.replace(" ", "")
        if not text or FLOATING_COUNT.fullmatch(text):
            continue
        decimal, certain = _decimal_of(text)
        if decimal is None:
            plain = plain or len(text) > 3
        elif certain:
            settled.setdefault(decimal, cell)
        else:
            undecided.setdefault(OTHER[decimal], cell)
    return Evidence(settled, undecided, plain, spaced)


def _decimal_of(text: str) -> tuple[str | None, bool]:
    """Return the decimal mark that a figure shows or suggests, and whether it can be no other."""
    if found := GROUPED_THEN_DECIMAL.fullmatch(text):
        return found[2], True
    if found := GROUPED_TWICE.fullmatch(text):
        return OTHER[found[1]], True
    if found := ONE_MARK.fullmatch(text):
        whole, mark, rest = found[1], found[2], found[3]
        if len(rest) != 3 or len(whole) > 3 or whole == "0":
            return mark, True
        return OTHER[mark], False
    return None, False


def guess_notation(cells: Sequence[str], *, integer: bool, scaled: bool, typed: str | None) -> Decision:
    """Return the decimal mark.

    Args:
        cells: figures as printed.
        integer: whether the unit is known to be counted.
        scaled: whether the printed figures are thousands or millions of the unit.
        typed: a number with decimals that a spreadsheet holds among them, if there is one.
    """
    found = evidence_of(cells)
    if found.spaced is not None:
        return Decision("decimal", _most_likely(found), 0.3, _("{cell!r} holds a space", cell=found.spaced))
    if typed is not None and integer and not scaled:
        why = _("{cell} is no count; was a dot for thousands taken for a decimal mark?", cell=typed)
        return Decision("decimal", _most_likely(found), 0.2, why)
    if len(found.settled) == 2:
        one, other = found.settled.values()
        return Decision("decimal", ",", 0.2, _("{one} and {other} are written in two ways", one=one, other=other))
    if found.settled:
        return _settled(found)
    if not found.open:
        return Decision("decimal", ",", 0.99, _("no figure bears a mark"))
    return _open(found, integer=integer, scaled=scaled)


def _settled(found: Evidence) -> Decision:
    decimal, cell = next(iter(found.settled.items()))
    if decimal in found.open:
        # "12.5" beside "1.234" fits; as a decimal mark it must then be one everywhere.
        why = _("{one} and {other} may be written in two ways", one=cell, other=found.open[decimal])
        return Decision("decimal", decimal, 0.6, why)
    return Decision("decimal", decimal, 0.98, _("{cell} can be read one way only", cell=cell))


def _open(found: Evidence, *, integer: bool, scaled: bool) -> Decision:
    if len(found.open) == 2:
        one, other = found.open.values()
        return Decision("decimal", ",", 0.2, _("{one} and {other} are written in two ways", one=one, other=other))
    group, cell = next(iter(found.open.items()))
    if integer and not scaled and not found.plain:
        return Decision("decimal", OTHER[group], 0.96, _("{cell} must be a whole number", cell=cell))
    why = _("{cell} may be thousands or a decimal fraction", cell=cell)
    return Decision("decimal", OTHER[group], 0.5, why)


def _most_likely(found: Evidence) -> str:
    if found.settled:
        return next(iter(found.settled))
    return OTHER[next(iter(found.open))] if found.open else ","
