"""The methods on generated data whose truth is known: what they recover, and how often their intervals hold it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.figures.reconciliation import chain, combining, cross, lists, mirror, stock
from ckanext.satudatapmi.figures.reconciliation.result import Input

NAMES = ("A", "B", "C")
COUNTS = st.integers(min_value=0, max_value=5_000_000)


def year(number, value):
    return Input("flow", value, date(number, 12, 31), date(number, 1, 1))


def caught(people, chances, random, dependence=0.0):
    """Return the counts by cell of lists that catch people; with a dependence, who is on the first is on the second."""
    on = random.random((people, len(chances))) < np.array(chances)
    on[:, 1] |= on[:, 0] & (random.random(people) < dependence)
    cells = Counter("".join("1" if one else "0" for one in row) for row in on)
    del cells["0" * len(chances)]
    return dict(cells)


def held_by(counts, interval_of, truth):
    held = [interval_of(one) for one in counts]
    return np.mean([low <= truth <= high for low, high in held])


def test_interval_of_two_lists_holds_the_truth_19_times_of_20():
    random = np.random.default_rng(20240615)
    truth = 10_000

    def interval(counts):
        n1, n2 = (sum(count for cell, count in counts.items() if cell[place] == "1") for place in (0, 1))
        return lists.chapman(Input("n1", n1), Input("n2", n2), Input("m", counts["11"])).interval

    share = held_by([caught(truth, (0.2, 0.3), random) for _time in range(400)], interval, truth)
    assert 0.92 <= share <= 0.98


def test_log_linear_interval_holds_the_truth_where_lists_are_independent():
    random = np.random.default_rng(7)
    truth = 5_000
    samples = [caught(truth, (0.3, 0.25, 0.35), random) for _time in range(120)]
    share = held_by(samples, lambda one: lists.loglinear(NAMES, one).interval, truth)
    # BIC now and then takes in a dependence that is none, which the interval of the model chosen does not know of.
    assert share >= 0.88


def test_log_linear_finds_the_dependence_that_two_lists_cannot_see():
    random = np.random.default_rng(11)
    truth = 20_000
    counts = caught(truth, (0.3, 0.2, 0.3), random, dependence=0.4)
    result = lists.loglinear(NAMES, counts)
    assert "A × B" in result.details["pairs"]
    assert abs(result.value - truth) / truth < 0.05
    assert abs(result.details["main_effects"] - truth) > 2 * abs(result.value - truth)


def test_interval_of_a_combination_holds_the_truth_19_times_of_20():
    random = np.random.default_rng(3)
    truth, errors = 150_000.0, (0.02, 0.05, 0.08)
    held = []
    for _time in range(500):
        sources = [
            Input("source", truth * (1 + error * random.standard_normal()), definition="x", rse=error)
            for error in errors
        ]
        result = combining.combine(sources, same_concept="generated from one truth")
        if not result.refused:
            held.append(result.interval[0] <= truth <= result.interval[1])
    assert len(held) > 450
    assert 0.91 <= np.mean(held) <= 0.98


def test_scattered_sources_get_a_wider_interval_than_a_fixed_effect_would_give():
    sources = [Input("source", value, definition="x", rse=0.05) for value in (100_000, 110_000, 122_000)]
    result = combining.combine(sources, same_concept="generated")
    assert 0.5 < result.details["i2"] <= 0.75 and result.details["model"] == "random"
    fixed = 1.96 / np.sqrt(sum(1 / (one.value * one.rse) ** 2 for one in sources))
    assert result.details["half_width"] > 1.2 * fixed


@settings(max_examples=60, deadline=None)
@given(
    stays=st.integers(min_value=1, max_value=8),
    flows=st.lists(st.integers(min_value=1_000, max_value=90_000), min_size=5, max_size=5),
    noise=st.floats(min_value=-0.01, max_value=0.01),
)
def test_stay_that_made_a_stock_is_recovered_from_it(stays, flows, noise):
    months = 6 * stays
    years = [year(2019 + at, value) for at, value in enumerate(flows)]
    made = stock.stock_from_flows(years, date(2023, 12, 31), stay=months)
    counted = Input("stock", made.value * (1 + noise), date(2023, 12, 31))
    nearest = min(flows) / 4 > abs(noise) * made.value
    if nearest:
        assert stock.fitted_stay(years, counted) == months


@settings(max_examples=60, deadline=None)
@given(value=st.integers(min_value=1, max_value=10**6), months=st.integers(min_value=1, max_value=60))
def test_steady_flow_and_its_stock_imply_the_stay(value, months):
    years = [year(2019 + at, value) for at in range(5)]
    made = stock.stock_from_flows(years, date(2023, 12, 31), stay=months)
    implied = stock.implied_stay(Input("stock", made.value, date(2023, 12, 31)), years[-1])
    assert implied.value == pytest.approx(months / 12)


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(st.lists(COUNTS, min_size=3, max_size=3), min_size=3, max_size=3))
def test_cell_of_a_table_lies_within_its_bounds(cells):
    row, column = sum(cells[0]), sum(line[0] for line in cells)
    total = sum(map(sum, cells))
    result = cross.frechet([Input("", row), Input("", column)], Input("", total))
    if total:
        assert result.interval[0] <= cells[0][0] <= result.interval[1]
        assert result.interval[0] <= Decimal(str(result.value)) <= result.interval[1]
    else:
        assert result.refused


@settings(max_examples=100, deadline=None)
@given(flows=st.lists(COUNTS, min_size=1, max_size=6), missed=st.integers(min_value=-500, max_value=500))
def test_residual_of_a_chain_is_what_was_missed(flows, missed):
    years = [year(2015 + at, value) for at, value in enumerate(flows)]
    first = Input("", 10**6, date(2014, 12, 31), date(2007, 1, 1))
    last = Input("", 10**6 + sum(flows) + missed, years[-1].day, date(2007, 1, 1))
    result = chain.closing(first, last, [chain.Flow(one) for one in years])
    if sum(flows) + missed > 0:
        assert result.value == missed
    else:
        assert result.refused


@settings(max_examples=100, deadline=None)
@given(one=COUNTS, other=COUNTS)
def test_mirror_is_the_same_from_either_side(one, other):
    here, there = mirror.mirror(Input("", one), Input("", other)), mirror.mirror(Input("", other), Input("", one))
    if one and other:
        assert here.value == pytest.approx(1 / there.value)
        assert here.details["asymmetry"] == there.details["asymmetry"] <= 2
    assert here.refused == (other == 0) and there.refused == (one == 0)


@settings(max_examples=60, deadline=None)
@given(counts=st.dictionaries(st.sampled_from(["100", "010", "001", "110", "101", "011", "111"]), st.integers(0, 400)))
def test_whatever_the_counts_there_is_a_sound_number_or_a_reason(counts):
    for method in (lists.loglinear, lists.chao):
        result = method(NAMES, counts)
        assert result.refused or result.value >= sum(counts.values())
