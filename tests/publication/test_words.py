"""Our words in those of DCAT-AP, and the reading of periods, areas and languages."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given

from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.publication.words import Period, Place
from tests.strategies import JSON

EU = "http://publications.europa.eu/resource/authority/"


def test_examples_in_docstrings_hold():
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("R/P1Y", "ANNUAL"),
        ("Tahunan", "ANNUAL"),
        ("BULANAN", "MONTHLY"),
        ("3 Bulan Sekali", "QUARTERLY"),
        ("Semesteran", "ANNUAL_2"),
        ("Harian", "DAILY"),
        ("irregular", "IRREG"),
    ],
)
def test_update_frequencies_have_their_uri(value, name):
    assert words.frequency(value) == f"{EU}frequency/{name}"


@pytest.mark.parametrize("value", ["kadang-kadang", None, 5, ["R/P1Y"]])
def test_unknown_update_frequency_has_no_uri(value):
    assert words.frequency(value) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [("terbuka", "PUBLIC"), ("publik", "PUBLIC"), ("terbatas", "RESTRICTED"), ("tertutup", "NON_PUBLIC")],
)
def test_access_rights_have_their_uri(value, name):
    assert words.access_right(value) == f"{EU}access-right/{name}"


@pytest.mark.parametrize(("code", "name"), [("id", "IND"), ("ID", "IND"), ("en_US", "ENG"), ("id-ID", "IND")])
def test_languages_have_their_uri(code, name):
    assert words.language(code) == f"{EU}language/{name}"


@pytest.mark.parametrize(
    ("value", "period"),
    [
        ("2024-01-01/2024-12-31", Period("2024-01-01", "2024-12-31")),
        ("2024", Period("2024", "2024")),
        (2024, Period("2024", "2024")),
        ("2024-05", Period("2024-05", "2024-05")),
        ("2020/2024", Period("2020", "2024")),
        ("01/05/2024", Period("2024-05-01", "2024-05-01")),
        ("2024-01-01/..", Period("2024-01-01", None)),
        (["2024"], Period("2024", "2024")),
        ({"startDate": "2024-01-01", "endDate": "2024-03-31"}, Period("2024-01-01", "2024-03-31")),
        ({"end": "2024"}, Period(None, "2024")),
        ("tahun lalu", None),
        ({}, None),
        (None, None),
        (["2023", "2024"], None),
    ],
)
def test_periods(value, period):
    assert words.period(value) == period


POINT = {"type": "Point", "coordinates": [112.7, -7.2]}


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("35", [Place("Jawa Timur", "35")]),
        ("35.06", [Place("Kabupaten Kediri", "35.06")]),
        ("35.71", [Place("Kota Kediri", "35.71")]),
        ("Jatim", [Place("Jatim", "35")]),
        ("Kediri", [Place("Kediri")]),
        ("Antah Berantah", [Place("Antah Berantah")]),
        (["35", "Bali"], [Place("Jawa Timur", "35"), Place("Bali", "51")]),
        ({"nama": "Bali", "kode": "51"}, [Place("Bali", "51")]),
        ({"kode": "51"}, [Place("Bali", "51")]),
        (POINT, [Place(geometry=POINT)]),
        ("99", [Place("99")]),
        ({"lain": 1}, []),
        (None, []),
        ("", []),
    ],
)
def test_places(value, places):
    assert list(words.places(value)) == places


@given(JSON)
def test_nothing_that_a_catalogue_may_hold_raises(value):
    words.period(value)
    list(words.places(value))
    words.frequency(value)
    words.access_right(value)
    [words.language(code) for code in words.languages(value)]
