"""Tables of ILO's International Labour Migration Statistics, in the columns of ILOSTAT's bulk files.

Only printed figures are given: a total is never computed, and a cell that nobody published is not in the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, BinaryIO

import pandas as pd
import yaml

from ckanext.satudatapmi.figures.cube import Chunks, latest
from ckanext.satudatapmi.figures.exports.flat import plain
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.registry import HERE, NOT_APPLICABLE, UNKNOWN, definitions, dimensions
from ckanext.satudatapmi.reference.codelists import OTHER, TOTAL
from ckanext.satudatapmi.tables.formulas import kept_as_text

COLUMNS = (
    "ref_area",
    "source",
    "indicator",
    "sex",
    "classif1",
    "time",
    "obs_value",
    "obs_status",
    "note_classif",
    "note_indicator",
    "note_source",
)
SPECIAL = frozenset({TOTAL, OTHER, UNKNOWN, NOT_APPLICABLE})


@cache
def tables() -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of schemas/figures/ilostat.yaml by ILOSTAT's id."""
    return _document()["tables"]


def write_ilostat(chunks: Chunks, table: str, file: BinaryIO) -> None:
    """Write a table as CSV (UTF-8, RFC 4180), the latest vintage of each cell of sex, classif1 and year.

    A normal value has no status, as at ILOSTAT. `source` is our facet, for ILO gives its own numbers to sources; the
    notes say what the table leaves out, the definition, what the source adds, and when it was published. A table that
    no figure has a place in is its header.

    Args:
        chunks: of the cube; figures that have no place in the table are left out.
        table: id of one of `tables`.
        file: open for writing bytes; it stays open.

    Raises:
        KeyError: there is no such table.
    """
    described = tables()[table]
    crossed = ("sex", described["by"])
    figures = latest(_fitting(chunk, described, crossed) for chunk in chunks)
    if described["period"] == "day" and len(figures):
        figures = _last_of_year(figures, crossed)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(table, figures, crossed))
    finally:
        text.detach()


def _fitting(chunk: pd.DataFrame, described: Mapping[str, Any], crossed: tuple[str, str]) -> pd.DataFrame:
    """Return the figures that are cells of a table: of its indicator, periods and codes, whole in all else."""
    fits = chunk["indicator"] == described["indicator"]
    for dimension in dimensions().values():
        if dimension.name not in crossed:
            fits &= chunk[dimension.name] == dimension.total
    fits &= chunk["sex"].isin(list(_document()["sexes"]))
    codes = chunk[described["by"]]
    fits &= codes.isin([code for code in codes.unique() if _classified(code, described["classif"])])
    wanted = {"year": "A", "day": "D"}[described["period"]]
    days = zip(chunk["ref_start"], chunk["ref_end"], strict=True)
    return chunk[fits & pd.Series([time_period(*both).freq == wanted for both in days], index=chunk.index)]


def _classified(code: str, classif: str) -> str | None:
    """Return what ILOSTAT calls a code of ours, None if it has no such."""
    said = _document()["classifs"][classif]
    same = said.get("same", False) and code not in SPECIAL
    own = said["codes"].get(code, code if same else None)
    return None if own is None else f"{classif}_{own}"


def _last_of_year(figures: pd.DataFrame, crossed: tuple[str, str]) -> pd.DataFrame:
    """Return, of the figures of a series for days of one year, those of the last day."""
    years = [day.year for day in figures["ref_end"]]
    last = figures.assign(year=years).sort_values("ref_end", kind="stable")
    return last.drop_duplicates(["facet", *crossed, "year"], keep="last").sort_index()


def _rows(table: str, figures: pd.DataFrame, crossed: tuple[str, str]) -> Iterator[list[str | None]]:
    said, classif = _document(), tables()[table]["classif"]
    columns = ("facet", *crossed, "ref_end", "value", "obs_status", "definition", "note", "vintage")
    for facet, sex, code, day, value, status, definition, note, vintage in zip(
        *(figures[name] for name in columns), strict=True
    ):
        yield [
            said["ref_area"],
            facet,
            table,
            said["sexes"][sex],
            _classified(code, classif),
            str(day.year),
            "" if value is None else plain(value),
            "" if status == "A" else status,
            said["classifs"][classif].get("note", ""),
            definitions()[definition].title["en"],
            _source_note(day, vintage, note, table),
        ]


def _source_note(day: date, vintage: date, note: str | None, table: str) -> str:
    parts = [f"published {vintage}"]
    if tables()[table]["period"] == "day":
        parts.insert(0, f"as of {day}")
    return kept_as_text("; ".join([*parts, note] if note else parts))


@cache
def _document() -> Mapping[str, Any]:
    return yaml.safe_load((HERE / "ilostat.yaml").read_text(encoding="utf-8"))
