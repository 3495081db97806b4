"""A table as JSON: what is said of it, its data dictionary, its rows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import IO, Any

import simplejson

from ckanext.satudatapmi.tables.exports.table import Table


def write_json(table: Table, file: IO[bytes]) -> None:
    """Write a table as one JSON object: `dataset`, `fields` (the data dictionary) and `records`, an object a row.

    Numbers are written with all their digits, days and times as ISO 8601 texts, what is missing is null.

    Args:
        table: to be written.
        file: open for writing bytes; it stays open.
    """
    encoder = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, default=_plain)
    about = {name: text for name, text in asdict(table.about).items() if text}
    fields = [column.dictionary for column in table.columns]
    file.write(f'{{"dataset": {encoder.encode(about)},\n"fields": {encoder.encode(fields)},\n"records": ['.encode())
    names, between = [column.name for column in table.columns], "\n"
    for rows in table.batches():
        records = ",\n".join(encoder.encode(dict(zip(names, row, strict=True))) for row in rows)
        file.write(f"{between}{records}".encode())
        between = ",\n"
    file.write(b"\n]}\n")


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is no value of a table")
