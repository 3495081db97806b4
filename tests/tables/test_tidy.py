from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from building import tidy, values, workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.tables.tidy import period_of
from ckanext.satudatapmi.tables.values import TableError

YEARS = {"unpivot": "tahun", "satuan": "orang"}


def test_the_shortest_description_is_enough():
    table = tidy("Kabupaten/Kota;2023;2024\nKab. Kediri;1.234;5\nKota Kediri;;7\n", {"unpivot": "tahun"})
    assert values(table, "kode_wilayah", "tahun", "nilai", "baris_sumber", "kolom_sumber") == [
        ("35.06", 2023, 1234.0, 2, "2023"),
        ("35.06", 2024, 5.0, 2, "2024"),
        ("35.71", 2023, pd.NA, 3, "2023"),
        ("35.71", 2024, 7.0, 3, "2024"),
    ]
    assert [warning.message for warning in table.warnings] == [
        "nothing says what unit the figures have; add e.g. `satuan: orang`"
    ]


def test_every_column_has_its_type_and_the_dictionary_its_entry():
    table = tidy(
        "Negara;Tahun;Jumlah\nHongkong;2024;12\n", {"satuan": "orang", "constants": {"tanggal_terbit": "2025-01-02"}}
    )
    assert [field.name for field in table.fields] == list(table.frame.columns)
    assert {field.name: field.type for field in table.fields} == {
        "kode_negara": "text",
        "nama_negara": "text",
        "tahun": "integer",
        "periode_awal": "date",
        "periode_akhir": "date",
        "nilai": "integer",
        "satuan": "text",
        "status": "text",
        "alasan_kosong": "text",
        "tanggal_terbit": "date",
        "baris_sumber": "integer",
        "kolom_sumber": "text",
    }
    assert table.frame.iloc[0].to_dict() == {
        "kode_negara": "HKG",
        "nama_negara": "Hong Kong",
        "tahun": 2024,
        "periode_awal": date(2024, 1, 1),
        "periode_akhir": date(2024, 12, 31),
        "nilai": 12,
        "satuan": "orang",
        "status": "A",
        "alasan_kosong": None,
        "tanggal_terbit": date(2025, 1, 2),
        "baris_sumber": 2,
        "kolom_sumber": "Jumlah",
    }
    assert all(field.label for field in table.fields)


def test_missing_is_not_zero_and_keeps_its_reason_and_an_absent_row_gives_none():
    table = tidy("Negara;2022;2023;2024\nHongkong;0;-;\nTaiwan;…;1;2\n", YEARS)
    assert values(table, "kode_negara", "tahun", "nilai", "status", "alasan_kosong") == [
        ("HKG", 2022, 0, "A", None),
        ("HKG", 2023, pd.NA, "M", "nihil"),
        ("HKG", 2024, pd.NA, "M", "kosong"),
        ("TWN", 2022, pd.NA, "M", "tidak_tersedia"),
        ("TWN", 2023, 1, "A", None),
        ("TWN", 2024, 2, "A", None),
    ]
    assert "MYS" not in set(table.frame["kode_negara"])


def test_a_bad_cell_is_an_error_and_the_good_ones_land():
    table = tidy("Negara;2023;2024\nHongkong;12a;34\nTaiwan;56;7,5\n", YEARS)
    assert values(table, "kode_negara", "tahun", "nilai") == [("HKG", 2024, 34), ("TWN", 2023, 56)]
    assert [(error.file, error.row, error.column, error.value) for error in table.errors] == [
        ("tabel.csv", 2, "2023", "12a"),
        ("tabel.csv", 3, "2024", "7,5"),
    ]
    assert str(table.errors[0]).startswith("tabel.csv, row 2, column 2023: '12a' is not a number such as 1.234. ")


