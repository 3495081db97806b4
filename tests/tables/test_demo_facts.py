"""The demo partners' tables hold the published facts, each with its edition, and hold together among themselves."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ckanext.satudatapmi.harvesters import registry
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import TidyTable

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
SOURCES = {source.name: source for source in registry.load(None, {"demo": "http://demo"}).sources if source.table}
STAT_VARS = {
    "penempatan": ("placement", "flow"),
    "penempatan-kumulatif": ("placement", "cumulative_flow"),
    "pengaduan": ("complaint", "flow"),
    "pernyataan": ("pmi_abroad_claim", "claim"),
    "wni": ("citizens_registered_abroad", "stock"),
    "stok": ("pmi_stock", "stock"),
    "pekerja": ("pmi_stock", "stock"),
    "remitansi": ("remittance", "amount"),
    "p3mi": ("p3mi_licensed", "stock"),
}
"""What a source's name says of its figures: the longest of these words in it."""
ELSEWHERE = {
    "jawa-timur-penempatan",
    "bp2mi-kepulangan",
    "bp2mi-penempatan-masa",
    "bp2mi-penempatan-ntb-negara",
    "bp2mi-penempatan-ntb-kabupaten-kota",
    "statistik-taiwan-pekerja",
    "badan-pusat-statistik-pekerja-sakernas",
}
"""Sources whose figures do not stand in the list of facts: they have tests of their own."""
PUBLISHERS = {
    "bank-indonesia": "Bank Indonesia",
    "kemnaker": "Kemnaker",
    "kemlu": "Kemlu",
    "imigrasi-hong-kong": "Hong Kong Immigration Department",
    "imigrasi-malaysia": "Immigration Department of Malaysia",
}
PRINTED_SOURCES = {
    "BNP2TKI bulletin May 2016": "Buletin BNP2TKI Mei 2016",
    "bp2mi.go.id monthly bulletin": "Buletin bulanan bp2mi.go.id",
    "derived from year-to-date bulletins": "Diturunkan dari buletin kumulatif tahun berjalan",
    "databoks": "Databoks",
    "Bank Indonesia, balance-of-payments estimate": "Bank Indonesia, perkiraan neraca pembayaran",
    "news report of 2021-08-24": "Pemberitaan",
    "news report of 2023-07-31": "Pemberitaan",
}
CASES = {"unpaid wage": "unpaid_wage", "failed departure": "failed_departure"}
JOBS = {"domestic worker": "domestic_worker", "plantation worker": "plantation_worker"}


def read(name: str) -> TidyTable:
    source = SOURCES[name]
    assert source.table is not None
    path = DEMO / source.url.removeprefix("http://demo/")
    return tidy_table(read_table(path.read_bytes(), source.table, path.name), source.table)


@pytest.fixture(scope="module")
def tables() -> dict[str, TidyTable]:
    return {name: read(name) for name in SOURCES}


def observations(name: str, table: TidyTable) -> list[tuple[Any, ...]]:
    """Return the figures of a table in the words of the list of facts."""
    stat_var = STAT_VARS[max((word for word in STAT_VARS if word in name), key=len)]
    sdmx = {name: {code.code: code.extra.get("sdmx") for code in load(name)} for name in ("jenis_kelamin", "sektor")}
    found = []
    for row in table.frame.to_dict("records"):
        if row["status"] == "M":
            continue
        place = (row.get("kode_wilayah", "IDN"), row.get("kode_negara", "_T"))
        who = (
            sdmx["jenis_kelamin"].get(row.get("kode_jenis_kelamin"), "_T"),
            sdmx["sektor"].get(row.get("kode_sektor"), "_T"),
            row.get("kode_jabatan", "_T"),
            row.get("kode_jenis_kasus", "_T"),
        )
        when = (row["periode_awal"].isoformat(), row["periode_akhir"].isoformat())
        edition = (row["sumber"], row["tanggal_terbit"].isoformat())
        publisher = PUBLISHERS.get(SOURCES[name].organization, "BP2MI")
        found.append(
            (*stat_var, *place, *who, *when, float(row["nilai"]), row["satuan"], publisher, *edition, row["status"])
        )
    return found


def fact(row: dict[str, str]) -> tuple[Any, ...]:
    return (
        row["stat_var"],
        row["measure"],
        row["origin"],
        row["dest"],
        row["sex"],
        row["employer_type"],
        JOBS.get(row["occupation"], row["occupation"]),
        CASES.get(row["case_type"], row["case_type"]),
        row["ref_start"],
        row["ref_end"],
        float(row["value"]),
        row["unit"],
        row["publisher"],
        PRINTED_SOURCES.get(row["source"], row["source"]),
        row["published"],
        "E" if "derived" in row["source"] else "A",
    )


def test_every_published_fact_stands_in_a_table_and_nothing_else_does(shared: Path, tables: dict[str, TidyTable]):
    with (shared / "data" / "published_figures.csv").open(encoding="utf-8") as file:
        facts = Counter(fact(row) for row in csv.DictReader(file))
    held = Counter(one for name, table in tables.items() if name not in ELSEWHERE for one in observations(name, table))
    assert facts - held == Counter()
    assert held - facts == Counter()


