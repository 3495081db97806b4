"""Makes what the rows of tables read, the same in each run. Needs the site's environment for its code lists, no server.

python -m satudata_local.bench.making csv FOLDER ROWS    writes table.csv, and table.json with the MS-Var of its columns
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.reference import negara, wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.codelists import load  # pyright: ignore[reportMissingImports]

SEED = 6
DESTINATIONS = 40
YEARS = range(2018, 2026)
CSV_COLUMNS = {
    "tahun": ("INTEGER", ["KUNCI"]),
    "bulan": ("INTEGER", []),
    "kode_wilayah": ("CHARACTER", ["KUNCI", "KODE wilayah"]),
    "nama_wilayah": ("CHARACTER", []),
    "kode_negara": ("CHARACTER", ["KUNCI", "KODE negara"]),
    "nama_negara": ("CHARACTER", []),
    "jenis_kelamin": ("CHARACTER", []),
    "sektor": ("CHARACTER", []),
    "nilai": ("INTEGER", ["MINIMAL 0"]),
    "tanggal_terbit": ("DATE", []),
}
"""The columns of the CSV, each with its type and rules; those with a key or a code list get an index."""
SHEET_HEADINGS = ("Tahun", "Bulan", "Provinsi", "Kabupaten/Kota", "Negara", "Jenis Kelamin", "Jumlah")


def rng() -> random.Random:
    """Return the chance that all input is made with."""
    return random.Random(SEED)  # noqa: S311 - the same input in each run


def districts() -> list[Any]:
    """Return the areas that are districts or cities."""
    return [area for area in wilayah.areas().values() if area.level == "kabupaten_kota"]


def destinations() -> list[Any]:
    """Return some countries."""
    return list(negara.countries().values())[:DESTINATIONS]


def documents() -> list[dict[str, Any]]:
    """Return the MS-Var of the CSV's columns."""
    return [
        {"nama": name, "alias": name, "definisi": name, "tipe_data": kind, "aturan_validasi": rules}
        for name, (kind, rules) in CSV_COLUMNS.items()
    ]


def csv_rows(count: int) -> Iterator[list[Any]]:
    """Yield rows of the CSV: placements by month, district, country, sex and sector."""
    chance, areas, countries = rng(), districts(), destinations()
    for _row in range(count):
        area, country = chance.choice(areas), chance.choice(countries)
        published = f"2026-{chance.randint(1, 10):02}-{chance.randint(1, 28):02}"
        yield [
            chance.choice(YEARS),
            chance.randint(1, 12),
            area.code,
            area.name,
            country.code,
            country.name,
            chance.choice("LP"),
            chance.choice(("formal", "informal")),
            chance.randint(0, 900),
            published,
        ]


def sheet_rows(count: int) -> Iterator[list[Any]]:
    """Yield rows of a worksheet as a body publishes them: names, no codes; no two say the same of one thing."""
    chance, countries = rng(), destinations()
    provinces = {area.code: area.name for area in wilayah.areas().values() if area.level == "provinsi"}
    months = [month.label for month in load("bulan")]
    keys = (
        [year, month, provinces[area.code[:2]], area.name, country.name, sex]
        for year in YEARS
        for month in months
        for country in countries
        for sex in ("Laki-laki", "Perempuan")
        for area in districts()
    )
    for _row, key in zip(range(count), keys, strict=False):
        yield [*key, chance.randint(0, 900)]


def write_csv(folder: Path, count: int) -> None:
    """Write the CSV and the MS-Var of its columns."""
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        writer.writerows(csv_rows(count))
    (folder / "table.json").write_text(json.dumps(documents()), encoding="utf-8")


if __name__ == "__main__":
    write_csv(Path(sys.argv[2]), int(sys.argv[3]))
