"""A CSV whose columns are declared: read piece by piece in the types of its data dictionary, whatever its length."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from ckanext.satudatapmi.schemas.table_schema import FALSE_VALUES, MISSING_VALUES, TRUE_VALUES
from ckanext.satudatapmi.tables import contract_words
from ckanext.satudatapmi.tables.batches import schema_of
from ckanext.satudatapmi.tables.grids import find_delimiter
from ckanext.satudatapmi.tables.values import Field, RowError, TableError
from ckanext.satudatapmi.text import _

PIECE_BYTES = 4 * 1024 * 1024
LOOKED_AT_BYTES = 64 * 1024
"""Of a file, to find its delimiter and headings."""
WRONG_CELL = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)


def read_declared(path: Path, fields: Sequence[Field], file: str) -> Iterator[pa.RecordBatch]:
    """Return the rows of a CSV in UTF-8 whose first line holds a heading for each column, in any order.

    Args:
        path: of the CSV.
        fields: the columns, in the order in which they are given.
        file: its name, for messages.

    Raises:
        TableError: a column is missing, not declared or repeated; while rows are taken: a cell does not have its
            column's type.
    """
    with path.open("rb") as opened:
        start = opened.read(LOOKED_AT_BYTES).decode("utf-8-sig", errors="replace")
    delimiter = find_delimiter(start)
    headings = next(csv.reader(StringIO(start, newline=""), delimiter=delimiter), [])
    _check_headings(headings, fields, file)
    return _batches(path, delimiter, headings, fields, file)


def _batches(
    path: Path, delimiter: str, headings: Sequence[str], fields: Sequence[Field], file: str
) -> Iterator[pa.RecordBatch]:
    schema = schema_of(fields)
    # Read in several threads, pyarrow cannot tell the row of a cell that is wrong.
    reading = arrow_csv.ReadOptions(use_threads=False, block_size=PIECE_BYTES)
    parsing = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    converting = arrow_csv.ConvertOptions(
        column_types=schema,
        include_columns=schema.names,
        null_values=MISSING_VALUES,
        strings_can_be_null=True,
        true_values=TRUE_VALUES,
        false_values=FALSE_VALUES,
    )
    try:
        with arrow_csv.open_csv(path, reading, parsing, converting) as batches:
            yield from batches
    except pa.ArrowInvalid as error:
        raise TableError(file, _words(str(error), headings, fields, file)) from None


def _check_headings(headings: Sequence[str], fields: Sequence[Field], file: str) -> None:
    declared = {one.name: {"title": one.label} for one in fields}
    count = Counter(headings)
    missing = [name for name in declared if name not in count]
    words = [contract_words.missing_column(name, headings) for name in missing]
    words += [contract_words.extra_column(name, missing, declared) for name in count if name not in declared]
    words += [contract_words.repeated_column(name) for name in declared if count[name] > 1]
    if words:
        raise TableError(file, " ".join(words))


def _words(reason: str, headings: Sequence[str], fields: Sequence[Field], file: str) -> str:
    """Return what pyarrow found wrong, with row and column as a person counts them."""
    found = WRONG_CELL.search(reason)
    if found is None:
        return _("the file is no CSV in UTF-8: {reason}", reason=reason)
    name, value = headings[int(found[1])], found[3]
    kind = next(one.type for one in fields if one.name == name)
    expected, hint = contract_words.expected("type", {"type": kind}, value, None)
    return str(RowError(file, int(found[2]), name, value, expected, hint))
