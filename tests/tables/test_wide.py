"""A tidy table in the form in which it was printed: read back by its description, it is the same tidy table."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from building import tidy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from printed import Layout

from ckanext.satudatapmi.harvesters import registry
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.exports import wide as wide_module
from ckanext.satudatapmi.tables.exports.printed import Printed, as_plain, from_plain, printed_around, records
from ckanext.satudatapmi.tables.exports.table import About, Unwritable
from ckanext.satudatapmi.tables.exports.wide import Wide, wide
from ckanext.satudatapmi.tables.exports.wide_file import write_wide
from ckanext.satudatapmi.tables.guessing import propose
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import TableError, TidyTable
from tests.partners.print_tables.make import FILES

PLACES = {"baris_sumber", "kolom_sumber", "halaman_sumber"}
"""The columns that tell where a figure stood: in the new file it stands elsewhere."""
SOURCES = [
    source
    for source in registry.load(None, {"demo": "demo:"}).sources
    if source.table and source.url.startswith("demo:/")
]


def printed_form(table: TidyTable) -> Wide:
    around = from_plain(json.loads(json.dumps(as_plain(printed_around(table)))), table.fields)
    return wide(table.fields, records(table.frame), around, "Judul")


def written(form: Wide) -> bytes:
    file = io.BytesIO()
    write_wide(form, About("Judul", license="CC BY 4.0"), file)
    return file.getvalue()


def read_back(form: Wide) -> TidyTable:
    description = parse_description(form.description)
    return tidy_table(read_table(written(form), description, "cetak.xlsx"), description)


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Return the rows that say anything, without the place in the file, in an order of their own."""
    rows = [
        {name: value for name, value in record.items() if name not in PLACES and value not in (None, False)}
        for record in records(frame)
    ]
    return sorted(rows, key=str)


def same(table: TidyTable) -> Wide:
    form = printed_form(table)
    again = read_back(form)
    assert rows_of(again.frame) == rows_of(table.frame), form
    assert rows_of(again.controls) == rows_of(table.controls), form
    assert again.errors == ()
    return form


def cells(form: Wide, sheet: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(written(form)))
    return [list(row) for row in book.worksheets[sheet].iter_rows(values_only=True)]


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_every_demo_table_is_the_same_when_its_printed_form_is_read(source, demo: Path):
    path = demo / source.url.removeprefix("demo:/")
    same(tidy_table(read_table(path.read_bytes(), source.table, path.name), source.table))


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_every_table_as_agencies_print_it_is_the_same(path: Path):
    description = propose(path.read_bytes(), path.name).parsed()
    same(tidy_table(read_table(path.read_bytes(), description, path.name), description))


@pytest.mark.slow
def test_layouts_drawn_at_random_are_the_same():
    done = []

    @settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def lay_out(seed: int) -> None:
        printed = Layout(random.Random(seed), "none").printed()
        try:
            description = propose(printed.content, printed.name).parsed()
        except TableError:
            return
        same(tidy_table(read_table(printed.content, description, printed.name), description))
        done.append(seed)

    lay_out()
    assert len(done) > 15


YEARS = {"unpivot": "tahun", "satuan": "orang", "header": [2]}


def test_form_has_titles_names_headings_figures_totals_and_notes():
    text = (
        "Tabel 1. Penempatan;;\nNegara;2023 1);2024\nHongkong;65.916;99.773*\nTaiwan;83.216;-\nJumlah;149.132;99.773\n"
        "\n1) Angka sementara\n*) Diperbaiki\nSumber: BP2MI\n"
    )
    form = same(tidy(text, YEARS | {"footnotes": {"1": {"status": "P"}}}))
    shown = [[cell for cell in row if cell is not None] for row in cells(form)]
    assert shown == [
        ["Tabel 1. Penempatan"],
        ["Satuan: orang"],
        [],
        ["Negara", "2023 1)", "2024"],
        ["Hong Kong", 65916, "99.773 2)"],
        ["Taiwan", 83216, "-"],
        ["Jumlah", 149132, 99773],
        [],
        ["1) Angka sementara"],
        ["2) Diperbaiki"],
        ["Sumber: BP2MI"],
    ]


