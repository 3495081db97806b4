"""Files checked against their Table Schema."""

from __future__ import annotations

from io import BytesIO

import pytest
import xlsxwriter

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.schemas import table_schema
from ckanext.satudatapmi.schemas.variables import variable
from ckanext.satudatapmi.tables.contract import Limits, check
from ckanext.satudatapmi.tables.values import TableError

COLUMNS = [
    {"alias": "kode", "tipe_data": "CHARACTER", "aturan_validasi": ["HARUS TERISI", "KODE wilayah"]},
    {"alias": "jumlah", "tipe_data": "INTEGER", "aturan_validasi": ["MINIMAL 0", "MAKSIMAL 500000"]},
    {"alias": "nomor", "tipe_data": "CHARACTER", "aturan_validasi": ["UNIK", r"POLA [A-Z]\d{3}"]},
    {"alias": "tanggal", "tipe_data": "DATE"},
    {"alias": "jk", "tipe_data": "CHARACTER", "value_domain": [{"kode": "L"}, {"kode": "P"}]},
    {"alias": "aktif", "tipe_data": "BOOLEAN"},
]
HEAD = "kode,jumlah,nomor,tanggal,jk,aktif\n"


def schema(columns=COLUMNS):
    described = [variable({"nama": one["alias"], "definisi": "x"} | one) for one in columns]
    return table_schema.table_schema(described, dictionaries.lists(), "https://data.example.go.id")


def checked(text, columns=COLUMNS, **limits):
    return check(text.encode(), schema(columns), "tabel.csv", Limits(**limits))


def test_good_file_passes():
    outcome = checked(f"{HEAD}35,1250,A001,2024-01-02,L,ya\n\n_T,0,A002,-,P,tidak\n35.15,,,,,\n")
    assert outcome.complies and outcome.rows == 3 and outcome.messages() == []


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        ("35,1.250,A001,,L,", "type", "column jumlah: '1.250' is not a whole number such as 1250. Write 1250"),
        ("35,dua,A001,,L,", "type", "'dua' is not a whole number"),
        ("35,1,A001,31-01-2024,L,", "type", "'31-01-2024' is not a date such as 2024-01-31. Write 2024-01-31."),
        ("35,1,A001,,L,mungkin", "type", "'mungkin' is not yes or no"),
        (",1,A001,,L,", "required", "'' is not a filled cell. Fill it"),
        ("35,-1,A001,,L,", "minimum", "'-1' is not 0 or more"),
        ("35,500001,A001,,L,", "maximum", "is not 500000 or less"),
        ("35,1,a001,,L,", "pattern", "is not a text of the form"),
        (f"35,1,{'A' * 5000},,L,", "pattern", "is not a text of the form"),
        ("35,1,A001,,X,", "enum", "'X' is not one of: L, P"),
        ("Jawa Timur,1,A001,,L,", "enum", "Write 35, the code of Jawa Timur."),
        ("99,1,A001,,L,", "enum", "'99' is not a code of the list wilayah (https://data.example.go.id/kode/wilayah)"),
    ],
)
def test_wrong_cell_is_named_with_what_to_write(row, kind, words):
    outcome = checked(f"{HEAD}35,1,B001,,L,\n{row}\n")
    assert outcome.faults[0].kind == kind and outcome.faults[0].row == 3
    assert outcome.faults[0].message.startswith("tabel.csv, row 3, column ") and words in outcome.faults[0].message


def test_repeated_value_names_both_rows():
    outcome = checked(f"{HEAD}35,1,A001,,L,\n\n33,1,A001,,P,\n")
    assert [(fault.kind, fault.row) for fault in outcome.faults] == [("unique", 4)]
    assert "row 2 holds it already" in outcome.faults[0].message


def test_repeated_key_names_both_rows():
    columns = [{"alias": "a", "tipe_data": "CHARACTER"}, {"alias": "b", "tipe_data": "INTEGER"}]
    columns = [one | {"aturan_validasi": ["KUNCI"]} for one in columns]
    outcome = checked("a,b\nx,1\nx,2\nx,1\n", columns)
    assert [(fault.kind, fault.row) for fault in outcome.faults] == [("primary_key", 4)]
    assert "row 2" in outcome.faults[0].message


def test_missing_and_extra_columns_are_named_in_any_order():
    outcome = checked("jumlah,Kode,nomor,tanggal,jk,aktif,catatan\n1,35,A001,,L,,x\n")
    assert [(fault.kind, fault.column) for fault in outcome.faults] == [
        ("missing_column", "kode"),
        ("extra_column", "Kode"),
        ("extra_column", "catatan"),
    ]
    assert "Rename Kode to kode" in outcome.faults[0].message
    assert checked("jumlah,kode,nomor,tanggal,jk,aktif\n1,35,A001,,L,\n").complies


def test_titles_above_the_headings_are_told():
    outcome = checked(f"Penempatan PMI,,,,,\n,,,,,\n{HEAD}35,1,A001,,L,\n")
    assert outcome.messages() == ["tabel.csv: the headings stand in row 3. Take out the rows above them."]


def test_so_many_faults_are_told_and_all_counted():
    outcome = checked(HEAD + "".join(f"35,x,A{number:03},,L,\n" for number in range(50)), shown=5)
    assert (len(outcome.faults), outcome.total) == (5, 50)
    assert outcome.messages()[-1] == "5 of 50 faults are shown."


def test_too_large_or_too_slow_a_table_is_refused():
    rows = "".join(f"35,1,A{number:03},,L,\n" for number in range(50))
    with pytest.raises(TableError, match="more than 10 rows"):
        checked(HEAD + rows, rows=10)
    with pytest.raises(TableError, match="took longer"):
        checked(HEAD + rows, seconds=-1)


def test_code_that_an_incomplete_list_lacks_is_told_and_taken():
    columns = [{"alias": "jabatan", "tipe_data": "CHARACTER", "aturan_validasi": ["KODE kbji2014"]}]
    outcome = checked("jabatan\n123456\n", columns)
    assert outcome.complies and "123456" in outcome.warnings[0]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"%PDF-1.7", b"PK\x03\x04broken", b"\x00\x01"])
def test_what_is_no_table_is_refused(content):
    with pytest.raises(TableError, match="tabel.csv"):
        check(content, schema(), "tabel.csv")


def test_spreadsheet_is_read_with_its_types():
    content = BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD.strip().split(","))
        sheet.write_row(1, 0, ["35", 1250.0, "A001"])
        sheet.write_boolean(1, 5, True)
        sheet.write_row(2, 0, ["35", 12.5, "A002"])
    outcome = check(content.getvalue(), schema(), "tabel.xlsx")
    assert [(fault.row, fault.column, fault.value) for fault in outcome.faults] == [(3, "jumlah", "12.5")]
