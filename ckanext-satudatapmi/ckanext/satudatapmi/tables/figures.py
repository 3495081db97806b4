"""Printed cells to typed values: figures as Indonesians write them, dates, yes and no."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.periode import parse_period
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.text import _

LOCALES = {",": "id", ".": "en"}
GROUPS = {",": ".", ".": ","}
GROUPED = {mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+") for mark in GROUPS}
# What a program prints for a count that it held as a floating-point number.
FLOATING_COUNT = re.compile(r"-?\d+\.0+")
DECIMAL_POINT = re.compile(r"-?\d+\.\d+")
# A space groups thousands; "234 1" is a figure and a mark that lost its bracket.
GROUP_SPACE = re.compile(r"(?<=\d) (?=\d{3}(?!\d))|(?<=^[-+]) ")
YES, NO = frozenset({"ya", "y", "true", "1", "benar"}), frozenset({"tidak", "t", "false", "0", "salah", ""})


@dataclass(frozen=True)
class Notation:
    """How a table writes figures: its decimal mark, whether they are counts, what they are multiplied by, and its own
    marks for "no figure"."""

    decimal: str = ","
    integer: bool = True
    scale: Decimal = Decimal(1)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A cell of figures.

    Attributes:
        value: the figure, or None.
        missing: why there is none, a code of `tanda_kosong`; None if there is one or the cell is wrong.
        marks: its footnote marks.
        expected: what should stand there, if the cell is wrong.
        hint: what to do about it.
    """

    value: Decimal | None = None
    missing: str | None = None
    marks: tuple[str, ...] = ()
    expected: str = ""
    hint: str = ""

    @property
    def wrong(self) -> bool:
        """Say whether the cell holds something that is no figure."""
        return bool(self.expected)


def parse_figure(cell: str, notation: Notation) -> Figure:
    """Return what a cell of figures says.

    >>> parse_figure("274.965 1)", Notation()).value
    Decimal('274965')
    """
    if missing := missing_reason(cell, notation.missing):
        return Figure(missing=missing)
    # Nearly all cells are such as need nothing of what follows.
    value, marks = _bare(cell, notation.decimal), ()
    if value is None:
        text, marks = split_marks(cell)
        if missing := missing_reason(text, notation.missing):
            return Figure(missing=missing, marks=marks)
        plain = GROUP_SPACE.sub("", re.sub(r"^(?:rp\.?|us\$|\$)\s*", "", text, flags=re.IGNORECASE))
        value = _parse(plain, notation)
        if value is None:
            return Figure(marks=marks, expected=_expected_notation(notation), hint=_notation_hint(plain, notation))
    value *= notation.scale
    if notation.integer and value != value.to_integral_value():
        hint = _(
            "if thousands are meant, write {thousands}; if it is no count, set `type: number`", thousands=value * 1000
        )
        return Figure(marks=marks, expected=_("a whole number"), hint=hint)
    return Figure(value=value, marks=marks)


def missing_reason(cell: str, more: tuple[str, ...] = ()) -> str | None:
    """Return why a cell holds no figure, a code of the list `tanda_kosong`, or None if it does hold something."""
    text = cell.strip().casefold()
    if more and text in {mark.casefold() for mark in more}:
        return "tidak_tersedia"
    return _missing_marks().get(text)


def parse_date(cell: str) -> date | None:
    """Return the day that a cell names, or None."""
    period = parse_period(split_marks(cell)[0])
    return period.start if period and period.start == period.end else None


def parse_boolean(cell: str) -> bool | None:
    """Return yes or no, or None if the cell says neither. An empty cell says no."""
    text = cell.strip().casefold()
    return True if text in YES else False if text in NO else None


def reader_of(kind: str, decimal: str) -> Callable[[str], Any] | None:
    """Return what reads a text as a value of a type, and gives None for one that it cannot read; None for texts.

    Args:
        kind: date, boolean, integer, number or text.
        decimal: mark of the table's figures.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "date": parse_date,
        "boolean": parse_boolean,
        "integer": lambda text: parse_figure(text, Notation(decimal, integer=True)).value,
        "number": lambda text: parse_figure(text.rstrip(" %"), Notation(decimal, integer=False)).value,
    }
    return readers.get(kind)


def expected_of(kind: str) -> str:
    """Return what should stand where a text cannot be read as a value of a type."""
    return {
        "date": _("a date such as 31 Desember 2024 or 2024-12-31"),
        "boolean": _("ya or tidak"),
        "integer": _("a whole number"),
    }.get(kind, _("a number"))


def _bare(text: str, decimal: str) -> Decimal | None:
    """Return a figure of digits alone, or of thousands with their marks; None for a text that is written otherwise."""
    if text.isascii() and text.isdecimal():
        return Decimal(text)
    group = GROUPS[decimal]
    return Decimal(text.replace(group, "")) if GROUPED[group].fullmatch(text) else None


def _parse(text: str, notation: Notation) -> Decimal | None:
    if (value := _bare(text, notation.decimal)) is not None:
        return value
    try:
        return parse_decimal(text, locale=LOCALES[notation.decimal], strict=True)
    except NumberFormatError:
        floating = notation.integer and FLOATING_COUNT.fullmatch(text)
        return Decimal(text).to_integral_value() if floating else None


def _expected_notation(notation: Notation) -> str:
    example = "1.234" if notation.decimal == "," else "1,234"
    if not notation.integer:
        example += f"{notation.decimal}5"
    return _("a number such as {example}", example=example)


def _notation_hint(text: str, notation: Notation) -> str:
    if notation.decimal == "," and DECIMAL_POINT.fullmatch(text):
        return _('if the dot is a decimal mark, set `decimal: "."`')
    if notation.decimal == "." and "," in text:
        return _("if the comma is a decimal mark, leave out `decimal`")
    return _("if it means that there is no figure, list it under `missing`")


@cache
def _missing_marks() -> dict[str, str]:
    reasons = {alias.casefold(): code.code for code in load("tanda_kosong") for alias in code.aliases}
    return {"": "kosong"} | reasons
