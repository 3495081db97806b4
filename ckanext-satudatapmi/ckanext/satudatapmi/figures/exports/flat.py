"""The cube as one table, codes beside their labels, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ckanext.satudatapmi.figures.cube import COLUMNS, Chunks, checked
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.exports.vocabulary import coded_columns, labels
from ckanext.satudatapmi.tables.formulas import kept_as_text

ROW_GROUP = 131_072
DIGITS, DECIMALS = 38, 9
SMALLEST = Decimal(1).scaleb(-DECIMALS)
CODE = pa.dictionary(pa.int32(), pa.string())
TYPES = {
    "ref_start": pa.date32(),
    "ref_end": pa.date32(),
    "vintage": pa.date32(),
    "vintage_assumed": pa.bool_(),
    "value": pa.decimal128(DIGITS, DECIMALS),
    "note": pa.string(),
    "source_row": pa.int32(),
}
"""Parquet types of the columns that hold no codes."""


def columns() -> tuple[str, ...]:
    """Return the columns: those of the cube, `<column>_label` after each with codes, the SDMX period after the days."""
    return tuple(name for column in COLUMNS for name in (column, *_companions(column)))


def write_csv(chunks: Chunks, file: BinaryIO, language: str = "id") -> None:
    """Write the cube as CSV (UTF-8, RFC 4180), one row an observation.

    Days are ISO 8601, values plain decimals with a point, what is missing is empty. A text that a spreadsheet program
    would run as a formula gets an apostrophe before it.

    Args:
        chunks: of the cube.
        file: open for writing bytes; it stays open.
        language: of the labels, id or en.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(columns())
        for chunk in checked(chunks):
            writer.writerows(zip(*(_printed(name, cells) for name, cells in _cells(chunk, language)), strict=True))
    finally:
        text.detach()


def write_parquet(chunks: Chunks, file: BinaryIO, language: str = "id") -> None:
    """Write the cube as Parquet (zstd), in row groups of about 131,072 observations.

    Codes and labels are dictionaries, days date32. Values are decimal128(38, 9): exact for every figure with up to nine
    decimals, rounded to nine beyond them.

    Args:
        chunks, file, language: as for `write_csv`.
    """
    schema = pa.schema([(name, TYPES.get(name, CODE)) for name in columns()])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in _row_groups(_arrow(chunk, schema, language) for chunk in checked(chunks)):
            writer.write_table(table, row_group_size=2 * ROW_GROUP)


def _companions(column: str) -> tuple[str, ...]:
    if column in coded_columns():
        return (f"{column}_label",)
    return ("time_period", "freq") if column == "ref_end" else ()


def _cells(chunk: pd.DataFrame, language: str) -> Iterator[tuple[str, list]]:
    """Yield every column with its cells."""
    for column in COLUMNS:
        cells = chunk[column].tolist()
        yield column, cells
        if column in coded_columns():
            known = labels(coded_columns()[column], language)
            yield f"{column}_label", [known.get(code, code) for code in cells]
        if column == "ref_end":
            periods = [time_period(*days) for days in zip(chunk["ref_start"], cells, strict=True)]
            yield "time_period", [period.value for period in periods]
            yield "freq", [period.freq for period in periods]


def _printed(name: str, cells: list) -> list:
    prints = PRINTS.get(name, kept_as_text)
    return [None if cell is None else prints(cell) for cell in cells]


def plain(value: Decimal) -> str:
    """Return a value without exponent."""
    return format(value, "f")


PRINTS: dict[str, Callable] = {"value": plain, "vintage_assumed": lambda assumed: "true" if assumed else "false"}


def _exact(name: str, cells: list) -> list:
    if name != "value":
        return cells
    return [None if cell is None else cell.quantize(SMALLEST, ROUND_HALF_EVEN) for cell in cells]


def _arrow(chunk: pd.DataFrame, schema: pa.Schema, language: str) -> pa.Table:
    arrays = [pa.array(_exact(name, cells), schema.field(name).type) for name, cells in _cells(chunk, language)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _row_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Join tables until they make a row group: many small ones would make a file slow to read."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= ROW_GROUP:
            yield pa.concat_tables(waiting).unify_dictionaries()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).unify_dictionaries()
