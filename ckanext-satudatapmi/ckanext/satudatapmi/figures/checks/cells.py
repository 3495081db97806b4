"""Tables and observations as the checks see them: coded columns, days and floats, so that a million take seconds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.finding import Finding, number, severity_of
from ckanext.satudatapmi.figures.observations import COLUMNS, Observations
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.reference.codelists import TOTAL
from ckanext.satudatapmi.reference.wilayah import INDONESIA
from ckanext.satudatapmi.tables.values import TidyTable

DIMENSIONS = tuple(dimensions())
WHOLE = {name: one.total for name, one in dimensions().items()}
NO_DAY = -1
PERIOD = ("start", "end")
SERIES = ("facet", "definition", *PERIOD)
UNKNOWN_NAME = "?"
SHOWN = 500
"""The most findings of one rule that one check reports; a table that is wrong throughout needs no more."""


@dataclass(frozen=True)
class Cells:
    """Figures with their keys.

    Attributes:
        frame: one figure a row, numbered from 0. `names` are categories; `start`, `end`, `vintage` proleptic ordinals
            of days (-1: not known); `value` is float, NaN where there is no figure; `row`, `column` the place. Of a
            table also `persen`, `peringkat` (float); of series also `facet`, `definition`, `status` (categories).
            `new` tells what is being loaded from what is known.
        names: the columns that tell figures of one period and edition apart.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]

    def found(self, rule: str, at: int, kind: str, *, lesser: bool = False, **facts: Any) -> Finding:
        """Return a finding about the figure in row `at`."""
        row = self.frame.iloc[at]
        key = {
            name: str(row[name])
            for name in self.names
            if name in WHOLE and row[name] != WHOLE[name] and not str(row[name]).startswith(UNKNOWN_NAME)
        }
        key |= {"ref_start": day(row["start"]), "ref_end": day(row["end"])} if row["start"] != NO_DAY else {}
        column = row["column"]
        return Finding(
            rule,
            severity_of(rule, lesser=lesser),
            {"kind": kind} | {name: _plain(value) for name, value in facts.items()},
            None if pd.isna(row["row"]) else int(row["row"]),
            None if pd.isna(column) else str(column),
            key,
        )


def day(ordinal: int) -> str:
    """Return a day as ISO 8601 writes it."""
    return date.fromordinal(int(ordinal)).isoformat()


def hashed(column: pd.Series, name: str) -> np.ndarray:
    """Return a 64-bit number for each value of a column, another one under another column's name."""
    salt = np.uint64(2 * zlib.crc32(name.encode()) + 1)
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = column.cat.categories.to_numpy(dtype="object")
        numbers = np.append(pd.util.hash_array(words, categorize=False), np.uint64(0)) * salt
        codes = column.cat.codes.to_numpy()
        alike = len(words) == 1 and not (codes < 0).any()
        return np.broadcast_to(numbers[:1], codes.shape) if alike else numbers.take(codes, mode="wrap")
    return pd.util.hash_array(column.to_numpy()) * salt


def keys(frame: pd.DataFrame, names: Iterable[str]) -> np.ndarray:
    """Return a 64-bit number for each row, the same where all the columns agree.

    It is the sum of the columns' hashes, so that one column's part can be taken out of it and another put in: so the
    key of a total follows from that of a part. Of a million rows two meet by chance once in forty million tables.
    """
    result = np.zeros(len(frame), dtype=np.uint64)
    for name in names:
        result += hashed(frame[name], name)
    return result


def table_cells(tidy: TidyTable) -> Cells:
    """Return the figures of a table and its printed totals."""
    both = pd.concat([tidy.frame, tidy.controls], ignore_index=True) if len(tidy.controls) else tidy.frame
    coded = {f"kode_{one.field}": name for name, one in dimensions().items()}
    columns: dict[str, Any] = {}
    for one in tidy.fields:
        if one.name in coded:
            columns[coded[one.name]] = _codes(both, coded[one.name])
        elif _is_key(one.name, indexed=one.indexed):
            columns[one.name] = both[one.name].fillna(TOTAL).astype("category")
    names = tuple(columns)
    columns["start"], columns["end"] = _days(both["periode_awal"]), _days(both["periode_akhir"])
    columns["vintage"] = _edition(both)
    columns["value"] = _floats(both["nilai"])
    for name in ("persen", "peringkat"):
        columns[name] = _floats(both[name]) if name in both else np.full(len(both), np.nan)
    columns["new"] = True
    columns["row"], columns["column"] = both["baris_sumber"], both["kolom_sumber"]
    return Cells(pd.DataFrame(columns, index=range(len(both))), names)


