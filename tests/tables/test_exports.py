"""A table written in each plain form is read back by that form's own readers, value by value."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.tables.exports import xlsx_file
from ckanext.satudatapmi.tables.exports.csv_file import write_csv
from ckanext.satudatapmi.tables.exports.json_file import write_json
from ckanext.satudatapmi.tables.exports.parquet_file import write_parquet
from ckanext.satudatapmi.tables.exports.table import About, Column, Table, Unwritable, text_or_number
from ckanext.satudatapmi.tables.exports.xlsx_file import write_xlsx

COLUMNS = (
    Column("kode", "text", "Kode wilayah", "Menurut Kemendagri.", codes="wilayah"),
    Column("tahun", "integer", "Tahun"),
    Column("nilai", "number", "Nilai", unit="juta US$", digits=(12, 3)),
    Column("lintang", "float"),
    Column("terbit", "date"),
    Column("saat", "datetime"),
    Column("tetap", "boolean"),
)
ROWS = [
    ("52.02", 2022, Decimal("9948"), 0.1, date(2024, 2, 29), datetime(2024, 2, 29, 12, 30), True),
    ("0101", -1, Decimal("123456789.125"), -7.25, date(1900, 12, 31), datetime(1901, 1, 1), False),
    (None, None, None, None, None, None, None),
    ("=1+1", 0, Decimal("0.000"), 0.0, date(2000, 1, 1), datetime(2000, 1, 1, 23, 59, 59), None),
    ('say "no",\nthen ;', 9007199254740993, Decimal("-0.5"), 1e300, None, None, None),
]
ABOUT = About("Penempatan PMI", "Tabel rapi", "BP2MI", license="CC BY 4.0", citation="BP2MI (2024). Penempatan PMI.")


def table(rows: list[tuple[Any, ...]] = ROWS, columns: tuple[Column, ...] = COLUMNS, at_once: int = 2) -> Table:
    batches = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
    return Table(columns, len(rows), ABOUT, lambda: batches)


def written(write: Any, one: Table) -> bytes:
    file = io.BytesIO()
    write(one, file)
    return file.getvalue()


def sheet(content: bytes, place: int = 0) -> list[list[Any]]:
    return [
        list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[place].iter_rows(values_only=True)
    ]


def test_csv_is_rfc_4180_with_exact_numbers_and_nothing_for_what_is_missing():
    content = written(write_csv, table())
    lines = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert lines[0] == [column.name for column in COLUMNS]
    assert lines[1] == ["52.02", "2022", "9948", "0.1", "2024-02-29", "2024-02-29T12:30:00", "true"]
    assert lines[2][:3] == ["0101", "-1", "123456789.125"] and lines[2][6] == "false"
    assert lines[3] == [""] * 7
    assert lines[4][:3] == ["'=1+1", "0", "0.000"]
    assert lines[5][:3] == ['say "no",\nthen ;', "9007199254740993", "-0.5"]
    assert content.endswith(b"\r\n") and b'"say ""no"",\nthen ;"' in content


def test_json_has_the_dictionary_and_numbers_with_all_their_digits():
    found = json.loads(written(write_json, table()), parse_float=Decimal)
    assert found["dataset"]["title"] == "Penempatan PMI" and "source" not in found["dataset"]
    assert found["fields"][0] == {
        "name": "kode", "type": "text", "label": "Kode wilayah", "notes": "Menurut Kemendagri.", "codes": "wilayah",
    }  # fmt: skip
    assert found["records"][0] == {
        "kode": "52.02", "tahun": 2022, "nilai": 9948, "lintang": Decimal("0.1"), "terbit": "2024-02-29",
        "saat": "2024-02-29T12:30:00", "tetap": True,
    }  # fmt: skip
    assert found["records"][1]["nilai"] == Decimal("123456789.125")
    assert set(found["records"][2].values()) == {None}
    assert found["records"][4]["tahun"] == 9007199254740993


def test_table_without_rows_is_written_in_every_form():
    empty = table([])
    assert json.loads(written(write_json, empty))["records"] == []
    assert written(write_csv, empty).count(b"\n") == 1
    assert len(sheet(written(write_xlsx, empty))) == 1
    assert pq.read_table(io.BytesIO(written(write_parquet, empty))).num_rows == 0


def test_parquet_has_types_exact_decimals_and_the_dictionary():
    found = pq.read_table(io.BytesIO(written(write_parquet, table())))
    assert found.schema.types == [
        pa.string(), pa.int64(), pa.decimal128(12, 3), pa.float64(), pa.date32(), pa.timestamp("us"), pa.bool_(),
    ]  # fmt: skip
    assert [tuple(row.values()) for row in found.to_pylist()] == ROWS
    assert found.schema.field("kode").metadata == {
        b"label": b"Kode wilayah", b"notes": b"Menurut Kemendagri.", b"codes": b"wilayah",
    }  # fmt: skip
    assert found.schema.metadata[b"license"] == b"CC BY 4.0"


@pytest.mark.parametrize("digits", [(39, 2), None])
def test_numbers_too_long_for_a_decimal_are_floats_in_parquet(digits):
    one = table([(Decimal("1.5"),), (None,)], (Column("nilai", "number", digits=digits),))
    found = pq.read_table(io.BytesIO(written(write_parquet, one)))
    assert found.schema.types == [pa.float64()] and found.to_pylist() == [{"nilai": 1.5}, {"nilai": None}]


def test_xlsx_has_typed_cells_and_texts_that_are_no_formulas():
    content = written(write_xlsx, table())
    rows = sheet(content)
    assert rows[0] == [column.name for column in COLUMNS]
    assert rows[1] == ["52.02", 2022, 9948, 0.1, datetime(2024, 2, 29), datetime(2024, 2, 29, 12, 30), True]
    assert rows[2] == ["0101", -1, 123456789.125, -7.25, "1900-12-31", datetime(1901, 1, 1), False]
    assert rows[3] == [None] * 7
    assert rows[4][:2] == ["=1+1", 0]
    assert rows[5][1] == "9007199254740993"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_second_sheet_tells_of_the_table_and_its_columns():
    rows = [[cell for cell in row if cell] for row in sheet(written(write_xlsx, table()), 1)]
    assert ["Dataset", "Penempatan PMI"] in rows and ["Licence", "CC BY 4.0"] in rows
    assert ["kode", "Kode wilayah", "Menurut Kemendagri.", "text", "wilayah"] in rows
    assert ["nilai", "Nilai", "number", "juta US$"] in rows


def test_two_files_of_one_table_are_alike():
    for write in (write_csv, write_json, write_parquet, write_xlsx):
        assert written(write, table()) == written(write, table(at_once=2))


def test_table_of_more_rows_than_a_sheet_holds_is_refused_with_the_other_forms(monkeypatch):
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 5)
    assert len(sheet(written(write_xlsx, table()))) == 6
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 4)
    with pytest.raises(Unwritable, match="5 rows.* 4.*CSV, JSON or Parquet"):
        written(write_xlsx, table())


def test_text_longer_than_a_cell_is_refused_and_not_cut():
    column = (Column("uraian", "text"),)
    fits = "x" * xlsx_file.MOST_CHARACTERS
    assert sheet(written(write_xlsx, table([(fits,)], column)))[1] == [fits]
    with pytest.raises(Unwritable, match=r"Row 3, column uraian.*32768.*CSV"):
        written(write_xlsx, table([("a",), (f"{fits}x",)], column))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14))
def test_number_in_a_spreadsheet_is_exact_or_text(value: Decimal):
    kept = text_or_number(value)
    assert Decimal(kept) == value if isinstance(kept, str) else Decimal(f"{kept:.15g}") == value
