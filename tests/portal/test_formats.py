"""Numbers and dates as each language writes them."""

from __future__ import annotations

import datetime as dt
import doctest

import pytest

from ckanext.satudatapmi.portal import errors, formats, values


@pytest.mark.parametrize("module", [formats, errors])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (1234, "1.234", "1,234"),
        (0, "0", "0"),
        (-1234567.25, "-1.234.567,25", "-1,234,567.25"),
        ("10970.50", "10.970,5", "10,970.5"),
        ("35.06.01", "35.06.01", "35.06.01"),
        ("", "", ""),
        (None, "", ""),
        (True, "True", "True"),
        (float("nan"), "nan", "nan"),
    ],
)
def test_number(value, indonesian, english):
    assert formats.number(value, "id") == indonesian
    assert formats.number(value, "en") == english


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2024", "2024"),
        ("2024-02", "Februari 2024"),
        ("2024-13", "2024-13"),
        ("2024-02-29", "29 Februari 2024"),
        ("2024-02-30", "2024-02-30"),
        ("-000001-11-29T00:00:00", "-000001-11-29T00:00:00"),
        (dt.date(2024, 8, 17), "17 Agustus 2024"),
        (None, ""),
    ],
)
def test_date_is_as_exact_as_it_is_known(value, shown):
    assert formats.date(value, "id") == shown


def test_time_without_zone_is_utc():
    assert formats.moment("2024-05-31T23:30:00", "en", "Asia/Jakarta") == "1 June 2024, 06:30 WIB"
    assert formats.moment(dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "id", "UTC") == "1 Januari 2024, 00.00 UTC"


def test_interval_of_dates_is_put_into_words():
    assert formats.interval("2011-01-01/2025-12-31", "id") == "1 Januari 2011 – 31 Desember 2025"
    assert formats.interval("ribu/orang", "id") == "ribu/orang"


def test_labels_come_from_keys():
    assert values.label_of("jumlahResponden") == "Jumlah responden"
    assert values.label_of("@type") == "Type"
    assert values.label_of("") == ""