def series_cells(new: Observations, known: pd.DataFrame) -> Cells:
    """Return new and known observations together, the new ones first; known rows that are new ones are left out."""
    mine = new.frame.assign(facet=new.facet.id, new=True)
    theirs = known.reindex(columns=[*COLUMNS, "facet"]).assign(new=False)
    both = pd.concat([mine, theirs], ignore_index=True) if len(theirs) else mine
    columns: dict[str, Any] = {
        name: both[name].astype("category") for name in (*DIMENSIONS, "facet", "definition", "obs_status")
    }
    for name, source in (("start", "ref_start"), ("end", "ref_end"), ("vintage", "vintage")):
        columns[name] = _days(both[source])
    columns["value"] = _floats(both["value"])
    columns["new"] = both["new"].astype(bool)
    columns["row"], columns["column"] = both["source_row"], both["source_column"]
    frame = pd.DataFrame(columns).rename(columns={"obs_status": "status"})
    again = keys(frame, [*DIMENSIONS, "facet", *PERIOD, "vintage", "value"])
    repeated = pd.Series(again).duplicated().to_numpy() & ~frame["new"].to_numpy()
    return Cells(frame[~repeated].reset_index(drop=True), DIMENSIONS)


def latest(cells: Cells) -> Cells:
    """Return the figure that was published last of each series and period; new ones before known ones."""
    frame = cells.frame[cells.frame["value"].notna()]
    order = np.lexsort((~frame["new"].to_numpy(), -frame["vintage"].to_numpy()))
    first = ~pd.Series(keys(frame, [*cells.names, *SERIES])[order]).duplicated().to_numpy()
    return Cells(frame.iloc[order[first]].reset_index(drop=True), cells.names)


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows as named tuples with `Index`; the names are the columns'."""
    return iter(frame.itertuples())


def only(cells: Cells, rows: np.ndarray) -> Cells:
    """Return some rows, numbered from 0."""
    return Cells(cells.frame[rows].reset_index(drop=True), cells.names)


def _is_key(name: str, *, indexed: bool) -> bool:
    # A place's province is part of its code, a name says what its code says.
    return indexed and name not in ("tahun", "kode_provinsi") and not name.startswith("nama_")


def _codes(frame: pd.DataFrame, dimension: str) -> pd.Series:
    column, whole = f"kode_{dimensions()[dimension].field}", WHOLE[dimension]
    codes, names = frame[column], frame[column.replace("kode_", "nama_", 1)]
    codes = codes.where(codes.notna(), UNKNOWN_NAME + names.astype("str")).where(codes.notna() | names.notna(), whole)
    if dimensions()[dimension].codes == "wilayah":
        # A total of areas bears the code of the nation also where the dimension writes its whole otherwise.
        codes = codes.replace({INDONESIA: whole})
    return codes.astype("category")


def _edition(frame: pd.DataFrame) -> np.ndarray:
    """Return when each figure was published if the table says so of all, its totals too; else one edition of all."""
    if "tanggal_terbit" not in frame or frame["tanggal_terbit"].isna().any():
        return np.full(len(frame), NO_DAY)
    return _days(frame["tanggal_terbit"])


def _days(days: pd.Series) -> np.ndarray:
    codes, found = pd.factorize(days)
    ordinals = np.array([*(one.toordinal() for one in found), NO_DAY], dtype=np.int64)
    return ordinals[codes]


def _floats(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_extension_array_dtype(values.dtype):
        return values.to_numpy(dtype="float64", na_value=np.nan)
    return values.astype("float64").to_numpy()


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating, np.integer)):
        return number(float(value))
    return value