def test_levels_of_a_heading_are_merged():
    text = "Negara;2023;2023;2024;2024\n;Laki-laki;Perempuan;Laki-laki;Perempuan\nTaiwan;1;2;3;4\nQatar;5;6;7;8\n"
    form = same(tidy(text, {"unpivot": ["tahun", "jenis_kelamin"], "satuan": "orang", "header": [1, 2]}))
    sheet = openpyxl.load_workbook(io.BytesIO(written(form))).worksheets[0]
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A4:A5", "B4:C4", "D4:E4"]


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("Tahun;Januari;Februari\n2023;1;2\n2024;3;4\n", {"unpivot": "bulan", "satuan": "orang"}),
        ("Bulan;2023;2024\nJanuari;1;2\nMei;3;4\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Tahun;Triwulan I;Triwulan II\n2023;1;2\n2024;3;4\n", {"unpivot": "triwulan", "satuan": "orang"}),
        ("Negara;Jan-Okt 2023;31 Mei 2024\nQatar;1;2\n", {"unpivot": "periode", "satuan": "orang"}),
        ("Negara;2023 1);2023 2)\nQatar;1;2\n\n1) Mei\n2) Juni\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Provinsi;Kabupaten/Kota;2023\nJawa Timur;Kediri;1\nJawa Barat;Bogor;2\n",
         {"unpivot": "tahun", "satuan": "orang", "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "unmarked": "kota"}}}),
        ("Wilayah;2023\nProvinsi Jambi;1\nKota Jambi;2\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Kabupaten/Kota;2023\nKota Kediri;1\nKota Malang;2\nJumlah;3\n",
         {"unpivot": "tahun", "satuan": "orang", "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "within": "35"}}}),
        ("Kabupaten/Kota;2023\nKota Kediri;1\nKota Malang;2\nJumlah;3\n",
         {"unpivot": "tahun", "satuan": "orang", "totals": "keep",
          "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "within": "35"}}}),
        ("Jenis;2023;2024\nA;1;2\nJumlah;1;2\n", {"unpivot": "tahun", "satuan": "orang", "columns": {"Jenis": {"field": "jenis_lain"}}}),
        ("Negara;Darat;Laut\nQatar;1;2\nTaiwan;3;4\n", {"unpivot": "matra", "satuan": "orang", "constants": {"tahun": 2023}}),
        ("Negara;2023;Persen;Peringkat\nQatar;10;12,5;2\nTaiwan;30;87,5;1\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Negara;2023;2024\nQatar;0,000012;123456789012345678\n", {"unpivot": "tahun", "satuan": "juta US$"}),
        ("Negara;2023;2024\nQatar;-1;…\nTaiwan;;n.a.\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Negara;2024\nQatar;5\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("2023;2024\n5;6\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Negara;2023;2024\nQatar 1);5;6\nTaiwan;7;8\n\n1) Data kedutaan\n", {"unpivot": "tahun", "satuan": "orang"}),
        ("Negara;Tahun;Nilai;Keterangan\nQatar;2023;5;revisi\nQatar;2023;7;\n", {"satuan": "orang"}),
    ],
)  # fmt: skip
def test_layout_is_the_same_when_read_back(text: str, description: dict[str, Any]):
    table = tidy(text, description)
    assert table.errors == ()
    same(table)


def test_name_without_a_code_stays_as_it_was_printed():
    form = printed_form(tidy("Negara;2023;2024\nAtlantis;1;2\nQatar;3;4\n", YEARS | {"header": [1]}))
    assert form.rows[0][0] == "Atlantis"
    assert rows_of(read_back(form).frame) == rows_of(
        tidy("Negara;2023;2024\nAtlantis;1;2\nQatar;3;4\n", YEARS | {"header": [1]}).frame
    )


def test_columns_that_are_headed_alike_are_told_apart():
    text = "Negara;Jenis Kelamin;2023;2024\nQatar;Laki-laki;1;2\nTaiwan;Perempuan;3;4\n"
    table = tidy(text, YEARS | {"header": [1]})
    fields = [replace(one, label="Tujuan") if one.name.startswith("nama_") else one for one in table.fields]
    form = wide(fields, records(table.frame), Printed(), "Judul")
    assert form.headings == (("Tujuan", "jenis_kelamin", "2023", "2024"),)
    assert rows_of(read_back(form).frame) == rows_of(table.frame)


def test_second_sheet_says_where_the_table_is_from_and_how_it_is_read():
    form = printed_form(tidy("Negara;2023;2024\nQatar;1;2\n", YEARS | {"header": [1]}))
    told = [" ".join(str(cell) for cell in row if cell) for row in cells(form, 1)]
    assert "Dataset Judul" in told and "Licence CC BY 4.0" in told and "- tahun" in told


def test_figure_that_was_left_out_is_an_empty_cell():
    table = tidy("Negara;2023;2024\nQatar;satu;2\nTaiwan;3;4\n", YEARS | {"header": [1]})
    form = printed_form(table)
    assert form.headings[0] == ("Negara", "2023", "2024") and form.rows[0][1] == ""


def test_totals_that_cannot_be_told_from_figures_stay_out():
    table = tidy("Negara;2023\nQatar;1\nTaiwan;2\n", YEARS | {"header": [1]})
    odd = records(table.frame)[0] | {"baris_sumber": 9, "nilai": 77}
    form = wide(table.fields, records(table.frame), Printed(totals=(odd,)), "Judul")
    assert len(form.rows) == 2 and form.titles[0] == "Judul"


def test_table_that_was_not_printed_or_is_too_large_is_refused(monkeypatch):
    table = tidy("Negara;2023\nQatar;1\nTaiwan;2\n", YEARS | {"header": [1]})
    fields = [one for one in table.fields if one.name != "kolom_sumber"]
    with pytest.raises(Unwritable, match="no printed one"):
        wide(fields, records(table.frame), Printed(), "Judul")
    monkeypatch.setattr(wide_module, "MOST_FIGURES", 1)
    with pytest.raises(Unwritable, match="too large"):
        printed_form(table)


def test_two_figures_of_one_place_cannot_be_laid_out():
    table = tidy("Negara;2023\nQatar;1\nTaiwan;2\n", YEARS | {"header": [1]})
    rows = [record | {"baris_sumber": 2} for record in records(table.frame)]
    with pytest.raises(Unwritable, match="rows and columns"):
        wide(table.fields, rows, Printed(), "Judul")


def test_hundred_notes_on_single_figures_are_refused():
    lines = "\n".join(f"Qatar {number};1;2" for number in range(60))
    table = tidy(f"Nama;2023;2024\n{lines}\n", YEARS | {"header": [1], "columns": {"Nama": "lembaga"}})
    rows = [record | {"catatan": f"catatan {place}"} for place, record in enumerate(records(table.frame))]
    fields = [
        *table.fields,
        *(
            one
            for one in tidy("Negara;Tahun;Nilai;Catatan\nQatar;2023;5;a\n", {"satuan": "orang"}).fields
            if one.name == "catatan"
        ),
    ]
    with pytest.raises(Unwritable, match="99 different notes"):
        wide(fields, rows, Printed(), "Judul")


def test_what_is_printed_around_a_table_is_kept_as_plain_values():
    table = tidy("Judul;\nNegara;2023\nQatar;1\nJumlah;1\n\nSumber: BP2MI\n", YEARS)
    kept = from_plain(json.loads(json.dumps(as_plain(printed_around(table)))), table.fields)
    assert (kept.titles, kept.notes, len(kept.totals)) == (("Judul",), ("Sumber: BP2MI",), 1)
    assert kept.totals[0]["periode_awal"] == date(2023, 1, 1)
    assert as_plain(Printed()) is None and from_plain(None, table.fields) == Printed()
