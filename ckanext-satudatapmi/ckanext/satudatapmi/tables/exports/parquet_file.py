"""A table as Parquet, typed, with its data dictionary in the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ckanext.satudatapmi.tables.exports.table import Column, Kind, Table

ROW_GROUP = 131_072
MOST_DIGITS = 38
"""Of a decimal128; a column with longer numbers is written in binary floating point."""
TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def write_parquet(table: Table, file: IO[bytes]) -> None:
    """Write a table as Parquet (zstd), in row groups of about 131,072 rows.

    Numbers are decimals with as many digits as the longest needs, so that all are exact. The metadata of a column says
    what the data dictionary does, that of the schema what is said of the table.

    Args:
        table: to be written; the digits of its numbers are counted.
        file: open for writing bytes; it stays open.
    """
    columns = tuple(_as_written(column) for column in table.columns)
    about = {name: text for name, text in asdict(table.about).items() if text}
    schema = pa.schema([_field(column) for column in columns], metadata=about)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _row_groups(_arrow(rows, columns, schema) for rows in table.batches()):
            writer.write_table(group, row_group_size=2 * ROW_GROUP)


def _as_written(column: Column) -> Column:
    """Return a column of numbers that are too long for a decimal as one of floats, any other as it is."""
    if column.kind != "number" or (column.digits and column.digits[0] <= MOST_DIGITS):
        return column
    return replace(column, kind="float")


def _field(column: Column) -> pa.Field:
    kind = pa.decimal128(*column.digits) if column.kind == "number" and column.digits else TYPES[column.kind]
    said = {name: text for name, text in column.dictionary.items() if name not in ("name", "type")}
    return pa.field(column.name, kind, metadata=said or None)


def _arrow(rows: Sequence[Sequence[Any]], columns: Sequence[Column], schema: pa.Schema) -> pa.Table:
    cells = map(_values, columns, zip(*rows, strict=True))
    arrays = [pa.array(values, field.type) for values, field in zip(cells, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _values(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    if column.kind != "float":
        return values
    return [None if value is None else float(value) for value in values]


def _row_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Join tables until they make a row group: many small ones would make a file slow to read."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= ROW_GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
