from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.reference import negara
from ckanext.satudatapmi.reference.matching import MatchStatus


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hongkong", "HKG"),
        ("Hong Kong", "HKG"),
        ("HONG KONG SAR", "HKG"),
        ("HKG", "HKG"),
        ("Taiwan (ROC)", "TWN"),
        ("Korea Selatan", "KOR"),
        ("Korsel", "KOR"),
        ("South Korea", "KOR"),
        ("Cina", "CHN"),
        ("China", "CHN"),
        ("RRT", "CHN"),
        ("UEA", "ARE"),
        ("Saudi Arabia", "SAU"),
        ("Inggris", "GBR"),
        ("Inggris Raya", "GBR"),
        ("United Kingdom", "GBR"),
        ("Türkiye", "TUR"),
        ("Turki", "TUR"),
        ("Brunei", "BRN"),
        ("Papua Nugini", "PNG"),
        ("Zambia", "ZMB"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Selandia Baru", "NZL"),
        ("Timor Leste", "TLS"),
        ("Jerman", "DEU"),
        ("Myanmar", "MMR"),
    ],
)
def test_names_that_publications_use_have_one_meaning(text: str, code: str):
    assert negara.match(text).code == code


def test_congo_is_two_countries():
    match = negara.match("Kongo")
    assert match.status is MatchStatus.AMBIGUOUS
    assert {candidate.code for candidate in match.candidates} == {"COG", "COD"}


@pytest.mark.parametrize("text", ["Kindom", "Malaisia", "Atlantis", "", "lainnya"])
def test_a_likeness_is_never_a_match(text: str):
    match = negara.match(text)
    assert match.status is MatchStatus.UNKNOWN
    assert match.code is None


def test_an_unknown_name_gets_suggestions_for_the_message():
    assert "MYS" in {candidate.code for candidate in negara.match("Malaisia").candidates}


def test_all_of_iso_3166_is_there_and_nothing_else():
    codes = set(negara.countries())
    assert len(codes) == 249
    assert {"IDN", "HKG", "TWN", "ESH", "ATA"} <= codes
    assert not {"XKK", "QUU", "DDR", "ZAR", "TMP", "BUR"} & codes


@given(st.sampled_from(sorted(negara.countries())))
def test_every_country_is_found_by_its_name_and_its_code(code: str):
    assert negara.match(negara.countries()[code].name).code == code
    assert negara.match(code).code == code


@given(st.text(max_size=20))
def test_any_text_gives_a_consistent_answer(text: str):
    match = negara.match(text)
    assert match.found == (match.status in (MatchStatus.EXACT, MatchStatus.ALIAS))
