"""Estimates of a year: that of 2024, its test on years that are over, the model with seasons, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.satudatapmi.figures.signals.methods import Refusal
from ckanext.satudatapmi.figures.signals.nowcast import Nowcast, Year, nowcast, seasonal

YEARS = [Year(2022, 146_955, 200_761), Year(2023, 237_992, 274_965)]


def test_2024_from_its_first_ten_months():
    found = nowcast(2024, 250_391, YEARS, 1)
    assert isinstance(found, Nowcast)
    assert (round(found.estimate), found.years) == (289_290, (2023,))
    (tested,) = found.tested
    assert (tested.year, round(tested.estimate), tested.total) == (2023, 325_130, 274_965)
    assert found.mape == pytest.approx(18.245, abs=0.001)


def test_share_of_more_years_is_that_of_their_sums():
    found = nowcast(2024, 250_391, YEARS, 2)
    assert isinstance(found, Nowcast) and found.share == pytest.approx((146_955 + 237_992) / (200_761 + 274_965))


def test_without_a_test_there_is_no_error_to_tell():
    found = nowcast(2024, 250_391, YEARS[1:], 1)
    assert isinstance(found, Nowcast) and (found.tested, found.mape) == ((), None)


@pytest.mark.parametrize("former", [[], [Year(2023, 0, 0)], [Year(2023, 0, 10)], [Year(2025, 5, 10)]])
def test_without_an_earlier_share_there_is_no_estimate(former):
    assert nowcast(2024, 250_391, former, 1) == Refusal("no_share")


def test_model_with_seasons_finds_trend_and_seasons_again():
    random = np.random.default_rng(5)
    factors = 1 + 0.3 * np.sin(np.arange(12))
    truth = {at: 20_000 * 1.05 ** (at / 12) * factors[at % 12] for at in range(60)}
    known = {at: value * random.lognormal(0, 0.02) for at, value in truth.items() if at < 52}
    found = seasonal(known, 36)
    assert isinstance(found, dict) and sorted(found) == list(range(52, 60))
    assert all(found[at] == pytest.approx(truth[at], rel=0.06) for at in found)


def test_model_with_seasons_needs_three_years():
    assert seasonal(dict.fromkeys(range(35), 1.0), 36) == Refusal("too_few", {"needed": 36, "held": 35})


def test_every_reason_is_told_in_both_languages():
    told = Refusal("too_few", {"needed": 36, "held": 35}).plain()
    assert "36" in told["words"]["id"] and "35" in told["words"]["en"]
