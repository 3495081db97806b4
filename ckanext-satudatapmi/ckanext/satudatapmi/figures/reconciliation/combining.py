"""One figure from several of the same thing, weighed by their quality, or none (command-center.md section 6.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

from ckanext.satudatapmi.figures.comparing import differing
from ckanext.satudatapmi.figures.reconciliation.likeness import unlike
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal
from ckanext.satudatapmi.figures.reconciliation.settings import NORMAL, limit, marks
from ckanext.satudatapmi.figures.registry import definitions

METHOD = "combine"
GIVEN = (0.0, 0.5, 1.0)
"""What a mark of quality may be: no, in part, yes."""


def rse_of(given: Mapping[str, float]) -> float:
    """Return the relative standard error that marks of quality stand for: 2 percent at best, 30 at worst.

    Args:
        given: every mark of `reconciliation.yaml`, each 0, 0.5 or 1.

    Raises:
        ValueError: a mark is missing, unknown or another number.

    >>> round(rse_of(dict.fromkeys(marks(), 0.5)), 2)
    0.16
    """
    if given.keys() != marks().keys() or not all(one in GIVEN for one in given.values()):
        raise ValueError(f"give each of {', '.join(marks())} as 0, 0.5 or 1")
    quality = sum(given.values()) / len(given)
    return limit("rse_best") + limit("rse_range") * (1 - quality)


def combine(sources: Sequence[Input], same_concept: str = "") -> Result:
    """Return the mean of figures weighed by their precision, if they agree well enough.

    Args:
        sources: figures of the same thing, each with its relative standard error.
        same_concept: why figures of unlike definitions are taken to count the same people here; who signs the result
            answers for it. "" where the definitions have to agree.

    Returns:
        The mean with its interval; details hold Q, I2 and which model was taken. Above `i2_random` there is no number:
        details hold the range.

    Source:
        DerSimonian, R., Laird, N. (1986), Controlled Clinical Trials 7:177; Higgins, J., Thompson, S. (2002),
        Statistics in Medicine 21:1539 for I2.
    """
    inputs = tuple(sources)
    if len(inputs) < 2:
        return refusal(METHOD, inputs, Reason("one_source"))
    if apart := unlike(inputs):
        return refusal(METHOD, inputs, *apart)
    if any(one.value <= 0 for one in inputs):
        return refusal(METHOD, inputs, Reason("zero_denominator", {"what": "source"}))
    if any(not one.rse or one.rse < 0 for one in inputs):
        return refusal(METHOD, inputs, Reason("quality_missing"))
    values = [one.value for one in inputs]
    weights = [1 / (one.value * (one.rse or 1)) ** 2 for one in inputs]
    mean, error = _mean(values, weights)
    spread = sum(weight * (value - mean) ** 2 for weight, value in zip(weights, values, strict=True))
    i2 = max(0.0, (spread - (len(values) - 1)) / spread) if spread else 0.0
    details = {"q": spread, "i2": i2, "lowest": min(values), "highest": max(values)}
    assumptions = ("same_day", "independent_sources", "quality_judged", *(("same_concept",) if same_concept else ()))
    reasons = _otherwise_defined(inputs) if not same_concept else ()
    if i2 > limit("i2_random"):
        reasons = (*reasons, Reason("heterogeneous", {"i2": i2, "lowest": min(values), "highest": max(values)}))
    if reasons:
        return refusal(METHOD, inputs, *reasons, assumptions=assumptions, details=details)
    details |= {"model": "fixed"}
    if i2 > limit("i2_fixed"):
        between = _between(weights, spread)
        mean, error = _mean(values, [1 / (1 / one + between) for one in weights])
        details |= {"model": "random", "tau": sqrt(between)}
    details |= {"half_width": NORMAL * error}
    interval = (mean - NORMAL * error, mean + NORMAL * error)
    return Result(METHOD, inputs, assumptions, value=mean, interval=interval, details=details)


def _mean(values: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """Return the weighed mean and its standard error."""
    total = sum(weights)
    return sum(one * weight for one, weight in zip(values, weights, strict=True)) / total, 1 / sqrt(total)


def _between(weights: Sequence[float], spread: float) -> float:
    """Return the variance between sources by DerSimonian and Laird."""
    total = sum(weights)
    scale = total - sum(one**2 for one in weights) / total
    return max(0.0, (spread - (len(weights) - 1)) / scale)


def _otherwise_defined(inputs: Sequence[Input]) -> tuple[Reason, ...]:
    """Return the reasons why figures do not count the same: definitions that nothing joins, or none at all."""
    unsaid = any(one.definition not in definitions() for one in inputs)
    unlike = differing(definitions()[one.definition] for one in inputs if one.definition in definitions())
    pairs = [(one.left, one.right) for one in unlike if not one.convertible]
    if not unsaid and not pairs:
        return ()
    return (Reason("definitions_differ", {"pairs": pairs}),)
