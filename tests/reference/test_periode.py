from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.periode import Period, months_text, parse_period, period_text

MONTHS = [code.label for code in load("bulan")]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("Tahun 2024", "2024-01-01", "2024-12-31"),
        ("Februari 2024", "2024-02-01", "2024-02-29"),
        ("Pebruari 2023", "2023-02-01", "2023-02-28"),
        ("Agt 2024", "2024-08-01", "2024-08-31"),
        ("Nop. 2024", "2024-11-01", "2024-11-30"),
        ("Jan-25", "2025-01-01", "2025-01-31"),
        ("Jan\u2013Jun 2023", "2023-01-01", "2023-06-30"),
        ("Januari - Juni 2023", "2023-01-01", "2023-06-30"),
        ("Januari s.d. Oktober 2023", "2023-01-01", "2023-10-31"),
        ("Januari s/d Oktober 2023", "2023-01-01", "2023-10-31"),
        ("Oktober 2023 sampai dengan Maret 2024", "2023-10-01", "2024-03-31"),
        ("Triwulan I 2021", "2021-01-01", "2021-03-31"),
        ("TW IV Tahun 2021", "2021-10-01", "2021-12-31"),
        ("Q3 2021", "2021-07-01", "2021-09-30"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("Semester II 2023", "2023-07-01", "2023-12-31"),
        ("2007\u20132022", "2007-01-01", "2022-12-31"),
        ("2007 s.d. 14 November 2024", "2007-01-01", "2024-11-14"),
        ("31 Desember 2022", "2022-12-31", "2022-12-31"),
        ("Per 30 April 2024", "2024-04-30", "2024-04-30"),
        ("2024-11-14", "2024-11-14", "2024-11-14"),
        ("14/11/2024", "2024-11-14", "2024-11-14"),
    ],
)
def test_periods_as_tables_print_them(text: str, start: str, end: str):
    assert parse_period(text) == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "Jumlah",
        "Juni",
        "12/31/2022",
        "31 Februari 2024",
        "Semester III 2024",
        "2024-13-01",
        "Juni 2024 - Mei 2024",
    ],
)
def test_what_names_no_period_is_none(text: str):
    assert parse_period(text) is None


def test_a_year_from_elsewhere_completes_a_month():
    assert parse_period("Februari", year=2024) == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert parse_period("Jan-Feb", year=2024) == Period(date(2024, 1, 1), date(2024, 2, 29))
    assert parse_period("Triwulan II", year=2021) == Period(date(2021, 4, 1), date(2021, 6, 30))


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)))
def test_a_day_comes_back_from_its_indonesian_and_its_iso_writing(day: date):
    printed = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    assert parse_period(printed) == parse_period(day.isoformat()) == Period(day, day)


@given(st.text(max_size=30), st.one_of(st.none(), st.integers(1900, 2100)))
def test_no_text_breaks_the_reading_and_no_period_ends_before_it_starts(text: str, year: int | None):
    period = parse_period(text, year)
    assert period is None or period.start <= period.end


@pytest.mark.parametrize(
    ("start", "end", "text", "months"),
    [
        ("2024-01-01", "2024-12-31", "2024", "Januari\u2013Desember"),
        ("2019-01-01", "2024-12-31", "2019\u20132024", None),
        ("2024-05-01", "2024-05-31", "Mei 2024", "Mei"),
        ("2024-04-01", "2024-06-30", "Triwulan II 2024", "Triwulan II"),
        ("2024-01-01", "2024-10-31", "Januari\u2013Oktober 2024", "Januari\u2013Oktober"),
        ("2023-11-01", "2024-02-29", "November 2023\u2013Februari 2024", None),
        ("2024-12-31", "2024-12-31", "31 Desember 2024", None),
        ("2024-01-01", "2024-11-14", "1 Januari 2024\u201314 November 2024", None),
    ],
)
def test_a_period_is_printed_as_tables_do(start: str, end: str, text: str, months: str | None):
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    assert period_text(period) == text
    assert months is None or months_text(period) == months


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.booleans())
def test_a_period_comes_back_from_what_is_printed(one: date, other: date, whole_months: bool):
    start, end = sorted((one, other))
    if whole_months:
        start, end = start.replace(day=1), end.replace(day=28)
        end = parse_period(f"{MONTHS[end.month - 1]} {end.year}").end
    assert parse_period(period_text(Period(start, end))) == Period(start, end)
