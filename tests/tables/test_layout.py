from __future__ import annotations

import json
from dataclasses import replace

import pytest
from building import raw

from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.layout import Layout, LayoutChanged, layout_changes, layout_of, read_confirmed

TITLE = "Tabel 2. Penempatan PMI (orang);;\n"
YEARS = f"{TITLE}No;Negara;2023;2024\n1;Malaysia;10;20\n2;Taiwan;30;40\n"
LEVELS = f"{TITLE}Negara;2023;;2024;\n;L;P;L;P\nMalaysia;1;2;3;4\n"


def layout(text: str, description: dict[str, object]) -> Layout:
    return layout_of(raw(text, description), parse_description(description))


@pytest.mark.parametrize(
    "now",
    [
        YEARS,
        YEARS.replace("2;Taiwan;30;40", "2;Taiwan;30;40\n3;Jepang;5;6"),
        YEARS.replace("2023;2024", "2023;2024;2025").replace(";20\n", ";20;21\n").replace(";40\n", ";40;41\n"),
        YEARS.replace("2023;2024", "2024;2025"),
        YEARS.replace("2024", "2024 *)"),
        YEARS.replace("Negara", "NEGARA"),
        YEARS.replace("Tabel 2.", "Tabel 3."),
    ],
)
def test_new_rows_years_marks_and_capitals_are_no_change(now: str):
    description = {"unpivot": "tahun"}
    assert layout_changes(layout(YEARS, description), layout(now, description)) == []


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (YEARS.replace("No;Negara", "No;Asal"), ["the heading negara went", "the heading asal came"]),
        (YEARS.replace("No;Negara;", "Negara;No;"), ["the heading negara moved"]),
        (YEARS.replace("(orang)", "(ribu orang)"), ["the unit is 1000 x orang, it was orang"]),
        (YEARS.replace("(orang)", ""), ["the unit is -, it was orang"]),
        (YEARS.replace("2024\n", "2024;Jumlah\n").replace(";20\n", ";20;30\n"), ["the heading total came"]),
    ],
)
def test_a_changed_layout_says_what_differs(now: str, says: list[str]):
    description = {"unpivot": "tahun", "columns": {"Asal": "negara"}} if "Asal" in now else {"unpivot": "tahun"}
    changes = layout_changes(layout(YEARS, {"unpivot": "tahun"}), layout(now, description))
    assert changes == says


def test_another_level_of_heading_is_a_change():
    flat = "Negara;2023;2024\nMalaysia;1;2\n"
    one = layout(flat, {"unpivot": "tahun", "header": [1]})
    other = layout("Negara;Tahun;\n;2023;2024\nMalaysia;1;2\n", {"unpivot": "tahun", "header": [1, 2]})
    assert "the heading has 2 levels, it had 1" in layout_changes(one, other)


def test_a_further_year_of_two_levels_is_no_change():
    description = {"unpivot": ["tahun", "jenis_kelamin"], "header": [2, 3]}
    more = LEVELS.replace("2024;\n", "2024;;2025;\n").replace("L;P\n", "L;P;L;P\n").replace("3;4", "3;4;5;6")
    assert layout_changes(layout(LEVELS, description), layout(more, description)) == []


def test_levels_of_values_may_change_places():
    description = {"unpivot": ["tahun", "jenis_kelamin"], "header": [2, 3]}
    turned = f"{TITLE}Negara;L;;P;\n;2023;2024;2023;2024\nMalaysia;1;2;3;4\n"
    assert layout_changes(layout(LEVELS, description), layout(turned, description)) == []


def test_another_period_or_place_in_the_title_is_a_change_where_the_description_fixes_it():
    year = "Penempatan PMI, Tahun 2023 (orang);\nNegara;Jumlah\nMalaysia;1\n"
    fixed = {"constants": {"tahun": 2023}}
    assert layout_changes(layout(year, fixed), layout(year.replace("2023", "2024"), fixed)) == [
        "the titles speak of 2024, they spoke of 2023"
    ]
    place = YEARS.replace("PMI", "PMI asal Jawa Timur")
    assert layout_changes(layout(place, {"unpivot": "tahun"}), layout(YEARS, {"unpivot": "tahun"})) == [
        "the titles speak of -, they spoke of Jawa Timur"
    ]


def test_a_worksheet_of_another_name_and_hidden_columns_are_changes():
    before = layout(YEARS, {"unpivot": "tahun"})
    assert layout_changes(replace(before, sheet="Tabel"), replace(before, sheet="Lampiran")) == [
        "the worksheet is Lampiran, it was Tabel"
    ]
    assert layout_changes(before, replace(before, hidden=True)) == ["rows or columns are hidden that were not"]


def test_a_layout_is_kept_as_plain_values():
    before = layout(YEARS, {"unpivot": "tahun"})
    assert Layout.from_dict(json.loads(json.dumps(before.as_dict()))) == before


def test_a_changed_layout_stops_the_file_by_name():
    before = layout(YEARS, {"unpivot": "tahun"})
    description = parse_description({"unpivot": "tahun"})
    assert list(read_confirmed(YEARS.encode(), description, before, "januari.csv").frame["Negara"]) == [
        "Malaysia",
        "Taiwan",
    ]
    with pytest.raises(LayoutChanged, match=r"februari\.csv.*went.*came"):
        read_confirmed(YEARS.replace("No;", "Urutan;").encode(), description, before, "februari.csv")
