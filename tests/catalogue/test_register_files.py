"""What a row, a dataset and a release day say of the daftar data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import planning, register, register_files


@pytest.mark.parametrize(
    ("stored", "numbers"),
    [
        ("", set()),
        ("-", set()),
        ("14", {"14"}),
        ('"DD-1"', {"dd-1"}),
        ("007", {"007"}),
        ('["A 1", 2]', {"a 1", "2"}),
        ('{"x": 1}', set()),
        ('[["a"], null]', set()),
    ],
)
def test_numbers_that_a_dataset_names(stored, numbers):
    assert register.numbers_of({"id_dds": stored}) == numbers


DAYS = st.lists(st.integers(-300, 300), min_size=1, max_size=6, unique=True).map(sorted)


@given(days=DAYS, released=st.none() | st.integers(-400, 0))
@settings(max_examples=50)
def test_states_follow_the_days(days, released):
    today = date(2027, 6, 15)

    def in_days(*numbers):
        return tuple(today + timedelta(days=number) for number in numbers)

    entry = register.Planned(today.year, "1", "Data", "x", in_days(*days))
    day = None if released is None else in_days(released)[0]
    found = planning.states(entry, day, today)
    assert [state == "planned" for state in found] == [number >= 0 for number in days]
    past = [state for state in found if state != "planned"]
    # What was released later was released for every day before.
    assert past == sorted(past, reverse=True)
    assert released is not None or "released" not in past
    assert planning.states(replace(entry, release_days=in_days(-1)), today, today) == ["released"]


@given(cells=st.dictionaries(st.sampled_from([one["key"] for one in register_files.columns()]), st.text(max_size=40)))
@settings(max_examples=50)
def test_any_row_is_an_entry_or_told(cells):
    planned, reasons = register_files.Reader(2027, [{"id": "1", "name": "a", "title": "A"}]).planned(cells)
    assert (planned is None) == bool(reasons)
    assert all(key in {one["key"] for one in register_files.columns()} and words for key, words in reasons)
