"""A table as CSV (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import IO, Any

from ckanext.satudatapmi.tables.exports.table import Kind, Table
from ckanext.satudatapmi.tables.formulas import kept_as_text

PRINTS: dict[Kind, Callable[[Any], Any]] = {
    "text": kept_as_text,
    "number": lambda value: format(value, "f"),
    "date": lambda value: value.isoformat(),
    "datetime": lambda value: value.isoformat(),
    "boolean": lambda value: "true" if value else "false",
}
"""How values are printed, by kind; the others as Python does."""


def write_csv(table: Table, file: IO[bytes]) -> None:
    """Write a table as CSV: the names of its columns, then a line a row.

    Numbers are plain decimals with a point, days and times ISO 8601, what is missing is empty. A text that a
    spreadsheet program would run as a formula gets an apostrophe before it.

    Args:
        table: to be written.
        file: open for writing bytes; it stays open.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([kept_as_text(column.name) for column in table.columns])
        prints = [PRINTS.get(column.kind) for column in table.columns]
        for rows in table.batches():
            columns = [_printed(cells, how) for cells, how in zip(zip(*rows, strict=True), prints, strict=True)]
            writer.writerows(zip(*columns, strict=True))
    finally:
        text.detach()


def _printed(cells: tuple[Any, ...], how: Callable[[Any], Any] | None) -> Any:
    return cells if how is None else [None if cell is None else how(cell) for cell in cells]