def test_a_name_that_is_not_understood_stays_without_a_code_and_is_named_once():
    table = tidy("Negara;2023;2024\nKindom;73;1\nKongo;23;2\n", YEARS)
    assert values(table, "kode_negara", "nama_negara", "nilai") == [
        (None, "Kindom", 73),
        (None, "Kindom", 1),
        (None, "Kongo", 23),
        (None, "Kongo", 2),
    ]
    assert [(error.row, error.column, error.value) for error in table.errors] == [
        (2, "Negara", "Kindom"),
        (3, "Negara", "Kongo"),
    ]
    assert "Kongo (Republik) (COG) or Kongo (Rep. Demokratik) (COD)" in table.errors[1].hint


def test_unmarked_names_mean_what_the_description_says():
    content = "Daerah;2024\nKediri;1\nKota Kediri;2\nBogor;3\n"
    description = {
        **YEARS,
        "columns": {"Daerah": {"field": "kabupaten_kota", "within": "35", "unmarked": "kabupaten", "complete": True}},
    }
    table = tidy(content, description)
    assert values(table, "kode_wilayah") == [("35.06",), ("35.71",), (None,)]
    missing = str(table.warnings[0])
    assert "Kota Surabaya (35.78)" in missing
    assert "Kediri" not in missing
    assert missing.count("(35.") == 36


def test_names_of_districts_are_looked_up_within_the_province_of_their_row():
    table = tidy("Provinsi;Kabupaten/Kota;2024\nJawa Barat;Kota Banjar;1\nKalsel;Banjar;2\n", YEARS)
    assert values(table, "kode_provinsi", "kode_wilayah") == [("32", "32.79"), ("63", "63.03")]
    assert not table.errors


def test_headings_of_two_levels_become_two_fields():
    content = workbook(
        (
            "Tabel",
            [
                ["Negara", 2023, None, None, 2024, None, None],
                [None, "Laki-laki", "Perempuan", "Jumlah", "Laki-laki", "Perempuan", "Jumlah"],
                ["Hongkong", 1, 2, 3, 4, 5, 10],
                ["Taiwan", 10, 20, 30, 40, 50, 90],
                ["Jumlah", 11, 22, 33, 44, 55, 99],
            ],
            [(0, 0, 1, 0), (0, 1, 0, 3), (0, 4, 0, 6)],
        )
    )
    table = tidy(content, {"unpivot": ["tahun", "jenis_kelamin"], "satuan": "orang"}, "tabel.xlsx")
    assert values(table, "kode_negara", "kode_jenis_kelamin", "tahun", "nilai") == [
        ("HKG", "L", 2023, 1),
        ("HKG", "P", 2023, 2),
        ("HKG", "L", 2024, 4),
        ("HKG", "P", 2024, 5),
        ("TWN", "L", 2023, 10),
        ("TWN", "P", 2023, 20),
        ("TWN", "L", 2024, 40),
        ("TWN", "P", 2024, 50),
    ]
    assert [(warning.row, warning.column, warning.message) for warning in table.warnings] == [
        (3, "2024 / Jumlah", "the printed total is 10, its parts add up to 9")
    ]


def test_totals_are_compared_with_their_parts_and_are_no_data():
    table = tidy("Negara;2023;2024\nHongkong;1;2\nTaiwan;3;4\nJUMLAH;4;7\n", YEARS)
    assert table.frame["nilai"].tolist() == [1, 2, 3, 4]
    assert [str(warning) for warning in table.warnings] == [
        "tabel.csv, row 4, column 2024: the printed total is 7, its parts add up to 6"
    ]


def test_a_total_with_missing_or_unlisted_parts_is_only_too_small_or_right():
    content = "Negara;2023;2024\nHongkong;1;9\nTaiwan;;4\nTotal;4;7\n"
    assert [warning.column for warning in tidy(content, YEARS).warnings] == ["2024"]
    assert [warning.column for warning in tidy(content, {**YEARS, "totals": {"parts": "some"}}).warnings] == ["2024"]
    full = content.replace(";;", ";2;")
    assert [warning.column for warning in tidy(full, YEARS).warnings] == ["2023", "2024"]
    assert [warning.column for warning in tidy(full, {**YEARS, "totals": {"parts": "some"}}).warnings] == ["2024"]


