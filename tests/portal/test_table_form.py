"""The description that an answer to the form makes."""

from __future__ import annotations

import pytest

from ckanext.satudatapmi.portal.table_form import description_of
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.shown import as_yaml

BASE = {
    "sheet": "Tabel 2",
    "header": [2],
    "columns": {"NEGARA": {"field": "negara", "complete": True}, "No": "abaikan"},
    "unpivot": ["tahun", "jenis_kelamin"],
    "satuan": "orang",
    "constants": {"tahun": 2024, "provinsi": "Bali"},
}
AS_SHOWN = {
    "sheet": '"Tabel 2"',
    "header": "2",
    "unpivot": "tahun, jenis_kelamin",
    "value": "",
    "satuan": "orang",
    "scale": "1",
    "decimal": ",",
    "period": "2024",
    "facet": "",
    "claim": "",
    "yaml": as_yaml(BASE).replace("\n", "\r\n"),
    "heading-0": "Negara",
    "column-0": "negara",
    "was-0": "negara",
}


def answered(**written: str) -> object:
    return description_of(AS_SHOWN | {name.replace("_", "-"): text for name, text in written.items()}, BASE)


def test_form_sent_as_shown_changes_nothing():
    assert answered() == BASE


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ({"sheet": "2"}, "sheet", 2),
        ({"sheet": '"2"'}, "sheet", "2"),
        ({"header": "4, 5"}, "header", [4, 5]),
        ({"header": " "}, "header", None),
        ({"header": "empat"}, "header", ["empat"]),
        ({"unpivot": "tahun"}, "unpivot", "tahun"),
        ({"value": "Jumlah"}, "unpivot", None),
        ({"value": "Jumlah"}, "value", "Jumlah"),
        ({"scale": "1000"}, "scale", 1000),
        ({"satuan": ""}, "satuan", None),
        ({"decimal": "."}, "decimal", "."),
        ({"period": ""}, "constants", {"provinsi": "Bali"}),
        ({"period": "Mei 2024"}, "constants", {"provinsi": "Bali", "periode": "Mei 2024"}),
        ({"facet": "bp2mi_placement"}, "facet", "bp2mi_placement"),
        ({"column_0": "provinsi"}, "columns", {"No": "abaikan", "Negara": "provinsi"}),
        ({"column_0": ""}, "columns", {"No": "abaikan"}),
    ],
)
def test_field_changes_its_key_alone(written, key, value):
    found = answered(**written)
    assert isinstance(found, dict) and found.get(key) == value
    apart = {"value", "unpivot"} if "value" in written else {key}
    assert {name: found.get(name) for name in BASE if name not in apart} == {
        name: BASE[name] for name in BASE if name not in apart
    }
    if written != {"header": "empat"}:
        parse_description(found)


def test_changed_yaml_goes_before_the_fields():
    assert answered(yaml="unpivot: bulan\r\n", satuan="perusahaan") == "unpivot: bulan\n"
