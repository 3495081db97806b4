"""A file looked at with a description: what is asked, what a person has decided, what is shown."""

from __future__ import annotations

import json

import pytest
from building import workbook

from ckanext.satudatapmi.tables.description import TableDescriptionError, parse_description
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.looking import Look, besides_names, look, read
from ckanext.satudatapmi.tables.shown import CELL, ROWS, plain_look
from ckanext.satudatapmi.tables.values import TableError

TITLE = "Tabel 2. Penempatan PMI (orang);;\n"
YEARS = f"{TITLE}Negara;2023;2024\nMalaysia;10;20\nTaiwan;30;40\nJumlah;40;60\n"


def seen(text: str, description: dict[str, object] | None = None) -> Look:
    return look(text.encode(), "tabel.csv", description)


def test_clean_table_asks_nothing():
    found = seen(YEARS)
    assert found.reading is not None and found.totals_agree and not found.needs_confirmation
    assert found.description == {"header": [2], "unpivot": "tahun", "satuan": "orang"}
    assert found.reading.fields == {"Negara": "negara"} and found.reading.figures == ("2023", "2024")


def test_wrong_total_is_asked_about_first():
    found = seen(YEARS.replace("40;60", "40;61"))
    assert found.totals_agree is False and found.needs_confirmation
    assert "61" in next(one.why for one in found.decisions if one.key == "totals")
    confidences = [one.confidence for one in found.decisions]
    assert confidences == sorted(confidences)


@pytest.mark.parametrize(
    ("text", "key", "decided"),
    [
        (YEARS.replace("(orang)", ""), "satuan", {"satuan": "perusahaan"}),
        (f"{TITLE}Negara;Jumlah\nMalaysia;10\n", "constants.periode", {"constants": {"tahun": "2024"}}),
        (f"{TITLE}Isian;2023;2024\nMalaysia;10;20\nTaiwan;1;2\n", "columns.Isian", {"columns": {"Isian": "lembaga"}}),
    ],
)
def test_what_a_person_decided_is_no_question(text: str, key: str, decided: dict[str, object]):
    first = seen(text)
    assert any(one.key == key and not one.sure for one in first.decisions)
    again = seen(text, {**first.description, **decided})
    assert all(one.sure for one in again.decisions if one.key == key)
    assert any(one.key == key for one in again.decisions)


def test_table_that_is_not_understood_still_shows_its_rows():
    found = seen("Catatan rapat\nHadir semua\n")
    assert found.reading is None and found.problem and found.needs_confirmation
    assert plain_look(found)["raw"]["rows"][0] == {"row": 1, "cells": ["Catatan rapat"]}


def test_heading_named_by_a_person_reads_what_the_guess_could_not():
    text = "Catatan rapat\nNegara;2023\nMalaysia;10\n"
    wrong = seen(text, {"header": [9], "unpivot": "tahun"})
    assert wrong.reading is None and "9" in wrong.problem
    right = seen(text, {"header": [2], "unpivot": "tahun", "satuan": "orang"})
    assert right.reading is not None and len(right.reading.tidy.frame) == 1


def test_what_is_wrong_with_a_workbook_is_told_with_its_worksheet():
    rows = [["Negara", "2024"], ["Malaysia", "sepuluh"], ["Taiwan", 30], ["Jumlah", 31]]
    content = workbook(("Menurut", rows, []))
    found = plain_look(look(content, "tabel.xlsx", {"unpivot": "tahun"}))
    [error] = found["errors"]
    assert error.startswith("tabel.xlsx, worksheet Menurut, row 2, column 2024: 'sepuluh' is not a number")
    assert found["warnings"] and all(one.startswith("tabel.xlsx, worksheet Menurut") for one in found["warnings"])
    description = parse_description({"value": "Total"})
    with pytest.raises(TableError, match=r"tabel\.xlsx, worksheet Menurut: "):
        read(read_grid(content, description, "tabel.xlsx"), description, "tabel.xlsx")


def test_other_worksheet_drops_what_was_decided_of_columns():
    one = ("Satu", [["Isian", 2023], ["x", 1], ["y", 2]], [])
    content = workbook(one, ("Dua", [["Negara", 2023], ["Malaysia", 10], ["Taiwan", 20]], []))
    found = look(content, "tabel.xlsx", {"sheet": "Dua", "unpivot": "tahun", "satuan": "orang"})
    assert found.sheets == ("Satu", "Dua")
    assert not [one for one in found.decisions if one.key.startswith("columns.Isian")]
    assert found.reading is not None and found.reading.raw.sheet == "Dua"


def test_wrong_description_and_unreadable_file_are_told():
    with pytest.raises(TableDescriptionError):
        seen(YEARS, {"unpiwot": "tahun"})
    with pytest.raises(TableError):
        look(b"", "tabel.csv")


def test_name_without_a_code_is_no_bad_cell():
    found = seen(YEARS.replace("Taiwan;30", "Kindom;x"), {"unpivot": "tahun", "satuan": "orang"})
    assert found.reading is not None
    tidy = found.reading.tidy
    assert {error.value for error in tidy.errors} == {"Kindom", "x"}
    assert [error.value for error in besides_names(tidy.errors, tidy)] == ["x"]


def test_what_is_shown_is_short_and_plain():
    rows = "".join(f"Negara {number};{number};{number}\n" for number in range(100))
    shown = plain_look(seen(f"{TITLE}Negara;2023;2024\n{'x' * 999};1;2\n{rows}", {"unpivot": "tahun", "header": [2]}))
    assert len(shown["raw"]["rows"]) == len(shown["tidy"]["rows"]) == ROWS
    assert shown["tidy"]["total"] == 202 and len(shown["raw"]["rows"][2]["cells"][0]) == CELL
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
