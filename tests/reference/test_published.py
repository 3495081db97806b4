"""The published code lists: complete where they say so, every link leads somewhere, history is kept."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.satudatapmi.reference import published, wilayah
from ckanext.satudatapmi.reference.matchers import matcher

NAMES = list(published.published_lists())


@pytest.mark.parametrize("name", NAMES)
def test_every_list_has_codes_with_names_and_says_what_it_is(name):
    info, concepts = published.published_lists()[name], published.concepts(name)
    codes = [concept.code for concept in concepts]
    assert len(codes) == len(set(codes)) > 1
    assert all(concept.label["id"] for concept in concepts)
    assert all(set(text) == {"id", "en"} for text in (info.title, info.about))
    assert info.source and info.edition and info.licence
    assert info.of is None or len(codes) <= info.of


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_code(name):
    for concept in published.concepts(name):
        for link in concept.links:
            there = {other.code for other in published.concepts(link.list)}
            if link.list in ("kbji2014", "kbli2020"):
                there |= {""}
            assert link.code in there or link.list == "kbji2014", (concept.code, link)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "wilayah_bps"])
def test_every_code_and_name_of_a_list_finds_its_code(name):
    match = matcher(name)
    for concept in published.concepts(name):
        if name == "wilayah" and concept.code in ("IDN", *(code for code in wilayah.areas() if "." not in code)):
            continue
        found = match(concept.label["id"])
        assert concept.code in (found.code, *(one.code for one in found.candidates)), concept.label


def test_every_province_has_both_codes_and_every_district_its_own():
    by_code = {concept.code: concept for concept in published.concepts("wilayah")}
    areas = wilayah.areas().values()
    assert sum(area.level == "provinsi" for area in areas) == 38
    assert sum(area.level == "kabupaten_kota" for area in areas) == 514
    for area in areas:
        bps = [link.code for link in by_code[area.code].linked("same") if link.list == "wilayah_bps"]
        assert len(bps) == (area.level == "provinsi")


@pytest.mark.parametrize(
    ("kemendagri", "bps"),
    [("91", "94"), ("92", "91"), ("93", "95"), ("94", "96"), ("95", "97"), ("96", "92"), ("35", "35")],
)
def test_codes_of_papua_are_crossed(kemendagri, bps):
    (area,) = (one for one in published.concepts("wilayah_bps") if one.code == bps)
    assert [(link.list, link.code) for link in area.linked("same")] == [("wilayah", kemendagri)]


def test_district_has_a_bps_code_only_where_the_bridge_proves_it():
    proven = {concept.code: concept for concept in published.concepts("wilayah", {"73.08": "7311"})}
    assert [link.code for link in proven["73.08"].linked("same")] == ["7311"]
    assert proven["73.09"].linked("same") == []
    (bone,) = (one for one in published.concepts("wilayah_bps", {"73.08": "7311"}) if one.code == "7311")
    assert [(link.relation, link.code) for link in bone.links] == [("broader", "73"), ("same", "73.08")]


def test_split_area_says_what_it_came_from():
    papua_selatan = next(one for one in published.concepts("wilayah") if one.code == "93")
    assert [link.code for link in papua_selatan.linked("succeeds")] == ["91"]
    assert not papua_selatan.is_valid(dt.date(2022, 7, 24)) and papua_selatan.is_valid(dt.date(2022, 7, 25))


def test_renamed_body_keeps_its_history():
    bodies = {concept.code: concept for concept in published.concepts("instansi")}
    assert not bodies["bnp2tki"].is_valid(dt.date(2024, 1, 1)) and bodies["bp2mi"].is_valid(dt.date(2024, 1, 1))
    assert [link.code for link in bodies["kp2mi"].linked("succeeds")] == ["bp2mi"]


def test_countries_are_all_of_iso_3166():
    countries = {concept.code: concept for concept in published.concepts("negara")}
    assert len(countries) == 249
    assert countries["HKG"].label == {"id": "Hong Kong", "en": "Hong Kong SAR China"}
    assert (countries["TWN"].label["id"], countries["JPN"].label["id"]) == ("Taiwan", "Jepang")


def test_unknown_list_is_refused():
    with pytest.raises(KeyError):
        published.concepts("tidak_ada")
