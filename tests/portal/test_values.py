"""JSON values laid out for reading."""

from __future__ import annotations

import pytest
from hypothesis import given

from ckanext.satudatapmi.portal.values import Shown, laid_out, laid_out_json
from tests.strategies import JSON


@pytest.mark.parametrize("value", [None, "", "-", [], {}, [None, ""], {"a": None}, [{"a": "-"}]])
def test_nothing_is_shown_as_nothing(value):
    assert laid_out(value) is None


def test_objects_of_a_list_become_a_table_without_empty_columns():
    shown = laid_out_json('[{"nama": "tahun", "sumber": "-"}, {"nama": "wilayah", "kode": 35}]')
    assert shown is not None
    assert shown.kind == "table"
    assert shown.columns == ("Nama", "Kode")
    assert shown.rows == ((Shown("text", "tahun"), Shown("text")), (Shown("text", "wilayah"), Shown("text", "35")))


def test_one_column_is_a_list_and_one_entry_is_itself():
    assert laid_out([{"nama": "a"}, {"nama": "b"}]) == Shown("list", items=(Shown("text", "a"), Shown("text", "b")))
    assert laid_out(["hanya ini"]) == Shown("text", "hanya ini")


def test_address_becomes_a_link_and_other_schemes_do_not():
    assert laid_out("https://data.example.go.id/a") == Shown("link", "https://data.example.go.id/a")
    assert laid_out("javascript:alert(1)") == Shown("text", "javascript:alert(1)")
    assert laid_out("https://a.example dan b") == Shown("text", "https://a.example dan b")


def test_words_need_no_quotation_marks():
    assert laid_out_json("orang") == Shown("text", "orang")
    assert laid_out_json('"2023"') == Shown("text", "2023")


@given(JSON)
def test_any_json_is_laid_out(value):
    shown = laid_out(value)
    assert shown is None or shown.kind in {"text", "link", "list", "pairs", "table"}
    if shown and shown.kind == "table":
        assert all(len(row) == len(shown.columns) for row in shown.rows)
