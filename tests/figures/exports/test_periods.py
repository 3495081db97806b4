import re
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.figures.exports.periods import days_of, time_period
from tests.figures.exports.cubes import PERIODS

DURATION = re.compile(r"P(\d+)([YMD])")
UNITS = {"Y": "years", "M": "months", "D": "days"}


@pytest.mark.parametrize(
    ("start", "end", "value", "freq"),
    [
        ("2023-01-01", "2023-12-31", "2023", "A"),
        ("2023-07-01", "2023-12-31", "2023-S2", "S"),
        ("2023-01-01", "2023-03-31", "2023-Q1", "Q"),
        ("2023-10-01", "2023-12-31", "2023-Q4", "Q"),
        ("2024-02-01", "2024-02-29", "2024-02", "M"),
        ("2021-12-31", "2021-12-31", "2021-12-31", "D"),
        ("2023-01-01", "2023-10-31", "2023-01-01/P10M", "I"),
        ("2023-02-01", "2023-04-30", "2023-02-01/P3M", "I"),
        ("2023-07-01", "2024-06-30", "2023-07-01/P1Y", "I"),
        ("2007-01-01", "2024-12-31", "2007-01-01/P18Y", "I"),
        ("2007-01-01", "2024-11-14", "2007-01-01/P6528D", "I"),
        ("2023-01-02", "2023-12-31", "2023-01-02/P364D", "I"),
    ],
)
def test_periods_are_written_as_sdmx_does(start, end, value, freq):
    period = time_period(date.fromisoformat(start), date.fromisoformat(end))
    assert (period.value, period.freq) == (value, freq)


@given(PERIODS)
def test_the_days_of_a_period_can_be_read_back(days):
    assert _days(time_period(*days).value) == days


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_whole_months_can_be_read_back(day, months):
    start = day.replace(day=1)
    end = (pd.Timestamp(start) + pd.DateOffset(months=months)).date() - timedelta(days=1)
    assert _days(time_period(start, end).value) == (start, end)


def _days(text: str) -> tuple[date, date]:
    """Return the first and the last day of a TIME_PERIOD, by pandas."""
    if "/" in text:
        start, duration = text.split("/")
        count, unit = DURATION.fullmatch(duration).groups()
        after = pd.Timestamp(start) + pd.DateOffset(**{UNITS[unit]: int(count)})
        return date.fromisoformat(start), after.date() - timedelta(days=1)
    if "-S" in text:
        first = pd.Timestamp(f"{text[:4]}-{'01' if text.endswith('1') else '07'}-01")
        return first.date(), (first + pd.DateOffset(months=6)).date() - timedelta(days=1)
    period = pd.Period(text.replace("-Q", "Q"))
    return period.start_time.date(), period.end_time.date()


@given(PERIODS)
def test_what_is_written_is_read(days):
    assert days_of(time_period(*days).value) == days


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023-A1", "2023-01-01", "2023-12-31"),
        ("2023-T3", "2023-09-01", "2023-12-31"),
        ("2023-M6", "2023-06-01", "2023-06-30"),
        ("2024-M02", "2024-02-01", "2024-02-29"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2024-D366", "2024-12-31", "2024-12-31"),
        ("2023-06-30T08:00:00+07:00", "2023-06-30", "2023-06-30"),
        ("2023-01-01/P1Y2M3D", "2023-01-01", "2024-03-03"),
    ],
)
def test_other_forms_of_sdmx_are_read(text, start, end):
    assert days_of(text) == (date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0000",
        "9999",
        "2023-13",
        "2023-06-31",
        "2023-Q5",
        "2023-A2",
        "2023-W53",
        "2023-D366",
        "2023-1",
        "20230630",
    ]
    + ["2023/P1Y", "2023-01-01/P", "2023-01-01/P0D", "2023-01-01/P9999Y", "2023-01-01/1Y", "2023-06-30 08:00:00"],
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError):
        days_of(text)
