"""Which printed column holds which field, and which columns are to become rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.periode import parse_period
from ckanext.satudatapmi.tables.binding import names_value
from ckanext.satudatapmi.tables.description import IGNORE, FieldUse, field_use
from ckanext.satudatapmi.tables.guesses.kinds import CellKind, kind_of, total_words
from ckanext.satudatapmi.tables.marks import split_marks
from ckanext.satudatapmi.tables.proposals import Decision
from ckanext.satudatapmi.tables.values import Column, RawTable
from ckanext.satudatapmi.tables.vocabulary import KnownField, fields_headed, heading_key, known_fields
from ckanext.satudatapmi.text import _

TIME_FIELDS = ("tahun", "bulan", "triwulan", "periode")
CODED_FIELDS = ("jenis_kelamin", "sektor", "jenis_kasus", "negara", "provinsi", "kabupaten_kota", "jabatan")
PERCENT = frozenset({"persen", "persentase", "prosentase", "share"})
MATCHED = 0.9
QUARTER = re.compile(r"(?:triwulan|tw|kuartal|q)\.?\s*(?:iv|iii|ii|i|[1-4])", re.IGNORECASE)
MAX_LOOKED_AT = 2000


@dataclass(frozen=True)
class Profile:
    """A printed column and what its cells look like: shares of those that hold something."""

    column: Column
    texts: tuple[str, ...]
    kinds: MappingProxyType[CellKind, float]

    @property
    def of_figures(self) -> bool:
        """Say whether its cells are figures, or signs for none; years alone are a column of periods."""
        figures = self.kinds.get(CellKind.FIGURE, 0) + self.kinds.get(CellKind.MISSING, 0)
        return figures + self.kinds.get(CellKind.YEAR, 0) >= MATCHED and figures > 0

    @property
    def of_years(self) -> bool:
        """Say whether its cells are years."""
        return self.kinds.get(CellKind.YEAR, 0) >= MATCHED

    @property
    def empty(self) -> bool:
        """Say whether no cell holds anything."""
        return not self.texts


@dataclass(frozen=True)
class Columns:
    """What the columns of a table were taken for.

    Attributes:
        entry: keys of the description: columns, unpivot, value.
        decisions: one a column, or one for all that are unpivoted.
        fields: the fields that the table has itself.
        figures: the columns of figures.
    """

    entry: dict[str, Any]
    decisions: tuple[Decision, ...]
    fields: frozenset[str]
    figures: tuple[Column, ...]


def guess_columns(raw: RawTable) -> Columns:
    """Return what each column of a raw table is taken for."""
    profiles = [_profile(raw.frame[column.name], column) for column in raw.columns]
    aside = {id(one): decision for one in profiles if (decision := _left_out(one))}
    rest = [one for one in profiles if id(one) not in aside]
    figures = [one for one in rest if _holds_figures(one)]
    names = [one for one in rest if one not in figures]
    decisions = list(aside.values())
    entry: dict[str, Any] = {}
    settings: dict[str, Any] = {
        one.column.name: IGNORE for one in profiles if id(one) in aside and not _is_ignored_anyway(one.column)
    }
    fields: set[str] = set()
    for one in names:
        decision, field = _named(one)
        decisions.append(decision)
        fields |= {field} if field else set()
        if field and field not in _known_names(one.column):
            settings[one.column.name] = field
    unpivot, decision = _figures(figures)
    decisions.append(decision)
    if unpivot:
        entry["unpivot"] = unpivot[0] if len(unpivot) == 1 else list(unpivot)
    elif decision.value:
        entry["value"] = decision.value
    if settings:
        entry["columns"] = settings
    return Columns(entry, tuple(decisions), frozenset(fields | set(unpivot)), tuple(one.column for one in figures))


def _profile(cells: pd.Series, column: Column) -> Profile:
    texts = tuple(cell for cell in cells.tolist() if cell)
    counts: Counter[CellKind] = Counter()
    for cell, count in Counter(texts).items():
        counts[kind_of(cell)] += count
    return Profile(column, texts, MappingProxyType({kind: count / len(texts) for kind, count in counts.items()}))


def _known_names(column: Column) -> list[str]:
    return [known.name for text in (column.name, *reversed(column.parts)) for known in fields_headed(text)]


def _is_ignored_anyway(column: Column) -> bool:
    known = _known_field(column)
    return known is not None and known.role == "ignore"


def _known_field(column: Column) -> KnownField | None:
    for text in (column.name, *reversed(column.parts)):
        if known := fields_headed(text):
            return known[0]
    return None


def _left_out(one: Profile) -> Decision | None:
    """Return the decision to leave a column out: numbers of rows, shares in percent, nothing at all."""
    key = f"columns.{one.column.name}"
    if _is_ignored_anyway(one.column):
        return Decision(key, IGNORE, 0.97, _("it numbers the rows"))
    last = one.column.parts[-1] if one.column.parts else ""
    if "%" in last or heading_key(last) in PERCENT:
        return Decision(key, IGNORE, 0.8, _("it holds shares, which can be worked out"))
    if one.empty and not _fields_named(one.column.parts):
        return Decision(key, IGNORE, 0.95, _("it is empty"))
    if not one.column.parts and list(one.texts) == [str(number + 1) for number in range(len(one.texts))]:
        return Decision(key, IGNORE, 0.92, _("it numbers the rows"))
    return None


def _holds_figures(one: Profile) -> bool:
    """Say whether a column is one of figures by its cells, or by its heading where they tell too little."""
    known = _known_field(one.column)
    names_values = bool(_fields_named(one.column.parts))
    if names_values and (one.empty or one.of_figures):
        return True
    if known is not None and known.role in ("key", "time", "attribute") and not names_values:
        return False
    # Figures between 1900 and 2099 look like years: a column headed as one of figures holds those.
    return one.of_figures or (one.of_years and (known is not None or names_values))


def _named(one: Profile) -> tuple[Decision, str | None]:
    """Return what a column that holds no figures is taken for, and the field."""
    key = f"columns.{one.column.name}"
    distinct = [split_marks(text)[0] for text in dict.fromkeys(one.texts)][:MAX_LOOKED_AT]
    known = _known_field(one.column)
    if known is not None:
        share = _share_named(known.name, distinct) if known.role in ("key", "time") else 1.0
        if share == 1.0:
            return Decision(key, known.name, 0.97, _("its heading is known")), known.name
        strange = [text for text in distinct if not _names(known.name, text)][:3]
        why = _("its heading is known, but these are not: {names}", names=", ".join(strange))
        return Decision(key, known.name, 0.6 + 0.2 * share, why), known.name
    shares = {name: _share_named(name, distinct) for name in (*CODED_FIELDS, *TIME_FIELDS)}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= MATCHED:
        why = _("its heading is unknown; its values are names of {field}", field=best)
        return Decision(key, best, 0.8, why), best
    return Decision(key, None, 0.3, _("neither its heading nor its values are known")), None


def _share_named(name: str, texts: Sequence[str]) -> float:
    """Return the share of texts that name a value of the field; 1 for a field of free texts."""
    counted = [text for text in texts if special_group(text).code is None and not total_words(text)]
    return sum(_names(name, text) for text in counted) / len(counted) if counted else 0.0


@cache
def _names(name: str, text: str) -> bool:
    if special_group(text).code is not None or total_words(text):
        return True
    known = known_fields()[name]
    if known.role == "time":
        return names_value(_use(name), text) or parse_period(text) is not None
    if known.codes is None:
        return True
    options = {key: value for key, value in known.options.items() if key != "within" or value not in known_fields()}
    return matcher(known.codes, options)(text).found


@cache
def _use(name: str) -> FieldUse:
    return field_use(name, name)


def _figures(figures: Sequence[Profile]) -> tuple[tuple[str, ...], Decision]:
    """Return which fields the headings of the columns of figures name values of, and the decision."""
    if not figures:
        return (), Decision("value", None, 0.1, _("no column holds figures"))
    unpivot, unknown = _unpivoted([one.column for one in figures])
    if unpivot:
        value = unpivot[0] if len(unpivot) == 1 else list(unpivot)
        if unknown:
            why = _(
                "the headings name {fields}, but not all of them: {others}", fields=", ".join(unpivot), others=unknown
            )
            return unpivot, Decision("unpivot", value, 0.4, why)
        return unpivot, Decision(
            "unpivot", value, 0.97, _("each heading names a value of {field}", field=", ".join(unpivot))
        )
    headings = ", ".join(one.column.name for one in figures)
    if len(figures) > 1:
        why = _("several columns hold figures: {headings}", headings=headings)
        return (), Decision("value", None, 0.2, why)
    column = figures[0].column
    known = _known_field(column)
    if known is not None and known.role == "value":
        return (), Decision("value", column.name, 0.97, _("the only column of figures"))
    return (), Decision("value", column.name, 0.7, _("the only column of figures; its heading is unknown"))


def _unpivoted(columns: Sequence[Column]) -> tuple[tuple[str, ...], str]:
    """Return the fields that the levels of the headings name, and a heading that does not fit, if there is one."""
    levels: list[str] = []
    texts = [[split_marks(part)[0] for part in column.parts] for column in columns]
    for text in (text for parts in texts for text in parts):
        if special_group(text).code is None and (names := _fields_named([text])):
            levels += [names[0]] if names[0] not in levels else []
    fields = _one_time(levels, [text for parts in texts for text in parts])
    if not fields:
        return (), ""
    shared = set.intersection(*(set(parts) for parts in texts))
    for column, parts in zip(columns, texts, strict=True):
        wrong = [text for text in parts if not _fits(text, fields, shared)]
        named = [name for name in fields if any(names_value(_use(name), text) for text in parts)]
        total = any(special_group(text).code == TOTAL for text in parts)
        if wrong or (len(named) < len(fields) and not total):
            return fields, column.name
    return fields, ""


def _fits(text: str, fields: Iterable[str], shared: set[str]) -> bool:
    """Say whether a level of a heading is a value of a field, a total, or names what the levels below it are."""
    if any(names_value(_use(name), text) for name in fields) or special_group(text).code is not None:
        return True
    return bool(fields_headed(text)) or (text in shared and not _fields_named([text]))


def _fields_named(parts: Iterable[str]) -> list[str]:
    """Return the fields that the levels of a heading name values of, times first."""
    texts = [split_marks(text)[0] for text in parts]
    times = [name for text in texts if (name := _time_named(text))]
    return list(
        dict.fromkeys([*times, *(name for name in CODED_FIELDS if any(_is_value(name, text) for text in texts))])
    )


@cache
def _time_named(text: str) -> str | None:
    """Return the field that a text names a time of: a year, a month, a quarter, or any other period."""
    for name in ("tahun", "bulan"):
        if names_value(_use(name), text):
            return name
    if parse_period(text):
        return "periode"
    if parse_period(text, year=2000):
        return "triwulan" if QUARTER.fullmatch(text) else "periode"
    return None


@cache
def _is_value(name: str, text: str) -> bool:
    return special_group(text).code is None and names_value(_use(name), text)


def _one_time(levels: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the fields with one way of saying the time: months beside parts of years are periods, all of them."""
    fields = list(dict.fromkeys(levels))
    times = [name for name in fields if name in TIME_FIELDS]
    if "periode" not in times:
        return tuple(fields)
    named = [text for text in texts if _time_named(text)]
    keep = ["periode"] if "tahun" not in times or all(parse_period(text) for text in named) else ["tahun", "periode"]
    return (*keep, *(name for name in fields if name not in TIME_FIELDS))