def test_the_jatim_table_is_the_found_one_cell_by_cell(shared: Path, tables: dict[str, TidyTable]):
    with (shared / "data" / "bp2mi_jatim_2011_2025.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    frame = tables["jawa-timur-penempatan"].frame
    names = {
        name.removeprefix("Kabupaten "): code
        for code, name in zip(frame["kode_wilayah"], frame["nama_wilayah"], strict=True)
    }
    found = {
        (names[row["nama_resmi"]], int(year)): float(cell) if cell else None
        for row in rows
        for year, cell in row.items()
        if year != "nama_resmi"
    }
    held = {
        (code, year): None if pd.isna(value) else float(value)
        for code, year, value in zip(frame["kode_wilayah"], frame["tahun"], frame["nilai"], strict=True)
    }
    assert held == found
    assert len(held) == 38 * 15


@pytest.mark.parametrize("name", SOURCES)
def test_every_table_is_read_without_an_error_or_a_doubt(name: str, tables: dict[str, TidyTable]):
    table = tables[name]
    assert not table.errors
    assert not table.warnings
    assert any(line.lower().startswith("sumber:") for line in table.notes)
    assert table.titles
    assert table.frame["satuan"].notna().all()
    assert table.frame["periode_akhir"].notna().all()
    assert table.frame["sumber"].notna().all()


def test_every_figure_but_those_of_the_yearly_reports_says_when_it_was_published(tables: dict[str, TidyTable]):
    for name, table in tables.items():
        if name != "jawa-timur-penempatan":
            assert table.frame["tanggal_terbit"].notna().all(), name


def test_jatim_has_38_districts_and_keeps_kediri_apart_from_its_city(tables: dict[str, TidyTable]):
    frame = tables["jawa-timur-penempatan"].frame
    assert frame["kode_wilayah"].nunique() == 38
    assert frame["kode_wilayah"].str.startswith("35.").all()
    figures = frame.set_index(["kode_wilayah", "tahun"])["nilai"]
    assert (figures["35.06", 2011], figures["35.71", 2011]) == (6126, 69)
    assert figures["35.73", 2011] == 201
    assert figures["35.07", 2011] == 13407


def test_an_empty_cell_of_jatim_is_missing_and_not_zero(tables: dict[str, TidyTable]):
    frame = tables["jawa-timur-penempatan"].frame
    row = frame[(frame["kode_wilayah"] == "35.26") & (frame["tahun"] == 2025)].iloc[0]
    assert (pd.isna(row["nilai"]), row["status"], row["alasan_kosong"]) == (True, "M", "kosong")


def test_lombok_tengah_adds_up(tables: dict[str, TidyTable]):
    figures = tables["lombok-tengah-penempatan"].frame.set_index("kode_negara")["nilai"]
    assert figures.drop("_T").sum() == figures["_T"] == 12049
    assert len(figures) == 17


def test_the_years_2011_to_2015_add_up_by_sex_and_by_sector(tables: dict[str, TidyTable]):
    totals = tables["bp2mi-penempatan-tahunan"].frame.drop_duplicates("tahun").set_index("tahun")["nilai"]
    for name in ("bp2mi-penempatan-jenis-kelamin", "bp2mi-penempatan-sektor"):
        sums = tables[name].frame.groupby("tahun")["nilai"].sum()
        assert sums.to_dict() == totals.loc[2011:2015].to_dict()


def test_returns_are_of_their_kind_and_belong_to_no_series(tables: dict[str, TidyTable]):
    frame = tables["bp2mi-kepulangan"].frame.set_index("kode_jenis_kepulangan")
    assert {code: int(value) for code, value in frame["nilai"].items()} == {
        "BERMASALAH": 10568,
        "JENAZAH": 486,
        "SAKIT": 262,
    }
    assert {(row["sumber"], str(row["tanggal_terbit"]), row["tahun"]) for row in frame.to_dict("records")} == {
        ("sinpo.id 87941", "2024-12-30", 2024)
    }
    description = SOURCES["bp2mi-kepulangan"].table
    assert description and not description.facet and not description.claim


def test_both_editions_of_2023_are_held(tables: dict[str, TidyTable]):
    frame = tables["bp2mi-penempatan-tahunan"].frame
    editions = frame[frame["tahun"] == 2023].set_index("nilai")["tanggal_terbit"].astype(str).to_dict()
    assert editions == {274965: "2024-02-05", 297108: "2025-02-15"}


def test_derived_months_are_marked_and_underivable_ones_empty(tables: dict[str, TidyTable]):
    frame = tables["bp2mi-pengaduan-bulanan"].frame
    assert frame["status"].tolist().count("E") == 10
    assert frame.loc[frame["status"] == "M", "periode_awal"].astype(str).tolist() == ["2024-04-01", "2024-06-01"]
    assert frame.loc[frame["status"] == "E", "catatan"].str.startswith("Angka turunan").all()


def test_assumed_publication_dates_are_marked_as_such(tables: dict[str, TidyTable]):
    frame = tables["bp2mi-penempatan-tahunan"].frame.set_index(["tahun", "nilai"])["tanggal_terbit_perkiraan"]
    assert bool(frame[2011, 586802]) is True
    assert bool(frame[2023, 274965]) is False
