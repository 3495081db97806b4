"""Surges: the figures of 2024, what is computed by hand, and what is known of generated counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.figures.signals import methods
from ckanext.satudatapmi.figures.signals.surges import ears

NONE = float("nan")
SETTINGS = methods.settings("surge")
YEAR_2024 = np.array([[114, 81, 115, NONE, 226, NONE, 115, 143, 134, 106, 96, 142]])


def test_may_2024_alarms_and_november_does_not():
    found = ears(YEAR_2024, SETTINGS)
    assert round(found.limit[0, 4]) == 161 and round(found.before.mean[0, 4], 1) == 103.3
    assert round(found.before.sd[0, 4], 1) == 19.3
    assert [month + 1 for month in np.flatnonzero(found.alarms(SETTINGS)["c1"][0])] == [5]


def test_statistics_are_those_of_their_definition():
    by_hand = {**SETTINGS, "window": 4, "least": 3}
    found = ears(np.array([[10.0, 30, 20, 20, 90, 80, 20, 150]]), by_hand)
    deviation = np.std([10, 30, 20, 20], ddof=1)
    assert found.c1[0, 4] == pytest.approx((90 - 20) / deviation)
    # Two periods lie between a period and those that it is judged by.
    assert found.c2[0, 6] == pytest.approx((20 - 20) / deviation)
    later = (150 - 40) / np.std([30, 20, 20, 90], ddof=1)
    assert found.c2[0, 7] == pytest.approx(later)
    sixth = (80 - 20) / np.std([10, 30, 20], ddof=1)
    assert found.c3[0, 7] == pytest.approx((sixth - 1) + 0 + (later - 1))


def test_deviation_is_at_least_that_of_poisson():
    assert ears(np.array([[100.0, 100, 100, 100]]), SETTINGS).before.sd[0, 3] == 10


@pytest.mark.parametrize("counts", [[5, 6, 70], [5, NONE, 6, NONE, 70], [NONE] * 4 + [70]])
def test_too_few_periods_before_are_no_judgement(counts):
    found = ears(np.array([counts], dtype=float), SETTINGS)
    assert np.isnan(found.c1[0, -1]) and not found.alarms(SETTINGS)["c1"].any()


def test_a_month_without_a_figure_is_neither_zero_nor_judged():
    found = ears(np.array([[100.0, 100, NONE, 100, NONE]]), SETTINGS)
    assert found.before.mean[0, 4] == 100 and np.isnan(found.c1[0, 4])


def test_nothing_but_zeros_before_is_no_measure():
    found = ears(np.array([[0.0, 0, 0, 0, 3]]), SETTINGS)
    assert np.isnan(found.c1[0, 4]) and not np.isinf(found.c1).any()


def test_false_alarms_and_power_on_counts_of_known_mean():
    random = np.random.default_rng(7)
    counts = random.poisson(100, (4_000, 24)).astype(float)
    quiet = ears(counts, SETTINGS).alarms(SETTINGS)["c1"][:, 12:].mean()
    surged = counts.copy()
    surged[:, 23] += 60
    seen = ears(surged, SETTINGS).alarms(SETTINGS)["c1"][:, 23].mean()
    assert quiet < 0.005 and seen > 0.95


@settings(max_examples=50)
@given(st.lists(st.one_of(st.just(NONE), st.integers(0, 10_000).map(float)), min_size=1, max_size=40))
def test_no_result_is_infinite_and_series_do_not_know_each_other(counts):
    alone = ears(np.array([counts]), SETTINGS)
    beside = ears(np.array([counts, counts[::-1]]), SETTINGS)
    for name in ("c1", "c2", "c3", "limit"):
        assert not np.isinf(getattr(alone, name)).any()
        np.testing.assert_allclose(getattr(alone, name)[0], getattr(beside, name)[0])
