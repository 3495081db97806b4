"""Figures of a dynamic table of BPS.

BPS sends the labels of five dimensions and, under `datacontent`, the figures by a key that is made of the five codes
one after the other, without separator or padding (vervar, var, turvar, tahun, turtahun). Such a key cannot be split
again, so every key that the labels allow is made and looked up. Where two combinations make the same key, nobody can
tell whose figure it is: neither gets it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from ckanext.satudatapmi.text import _

COLUMNS = (
    "kode_vervar",
    "vervar",
    "kode_turvar",
    "turvar",
    "kode_tahun",
    "tahun",
    "kode_turtahun",
    "turtahun",
    "nilai",
    "tanda",
    "satuan",
)
DIMENSIONS = ("vervar", "var", "turvar", "tahun", "turtahun")
MAX_COMBINATIONS = 2_000_000
NUMBER = re.compile(r"-?\d+(\.\d+)?")
AMBIGUOUS = "?"
"""Stands in `tanda` for a figure of which nobody can tell whose it is."""


@dataclass(frozen=True)
class Figures:
    """The figures of an answer, a row each (COLUMNS), and the keys that two combinations share."""

    rows: list[tuple[Any, ...]]
    ambiguous: tuple[str, ...]


def figures(answer: Mapping[str, Any]) -> Figures:
    """Return the figures of an answer of `model/data`; combinations without a figure have no row.

    Raises:
        ValueError: the labels allow more combinations than a table can have.
    """
    content = answer.get("datacontent")
    if not isinstance(content, Mapping):
        return Figures([], ())
    labels = [_labels(answer.get(dimension)) for dimension in DIMENSIONS]
    if prod(map(len, labels)) > MAX_COMBINATIONS:
        message = _("The labels of the table allow more than {limit} figures. Ask BPS.", limit=MAX_COMBINATIONS)
        raise ValueError(message)
    combinations = [(key, parts) for parts in product(*labels) if (key := _key(parts)) in content]
    shared = {key for key, times in Counter(key for key, _parts in combinations).items() if times > 1}
    rows = [_row(parts, AMBIGUOUS if key in shared else content[key]) for key, parts in combinations]
    return Figures(rows, tuple(sorted(shared)))


def _labels(value: Any) -> list[Mapping[str, Any]]:
    """Return the codes and labels of a dimension; one that is not there counts with the code 0."""
    labels = [item for item in value if isinstance(item, Mapping) and "val" in item] if isinstance(value, list) else []
    return labels or [{"val": 0, "label": None}]


def _key(parts: Iterable[Mapping[str, Any]]) -> str:
    return "".join(str(part["val"]) for part in parts)


def _row(parts: tuple[Mapping[str, Any], ...], value: Any) -> tuple[Any, ...]:
    area, variable, feature, year, part_of_year = parts
    number, mark = _figure(value)
    return (
        *(item for part in (area, feature, year, part_of_year) for item in (part["val"], part.get("label"))),
        number,
        mark,
        variable.get("unit") or None,
    )


def _figure(value: Any) -> tuple[float | None, str | None]:
    """Return a figure, or the mark that stands in its place: `-`, `...`, `NA`.

    >>> _figure(308669), _figure("12.5"), _figure("...")
    ((308669, None), (12.5, None), (None, '...'))
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value, None
    text = str(value).strip() if value is not None else ""
    return (float(text), None) if NUMBER.fullmatch(text) else (None, text or None)
