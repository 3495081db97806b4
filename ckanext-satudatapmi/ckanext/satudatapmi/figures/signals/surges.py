"""Surges of counts by the methods of EARS, for many series at once (command-center.md section 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
SUMMED = 3
"""Of how many periods C3 sums C2."""


@dataclass(frozen=True)
class Baseline:
    """What a period is judged by; each array is of series by periods, NaN where the method refuses.

    Attributes:
        mean, sd: of the periods before.
        points: how many of these have a figure.
    """

    mean: Matrix
    sd: Matrix
    points: Matrix


@dataclass(frozen=True)
class Ears:
    """The three statistics of each period of each series, NaN where one cannot be told.

    Attributes:
        before: what C1 judges by.
        limit: from which count on C1 alarms.
        c1, c2, c3: the statistics.
    """

    before: Baseline
    limit: Matrix
    c1: Matrix
    c2: Matrix
    c3: Matrix

    def alarms(self, settings: Mapping[str, Any]) -> dict[str, NDArray[np.bool_]]:
        """Return by statistic where it is above its limit; what cannot be told is no alarm."""
        limits = {"c1": settings["limit"], "c2": settings["limit"], "c3": settings["sum_limit"]}
        return {name: np.nan_to_num(getattr(self, name), nan=-np.inf) > limit for name, limit in limits.items()}


def ears(counts: Matrix, settings: Mapping[str, Any]) -> Ears:
    """Return the statistics of EARS.

    Args:
        counts: series by periods that follow each other; NaN where no figure is published.
        settings: `window` and `least` of the periods before, `lag` of C2, `limit`.

    Source:
        Hutwagner, L. et al. (2003), The bioterrorism preparedness and response Early Aberration Reporting System,
        Journal of Urban Health 80:i89. The deviation is at least that of a Poisson variable.
    """
    before = baseline(counts, settings, 0)
    c2 = _score(counts, baseline(counts, settings, settings["lag"]))
    return Ears(before, before.mean + settings["limit"] * before.sd, _score(counts, before), c2, _summed(c2))


def baseline(counts: Matrix, settings: Mapping[str, Any], lag: int) -> Baseline:
    """Return mean and deviation of the `window` periods that end `lag` periods before each period."""
    window = settings["window"]
    padded = np.pad(counts, ((0, 0), (window + lag, 0)), constant_values=np.nan)
    windows = sliding_window_view(padded, window, axis=1)[:, : counts.shape[1]]
    there = ~np.isnan(windows)
    points = there.sum(axis=2).astype(float)
    enough = np.where(points >= max(settings["least"], 2), points, np.nan)
    held = np.where(there, windows, 0)
    mean = held.sum(axis=2) / enough
    spread = np.where(there, windows - mean[:, :, None], 0)
    sd = np.sqrt((spread**2).sum(axis=2) / (enough - 1))
    return Baseline(mean, np.maximum(sd, np.sqrt(mean)), points)


def _score(counts: Matrix, before: Baseline) -> Matrix:
    """Return how many deviations each count is above the mean; NaN where all before was zero."""
    return (counts - before.mean) / np.where(before.sd > 0, before.sd, np.nan)


def _summed(c2: Matrix) -> Matrix:
    excess = np.nan_to_num(np.maximum(c2 - 1, 0), nan=0)
    padded = np.pad(excess, ((0, 0), (SUMMED - 1, 0)))
    return np.where(np.isnan(c2), np.nan, sliding_window_view(padded, SUMMED, axis=1).sum(axis=2))
