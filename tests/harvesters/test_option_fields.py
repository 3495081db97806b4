"""The options of a source as fields of its form, and the configuration that they make."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters import option_fields
from ckanext.satudatapmi.harvesters.option_fields import MARKER, all_fields, composed, text_of
from ckanext.satudatapmi.harvesters.protocols.base import Option

OPTIONS = (
    Option("word", "text", lambda: "Word", default="pmi"),
    Option("paged", "flag", lambda: "Paged"),
    Option("rows", "number", lambda: "Rows"),
    Option("tags", "list", lambda: "Tags"),
    Option("types", "list", lambda: "Types", choices=("csv", "xlsx")),
    Option("table", "object", lambda: "Table"),
    Option("key", "secret", lambda: "Key"),
)
FIELDS = all_fields("contoh", OPTIONS)


def made(values, stored=""):
    """Return what fields make; a name without a scope is of the protocol."""
    scoped = {name if "." in name else f"contoh.{name}": value for name, value in values.items()}
    config, errors = composed(
        {MARKER: "1", **{f"option.{name}": value for name, value in scoped.items()}}, FIELDS, stored
    )
    return json.loads(config or "{}"), errors


@pytest.mark.parametrize(
    ("values", "config"),
    [
        ({}, {}),
        ({"word": "  ", "tags": "\r\n", "rows": ""}, {}),
        ({"word": " pekerja migran "}, {"word": "pekerja migran"}),
        ({"paged": "false"}, {"paged": False}),
        ({"rows": "100"}, {"rows": 100}),
        ({"rows": "0,5"}, {"rows": 0.5}),
        ({"tags": "satu\r\n\r\n dua "}, {"tags": ["satu", "dua"]}),
        ({"types": "csv"}, {"types": ["csv"]}),
        ({"types": ["csv", "xlsx"]}, {"types": ["csv", "xlsx"]}),
        ({"table": '{"unpivot": "tahun"}'}, {"table": {"unpivot": "tahun"}}),
        ({"key": "abc"}, {"key": "abc"}),
        (
            {"common.policy.max_deletions": "0.2", "common.policy.grace_days": "3"},
            {"policy": {"max_deletions": 0.2, "grace_days": 3}},
        ),
        ({"common.proposed": "true"}, {"proposed": True}),
        ({"word": "a", "lain.word": "b"}, {"word": "a"}),
    ],
)
def test_fields_make_a_configuration(values, config):
    assert made(values) == (config, {})


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"rows": "banyak"}, "option.contoh.rows", "no number"),
        ({"paged": "mungkin"}, "option.contoh.paged", "yes or no"),
        ({"table": "{"}, "option.contoh.table", "line 1"),
        ({"table": "[]"}, "option.contoh.table", "JSON object"),
    ],
)
def test_nonsense_is_told_at_its_field_and_the_others_stay(values, field, words):
    config, errors = made(values | {"word": "a"})
    assert config == {"word": "a"} and list(errors) == [field]
    assert words in errors[field][0]


def test_secret_is_kept_replaced_or_forgotten_but_never_shown():
    stored = '{"key": "env:KUNCI"}'
    field = next(one for one in FIELDS if one.option.key == "key")
    assert text_of(field, "env:KUNCI") == ""
    assert made({}, stored) == ({"key": "env:KUNCI"}, {})
    assert made({"key": "baru"}, stored) == ({"key": "baru"}, {})
    assert made({"contoh.key.forget": "1"}, stored) == ({}, {})


@pytest.mark.parametrize(
    ("stored", "values"),
    [
        ({"types": ["xlsx", "csv"]}, {"types": ["csv", "xlsx"]}),
        ({"types": []}, {}),
        ({"word": ""}, {"word": ""}),
        ({"tags": [1, 2]}, {"tags": "1\r\n2"}),
    ],
)
def test_what_a_browser_sends_back_changes_nothing(stored, values):
    assert made(values, json.dumps(stored)) == (stored, {})


def test_options_of_another_protocol_do_not_count():
    text = json.dumps({"key": "A.IDN", "policy": {"grace_days": 1}})
    assert json.loads(option_fields.kept(text, "sdmx", "bps")) == {"policy": {"grace_days": 1}}
    assert option_fields.kept(text, "sdmx", "sdmx") == text


CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "word": st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1),
        "paged": st.booleans(),
        "rows": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "tags": st.lists(st.integers() | st.text("ab c,", min_size=1).map(str.strip).filter(bool), min_size=1),
        "types": st.lists(st.sampled_from(["csv", "xlsx"]), min_size=1, unique=True),
        "table": st.dictionaries(st.text("ab"), st.integers()),
        "key": st.text("ab", min_size=1),
        "policy": st.dictionaries(st.sampled_from(["max_changes", "grace_days"]), st.floats(0, 1), min_size=1),
        "proposed": st.booleans(),
    },
)


@given(CONFIGS)
def test_form_that_is_sent_as_it_was_shown_changes_nothing(config):
    stored = json.dumps(config, indent=1)
    shown = {field.name: text_of(field, field.stored(config)) for field in FIELDS}
    assert composed({MARKER: "1", **shown}, FIELDS, stored) == (stored, {})


def test_fields_do_not_reach_the_dataset():
    values = {"title": "a", MARKER: "1", "option.contoh.word": "b"}
    assert option_fields.without_fields(values) == {"title": "a"}
