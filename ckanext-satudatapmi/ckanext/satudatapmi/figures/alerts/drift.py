"""Drift: a share, or a whole distribution, that is no longer what it was."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ckanext.satudatapmi.figures.alerts.methods import Verdict, setting


def share_drift(former: tuple[float, float], current: tuple[float, float]) -> Verdict:
    """Return whether a share changed by more than chance explains.

    Args:
        former, current: the part and the whole of each, as counts.
    """
    (part0, whole0), (part1, whole1) = former, current
    if min(whole0, whole1) <= 0:
        return Verdict("share_drift", refusal="zero_denominator")
    if min(whole0, whole1) < setting("share_drift", "smallest"):
        return Verdict("share_drift", refusal="too_few_points")
    pooled = (part0 + part1) / (whole0 + whole1)
    error = math.sqrt(pooled * (1 - pooled) * (1 / whole0 + 1 / whole1))
    if not error:
        return Verdict("share_drift", refusal="zero_denominator")
    shares = {"former": part0 / whole0, "current": part1 / whole1}
    value, limit = abs(shares["current"] - shares["former"]) / error, float(setting("share_drift", "deviations"))
    return Verdict("share_drift", value, limit, value > limit, None, shares)


def psi(former: Sequence[float], current: Sequence[float]) -> Verdict:
    """Return the population stability index of two distributions over the same classes.

    Args:
        former, current: counts by class. A class that is empty in one of them counts as the setting `floor`.
    """
    expected, actual = np.asarray(former, dtype=float), np.asarray(current, dtype=float)
    if min(expected.sum(), actual.sum()) <= 0:
        return Verdict("psi", refusal="zero_denominator")
    if min(expected.sum(), actual.sum()) < setting("psi", "smallest"):
        return Verdict("psi", refusal="too_few_points")
    floor = setting("psi", "floor")
    expected, actual = (np.maximum(one / one.sum(), floor) for one in (expected, actual))
    value, limit = float(((actual - expected) * np.log(actual / expected)).sum()), float(setting("psi", "limit"))
    return Verdict("psi", value, limit, value > limit)
