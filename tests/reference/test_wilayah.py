from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import rows
from ckanext.satudatapmi.reference.matching import MatchStatus

DISTRICTS = [area for area in wilayah.areas().values() if area.level == "kabupaten_kota"]
PROVINCES = [area for area in wilayah.areas().values() if area.level == "provinsi"]


def test_the_list_holds_38_provinces_and_514_districts_with_codes_of_their_own():
    assert len(PROVINCES) == 38
    assert len(DISTRICTS) == 514
    assert {area.parent for area in DISTRICTS} == {area.code for area in PROVINCES}


def test_the_crosswalk_names_the_same_provinces_and_counts_their_districts():
    for row in rows("wilayah_provinsi"):
        inside = [area for area in DISTRICTS if area.parent == row["kode_kemendagri"]]
        assert wilayah.areas()[row["kode_kemendagri"]].name == row["nama"]
        assert sum(area.kind == "Kabupaten" for area in inside) == int(row["jml_kabupaten"])
        assert sum(area.kind == "Kota" for area in inside) == int(row["jml_kota"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KAB. BOGOR", "32.01"),
        ("Kabupaten Bogor", "32.01"),
        ("kab bogor", "32.01"),
        ("Bogor (Kab.)", "32.01"),
        ("Bogor, Kabupaten", "32.01"),
        ("Kodya Bogor", "32.71"),
        ("KOTA BOGOR", "32.71"),
        ("Kota Adm. Jakarta Selatan", "31.74"),
        ("Kota Administrasi Jakarta Selatan", "31.74"),
        ("Jakarta Selatan", "31.74"),
        ("Jaksel", "31.74"),
        ("Kab. Adm. Kep. Seribu", "31.01"),
        ("Kepulauan Seribu", "31.01"),
        ("Jatim", "35"),
        ("JAWA TIMUR", "35"),
        ("Prov. Jawa Timur", "35"),
        ("Propinsi Jawa Timur", "35"),
        ("DKI", "31"),
        ("DKI Jakarta", "31"),
        ("Provinsi DKI Jakarta", "31"),
        ("NTB", "52"),
        ("D.I. Yogyakarta", "34"),
        ("Kep. Riau", "21"),
        ("Kota Batu", "35.79"),
        ("Kotabaru", "63.02"),
        ("Kab. Kota Baru", "63.02"),
        ("Pangkalpinang", "19.71"),
        ("Tolitoli", "72.04"),
        ("Kab. Lombok Tengah", "52.02"),
        ("Loteng", "52.02"),
        ("  Kota   Surabaya ", "35.78"),
        ("Indonesia", "IDN"),
        ("35.06", "35.06"),
    ],
)
def test_usual_spellings_have_one_meaning(text: str, code: str):
    assert wilayah.match(text).code == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Kediri", {"35.06", "35.71"}),
        ("Jambi", {"15", "15.71"}),
        ("Yogyakarta", {"34", "34.71"}),
        ("Banjar", {"32.79", "63.03"}),
    ],
)
def test_a_name_of_several_areas_is_ambiguous_and_says_which(text: str, codes: set[str]):
    match = wilayah.match(text)
    assert match.status is MatchStatus.AMBIGUOUS
    assert match.code is None
    assert {candidate.code for candidate in match.candidates} == codes


def test_context_settles_what_a_name_alone_does_not():
    assert wilayah.match("Kediri", unmarked="kabupaten").code == "35.06"
    assert wilayah.match("Kediri", unmarked="kota").code == "35.71"
    assert wilayah.match("Kota Kediri", unmarked="kabupaten").code == "35.71"
    assert wilayah.match("Yogyakarta", level="provinsi").code == "34"
    assert wilayah.match("Banjar", within="63").code == "63.03"


def test_an_unmarked_name_that_only_a_city_bears_means_the_city():
    assert wilayah.match("Surabaya", unmarked="kabupaten", within="35").code == "35.78"


def test_an_area_outside_the_province_is_not_meant():
    match = wilayah.match("Kabupaten Bogor", within="35")
    assert match.status is MatchStatus.UNKNOWN
    assert all(candidate.code.startswith("35.") for candidate in match.candidates)


@pytest.mark.parametrize("text", ["", "   ", "-", "Bangkalam", "Kota", "3506", "35.99", "Kabupaten", "Atlantis"])
def test_what_is_no_area_is_unknown(text: str):
    assert wilayah.match(text).status is MatchStatus.UNKNOWN


def test_a_misspelt_name_gets_its_neighbours_but_no_code():
    match = wilayah.match("Bangkalam")
    assert match.candidates[0].name == "Kabupaten Bangkalan"


@given(
    st.sampled_from(DISTRICTS), st.sampled_from(["{}", "  {} ", "{}."]), st.sampled_from([str, str.upper, str.lower])
)
def test_every_district_is_found_by_its_official_name_however_it_is_cased(area, frame, case):
    match = wilayah.match(frame.format(case(area.name)))
    assert (match.code, match.name) == (area.code, area.name)
    assert match.status is MatchStatus.EXACT


@given(st.sampled_from(DISTRICTS))
def test_every_district_is_found_by_its_bare_name_once_province_and_kind_are_known(area):
    bare = area.name.removeprefix(f"{area.kind} ").removeprefix("Administrasi ")
    assert wilayah.match(bare, within=area.parent, unmarked=area.kind).code == area.code


@given(st.sampled_from(DISTRICTS), st.sampled_from(["Kab. {}", "KABUPATEN {}", "{} (Kab)"]))
def test_a_marked_regency_is_never_taken_for_a_city(area, frame):
    bare = area.name.removeprefix(f"{area.kind} ").removeprefix("Administrasi ")
    found = wilayah.match(frame.format(bare), within=area.parent).code
    assert found is None or wilayah.areas()[found].kind == "Kabupaten"


@given(st.text(max_size=30))
def test_any_text_gives_a_consistent_answer(text: str):
    match = wilayah.match(text)
    assert (match.code is None) == (match.status in (MatchStatus.AMBIGUOUS, MatchStatus.UNKNOWN))
    assert match.text == text
    assert match.status is not MatchStatus.AMBIGUOUS or len(match.candidates) > 1
