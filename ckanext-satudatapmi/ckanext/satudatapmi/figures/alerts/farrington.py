"""Surges against the same season of former years: Farrington and others 1996, for many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ckanext.satudatapmi.figures.alerts.methods import Outcome, reasons, setting

STEPS, CLOSE = 25, 1e-9
SMALLEST_MEAN = 1e-10
PER_YEAR = 12


@dataclass(frozen=True)
class Fit:
    """Quasi-Poisson models with logarithmic link of many series.

    Attributes:
        coefficients: series by terms.
        covariance: of the coefficients, dispersion included; series by terms by terms.
        mean: fitted values, series by points.
        dispersion: at least 1, by series.
        leverage: series by points.
        sound: whether the iterations ended, by series.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    mean: np.ndarray
    dispersion: np.ndarray
    leverage: np.ndarray
    sound: np.ndarray


def farrington(values: np.ndarray) -> Outcome:
    """Compare the last month of each series with the limit that the same season of former years sets.

    Args:
        values: series by months in the order of the calendar; NaN for a month without a figure.

    Returns:
        The outcome, one month wide.
    """
    current = values[:, -1]
    at = _baseline_months(values.shape[1])
    known = ~np.isnan(values[:, at])
    years = sum(
        known[:, (values.shape[1] - 1 - at + PER_YEAR // 2) // PER_YEAR == back].any(axis=1) for back in _backs()
    )
    enough = np.asarray(years) >= setting("farrington", "fewest_years")
    shape = (len(values),)
    mean, limit, dispersion = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    chosen = enough & (np.nansum(values[:, at], axis=1) > 0)
    if chosen.any():
        mean[chosen], limit[chosen], dispersion[chosen] = _limits(values[chosen][:, at], at, values.shape[1] - 1)
    refused = reasons(
        shape,
        value_missing=np.isnan(current),
        too_few_points=~enough,
        zero_denominator=~chosen,
        no_fit=~np.isfinite(limit),
    )
    # Three complaints where none was expected are no surge, whatever the model says.
    few = np.nansum(values[:, -int(setting("farrington", "months")) :], axis=1) < setting("farrington", "cases")
    limit = np.where(few & np.isfinite(limit), np.maximum(limit, current), limit)
    inputs = {"mean": mean, "dispersion": dispersion, "points": known.sum(axis=1).astype(float)}
    return Outcome(
        "farrington",
        current[:, None],
        limit[:, None],
        refused[:, None],
        {name: one[:, None] for name, one in inputs.items()},
    )


def fit(values: np.ndarray, design: np.ndarray, weights: np.ndarray) -> Fit:
    """Fit a quasi-Poisson model with logarithmic link to each series by iteratively reweighted least squares.

    Args:
        values: series by points; NaN counts for nothing.
        design: points by terms, the same for all series.
        weights: series by points.
    """
    weights = np.where(np.isnan(values), 0.0, weights)
    values = np.nan_to_num(values)
    mean = (values + _average(values, weights)[:, None]) / 2
    mean = np.maximum(mean, SMALLEST_MEAN)
    coefficients = np.zeros((len(values), design.shape[1]))
    sound = np.zeros(len(values), dtype=bool)
    for _step in range(STEPS):
        working = np.log(mean) + (values - mean) / mean
        moved = np.einsum("spq,sq->sp", _inverse(design, weights * mean), (weights * mean * working) @ design)
        sound = np.abs(moved - coefficients).max(axis=1) < CLOSE
        coefficients = moved
        mean = np.maximum(np.exp(np.clip(coefficients @ design.T, -50, 50)), SMALLEST_MEAN)
        if sound.all():
            break
    inverse = _inverse(design, weights * mean)
    free = np.maximum((weights > 0).sum(axis=1) - design.shape[1], 1)
    pearson = (weights * (values - mean) ** 2 / mean).sum(axis=1)
    dispersion = np.maximum(pearson / free, 1.0)
    leverage = weights * mean * np.einsum("np,spq,nq->sn", design, inverse, design)
    covariance = inverse * dispersion[:, None, None]
    return Fit(coefficients, covariance, mean, dispersion, leverage, sound & np.isfinite(coefficients).all(axis=1))


def reweighted(values: np.ndarray, design: np.ndarray) -> Fit:
    """Fit twice: months of past outbreaks, far above the first fit, count less in the second."""
    known = (~np.isnan(values)).astype(float)
    first = fit(values, design, known)
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(first.dispersion[:, None] * np.maximum(1 - first.leverage, SMALLEST_MEAN))
        anscombe = 1.5 * (np.nan_to_num(values) ** (2 / 3) * first.mean ** (-1 / 6) - np.sqrt(first.mean)) / root
        weights = known * np.where(anscombe > 1, anscombe**-2, 1.0)
    weights *= (known.sum(axis=1) / weights.sum(axis=1))[:, None]
    return fit(values, design, weights)


def _limits(values: np.ndarray, at: np.ndarray, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the expected value, the upper limit and the dispersion of each series for a month."""
    # The month itself is the origin of time: what is expected then is the constant term alone.
    time = (at - month) / PER_YEAR
    flat = _expected(reweighted(values, np.ones((len(at), 1))))
    sloped_fit = reweighted(values, np.column_stack([np.ones(len(at)), time]))
    sloped = _expected(sloped_fit)
    slope, error = sloped_fit.coefficients[:, 1], np.sqrt(sloped_fit.covariance[:, 1, 1])
    trend = (np.abs(slope) > setting("farrington", "trend_z") * error) & sloped_fit.sound
    # A trend that leads beyond all that was ever seen is left out, as the authors do.
    trend &= sloped[0] <= np.nanmax(values, axis=1)
    mean, variance, dispersion = (np.where(trend, one, other) for one, other in zip(sloped, flat, strict=True))
    with np.errstate(over="ignore"):
        error = np.sqrt(4 / 9 * mean ** (1 / 3) * (dispersion + variance / mean))
        limit = (mean ** (2 / 3) + setting("farrington", "z") * error) ** 1.5
    return mean, limit, dispersion


def _expected(found: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of the month at the origin, its variance and the dispersion; NaN where there is no fit."""
    mean = np.where(found.sound, np.exp(np.clip(found.coefficients[:, 0], -50, 50)), np.nan)
    return mean, mean**2 * found.covariance[:, 0, 0], found.dispersion


def _baseline_months(months: int) -> np.ndarray:
    """Return the places of the months that the last one is compared with: the same season, some years back."""
    half = int(setting("farrington", "half_window"))
    places = [months - 1 - PER_YEAR * back + aside for back in _backs() for aside in range(-half, half + 1)]
    return np.array(sorted(place for place in places if place >= 0), dtype=int)


def _backs() -> range:
    return range(1, int(setting("farrington", "years")) + 1)


def _average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (values * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), SMALLEST_MEAN)


def _inverse(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the inverse of the weighted cross products of each series, by terms by terms."""
    return np.linalg.pinv(np.einsum("np,sn,nq->spq", design, weights, design), hermitian=True)
