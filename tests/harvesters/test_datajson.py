"""Reading a data.json with every fault that partners' files have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.datajson import CatalogueError, Record, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.remarks import KINDS, Rejection
from tests.strategies import JSON

RECORD = {"title": "Jumlah Penempatan", "identifier": "a-1", "distribution": []}


def catalogue(*records, **more):
    return json.dumps({"@type": "dcat:Catalog", "dataset": list(records), **more}).encode()


def test_plain_catalogue():
    result = read_catalogue(catalogue(RECORD, title="Katalog"))
    assert result.entries == (RECORD,)
    assert result.header["title"] == "Katalog"


@pytest.mark.parametrize(
    "value",
    [
        [RECORD],
        {"dataset": {"dataset": [RECORD]}},
        {"dataset": RECORD},
        {"dataset": {"0": RECORD}},
        {"Dataset": [RECORD]},
        {"datasets": [RECORD]},
        {"data": {"dataset": [RECORD]}},
        {"status": 200, "result": {"data": [RECORD]}},
        RECORD,
    ],
)
def test_catalogue_in_other_shapes(value):
    assert read_catalogue(json.dumps(value).encode()).entries == (RECORD,)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_byte_order_mark_does_not_matter(encoding):
    content = json.dumps([RECORD | {"title": "Perlindungan — Jeddah"}], ensure_ascii=False).encode(encoding)
    assert read_catalogue(content).entries[0]["title"] == "Perlindungan — Jeddah"


def test_bytes_that_are_no_utf8_are_read_as_the_server_says():
    content = '[{"title": "Café", "identifier": "1"}]'.encode("latin-1")
    assert read_catalogue(content, charset="latin-1").entries[0]["title"] == "Café"
    assert read_catalogue(content, charset="no-such-charset").entries[0]["title"] == "Café"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty_file"),
        (b" \n", "empty_file"),
        (b"\n<!DOCTYPE html><html>Masuk</html>", "html"),
        (b"<?xml version='1.0'?>", "html"),
        (b'{"dataset": [{"title": "a", ]}', "broken_json"),
        (b'{"dataset": [', "broken_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"1" * 10_000, "broken_json"),
        (b'{"dataset": []}', "empty_catalogue"),
        (b"[]", "empty_catalogue"),
        (b'{"dataset": null}', "no_catalogue"),
        (b'{"dataset": {}}', "empty_catalogue"),
        (b"null", "no_catalogue"),
        (b'"teks"', "no_catalogue"),
        (b'{"name": "tes", "title": "tes", "notes": "coba", "owner_org": "x"}', "no_catalogue"),
        (b'{"dataset": "salah"}', "no_catalogue"),
        (b'{"dataset": 5}', "no_catalogue"),
        (b'{"data": {"data": {"data": {"data": {"data": {"dataset": []}}}}}}', "no_catalogue"),
    ],
)
def test_what_is_no_catalogue_is_said_in_words(content, kind):
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(content)
    assert caught.value.kind == kind
    assert len(caught.value.message) > 30


def test_broken_json_names_line_column_and_what_stands_there():
    content = b'{"dataset": [\n  {"title": "Unit\nData"}]}'
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(content)
    assert (caught.value.line, caught.value.column) == (2, 18)
    assert "line 2, column 18" in caught.value.message
    assert '"Unit' in caught.value.message


def test_nan_is_read_as_null_and_remarked():
    result = read_catalogue(b'[{"title": "a", "identifier": NaN, "x": 1e999}]')
    assert result.entries[0] == {"title": "a", "identifier": None, "x": "1e999"}
    assert [remark.kind for remark in result.remarks] == ["number_no_json"]


@pytest.mark.parametrize(
    ("misspelt", "key"),
    [
        ("accesLevel", "accessLevel"),
        ("accessLeval", "accessLevel"),
        ("contctPoint", "contactPoint"),
        ("contactpoint", "contactPoint"),
        ("accrualperiodicity", "accrualPeriodicity"),
        ("keywords", "keyword"),
        ("LANDINGPAGE", "landingPage"),
    ],
)
def test_misspelt_key_is_put_right_and_remarked(misspelt, key):
    record = normalise(RECORD | {misspelt: "nilai"}, 1, "sumber")
    assert record.values[key] == "nilai"
    assert [(remark.kind, remark.field, remark.value) for remark in record.remarks] == [("key_alias", key, misspelt)]


def test_misspelt_key_never_overwrites_the_right_one():
    record = normalise(RECORD | {"keywords": ["b"], "keyword": ["a"]}, 1, "sumber")
    assert (record.values["keyword"], record.values["keywords"]) == (["a"], ["b"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"downloadURL": "u"}], [{"downloadURL": "u"}]),
        ({"downloadUrl": "u", "mediatype": "text/csv"}, [{"downloadURL": "u", "mediaType": "text/csv"}]),
        ([{"accesURL": "u"}], [{"accessURL": "u"}]),
        ("https://data.example.go.id/a.csv", [{"downloadURL": "https://data.example.go.id/a.csv"}]),
        (["https://data.example.go.id/a.csv", None, 5, {}], [{"downloadURL": "https://data.example.go.id/a.csv"}]),
        (None, []),
        ([], []),
        ("-", []),
    ],
)
def test_distribution_in_every_shape(value, expected):
    assert list(normalise(RECORD | {"distribution": value}, 1, "sumber").distributions) == expected


@pytest.mark.parametrize("entry", [None, 5, "teks", [], [RECORD]])
def test_record_that_is_no_object_is_rejected_by_number(entry):
    rejection = normalise(entry, 7, "sumber-x")
    assert isinstance(rejection, Rejection)
    assert "sumber-x" in rejection.words() and "record 7" in rejection.words()


@pytest.mark.parametrize(
    "entry", [{}, {"title": "", "identifier": None}, {"description": "hanya uraian", "distribution": [{}, None]}]
)
def test_record_without_title_identifier_and_resource_is_rejected(entry):
    rejection = normalise(entry, 3, "sumber-x")
    assert isinstance(rejection, Rejection)
    assert rejection.field == "title, identifier, distribution"


@pytest.mark.parametrize(
    "entry", [{"title": "a"}, {"identifier": 0}, {"identifier": False}, {"distribution": [{"downloadURL": "u"}]}]
)
def test_one_of_the_three_is_enough(entry):
    assert isinstance(normalise(entry, 1, "sumber"), Record)


def test_bps_package_becomes_a_record():
    package = {
        "name": "indeks-contoh",
        "title": "Indeks Contoh",
        "description": "Uraian",
        "accessRights": "terbuka",
        "id_dds": "-",
        "id_indikator_mms": 24047,
        "type": "statistik",
        "keywords": ["Indeks"],
        "contributors": [{"title": "Kementerian Contoh", "role": "author", "email": "-"}],
        "resources": [
            {
                "name": "indeks-contoh",
                "path": "https://dna.example.go.id/detail/1",
                "mediatype": "application/json",
                "format": "JSON",
                "interpretasi": "Makin tinggi makin baik",
                "kodereferensi": "-",
            }
        ],
    }
    (entry,) = read_catalogue(json.dumps(package).encode()).entries
    record = normalise(entry, 1, "bps")
    assert record.values["identifier"] == "indeks-contoh"
    assert record.values["publisher"]["name"] == "Kementerian Contoh"
    assert record.values["keyword"] == ["Indeks"]
    assert record.values["interpretasi"] == "Makin tinggi makin baik"
    assert (record.values["id_dds"], record.values["kodereferensi"]) == (None, None)
    assert record.values["type"] == "statistik"
    assert record.distributions == (
        {
            "title": "indeks-contoh",
            "downloadURL": "https://dna.example.go.id/detail/1",
            "mediaType": "application/json",
            "format": "JSON",
        },
    )


@given(st.binary())
def test_no_bytes_make_it_fail_with_anything_but_its_own_error(content):
    try:
        assert read_catalogue(content).entries
    except CatalogueError as error:
        assert error.message


@given(JSON)
def test_no_json_makes_it_fail_with_anything_but_its_own_error(value):
    try:
        entries = read_catalogue(json.dumps(value).encode()).entries
    except CatalogueError as error:
        assert error.message
        return
    for number, entry in enumerate(entries, start=1):
        outcome = normalise(entry, number, "sumber")
        assert outcome.number == number
        if isinstance(outcome, Rejection):
            assert outcome.words()
        else:
            assert {remark.kind for remark in outcome.remarks} <= KINDS
