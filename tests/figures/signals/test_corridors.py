"""Corridors: the countries of September 2024, limits on generated counts, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from ckanext.satudatapmi.figures.signals import methods
from ckanext.satudatapmi.figures.signals.corridors import Counted, corridors

SETTINGS = methods.settings("corridor")
KHM, TWN = Counted("KHM", 13, 49), Counted("TWN", 41, 6_719)


def test_cambodia_is_on_top_of_september_2024():
    mean, (first, second) = corridors([TWN, KHM], SETTINGS)
    assert (first.counted.country, round(first.rate or 0), first.verdict) == ("KHM", 265, "above")
    assert (second.counted.country, round(second.rate or 0, 1), second.verdict) == ("TWN", 6.1, "within")
    assert mean == pytest.approx(1000 * 54 / 6_768)


def test_where_few_were_placed_any_complaint_is_a_signal():
    _mean, found = corridors([KHM, TWN, Counted("LAO", 2, 29), Counted("FJI", 0, 3)], SETTINGS)
    assert [(one.counted.country, one.rate, one.verdict) for one in found[2:]] == [
        ("LAO", None, "no_corridor"),
        ("FJI", None, "within"),
    ]


@pytest.mark.parametrize("placements", [None, 0])
def test_without_placements_there_is_no_rate(placements):
    _mean, found = corridors([KHM, TWN, Counted("MMR", 9, placements)], SETTINGS)
    assert (found[-1].rate, found[-1].verdict, found[-1].refusal.reason) == (None, None, "no_denominator")


def test_one_country_is_compared_with_nothing():
    mean, (only,) = corridors([KHM], SETTINGS)
    assert mean == only.rate and only.verdict is None and only.refusal.reason == "one_corridor"


def test_nothing_is_no_error():
    assert corridors([], SETTINGS) == (None, [])


def test_limits_hold_what_chance_brings_and_leave_out_what_it_does_not():
    random = np.random.default_rng(3)
    placed = random.integers(1_000, 50_000, 2_000)
    counted = [
        Counted(str(at), float(random.poisson(amount * 0.005)), float(amount)) for at, amount in enumerate(placed)
    ]
    _mean, found = corridors([*counted, Counted("bad", 60, 5_000)], SETTINGS)
    outside = [one.counted.country for one in found if one.verdict in ("above", "below")]
    assert "bad" in outside and len(outside) < 0.01 * len(counted)