def test_subtotals_are_compared_with_their_own_group():
    content = (
        "Provinsi;Kabupaten/Kota;2024\nJawa Timur;Kab. Kediri;1\nJawa Timur;Kota Kediri;2\nJawa Timur;Jumlah;3\n"
        "Jawa Barat;Kab. Bogor;4\nJawa Barat;Jumlah;5\nJumlah;;7\n"
    )
    table = tidy(content, YEARS)
    assert [(warning.row, warning.message) for warning in table.warnings] == [
        (6, "the printed total is 5, its parts add up to 4")
    ]
    assert table.frame["nilai"].tolist() == [1, 2, 4]


def test_kept_totals_bear_the_code_of_the_whole():
    kept = {"satuan": "orang", "totals": "keep", "constants": {"tahun": 2024}}
    assert values(tidy("Negara;Jumlah\nHongkong;1\nTotal;1\n", kept), "kode_negara") == [("HKG",), ("_T",)]
    assert values(tidy("Provinsi;Jumlah\nBali;1\nTotal;1\n", kept), "kode_wilayah") == [("51",), ("IDN",)]
    within = {**kept, "columns": {"Daerah": {"field": "kabupaten_kota", "within": "35"}}}
    assert values(tidy("Daerah;Jumlah\nKota Batu;1\nTotal;1\n", within), "kode_wilayah") == [("35.79",), ("35",)]


def test_totals_that_are_no_data_are_controls_coded_like_the_rest():
    content = "Provinsi;2023;2024;Jumlah\nBali;1;2;3\nBanten;3;4;7\nTotal;4;7;11\n"
    table = tidy(content, YEARS)
    assert list(table.controls.columns) == list(table.frame.columns)
    assert list(table.controls.dtypes) == list(table.frame.dtypes)
    columns = ["kode_wilayah", "tahun", "nilai", "baris_sumber", "kolom_sumber"]
    # The total over years is of no one period.
    assert list(table.controls[columns].itertuples(index=False, name=None)) == [
        ("IDN", 2023, 4, 4, "2023"),
        ("IDN", 2024, 7, 4, "2024"),
    ]
    assert tidy(content, {**YEARS, "totals": "keep"}).controls.empty
    assert tidy("Negara;2024\nHongkong;1\n", YEARS).controls.empty


def test_a_total_of_districts_bears_the_code_of_the_province_in_its_row():
    content = "Provinsi;Kabupaten/Kota;2024\nJawa Timur;Kab. Kediri;1\nJawa Timur;Jumlah;1\nJumlah;;1\n"
    table = tidy(content, YEARS)
    assert table.controls["kode_wilayah"].tolist() == ["35", None]
    assert table.controls["kode_provinsi"].tolist() == ["35", "IDN"]


def test_a_total_that_cannot_be_read_is_an_error_and_no_control():
    table = tidy("Negara;2024\nHongkong;1\nTotal;1x\n", YEARS)
    assert table.controls.empty
    assert [error.value for error in table.errors] == ["1x"]


def test_printed_percentages_and_ranks_stand_beside_the_figures():
    table = tidy(
        "Negara;Jumlah;Persen;Peringkat\nHongkong;25;25,5 %;2\nTaiwan;75;;1\n",
        {"satuan": "orang", "constants": {"tahun": 2024}},
    )
    assert values(table, "nilai", "persen", "peringkat") == [(25, 25.5, 2), (75, pd.NA, 1)]
    assert not table.errors


def test_words_of_its_own_for_a_total_are_described():
    description = {**YEARS, "totals": {"labels": ["Jumlah seluruh negara"]}}
    table = tidy("Negara;2024\nHongkong;1\nJumlah seluruh negara 1);2\n1) semua negara;\n", description)
    assert table.frame["nilai"].tolist() == [1]
    assert not table.errors


