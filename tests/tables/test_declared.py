"""A CSV whose columns are declared: read in their types, in pieces, and loaded into the DataStore."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from stored import indexes, search

from ckanext.satudatapmi.tables import declared
from ckanext.satudatapmi.tables.declared import read_declared
from ckanext.satudatapmi.tables.loader import load_csv
from ckanext.satudatapmi.tables.values import Field, TableError

FIELDS = (
    Field("kode", "text", "Kode", indexed=True),
    Field("jumlah", "integer", "Jumlah"),
    Field("persen", "number", "Persen"),
    Field("terbit", "date", "Terbit"),
    Field("resmi", "boolean", "Resmi"),
)
HEAD = "kode,jumlah,persen,terbit,resmi\n"


@pytest.fixture
def csv(tmp_path: Path):
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "tabel.csv"
        path.write_text(text, encoding=encoding, newline="")
        return path

    return write


def rows(path: Path) -> list[dict[str, object]]:
    return [row for batch in read_declared(path, FIELDS, path.name) for row in batch.to_pylist()]


def refused(path: Path) -> str:
    with pytest.raises(TableError) as caught:
        rows(path)
    return str(caught.value)


def test_cells_have_the_declared_types(csv):
    assert rows(csv(HEAD + "01,12,1.5,2024-01-31,ya\n02,,-,…,tidak\n")) == [
        {"kode": "01", "jumlah": 12, "persen": 1.5, "terbit": date(2024, 1, 31), "resmi": True},
        {"kode": "02", "jumlah": None, "persen": None, "terbit": None, "resmi": False},
    ]


def test_columns_may_stand_in_any_order_and_any_delimiter_may_part_them(csv):
    path = csv("resmi;jumlah;kode;terbit;persen\r\n1;7;a,b;2024-01-31;2\r\n", "utf-8-sig")
    assert list(rows(path)[0].values()) == ["a,b", 7, 2.0, date(2024, 1, 31), True]


def test_texts_may_have_several_lines(csv):
    assert rows(csv(HEAD + '"satu\ndua ""tiga""",1,,,\n'))[0]["kode"] == 'satu\ndua "tiga"'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a,1.250,,,", "row 3, column jumlah: '1.250' is not a whole number such as 1250. Write 1250"),
        ('a,1,"1,5",,', "row 3, column persen: '1,5' is not a number such as 1250.5. Write 1.5"),
        ("a,1,,31/01/2024,", "row 3, column terbit: '31/01/2024' is not a date"),
        ("a,1,,,mungkin", "row 3, column resmi: 'mungkin' is not yes or no"),
        ("a,9223372036854775808,,,", "row 3, column jumlah: '9223372036854775808' is not a whole number"),
        ("a,1,,", "Expected 5 columns, got 4"),
    ],
)
def test_cell_that_is_wrong_is_named(csv, line, words):
    assert words in refused(csv(f"{HEAD}a,1,,,\n{line}\n"))


def test_row_is_counted_over_the_pieces_of_a_long_file(csv, monkeypatch):
    monkeypatch.setattr(declared, "PIECE_BYTES", 256)
    assert "row 1002, column jumlah: 'x'" in refused(csv(HEAD + "kode,1,,,\n" * 1000 + "a,x,,,\n"))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("kode,Jumlah,persen,terbit,resmi", "the column jumlah is missing. Rename Jumlah to jumlah."),
        ("kode,jumlah,persen,terbit,resmi,lain", "the column lain is not in the data dictionary"),
        ("kode,jumlah,jumlah,persen,terbit,resmi", "the heading jumlah stands over several columns"),
        ("", "the column kode is missing"),
    ],
)
def test_headings_that_are_not_the_declared_ones_are_named(csv, head, words):
    assert words in refused(csv(f"{head}\n"))


def test_text_that_is_not_utf8_is_said(csv):
    assert "no CSV in UTF-8" in refused(csv(HEAD + "é,1,,,\n", "cp1252"))


def test_csv_becomes_a_typed_and_indexed_table(resource, csv):
    assert load_csv(resource, csv(HEAD + "b,2,0.1,2024-01-31,ya\na,1,,,\n"), FIELDS) == 2
    found = search(resource, sort="jumlah")
    assert [field["type"] for field in found["fields"][1:]] == ["text", "int8", "numeric", "date", "bool"]
    assert found["records"][1] == {
        "_id": 1, "kode": "b", "jumlah": 2, "persen": 0.1, "terbit": "2024-01-31", "resmi": True
    }  # fmt: skip
    assert {"btree (kode)", "gin (_full_text)"} <= indexes(resource)


def test_csv_that_cannot_be_taken_leaves_the_table_as_it_was(resource, csv, monkeypatch):
    monkeypatch.setattr(declared, "PIECE_BYTES", 256)
    load_csv(resource, csv(HEAD + "a,1,,,\n"), FIELDS)
    with pytest.raises(TableError, match="row 102, column jumlah"):
        load_csv(resource, csv(HEAD + "kode,1,,,\n" * 100 + "a,x,,,\n"), FIELDS)
    assert [row["kode"] for row in search(resource)["records"]] == ["a"]


def test_csv_of_headings_alone_makes_an_empty_table(resource, csv):
    assert load_csv(resource, csv(HEAD), FIELDS) == 0
    assert search(resource)["total"] == 0
