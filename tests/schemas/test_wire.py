"""The wire shape: fields and JSON values say the same in both directions."""

from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import given

from ckanext.satudatapmi.schemas import convert, dates, vocabularies, wire
from tests.strategies import JSON


@pytest.mark.parametrize("module", [convert, dates, vocabularies, wire])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@given(JSON)
def test_json_field_gives_every_value_back(value):
    assert convert.same_json(wire.decode_json(wire.encode_json(value)), value)


@given(JSON)
def test_stored_json_text_holds_nothing_a_database_refuses(value):
    text = wire.json_text(value)
    assert not wire.NOT_IN_XML.search(text)
    assert convert.same_json(json.loads(text), value)


@given(JSON)
def test_reading_any_value_into_any_field_never_fails_and_yields_storable_text(value):
    for field in (*wire.dataset_fields(), *wire.resource_fields()):
        reading = convert.read_field(field, value, "https://data.example.go.id/data.json")
        for name, stored in reading.fields.items():
            texts = [tag["name"] for tag in stored] if name == "tags" else [stored]
            assert all(isinstance(text, str) and text and not wire.NOT_IN_XML.search(text) for text in texts)


@given(JSON)
def test_every_keyword_that_is_kept_is_one_that_ckan_accepts(value):
    field = next(field for field in wire.dataset_fields() if field.key == "keyword")
    for tag in convert.read_field(field, value).fields.get("tags", []):
        assert 2 <= len(tag["name"]) <= 100
        assert all(sign.isalnum() or sign in "_ -." for sign in tag["name"])


def test_no_json_text_is_taken_for_infinity():
    assert wire.decode_json("Infinity") == "Infinity"
    assert wire.decode_json("NaN") == "NaN"


def field(key):
    return next(field for field in wire.dataset_fields() if field.key == key)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " \x01javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "http://",
        "http://[",
        "https:///path",
    ],
)
def test_dangerous_or_broken_address_never_becomes_a_link(address):
    reading = convert.read_field(field("landingPage"), address, "https://data.example.go.id/data.json")
    assert reading.fields.get("url", "").startswith(("https://data.example.go.id/", "")) and not reading.fields
    assert [remark.kind for remark in reading.remarks] == ["url_unusable"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/berkas/a.csv", "https://data.example.go.id/berkas/a.csv"),
        ("berkas/a.csv", "https://data.example.go.id/katalog/berkas/a.csv"),
        ("//lain.example.go.id/a", "https://lain.example.go.id/a"),
        ("www.example.go.id/a b", "http://www.example.go.id/a%20b"),
        (" https://data.example.go.id/x\n", "https://data.example.go.id/x"),
    ],
)
def test_address_becomes_absolute(address, expected):
    base = "https://data.example.go.id/katalog/data.json"
    assert convert.read_field(field("landingPage"), address, base).fields == {"url": expected}


def test_relative_address_without_a_base_is_left_out_and_remarked():
    reading = convert.read_field(field("landingPage"), "/a.csv")
    assert (reading.fields, reading.remarks[0].kind) == ({}, "url_without_base")


@pytest.mark.parametrize(
    ("value", "name", "email"),
    [
        ({"fn": "Unit Data", "hasEmail": "mailto:unit@example.go.id"}, "Unit Data", "unit@example.go.id"),
        ({"fn": "Unit Data", "hasEmail": "unit@example.go.id"}, "Unit Data", "unit@example.go.id"),
        ({"fn": "Unit Data", "hasemail": "unit@example.go.id"}, "Unit Data", "unit@example.go.id"),
        ({"fn": "Unit Data", "hasEmail": None}, "Unit Data", None),
        ({"fn": "-", "hasEmail": "bukan alamat"}, None, None),
        ("Unit Data", "Unit Data", None),
        ("unit@example.go.id", None, "unit@example.go.id"),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_contact_in_every_shape_seen(value, name, email):
    fields = convert.read_field(field("contactPoint"), value).fields
    assert (fields.get("maintainer"), fields.get("maintainer_email")) == (name, email)


def test_remark_on_an_unusable_mailbox_does_not_repeat_it():
    reading = convert.read_field(field("contactPoint"), {"fn": "Unit", "hasEmail": "nama orang @ kantor"})
    assert [(remark.kind, remark.value) for remark in reading.remarks] == [("email_unusable", "")]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["penempatan", "PMI"], ["penempatan", "PMI"]),
        ("olahraga,data", ["olahraga", "data"]),
        (["Kelautan & Perikanan", "I", "", None, 2024], ["Kelautan dan Perikanan", "2024"]),
        (
            ["x" * 150, "Cakupan " + "panjang sekali " * 10],
            ["x" * 100, "Cakupan " + "panjang sekali " * 5 + "panjang sekali"],
        ),
        ([{"name": "dalam objek"}], ["dalam objek"]),
        ({"a": 1}, ["a 1"]),
        (None, []),
    ],
)
def test_keywords_in_every_shape_seen(value, names):
    assert [tag["name"] for tag in convert.read_field(field("keyword"), value).fields.get("tags", [])] == names


def test_an_edit_of_a_field_speaks_louder_than_what_was_harvested():
    package = {"tahun": "2023", "wire_extra": wire.json_text({"tahun": 2023, "lain": [1]})}
    assert convert.restore(package, wire.dataset_fields()) == {"tahun": 2023, "lain": [1]}
    assert convert.restore(package | {"tahun": "2024"}, wire.dataset_fields())["tahun"] == "2024"


def test_public_catalogue_gets_the_mended_value_and_the_faithful_one_the_original():
    package = {
        "title": "Jumlah",
        "issued": "2025-05-26T12:45:42",
        "tags": [{"name": "Kelautan dan Perikanan"}],
        "wire_extra": wire.json_text({"issued": "2025-05-26 12:45:42", "keyword": ["Kelautan & Perikanan"]}),
    }
    strict = convert.restore(package, wire.dataset_fields())
    assert (strict["issued"], strict["keyword"]) == ("2025-05-26T12:45:42", ["Kelautan dan Perikanan"])
    faithful = convert.restore(package, wire.dataset_fields(), strict=False)
    assert (faithful["issued"], faithful["keyword"]) == ("2025-05-26 12:45:42", ["Kelautan & Perikanan"])


def test_the_check_of_the_national_portal_is_kept_and_not_sent_back():
    assert convert.restore({"Hasil_Pemeriksaan_SKDN": "1"}, wire.dataset_fields()) == {}