def test_footnotes_say_which_edition_and_what_kind_a_figure_is():
    content = (
        "Negara;2023 1);2023 2)\nHongkong;65.916;66.000 *)\nTaiwan;83.216;83.300\n;;\n"
        "1) Databoks, 5 Februari 2024;;\n2) Edisi revisi;;\n*) angka turunan;;\n"
    )
    notes = {
        "1": {"sumber": "Databoks", "tanggal_terbit": "2024-02-05"},
        "2": {"sumber": "Revisi", "tanggal_terbit": "2025-02-15", "status": "P"},
        "*": {"status": "E"},
    }
    table = tidy(content, {**YEARS, "footnotes": notes})
    assert values(table, "kode_negara", "tahun", "nilai", "status", "sumber", "tanggal_terbit", "catatan") == [
        ("HKG", 2023, 65916, "A", "Databoks", date(2024, 2, 5), "Databoks, 5 Februari 2024"),
        ("HKG", 2023, 66000, "E", "Revisi", date(2025, 2, 15), "Edisi revisi; angka turunan"),
        ("TWN", 2023, 83216, "A", "Databoks", date(2024, 2, 5), "Databoks, 5 Februari 2024"),
        ("TWN", 2023, 83300, "P", "Revisi", date(2025, 2, 15), "Edisi revisi"),
    ]
    assert not table.warnings


def test_a_mark_without_a_footnote_is_reported_and_the_figure_taken():
    table = tidy("Negara;2024\nHongkong;1.000 r)\nTaiwan;2\n", YEARS)
    assert table.frame["nilai"].tolist() == [1000, 2]
    assert "'r'" in table.warnings[0].message


def test_columns_nobody_described_are_kept_as_text_and_reported():
    table = tidy("Negara;2024;Kantor Cabang\nHongkong;1;Batam\n", YEARS)
    assert values(table, "kantor_cabang") == [("Batam",)]
    assert [warning.column for warning in table.warnings] == ["Kantor Cabang"]


def test_a_column_is_left_out_on_demand_and_numbering_by_itself():
    table = tidy("No;Negara;2024;Ket. lain\n1;Hongkong;1;x\n", {**YEARS, "columns": {"Ket. lain": "abaikan"}})
    assert not {"nomor", "ket_lain"} & set(table.frame.columns)
    assert not table.warnings


def test_figures_of_several_headings_become_rows_of_a_text_field():
    table = tidy("Tahun;Proses;Selesai\n2024;1;2\n", {"unpivot": "penyelesaian", "satuan": "pengaduan"})
    assert values(table, "penyelesaian", "tahun", "nilai") == [("Proses", 2024, 1), ("Selesai", 2024, 2)]


def test_months_and_quarters_take_the_year_from_where_it_stands():
    table = tidy("Bulan;2023;2024\nJanuari;1;2\nPebruari;3;4\n", YEARS)
    assert values(table, "periode_akhir", "nilai")[2:] == [(date(2023, 2, 28), 3), (date(2024, 2, 29), 4)]
    assert period_of({"tahun": "2021", "triwulan": "II"}) == period_of({"periode": "Triwulan II 2021"})
    assert period_of({"tahun": "2021", "bulan": "2"}) == period_of({"periode": "Februari 2021"})


def test_a_period_that_cannot_be_read_is_an_error():
    table = tidy("Periode;Jumlah\nJuni 2024;1\nmusim hujan;2\n", {"satuan": "orang"})
    assert [(error.row, error.column, error.value) for error in table.errors] == [(3, "Periode", "musim hujan")]
    assert values(table, "tahun", "nilai") == [(2024, 1), (pd.NA, 2)]


