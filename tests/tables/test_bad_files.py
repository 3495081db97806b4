"""Files that cannot be read are refused by name, with the place and what to do; nothing of them is half-read."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
import xlsxwriter
from building import raw
from msoffcrypto.format.ooxml import OOXMLFile

from ckanext.satudatapmi.harvesters.protocols import file_tables
from ckanext.satudatapmi.tables import kinds
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.figures import Notation, parse_figure
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.guessing import propose
from ckanext.satudatapmi.tables.values import TableError


def workbook_with_formula(value: object) -> bytes:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Tabel 1 & 2")
    sheet.write_row(0, 0, ["Negara", "Jumlah"])
    sheet.write_row(1, 0, ["Malaysia", 5])
    sheet.write(2, 0, "Taiwan")
    sheet.write_formula(2, 1, "=B2*2", None, value)  # type: ignore[arg-type]
    sheet.write(3, 0, "Jepang")
    sheet.write(3, 1, 1)
    book.close()
    return buffer.getvalue()


def test_a_formula_counts_with_the_value_that_was_saved():
    assert list(raw(workbook_with_formula(10), name="t.xlsx").frame["Jumlah"]) == ["5", "10", "1"]


def test_a_formula_without_a_value_is_named_by_sheet_row_and_column():
    with pytest.raises(TableError, match=r"t\.xlsx: worksheet Tabel 1 & 2, row 3, column 2: the formula has no value"):
        raw(workbook_with_formula(""), name="t.xlsx")


def test_two_million_columns_are_refused():
    with pytest.raises(TableError, match="2000000 columns, more than 16384"):
        raw(";".join(["a"] * 2_000_000) + "\n1;2\n", {"delimiter": ";"})


@pytest.fixture(scope="module")
def locked():
    """A workbook that is locked with a password, as Excel locks it."""
    content = BytesIO()
    OOXMLFile(BytesIO(workbook_with_formula(10))).encrypt("rahasia", content)
    return content.getvalue()


@pytest.mark.parametrize(
    "call",
    [
        propose,
        lambda content, name: raw(content, name=name),
        lambda content, name: file_tables.parts_of(content, file_tables.kind_of(content), name, False),
    ],
    ids=["proposed", "read", "harvested"],
)
def test_a_locked_workbook_says_so_and_what_to_do(locked, call):
    with pytest.raises(TableError, match=r"^rahasia\.xlsx: .* is locked with a password; save it without one$"):
        call(locked, "rahasia.xlsx")


def test_a_locked_workbook_is_no_old_one_when_it_is_uploaded(locked):
    with pytest.raises(kinds.Refused, match=r"^rahasia\.xlsx is locked with a password\. Save it without one"):
        kinds.refuse_unless_accepted(kinds.kind_of(locked), len(locked), "rahasia.xlsx")


@pytest.mark.parametrize("call", [propose, lambda content, name: read_grid(content, parse_description({}), name)])
def test_a_workbook_that_unpacks_to_too_much_is_refused(call, monkeypatch):
    monkeypatch.setattr("ckanext.satudatapmi.tables.spreadsheets.MAX_UNPACKED_BYTES", 1024)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 4096)
    with pytest.raises(TableError, match=r"bom\.xlsx: the spreadsheet unpacks to more than"):
        call(buffer.getvalue(), "bom.xlsx")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7 broken", "the PDF cannot be read"),
        (b"<html><body><p>Halaman tidak ditemukan</p></body></html>", "holds no table"),
        (b"Tidak ada tabel di sini\n", "no heading"),
    ],
)
def test_a_file_without_a_table_is_refused(content: bytes, says: str):
    with pytest.raises(TableError, match=says):
        propose(content, "tabel.csv")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1 234", 1234), ("1 234 567", 1234567), ("- 5", -5), ("234 1", None), ("12 34", None), ("1.234 5", None)],
)
def test_a_space_groups_thousands_and_nothing_else(cell: str, value: int | None):
    assert parse_figure(cell, Notation()).value == value
