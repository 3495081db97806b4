"""Reads a worksheet as the project does and as pandas does, and prints what each took. Needs no servers.

python -m satudata_local.bench.sheets ROWS ROUNDS    prints {ours, rival, rows} as JSON
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import xlsxwriter

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.tables.description import parse_description  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.reader import read_table  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.tidy import tidy_table  # pyright: ignore[reportMissingImports]

from .making import SHEET_HEADINGS, sheet_rows

FILE = "penempatan.xlsx"


def workbook(rows: int) -> bytes:
    """Return a workbook as a body publishes it: a title, headings, one figure a row, the source below."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Penempatan")
        sheet.write_row(0, 0, ["Penempatan PMI menurut daerah asal, negara dan jenis kelamin"])
        sheet.write_row(2, 0, SHEET_HEADINGS)
        for at, row in enumerate(sheet_rows(rows), start=3):
            sheet.write_row(at, 0, row)
        sheet.write_row(rows + 4, 0, ["Sumber: BP2MI"])
    return stream.getvalue()


def read_ours(content: bytes) -> int:
    """Read a workbook to a tidy frame with codes, and return how many rows have all of them."""
    description = parse_description({"satuan": "orang"})
    frame = tidy_table(read_table(content, description, FILE), description).frame
    return int(frame[["kode_wilayah", "kode_negara", "kode_jenis_kelamin", "periode_awal"]].notna().all(axis=1).sum())


def read_rival(content: bytes) -> int:
    """Read a workbook to a frame of the cells as they are."""
    return len(pd.read_excel(io.BytesIO(content), engine="openpyxl"))


def timed(read: Callable[[bytes], int], content: bytes) -> tuple[float, int]:
    """Return how long a reading took, and how many rows it gave."""
    began = time.perf_counter()
    rows = read(content)
    return time.perf_counter() - began, rows


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Return the seconds of both by turns, and how many rows ours gave a code in every column."""
    content, small = workbook(rows), workbook(10)
    # What each loads once in a process, as code lists, does not count.
    for read in (read_rival, read_ours):
        read(small)
    turns = [(timed(read_rival, content), timed(read_ours, content)) for _round in range(rounds)]
    return {
        "rival": [rival[0] for rival, _ours in turns],
        "ours": [ours[0] for _rival, ours in turns],
        "rows": min(ours[1] for _rival, ours in turns),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