def test_a_table_that_names_no_period_says_how_to_give_one():
    table = tidy("Negara;Jumlah\nHongkong;1\n", {"satuan": "orang"})
    assert table.warnings[0].message.endswith("add `tahun` or `periode` under `constants`")
    assert values(table, "tahun", "periode_awal", "nilai") == [(pd.NA, None, 1)]


def test_a_column_without_a_heading_has_its_number_for_a_name():
    table = tidy("Negara;;2024\nHongkong;x;1\n", YEARS)
    assert values(table, "kolom_2") == [("x",)]


def test_units_make_counts_or_numbers_and_scale_multiplies():
    count = tidy("Tahun;Jumlah\n2024;3.440\n", {"satuan": "orang", "scale": 1000})
    amount = tidy("Tahun;Nilai\n2024;2.259,98\n", {"satuan": "juta US$"})
    assert (count.frame["nilai"].tolist(), str(count.frame["nilai"].dtype)) == ([3440000], "Int64")
    assert (amount.frame["nilai"].tolist(), str(amount.frame["nilai"].dtype)) == ([2259.98], "Float64")
    column = tidy("Tahun;Nilai;Satuan\n2024;2;kasus\n2025;3;pengaduan\n")
    assert column.frame["satuan"].tolist() == ["pengaduan", "pengaduan"]


def test_the_same_observation_twice_is_kept_and_reported():
    table = tidy("Negara;2024\nHongkong;1\nHong Kong;2\n", YEARS)
    assert table.frame["nilai"].tolist() == [1, 2]
    assert [warning.row for warning in table.warnings] == [3]


def test_very_many_repeats_are_counted():
    table = tidy("\n".join(["Negara;2024", *(f"Hongkong;{number}" for number in range(100))]), YEARS)
    assert len(table.frame) == 100
    assert len(table.warnings) == 21
    assert table.warnings[-1].message.startswith("79 more observations")


@pytest.mark.parametrize(
    ("content", "description", "says"),
    [
        ("Negara;Jumlah\nHongkong;1\n", {"unpivot": "tahun"}, "no column is headed by a value of tahun"),
        ("Negara;Masuk;Keluar\nHongkong;1;2\n", {}, "which column holds the figures"),
        ("Negara;Jumlah\nHongkong;1\n", {"columns": {"Daerah": "wilayah"}}, "there is no column 'daerah'"),
        ("Negara;Jumlah\nHongkong;1\n", {"value": "Penempatan"}, "there is no column 'penempatan'"),
        ("Negara;Negara Tujuan;2024\nHongkong;Taiwan;1\n", YEARS, "two columns hold the field negara"),
        ("Negara;2024\nJumlah;1\n", YEARS, "no row is left"),
    ],
)
def test_a_table_that_is_not_as_described_is_refused_with_what_to_do(content: str, description: dict, says: str):
    with pytest.raises(TableError, match=says):
        tidy(content, description)


AREAS = [area for area in wilayah.areas().values() if area.level == "kabupaten_kota"]
CELLS = st.one_of(st.none(), st.integers(0, 10**9))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(AREAS), min_size=1, max_size=12, unique_by=lambda area: area.code),
    st.lists(st.integers(1990, 2099), min_size=2, max_size=4, unique=True),
    st.data(),
)
def test_a_printed_table_comes_back_cell_by_cell(areas, years, data):
    cells = {(area.code, year): data.draw(CELLS) for area in areas for year in years}
    lines = [";".join(["Kabupaten/Kota", *map(str, years)])]
    for area in areas:
        printed = ["" if (n := cells[area.code, year]) is None else f"{n:,}".replace(",", ".") for year in years]
        lines.append(";".join([area.name.upper(), *printed]))
    table = tidy("\n".join(["Tabel 1", "", *lines, "Sumber: BP2MI"]), {**YEARS, "delimiter": ";"})
    seen = {
        (code, year): None if pd.isna(n) else n for code, year, n in values(table, "kode_wilayah", "tahun", "nilai")
    }
    assert seen == cells
    assert not table.errors
