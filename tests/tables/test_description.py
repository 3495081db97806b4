from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml

from ckanext.satudatapmi.tables.description import TableDescriptionError, parse_description


def test_nothing_is_a_description_of_defaults():
    assert parse_description(None) == parse_description({})


def test_a_full_description_is_read():
    described = parse_description(
        yaml.safe_load(
            """
            sheet: Tabel 2
            encoding: cp1252
            delimiter: ";"
            decimal: "."
            header: [5, 4]
            columns:
              Asal: {field: kabupaten_kota, within: "35", unmarked: kabupaten, complete: true}
              Keterangan: abaikan
              Pendidikan: pendidikan
            unpivot: [tahun, jenis_kelamin]
            type: integer
            scale: 1000
            satuan: orang
            constants: {tanggal_terbit: 2024-02-05, tahun: 2023}
            missing: [x]
            totals: {keep: true, parts: some, labels: [Semua daerah]}
            footnotes: {"1)": {sumber: Databoks, tanggal_terbit_perkiraan: true}}
            """
        )
    )
    asal = described.columns["asal"]
    assert asal is not None
    assert (asal.stem, dict(asal.known.options)["within"], asal.complete) == ("wilayah", "35", True)
    assert described.columns["keterangan"] is None
    assert [use.name for use in described.unpivot] == ["tahun", "jenis_kelamin"]
    assert described.header == (4, 5)
    assert described.scale == Decimal(1000)
    assert dict(described.constants) == {"tanggal_terbit": "2024-02-05", "tahun": "2023"}
    assert described.totals.labels == frozenset({"semuadaerah"})
    assert dict(described.footnotes["1"]) == {"sumber": "Databoks", "tanggal_terbit_perkiraan": "ya"}


@pytest.mark.parametrize(
    ("entry", "key", "says"),
    [
        ({"unpvot": "tahun"}, "table.unpvot", "unpivot"),
        ({"header": 0}, "table.header", "counted from 1"),
        ({"header": [True]}, "table.header", "counted from 1"),
        ({"sheet": 0}, "table.sheet", "counted from 1"),
        ({"encoding": "utf-99"}, "table.encoding", "cp1252"),
        ({"delimiter": ";;"}, "table.delimiter", "one character"),
        ({"decimal": "'"}, "table.decimal", "one of"),
        ({"type": "float"}, "table.type", "integer, number"),
        ({"scale": 0}, "table.scale", "above zero"),
        ({"scale": "NaN"}, "table.scale", "above zero"),
        ({"unpivot": 3}, "table.unpivot", "list of texts"),
        ({"unpivot": "Tahun Data"}, "table.unpivot", "small letters"),
        ({"columns": ["Asal"]}, "table.columns", "mapping"),
        ({"columns": {"Asal": {"field": "kabupaten_kota", "within": "99"}}}, "table.columns.Asal.within", "'99'"),
        (
            {"columns": {"Asal": {"field": "kabupaten_kota", "unmarked": "desa"}}},
            "table.columns.Asal.unmarked",
            "kabupaten, kota",
        ),
        ({"columns": {"Asal": {"field": "asal", "codes": "tiada"}}}, "table.columns.Asal.codes", "codelists"),
        ({"columns": {"Asal": {"field": "asal", "within": "35"}}}, "table.columns.Asal.within", "code list"),
        ({"columns": {"Asal": {"field": "wilayah", "kode": "x"}}}, "table.columns.Asal.kode", "unknown key"),
        ({"constants": {"wilayah": "Kediri"}}, "table.constants.wilayah", "'Kediri'"),
        ({"constants": {"negara": "Kindom"}}, "table.constants.negara", "negara"),
        ({"totals": "drop"}, "table.totals", "mapping"),
        ({"totals": {"parts": "most"}}, "table.totals.parts", "all, some"),
        ({"footnotes": {"*": {"warna": "merah"}}}, "table.footnotes.*.warna", "tanggal_terbit"),
        ({"missing": "x"}, "table.missing", "list of texts"),
        ({"satuan": ""}, "table.satuan", "a text"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_was_expected(entry: dict[str, Any], key: str, says: str):
    with pytest.raises(TableDescriptionError) as caught:
        parse_description(entry)
    assert caught.value.key == key
    assert says in str(caught.value)


def test_the_place_of_the_description_is_part_of_the_key():
    with pytest.raises(TableDescriptionError, match=r"^sources\[3\]\.table\.scale: "):
        parse_description({"scale": -1}, "sources[3].table")
