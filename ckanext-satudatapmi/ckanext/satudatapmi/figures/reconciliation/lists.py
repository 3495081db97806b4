"""How many a population has that lists know in part: capture and recapture on counts (command-center.md section 6.6).

Bodies exchange counts only: how many each list holds, and how many stand in several. No name is needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp, log, sqrt
from typing import Any

from ckanext.satudatapmi.figures.reconciliation.fitting import Counts, Fitted, fitted
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal
from ckanext.satudatapmi.figures.reconciliation.settings import NORMAL, limit

CHAPMAN, LOGLINEAR, CHAO = "chapman", "loglinear", "chao"
ASSUMPTIONS = ("closed_population", "right_matching", "no_further_dependence", "equal_catchability")


def chapman(first: Input, second: Input, both: Input) -> Result:
    """Return how many there are, from two lists and how many stand in both.

    Args:
        first, second: how many each of the lists holds.
        both: how many stand in both.

    Source:
        Chapman, D. (1951), University of California Publications in Statistics 1:131; its variance: Seber, G. (1970),
        Biometrics 26:13; the log-normal interval: Chao, A. (1987), Biometrics 43:783.
    """
    inputs = (first, second, both)
    n1, n2, m = (one.value for one in inputs)
    if any(one < 0 or one != int(one) for one in (n1, n2, m)) or m > min(n1, n2):
        return refusal(CHAPMAN, inputs, Reason("impossible_counts"))
    if not n1 or not n2:
        return refusal(CHAPMAN, inputs, Reason("one_list"))
    if m < limit("overlap"):
        return refusal(CHAPMAN, inputs, _few(m), assumptions=ASSUMPTIONS)
    if m == min(n1, n2):
        return refusal(CHAPMAN, inputs, Reason("list_within_other"), assumptions=ASSUMPTIONS)
    known = n1 + n2 - m
    value = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    variance = (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2))
    factor = exp(NORMAL * sqrt(log(1 + variance / (value - known) ** 2)))
    return _told(CHAPMAN, inputs, known, value - known, factor, {"lincoln_petersen": n1 * n2 / m})


def chao(lists: Sequence[str], counts: Counts) -> Result:
    """Return the least that there are, from how many stand in exactly one list and in exactly two.

    Source:
        Chao, A. (1987), Biometrics 43:783.
    """
    inputs = _inputs(lists, counts)
    unfit = _unfit(lists, counts)
    if unfit:
        return refusal(CHAO, inputs, unfit)
    once, twice = (sum(count for cell, count in counts.items() if cell.count("1") == times) for times in (1, 2))
    if not twice:
        return refusal(CHAO, inputs, Reason("zero_denominator", {"what": "twice"}))
    known = sum(counts.values())
    details: dict[str, Any] = {"known": float(known), "once": once, "twice": twice}
    return Result(CHAO, inputs, ("closed_population", "right_matching"), known + once**2 / (2 * twice), None, details)


def loglinear(lists: Sequence[str], counts: Counts, fit: Callable[[int, Counts], Fitted | None] = fitted) -> Result:
    """Return how many there are, from three lists or more, by a Poisson model with the dependences that lower BIC most.

    Args:
        lists: their names, in the order of the digits of the counts.
        counts: by cell; one that is not given is zero.
        fit: chooses the model; `fitting.fitted_apart` does in another process.

    Returns:
        The number with its interval; details hold the pairs of lists found to depend on each other, in the order in
        which they came in, the number that main effects alone would give, and Chao's bound.

    Source:
        Bishop, Y., Fienberg, S., Holland, P. (1975), Discrete Multivariate Analysis, chapter 6; pairs without overlap
        are left out, as in Chan, L., Silverman, B., Vincent, K. (2021), JASA 116:1297.
    """
    inputs = _inputs(lists, counts)
    unfit = _unfit(lists, counts)
    if unfit:
        return refusal(LOGLINEAR, inputs, unfit)
    if len(lists) < 3:
        return refusal(LOGLINEAR, inputs, Reason("two_lists"))
    found = fit(len(lists), counts)
    if found is None:
        return refusal(LOGLINEAR, inputs, Reason("not_fitted"), assumptions=ASSUMPTIONS)
    known = sum(counts.values())
    bound = chao(lists, counts)
    details = {
        "main_effects": known + exp(found.main_effects),
        "pairs": [f"{lists[one]} × {lists[other]}" for one, other in found.pairs],
    }
    if bound.value is not None:
        details["chao"] = bound.value
    return _told(LOGLINEAR, inputs, known, exp(found.unseen), exp(NORMAL * found.error), details)


def _told(
    method: str, inputs: tuple[Input, ...], known: float, unseen: float, factor: float, details: Mapping[str, Any]
) -> Result:
    """Return the estimate, unless its interval is wider than itself: then it says too little to be published."""
    value, interval = known + unseen, (known + unseen / factor, known + unseen * factor)
    details = {"known": float(known), **details}
    if interval[1] - interval[0] > value:
        wide = Reason("wide_interval", {"low": interval[0], "high": interval[1], "value": value})
        return refusal(method, inputs, wide, assumptions=ASSUMPTIONS, details=details)
    return Result(method, inputs, ASSUMPTIONS, value, interval, details)


def _few(overlap: float) -> Reason:
    return Reason("few_overlap", {"found": int(overlap), "needed": int(limit("overlap"))})


def _inputs(lists: Sequence[str], counts: Counts) -> tuple[Input, ...]:
    return tuple(
        Input(" ∩ ".join(name for name, digit in zip(lists, cell, strict=False) if digit == "1") or cell, float(count))
        for cell, count in counts.items()
    )


def _unfit(lists: Sequence[str], counts: Counts) -> Reason | None:
    """Return why counts allow no estimate at all; None if they may."""
    if len(lists) < 2:
        return Reason("one_list")
    shaped = all(len(cell) == len(lists) and set(cell) <= {"0", "1"} and "1" in cell for cell in counts)
    if not counts or not shaped or any(count < 0 or count != int(count) for count in counts.values()):
        return Reason("impossible_counts")
    seen = [sum(count for cell, count in counts.items() if cell[place] == "1") for place in range(len(lists))]
    if not all(seen):
        return Reason("one_list")
    overlap = sum(count for cell, count in counts.items() if cell.count("1") > 1)
    return _few(overlap) if overlap < limit("overlap") else None
