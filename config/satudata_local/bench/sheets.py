"""Reads a worksheet to a tidy frame with codes, as the project does or as pandas does. Needs no servers.

python -m satudata_local.bench.sheets ours|rival ROWS    prints {seconds, rows} as JSON
"""

from __future__ import annotations

import gc
import io
import json
import sys
import time
from typing import Any

import pandas as pd
import xlsxwriter

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.reference import wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.codelists import load  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.description import parse_description  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.reader import read_table  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.tidy import tidy_table  # pyright: ignore[reportMissingImports]

from .making import SHEET_HEADINGS, destinations, districts, sheet_rows

FILE = "penempatan.xlsx"
CODES = ("kode_wilayah", "kode_negara", "kode_jenis_kelamin", "periode_awal")


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
    return int(frame[list(CODES)].notna().all(axis=1).sum())


def read_rival(content: bytes) -> int:
    """Read a workbook with pandas and look up its names as they are written; return as `read_ours`."""
    printed = pd.read_excel(io.BytesIO(content), engine="openpyxl", header=2).dropna(subset=["Jumlah"])
    coded = printed.merge(_district_codes(), on=["Provinsi", "Kabupaten/Kota"])
    coded["kode_negara"] = coded["Negara"].map({country.name: country.code for country in destinations()})
    coded["kode_jenis_kelamin"] = coded["Jenis Kelamin"].map({sex.label: sex.code for sex in load("jenis_kelamin")})
    months = {month.label: number for number, month in enumerate(load("bulan"), start=1)}
    days = pd.DataFrame({"year": coded["Tahun"], "month": coded["Bulan"].map(months), "day": 1})
    coded["periode_awal"] = pd.to_datetime(days)
    return int(coded[list(CODES)].notna().all(axis=1).sum())


def _district_codes() -> pd.DataFrame:
    areas = wilayah.areas()
    rows = [(areas[area.code[:2]].name, area.name, area.code) for area in districts()]
    return pd.DataFrame(rows, columns=["Provinsi", "Kabupaten/Kota", "kode_wilayah"])


def measure(side: str, rows: int) -> dict[str, Any]:
    """Return how long one side took, and how many rows have a code in every column."""
    read = {"ours": read_ours, "rival": read_rival}[side]
    content = workbook(rows)
    # What is loaded once in a process, as code lists, does not count.
    read(workbook(10))
    if side == "ours":
        # As the site's processes do once they have started.
        gc.collect()
        gc.freeze()
    began = time.perf_counter()
    coded = read(content)
    return {"seconds": time.perf_counter() - began, "rows": coded}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
