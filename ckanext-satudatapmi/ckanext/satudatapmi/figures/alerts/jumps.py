"""Jumps (R11): a change far from the usual changes of a series, by the median absolute deviation of logarithms."""

from __future__ import annotations

import numpy as np

from ckanext.satudatapmi.figures.alerts.methods import Outcome, reasons, setting


def jumps(values: np.ndarray) -> Outcome:
    """Compare each change from the period before with all changes of the series.

    Args:
        values: series by periods; NaN for a period without a figure.
    """
    positive = np.where(values > 0, values, np.nan)
    change = np.full(values.shape, np.nan)
    change[:, 1:] = np.diff(np.log(positive), axis=1)
    changes = (~np.isnan(change)).sum(axis=1, keepdims=True)
    median = _median(change)
    distance = np.abs(change - median)
    mad = np.maximum(_median(distance), setting("jump", "floor"))
    former = np.full(values.shape, np.nan)
    former[:, 1:] = values[:, :-1]
    refused = reasons(
        values.shape,
        value_missing=np.isnan(values) | np.isnan(former),
        not_positive=np.isnan(change),
        too_few_points=np.broadcast_to(changes < setting("jump", "changes"), values.shape),
    )
    wide = [np.broadcast_to(one, values.shape) for one in (median, mad)]
    limit = np.broadcast_to(setting("jump", "deviations") * mad, values.shape)
    inputs = {"former": former, "current": values, "median": wide[0], "mad": wide[1]}
    return Outcome("jump", distance, limit, refused, inputs)


def _median(values: np.ndarray) -> np.ndarray:
    """Return the median of each series, NaN for one without any number."""
    # Sorted, NaN stand last: faster over many series than nanmedian, which warns of empty ones too.
    ordered = np.sort(values, axis=1)
    count = (~np.isnan(values)).sum(axis=1, keepdims=True)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    pair = np.take_along_axis(ordered, np.concatenate([low, high], axis=1), axis=1)
    return pair.mean(axis=1, keepdims=True)
