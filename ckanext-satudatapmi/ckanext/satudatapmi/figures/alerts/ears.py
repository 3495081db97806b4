"""Complaint surges by EARS C1, C2 and C3 over months; the standard deviation is at least that of a Poisson count."""

from __future__ import annotations

import numpy as np

from ckanext.satudatapmi.figures.alerts.methods import Outcome, reasons, setting


def c1(values: np.ndarray) -> Outcome:
    """Compare each month with the months before it.

    Args:
        values: series by months in the order of the calendar; NaN for a month without a figure.
    """
    return _against_window("c1", values)


def c2(values: np.ndarray) -> Outcome:
    """Compare each month with those before the last two, which a surge that begins slowly may have raised already."""
    return _against_window("c2", values)


def c3(values: np.ndarray) -> Outcome:
    """Add up what C2 exceeded one standard deviation by in three months."""
    base = c2(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (base.value - base.inputs["mean"]) / base.inputs["sd"]
    score[base.refused != ""] = np.nan
    excess = np.maximum(score - 1, 0)
    total = sum(_before(excess, months) for months in range(int(setting("c3", "months"))))
    missing = np.isnan(values)
    refused = reasons(values.shape, value_missing=missing, too_few_points=np.isnan(total))
    return Outcome("c3", np.asarray(total), np.full(values.shape, float(setting("c3", "limit"))), refused, {})


def _against_window(method: str, values: np.ndarray) -> Outcome:
    lag, size = int(setting(method, "lag")), int(setting(method, "window"))
    former = [_before(values, lag + month) for month in range(1, size + 1)]
    points = np.asarray(sum((~np.isnan(one)).astype(float) for one in former))
    enough = points >= setting(method, "smallest")
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray(sum(np.nan_to_num(one) for one in former) / points)
        squares = sum(np.nan_to_num(one - mean) ** 2 for one in former)
        sd = np.maximum(np.sqrt(squares / (points - 1)), np.sqrt(mean))
    # A series of zeros has no spread at all: its first complaint would be infinitely unusual.
    flat = enough & ~(sd > 0)
    refused = reasons(values.shape, value_missing=np.isnan(values), too_few_points=~enough, zero_denominator=flat)
    limit = mean + setting(method, "deviations") * sd
    return Outcome(method, values, limit, refused, {"mean": mean, "sd": sd, "points": points})


def _before(values: np.ndarray, months: int) -> np.ndarray:
    """Return the values of so many months before, NaN before the first."""
    if not months:
        return values
    shifted = np.full(values.shape, np.nan)
    shifted[:, months:] = values[:, :-months]
    return shifted
