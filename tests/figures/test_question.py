"""Questions: what a request asks for, in parameters or in words, and what is said of what cannot be understood."""

from __future__ import annotations

import doctest
from datetime import date

import pytest

from ckanext.satudatapmi.figures import asking, question
from ckanext.satudatapmi.figures.question import QuestionError, children_of, frequency_of, question_of


def test_examples_in_docstrings_hold():
    assert doctest.testmod(question).failed == doctest.testmod(asking).failed == 0


@pytest.mark.parametrize(
    ("text", "start", "end", "frequency"),
    [
        ("2022", "2022-01-01", "2022-12-31", "A"),
        ("2022-06", "2022-06-01", "2022-06-30", "M"),
        ("2023-Q1", "2023-01-01", "2023-03-31", "Q"),
        ("2024-02", "2024-02-01", "2024-02-29", "M"),
        ("Jan-Jun 2023", "2023-01-01", "2023-06-30", "S"),
        ("Jan-Okt 2023", "2023-01-01", "2023-10-31", "X"),
        ("2019:2024", "2019-01-01", "2024-12-31", "A"),
        ("2023-Q1:2023-Q4", "2023-01-01", "2023-12-31", "Q"),
        ("2023-01-01:2023-10-31", "2023-01-01", "2023-10-31", "X"),
    ],
)
def test_periods_are_read(text, start, end, frequency):
    asked = question_of({"time": text})
    assert (asked.time.start, asked.time.end) == (date.fromisoformat(start), date.fromisoformat(end))
    assert asked.frequency == frequency


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("latest", True),
        ("2022", True),
        ("2022-06", True),
        ("Jan-Okt 2023", True),
        ("2023-01-01:2023-10-31", True),
        ("2019:2024", False),
        ("2023-Q1:2023-Q4", False),
    ],
)
def test_span_of_several_periods_is_told_from_one_period(text, one):
    assert question_of({"time": text}).of_one_period is one


def test_names_become_codes_and_totals_are_not_asked_for():
    asked = question_of({"origin": "Kab. Lombok Timur", "destination": "Hongkong", "sex": "Perempuan"})
    assert asked.codes == {"origin": "52.03", "destination": "HKG", "sex": "P"}
    assert question_of({"origin": "Indonesia", "destination": "Jumlah"}).codes == {}


@pytest.mark.parametrize(
    ("parameters", "parameter", "said"),
    [
        ({"origin": "Kediri"}, "origin", "35.71"),
        ({"destination": "Kongo"}, "destination", "COD"),
        ({"destination": "Kindom"}, "destination", "no one meaning"),
        ({"time": "2024:2019"}, "time", "2019:2024"),
        ({"vintage": "2024-13-01"}, "vintage", "2024-06-30"),
        ({"by": "channel"}, "by", "destination"),
        ({"facet": "bank_indonesia_stock"}, "facet", "bp2mi_placement"),
        ({"aggregate": "median"}, "aggregate", "sum, mean"),
        ({"by": 5}, "by", "destination"),
        ({"by": "destination", "destination": "MYS"}, "by", "MYS"),
        ({"time": "0000-01"}, "time", "2019:2024"),
        ({"time": "9999-12"}, "time", "2019:2024"),
        ({"time": "Mei 0000"}, "time", "2019:2024"),
        ({"time": "9999-12-01:9999-12-31"}, "time", "2019:2024"),
        ({"provinsi": "Jawa Timur", "time": "2023"}, "provinsi", "origin"),
        ({"Origin": ""}, "Origin", "origin"),
    ],
)
def test_what_cannot_be_understood_is_told_with_what_to_write(parameters, parameter, said):
    with pytest.raises(QuestionError) as error:
        question_of(parameters)
    assert error.value.parameter == parameter and said in error.value.message


@pytest.mark.parametrize(
    ("words", "parameters"),
    [
        ("berapa PMI asal Jawa Timur 2023", {"origin": "35", "time": "2023"}),
        ("pengaduan dari Taiwan 2024", {"indicator": "complaint", "destination": "TWN", "time": "2024"}),
        ("perempuan ke Hong Kong 2019-2024", {"sex": "P", "destination": "HKG", "time": "2019:2024"}),
        ("penempatan 2023 per 2024-06-30", {"indicator": "placement", "time": "2023", "vintage": "2024-06-30"}),
        ("penempatan per tahun 2023", {"indicator": "placement", "time": "2023"}),
        ("how many workers are from Jawa Timur 2023", {"origin": "35", "time": "2023"}),
        ("ke ARE 2023", {"destination": "ARE", "time": "2023"}),
        ("rata-rata Kemlu, Kemnaker dan BP2MI", {"aggregate": "mean"}),
    ],
)
def test_words_are_understood(words, parameters):
    understood = asking.understand(words)
    assert understood.parameters == parameters and understood.doubts == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("berapa korban 2023", "korban"),
        ("penempatan menurut Kemnaker", "Kemnaker"),
        ("Kediri 2020", "35.71"),
        ("ke Kongo 2023", "COD"),
        ("Kindom 2022", "Kindom"),
    ],
)
def test_word_without_one_meaning_is_a_doubt_and_never_passed_over(words, said):
    [doubt] = asking.understand(words).doubts
    assert said in doubt


def test_nation_divides_into_provinces_and_a_province_into_districts():
    assert len(children_of("origin", "IDN")) == 38 and "35" in children_of("origin", "IDN")
    assert len(children_of("origin", "35")) == 38 and "35.06" in children_of("origin", "35")
    assert children_of("destination", "_T") is None


def test_length_of_a_period_is_told_by_its_sdmx_code():
    spans = {"A": (date(2023, 1, 1), date(2023, 12, 31)), "X": (date(2023, 2, 1), date(2023, 4, 30))}
    assert {frequency_of(*span): code for code, span in spans.items()} == {"A": "A", "X": "X"}
