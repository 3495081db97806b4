"""Dates in every shape that partner catalogues hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.schemas.dates import iso_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-31", "2024-05-31"),
        ("2024-05", "2024-05"),
        ("2024", "2024"),
        (2024, "2024"),
        ("2025-12-16 11:42:32", "2025-12-16T11:42:32"),
        ("2025-12-16 11:42:32.123456", "2025-12-16T11:42:32.123456"),
        ("2024-01-10T08:00:00.000000Z", "2024-01-10T08:00:00.000000Z"),
        ("2024-01-10T08:00:00+07:00", "2024-01-10T08:00:00+07:00"),
        ("2024-01-10 08:00:00 +0700", "2024-01-10T08:00:00+07:00"),
        ("13-02-2024 10:00:00", "2024-02-13T10:00:00"),
        ("13/02/2024", "2024-02-13"),
        ("2024/02/13", "2024-02-13"),
        ("5 Nov 2024 01:02:03", "2024-11-05T01:02:03"),
        ("17 Agustus 2024", "2024-08-17"),
        (" 2024-05-31 ", "2024-05-31"),
    ],
)
def test_date_is_read(value, expected):
    assert iso_date(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "-000001-11-29T17:52:48.000000Z",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0001-11-30",
        "2024-02-30",
        "2024-13-01",
        "31-02-2024",
        "32 Januari 2024",
        "5 Foo 2024",
        "kemarin",
        "-",
        "",
        None,
        True,
        1.5,
        [],
        {},
        5,
        99999,
        "2024-05-31T25:00:00",
        "2024-05-31T08:00:00+99:00",
        "٢٠٢٤-٠٥-٣١",
    ],
)
def test_what_is_no_date_is_not_guessed(value):
    assert iso_date(value) is None


@given(st.one_of(st.text(), st.from_regex(r"-?\d{1,6}[-/. ]\d{1,2}[-/. ]\d{1,4}([ T]\d\d:\d\d(:\d\d)?)?")))
def test_no_text_makes_it_fail(value):
    result = iso_date(value)
    assert result is None or iso_date(result) == result
