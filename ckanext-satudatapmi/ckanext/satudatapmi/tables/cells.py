"""Every cell of an uploaded file, whatever it is: all worksheets, hidden ones too, and the values of JSON and XML."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from python_calamine import CalamineError, SheetTypeEnum

from ckanext.satudatapmi.tables.grids import cell_text, find_delimiter
from ckanext.satudatapmi.tables.kinds import Refused, as_text, damaged
from ckanext.satudatapmi.tables.spreadsheets import MAX_CELLS, TooManyCells, open_workbook, refuse_too_many_cells
from ckanext.satudatapmi.text import _

SNIFFED = 64 * 1024


@dataclass(frozen=True)
class Sheet:
    """A part of a file that has rows.

    Attributes:
        name: of the worksheet; "" for a file without worksheets.
        rows: number (from 1) and cells of each row.
        keyed: whether a cell is (key, text), as in JSON, in place of a text in a column.
    """

    name: str
    rows: Iterator[tuple[int, list[Any]]]
    keyed: bool = False


def sheets(content: bytes, kind: str, name: str) -> Iterator[Sheet]:
    """Yield the parts of a file.

    Args:
        content: the file.
        kind: CSV, XLSX, ODS, JSON or XML.
        name: of the file, for messages.

    Raises:
        Refused: it cannot be read, so nobody knows what is in it.
    """
    if kind in ("XLSX", "ODS"):
        yield from _worksheets(content, name)
    elif kind == "JSON":
        yield Sheet("", _json_rows(as_text(content) or ""), keyed=True)
    elif kind == "XML":
        yield Sheet("", enumerate(([line] for line in (as_text(content) or "").splitlines()), start=1))
    else:
        yield Sheet("", _text_rows(as_text(content) or "", name))


def _text_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=find_delimiter(text[:SNIFFED]))
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise Refused(
            _("{name} is no CSV from row {row} on: {error}.", name=name, row=reader.line_num, error=error)
        ) from error


def _worksheets(content: bytes, name: str) -> Iterator[Sheet]:
    try:
        book = open_workbook(content, name)
        for place, about in enumerate(book.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(place)
            refuse_too_many_cells(sheet.total_height * sheet.total_width, name)
            rows = sheet.to_python(skip_empty_area=False)
            yield Sheet(about.name, enumerate(([cell_text(cell, ".") for cell in row] for row in rows), start=1))
    except TooManyCells as error:
        message = _("{name}: a worksheet spans more than {limit} cells. Split it.", name=name, limit=MAX_CELLS)
        raise Refused(message) from error
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(damaged(name)) from error


def _json_rows(text: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    document = json.loads(text)
    listed = document if isinstance(document, list) else next(_tables(document), [document])
    rest = document if isinstance(document, dict) and listed != [document] else None
    for number, row in enumerate(listed, start=1):
        yield number, list(_leaves(row))
    if rest is not None:
        yield 1, list(_leaves({key: value for key, value in rest.items() if value is not listed}))


def _tables(document: dict[str, Any]) -> Iterator[list[Any]]:
    return (value for value in document.values() if isinstance(value, list))


def _leaves(value: Any) -> Iterator[tuple[str, str]]:
    """Yield key and text of every value within a value, and every key as a text too; no depth is too deep."""
    waiting = [("", value)]
    while waiting:
        key, found = waiting.pop()
        if isinstance(found, dict):
            waiting += [(str(name), inner) for name, inner in found.items()]
            waiting += [("", str(name)) for name in found]
        elif isinstance(found, list):
            waiting += [(key, inner) for inner in found]
        elif found is not None:
            yield key, cell_text(found, ".") if isinstance(found, float) else str(found)
