"""The names of a table: which code each got and how, what is told about it, and what walidata have decided."""

from __future__ import annotations

from typing import Any

from ckanext.satudatapmi.reference.learned import Learned
from ckanext.satudatapmi.reference.matching import MatchStatus
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import TidyTable
from tests.tables.building import values

COUNTRIES = {"unpivot": "tahun", "satuan": "orang"}
TABLE = "Negara;2023;2024\nHongkong;1;2\nMalaisia;3;4\nKongo;5;6\nKindom;7;8\nLainnya;9;10\nJumlah;25;30\n"


def tidy(content: str, description: dict[str, Any], learned: Learned | None = None) -> TidyTable:
    parsed = parse_description(description)
    return tidy_table(read_table(content.encode(), parsed, "tabel.csv"), parsed, learned or {})


def status(table: TidyTable) -> dict[str, tuple[MatchStatus, str | None]]:
    return {one.match.text: (one.match.status, one.match.code) for one in table.names}


def test_every_name_is_told_once_with_how_it_was_found():
    table = tidy(TABLE, COUNTRIES)
    assert status(table) == {
        "Hongkong": (MatchStatus.EXACT, "HKG"),
        "Malaisia": (MatchStatus.FUZZY, "MYS"),
        "Kongo": (MatchStatus.AMBIGUOUS, None),
        "Kindom": (MatchStatus.UNKNOWN, None),
    }
    (kindom,) = (one for one in table.names if one.match.text == "Kindom")
    assert (kindom.field, kindom.codes, kindom.context, kindom.folded) == ("negara", "negara", "", "kindom")
    assert (kindom.row, kindom.column, kindom.figures, kindom.printed) == (5, "Negara", 2, ("Kindom", "7", "8"))


def test_likeness_is_told_as_a_warning_and_doubt_as_an_error():
    table = tidy(TABLE, COUNTRIES)
    (warning,) = (str(one) for one in table.warnings if "Malaisia" in str(one))
    assert "Malaysia (MYS)" in warning and "row 3" in warning
    assert {error.value for error in table.errors} == {"Kongo", "Kindom"}
    assert {hint for error in table.errors if "Inggris (GBR)" in (hint := error.hint)}


def test_decided_names_get_their_codes_without_error_or_warning():
    learned = {("negara", "kongo", ""): "COD", ("negara", "kindom", ""): "GBR", ("negara", "malaisia", ""): "MYS"}
    table = tidy(TABLE, COUNTRIES, learned)
    assert not table.errors
    assert not [one for one in table.warnings if "Malaisia" in str(one)]
    assert {code for (code,) in values(table, "kode_negara")} == {"HKG", "MYS", "COD", "GBR", "_O"}
    assert status(table)["Kongo"] == (MatchStatus.LEARNED, "COD")


def test_refused_name_is_taken_for_nothing():
    table = tidy(TABLE, COUNTRIES, {("negara", "malaisia", ""): None})
    assert status(table)["Malaisia"] == (MatchStatus.UNKNOWN, None)
    assert "Malaisia" in {error.value for error in table.errors}


def test_province_of_the_row_is_the_context_of_its_regencies():
    content = "Provinsi;Kabupaten/Kota;Tahun;Jumlah\nJawa Barat;Banjar;2024;1\nKalimantan Selatan;Banjar;2024;2\nJawa Timur;Kediri;2024;3\n"
    description = {
        "satuan": "orang",
        "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "within": "provinsi"}},
    }
    table = tidy(content, description)
    (kediri,) = (one for one in table.names if one.match.text == "Kediri")
    assert kediri.context == "level=kabupaten_kota within=35"
    assert [code for (code,) in values(table, "kode_wilayah")][:2] == ["32.79", "63.03"]
    decided = tidy(content, description, {("wilayah", "kediri", kediri.context): "35.71"})
    assert not decided.errors
    elsewhere = tidy(content, description, {("wilayah", "kediri", "level=kabupaten_kota within=32"): "35.71"})
    assert [error.value for error in elsewhere.errors] == ["Kediri"]


def test_totals_and_rests_are_no_names():
    assert not {"Lainnya", "Jumlah"} & {one.match.text for one in tidy(TABLE, COUNTRIES).names}
