"""The methods of signals: the published figures to the digit, values by hand, and generated series with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.satudatapmi.figures.alerts import corridor, drift, ears, farrington, jumps
from ckanext.satudatapmi.figures.alerts.methods import methods, refusals

NAN = np.nan
COMPLAINTS_2024 = np.array([[114, 81, 115, NAN, 226, NAN, 115, 143, 134, 106, 96, 142]], dtype=float)
MAY, NOVEMBER = (0, 4), (0, 10)


def poisson(mean, shape, seed=7):
    return np.random.default_rng(seed).poisson(mean, shape).astype(float)


def test_may_2024_alarms_at_161_and_november_does_not():
    found = ears.c1(COMPLAINTS_2024)
    may = found.at(MAY)
    assert may.alarm
    assert round(may.limit) == 161
    assert round(may.inputs["mean"], 1) == 103.3
    assert round(may.inputs["sd"], 1) in (19.3, 19.4)
    assert not found.at(NOVEMBER).alarm
    assert [month for month in range(12) if found.at((0, month)).alarm] == [4]


def test_a_month_without_figure_is_refused_and_is_no_zero_to_the_others():
    found = ears.c1(COMPLAINTS_2024)
    assert found.at((0, 3)).refusal == "value_missing"
    assert found.at((0, 2)).refusal == "too_few_points"
    with_zero = np.nan_to_num(COMPLAINTS_2024)
    assert ears.c1(with_zero).at((0, 7)).inputs["mean"] < found.at((0, 7)).inputs["mean"]


def test_c1_by_hand_with_the_floor_of_a_poisson_count():
    # Four months of 16: mean 16, no spread, floor sqrt(16) = 4, limit 16 + 3 * 4 = 28.
    found = ears.c1(np.array([[16, 16, 16, 16, 28, 29]], dtype=float))
    assert found.at((0, 4)).limit == 28
    assert not found.at((0, 4)).alarm
    # Then 16, 16, 16, 16, 28: mean 18.4, sd sqrt(115.2 / 4) = 5.3666.
    assert found.at((0, 5)).limit == pytest.approx(18.4 + 3 * 5.366563)


def test_c2_leaves_out_the_last_two_months():
    values = np.array([[16, 16, 16, 16, 100, 100, 29]], dtype=float)
    assert not ears.c1(values).at((0, 6)).alarm
    found = ears.c2(values).at((0, 6))
    assert (found.limit, found.alarm) == (28, True)


def test_c3_adds_what_three_months_exceed_one_deviation_by():
    # C2 against 16 and 4 in the last three months: (24 - 16) / 4 = 2, which is 1 more than one deviation, in each.
    values = np.array([[16, 16, 16, 16, 16, 16, 24, 24, 24]], dtype=float)
    found = ears.c3(values)
    assert found.at((0, 8)).value == pytest.approx(3)
    assert found.at((0, 8)).alarm
    # Two months of 1 are 2, which the limit does not exceed.
    assert found.at((0, 7)).value == pytest.approx(2)
    assert not found.at((0, 7)).alarm
    assert found.at((0, 6)).refusal == "too_few_points"


def test_zeros_alone_give_no_limit():
    found = ears.c1(np.array([[0, 0, 0, 0, 1]], dtype=float))
    assert found.at((0, 4)).refusal == "zero_denominator"


@pytest.mark.parametrize("method", [ears.c1, ears.c2])
def test_false_alarms_and_power_of_ears(method):
    quiet = poisson(100, (4000, 24))
    alarms = method(quiet).alarms[:, 15:]
    assert alarms.mean() < 0.01
    loud = quiet.copy()
    loud[:, -1] = poisson(200, 4000, seed=8)
    assert method(loud).alarms[:, -1].mean() > 0.99


def test_a_jump_of_a_series_that_hardly_changes():
    steady = np.array([[100, 102, 99, 101, 100, 103, 300]], dtype=float)
    found = jumps.jumps(steady)
    last = found.at((0, 6))
    assert last.alarm
    assert last.limit == pytest.approx(0.5)
    assert (last.inputs["former"], last.inputs["current"]) == (103, 300)
    assert not found.alarms[0, :6].any()


def test_jumps_refuse_zero_missing_and_short_series():
    found = jumps.jumps(np.array([[100, 102, 99, 101, 100, 103, 0], [NAN, NAN, NAN, NAN, NAN, 5, 50]], dtype=float))
    assert found.at((0, 6)).refusal == "not_positive"
    assert found.at((1, 6)).refusal == "too_few_points"
    assert found.at((1, 5)).refusal == "value_missing"


def test_fits_are_those_of_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    months = np.arange(35)
    design = np.column_stack([np.ones(35), (months - 35) / 12])
    values = rng.negative_binomial(8, 0.1, (20, 35)).astype(float)
    values[0, 3:9] = NAN
    found = farrington.fit(values, design, np.ones(values.shape))
    for row, series in enumerate(values):
        known = ~np.isnan(series)
        rival = sm.GLM(series[known], design[known], family=sm.families.Poisson()).fit(scale="X2")
        np.testing.assert_allclose(found.coefficients[row], rival.params, rtol=1e-7, atol=1e-9)
        assert found.dispersion[row] == pytest.approx(max(rival.scale, 1), rel=1e-7)
        np.testing.assert_allclose(found.covariance[row], rival.cov_params(), rtol=1e-6)
        leverage = rival.get_influence().hat_matrix_diag
        np.testing.assert_allclose(found.leverage[row][known], leverage, rtol=1e-6)


def test_farrington_finds_a_surge_and_seldom_anything_else():
    months = np.arange(72)
    season = 100 * np.exp(0.2 * np.sin(2 * np.pi * months / 12))
    quiet = poisson(season, (2000, 72))
    found = farrington.farrington(quiet)
    assert (found.refused == "").all()
    assert found.alarms.mean() < 0.02
    quiet[:, -1] *= 2
    assert farrington.farrington(quiet).alarms.mean() > 0.99


def test_a_past_outbreak_hides_the_next_less_than_without_weights(monkeypatch):
    outbreak = poisson(50, (300, 72))
    outbreak[:, 72 - 1 - 24] = 400
    weighted = farrington.farrington(outbreak).limit.mean()
    monkeypatch.setattr(
        farrington, "reweighted", lambda values, design: farrington.fit(values, design, np.ones(values.shape))
    )
    assert weighted < 0.75 * farrington.farrington(outbreak).limit.mean()


def test_farrington_needs_three_years_and_any_complaint():
    assert farrington.farrington(poisson(50, (1, 30))).at((0, 0)).refusal == "too_few_points"
    assert farrington.farrington(np.zeros((1, 72))).at((0, 0)).refusal == "zero_denominator"
    gap = poisson(50, (1, 72))
    gap[0, -1] = NAN
    assert farrington.farrington(gap).at((0, 0)).refusal == "value_missing"


def test_cambodia_and_taiwan_in_september_2024():
    mean = corridor.rate_of(13 + 41, 49 + 6719)
    cambodia, taiwan = corridor.corridor(13, 49, mean), corridor.corridor(41, 6719, mean)
    assert round(cambodia.value) == 265
    assert cambodia.alarm
    assert round(taiwan.value, 1) == 6.1
    assert not taiwan.alarm


def test_funnel_limits_by_hand():
    # Mean 10 per 1,000, 1,000 placements: 10 +- 3 * sqrt(10).
    found = corridor.corridor(10, 1000, 10.0)
    assert found.limit == pytest.approx(19.486833)
    assert found.inputs["lower"] == pytest.approx(0.513167)


def test_a_destination_without_legal_corridor_is_a_class_of_its_own():
    found = corridor.corridor(1, 29, 6.0)
    assert (found.method, found.value, found.alarm) == ("no_corridor", 1, True)
    assert corridor.corridor(1, 30, 6.0).method == "corridor"
    assert not corridor.corridor(0, 0, 6.0).alarm
    assert corridor.corridor(3, None, 6.0).refusal == "zero_denominator"


def test_the_funnel_seldom_alarms_on_chance():
    placements = np.random.default_rng(5).integers(1000, 20_000, 3000)
    complaints = poisson(placements * 0.007, 3000)
    found = [corridor.corridor(c, p, 7.0).alarm for c, p in zip(complaints, placements, strict=True)]
    assert np.mean(found) < 0.01


def test_the_share_of_non_procedural_complaints_drifted_but_not_its_distribution():
    found = drift.share_drift((1553, 1918), (985, 1462))
    assert found.alarm
    assert (round(found.inputs["former"], 2), round(found.inputs["current"], 2)) == (0.81, 0.67)
    stability = drift.psi([1553, 1918 - 1553], [985, 1462 - 985])
    assert stability.value == pytest.approx(0.0985, abs=0.0005)
    assert not stability.alarm


def test_psi_by_hand_and_its_refusals():
    # 0.3 * ln(0.8 / 0.5) - 0.3 * ln(0.2 / 0.5)
    assert drift.psi([50, 50], [80, 20]).value == pytest.approx(0.415888)
    assert drift.psi([50, 50], [80, 20]).alarm
    assert np.isfinite(drift.psi([50, 50], [100, 0]).value)
    assert drift.psi([0, 0], [80, 20]).refusal == "zero_denominator"
    assert drift.psi([5, 5], [80, 20]).refusal == "too_few_points"
    assert drift.share_drift((0, 0), (1, 2)).refusal == "zero_denominator"
    assert drift.share_drift((0, 50), (0, 50)).refusal == "zero_denominator"


def test_every_method_has_its_words_and_every_refusal_too():
    for one in methods().values():
        assert all(set(words) == {"id", "en"} for words in (one.title, one.formula, one.filled)), one.id
    assert all(set(words) == {"id", "en"} for words in refusals().values())
