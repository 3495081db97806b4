"""What the columns of a stored table are to each other: the figure, its unit, its period, and what tells it apart.

A table that was read from a printed one has the columns of `columns.py`; of any other the data dictionary says which
code lists and units its columns have, and the vocabulary what their headings mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.tables.exports.table import Column
from ckanext.satudatapmi.tables.exports.wide_keys import ASIDE, CODE, NAME, UNIT, VALUE
from ckanext.satudatapmi.tables.vocabulary import KnownField, fields_headed

NUMBERS = frozenset({"integer", "number", "float"})


@dataclass(frozen=True)
class Dimension:
    """A column that tells figures apart.

    Attributes:
        name: of the column.
        label: its heading.
        codes: the code list of its values, "" if they are texts.
        names: the column that holds the names of its codes, "" if there is none.
    """

    name: str
    label: str
    codes: str = ""
    names: str = ""


@dataclass(frozen=True)
class Time:
    """The columns of the period of a row: of its first and last day, of its one day (both), or of its year."""

    start: str
    end: str
    is_year: bool = False


@dataclass(frozen=True)
class Roles:
    """The roles of a table's columns.

    Attributes:
        measure: the column of figures; label: its heading, "" where it says no more than that it is one.
        unit: of all figures, "" where `unit_column` says it row by row, or nothing does.
        unit_column: "" if there is none.
        published: the column of the day on which each figure was published, "" if there is none.
        time: None if no column says the period.
        dimensions: what tells figures apart besides.
    """

    measure: str
    label: str
    unit: str
    unit_column: str
    published: str
    time: Time | None
    dimensions: tuple[Dimension, ...]


@cache
def settings() -> Mapping[str, Any]:
    """Return table_charts.yaml."""
    return vocabularies.read_yaml("table_charts.yaml")


def roles_of(columns: Sequence[Column]) -> Roles | None:
    """Return the roles of a table's columns; None if it has no figures, or several, or periods nobody understands.

    Args:
        columns: as the data dictionary explains them.
    """
    by_name = {one.name: one for one in columns}
    times = _times(columns)
    if times is None:
        return None
    time = times[0] if times else None
    taken = set(ASIDE) | ({time.start, time.end} if time else set())
    rest = [one for one in columns if one.name not in taken or one.name == VALUE]
    measure = _measure(rest)
    if measure is None:
        return None
    unit_column = UNIT if UNIT in by_name and by_name[UNIT].kind == "text" else ""
    dimensions = tuple(_dimensions([one for one in rest if one is not measure], by_name))
    label = "" if measure.name == VALUE else measure.label or measure.name
    published = settings()["published"]
    return Roles(
        measure.name,
        label,
        measure.unit,
        "" if measure.unit else unit_column,
        published if published in by_name and by_name[published].kind == "date" else "",
        time,
        dimensions,
    )


def _times(columns: Sequence[Column]) -> list[Time] | None:
    """Return the period of a row, [] if no column says one; None if it is said in a way that is not understood."""
    kinds = {one.name: one.kind for one in columns}
    start, end = settings()["times"]["start"], settings()["times"]["end"]
    if kinds.get(end) == "date":
        return [Time(start if kinds.get(start) == "date" else end, end)]
    timely = [one for one in columns if _role(one) == "time" or one.name.casefold() in settings()["years"]]
    if not timely:
        days = [one for one in columns if one.kind == "date" and _role(one) != "attribute"]
        return [Time(days[0].name, days[0].name)] if len(days) == 1 else [] if not days else None
    if len(timely) > 1:
        return None
    [one] = timely
    if one.kind == "date":
        return [Time(one.name, one.name)]
    is_year = one.kind == "integer" and one.name.casefold() in settings()["years"]
    return [Time(one.name, one.name, is_year=True)] if is_year else None


def _measure(columns: Iterable[Column]) -> Column | None:
    """Return the column of figures: the one whose heading says so, else the one with a unit, else the only one."""
    figures = [one for one in columns if one.kind in NUMBERS and not one.codes and _may_be_measure(one)]
    choices = (
        [one for one in figures if one.name == VALUE],
        [one for one in figures if _role(one) == "value"],
        [one for one in figures if one.unit],
        figures,
    )
    found = next((some for some in choices if some), [])
    return found[0] if len(found) == 1 else None


def _may_be_measure(column: Column) -> bool:
    named = column.name.casefold()
    is_name = any(named == one or named.startswith(f"{one}_") for one in settings()["names"])
    return not is_name and _role(column) in (None, "value")


def _dimensions(columns: Sequence[Column], by_name: Mapping[str, Column]) -> Iterable[Dimension]:
    coded = {one.name: codes for one in columns if one.kind == "text" and (codes := _codes(one))}
    names = {code: found for code in coded if (found := _names_of(code, by_name))}
    for one in columns:
        label = one.label or one.name
        if one.name in coded:
            held = names.get(one.name, "")
            yield Dimension(one.name, _label(by_name[held]) if held else label, coded[one.name], held)
        elif one.kind == "text" and one.name not in names.values() and _role(one) in (None, "key"):
            yield Dimension(one.name, label)


def _names_of(code: str, by_name: Mapping[str, Column]) -> str:
    stem = code.removeprefix(CODE)
    return next((name for name in (NAME + stem, stem) if name != code and name in by_name), "")


def _codes(column: Column) -> str:
    """Return the code list of a column; what is headed kode_negara holds codes of countries, whoever says so."""
    known = _known(column.name.removeprefix(CODE)) if column.name.startswith(CODE) else None
    return column.codes or (known.codes or "" if known else "")


def _label(column: Column) -> str:
    return column.label or column.name


def _role(column: Column) -> str | None:
    known = _known(column.name) or _known(column.label)
    return known.role if known else None


def _known(heading: str) -> KnownField | None:
    found = fields_headed(heading.replace("_", " ")) or fields_headed(heading) if heading else []
    return found[0] if len(found) == 1 else None
