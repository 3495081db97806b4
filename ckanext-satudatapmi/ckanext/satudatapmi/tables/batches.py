"""Rows as Arrow record batches: columns with their types, made and written as CSV without a step in Python a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from ckanext.satudatapmi.tables.values import Field, TidyTable

ROWS_AT_ONCE = 50_000
TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
"""Arrow's types of the types that a field has."""


def schema_of(fields: Sequence[Field]) -> pa.Schema:
    """Return the Arrow schema of some columns."""
    return pa.schema([(one.name, TYPES[one.type]) for one in fields])


def batches_of(tidy: TidyTable) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a tidy table.

    Raises:
        pyarrow.ArrowException: a value does not have the type of its column.
    """
    schema = schema_of(tidy.fields)
    for start in range(0, len(tidy.frame), ROWS_AT_ONCE):
        rows = tidy.frame.iloc[start : start + ROWS_AT_ONCE]
        yield pa.RecordBatch.from_pandas(rows, schema=schema, preserve_index=False)


def as_csv(batch: pa.RecordBatch, first: int) -> BytesIO:
    """Return rows as PostgreSQL's COPY reads them: texts in quotation marks, nothing for what is missing.

    Args:
        batch: the rows.
        first: number of the first one; each row's number goes before its first column.
    """
    numbers = pa.array(np.arange(first, first + batch.num_rows))
    sink = BytesIO()
    csv.write_csv(batch.add_column(0, "_id", numbers), sink, csv.WriteOptions(include_header=False))
    sink.seek(0)
    return sink


def csv_ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[BytesIO, int]]:
    """Yield batches as `as_csv` writes them, numbered from 1, each with how many rows it has.

    The next one is read and written in another thread while one is used: to hand rows to a database is mostly to wait.
    """
    made = _as_csv_numbered(batches)
    # Messages are in the language of whoever asks, also those of the other thread.
    make = copy_context().run
    with ThreadPoolExecutor(1) as helper:
        coming = helper.submit(make, next, made, None)
        while (item := coming.result()) is not None:
            coming = helper.submit(make, next, made, None)
            yield item


def _as_csv_numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[BytesIO, int]]:
    rows = 0
    for batch in batches:
        yield as_csv(batch, rows + 1), batch.num_rows
        rows += batch.num_rows
