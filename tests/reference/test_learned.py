"""What walidata have decided goes before likeness and after the list, in its context or everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.reference.learned import context_of, options_of
from ckanext.satudatapmi.reference.matchers import folded, match_all
from ckanext.satudatapmi.reference.matching import MatchStatus

EAST_JAVA = {"level": "kabupaten_kota", "within": "35"}
HERE = context_of(EAST_JAVA)


def found(name, text, options=None, learned=None):
    match = match_all(name, [text], options, learned or {})[text]
    return match.code, match.status


@pytest.mark.parametrize("text", ["Hongkong", "Hong Kong", "HKG", "HONG KONG SAR"])
def test_spellings_of_one_country_have_one_code(text):
    assert match_all("negara", [text])[text].code == "HKG"


@pytest.mark.parametrize(("name", "text"), [("negara", "Kongo"), ("wilayah", "Kediri")])
def test_names_of_several_codes_stay_open_until_they_are_decided(name, text):
    assert found(name, text) == (None, MatchStatus.AMBIGUOUS)


@pytest.mark.parametrize(
    ("name", "text", "options", "learned", "code"),
    [
        ("negara", "KONGO", {}, {("negara", "kongo", ""): "COD"}, "COD"),
        ("negara", "Kindom", {}, {("negara", "kindom", ""): "GBR"}, "GBR"),
        ("wilayah", "Kediri", EAST_JAVA, {("wilayah", "kediri", HERE): "35.71"}, "35.71"),
        ("wilayah", "Kediri", EAST_JAVA, {("wilayah", "kediri", ""): "35.06"}, "35.06"),
        (
            "wilayah",
            "kediri",
            EAST_JAVA,
            {("wilayah", "kediri", ""): "35.06", ("wilayah", "kediri", HERE): "35.71"},
            "35.71",
        ),
    ],
)
def test_decided_name_is_found_however_it_is_cased(name, text, options, learned, code):
    assert found(name, text, options, learned) == (code, MatchStatus.LEARNED)


def test_decision_of_one_context_does_not_hold_in_another():
    learned = {("wilayah", "kediri", HERE): "35.71"}
    assert found("wilayah", "Kediri", {}, learned) == (None, MatchStatus.AMBIGUOUS)
    assert found("wilayah", "Kediri", {"within": "35"}, learned) == (None, MatchStatus.AMBIGUOUS)


def test_decision_for_everywhere_does_not_hold_where_its_code_cannot_be_meant():
    learned = {("wilayah", "pulaulombok", ""): "52.02"}
    assert found("wilayah", "Pulau Lombok", {"within": "52"}, learned) == ("52.02", MatchStatus.LEARNED)
    assert found("wilayah", "Pulau Lombok", EAST_JAVA, learned)[0] is None


def test_name_of_the_list_cannot_be_decided_away():
    assert found("negara", "Malaysia", {}, {("negara", "malaysia", ""): "SGP"}) == ("MYS", MatchStatus.EXACT)


def test_decision_goes_before_likeness_and_a_refusal_ends_it():
    assert found("negara", "Malaisia")[1] is MatchStatus.FUZZY
    assert found("negara", "Malaisia", {}, {("negara", "malaisia", ""): "MWI"}) == ("MWI", MatchStatus.LEARNED)
    assert found("negara", "Malaisia", {}, {("negara", "malaisia", ""): None}) == (None, MatchStatus.UNKNOWN)


def test_code_that_is_in_no_list_any_more_is_not_found():
    assert found("negara", "Kindom", {}, {("negara", "kindom", ""): "XXX"})[0] is None


def test_names_are_kept_as_their_list_compares_them():
    assert folded("wilayah", "Kab. Bogor") == folded("wilayah", "KABUPATEN  BOGOR")
    assert folded("negara", "Hong-Kong") == folded("negara", "HONGKONG")
    assert folded("negara", " ?? ") == "??"


@given(st.dictionaries(st.sampled_from(["level", "within", "unmarked"]), st.from_regex(r"[a-z0-9._]+", fullmatch=True)))
def test_context_is_read_back_as_it_was_written(options):
    assert options_of(context_of(options)) == options
