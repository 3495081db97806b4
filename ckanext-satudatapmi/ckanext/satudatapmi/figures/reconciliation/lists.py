"""How many a population has that lists know in part: capture and recapture on counts (command-center.md section 6.6).

Bodies exchange counts only: how many each list holds, and how many stand in several. No name is needed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from math import exp, log, sqrt
from typing import Any

import numpy as np

from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal
from ckanext.satudatapmi.figures.reconciliation.settings import NORMAL, limit

CHAPMAN, LOGLINEAR, CHAO = "chapman", "loglinear", "chao"
ASSUMPTIONS = ("closed_population", "right_matching", "no_further_dependence", "equal_catchability")
Pair = tuple[int, int]
Counts = Mapping[str, int]
"""How many stand in exactly these lists: "101" for the first and the third of three."""


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


def loglinear(lists: Sequence[str], counts: Counts) -> Result:
    """Return how many there are, from three lists or more, by a Poisson model with the dependences that lower BIC most.

    Args:
        lists: their names, in the order of the digits of the counts.
        counts: by cell; one that is not given is zero.

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
    found = _forward(lists, counts)
    if found is None:
        return refusal(LOGLINEAR, inputs, Reason("not_fitted"), assumptions=ASSUMPTIONS)
    pairs, (unseen, error), main_effects = found
    known = sum(counts.values())
    bound = chao(lists, counts)
    details = {
        "main_effects": known + exp(main_effects),
        "pairs": [f"{lists[one]} × {lists[other]}" for one, other in pairs],
    }
    if bound.value is not None:
        details["chao"] = bound.value
    return _told(LOGLINEAR, inputs, known, exp(unseen), exp(NORMAL * error), details)


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


def _forward(lists: Sequence[str], counts: Counts) -> tuple[list[Pair], tuple[float, float], float] | None:
    """Return the pairs taken in by BIC, the intercept with its error, and that of main effects alone.

    None where no model can be fitted.
    """
    cells = ["".join(cell) for cell in product("01", repeat=len(lists)) if "1" in cell]
    observed = np.array([counts.get(cell, 0) for cell in cells])
    digits = np.array([[int(digit) for digit in cell] for cell in cells], dtype=float)
    open_pairs = [
        (one, other)
        for one, other in combinations(range(len(lists)), 2)
        if (digits[:, one] * digits[:, other] * observed).sum()
    ]
    taken: list[Pair] = []
    best = first = _fit(observed, digits, taken)
    if best is None or first is None:
        return None
    while open_pairs:
        fits = [(pair, _fit(observed, digits, [*taken, pair])) for pair in open_pairs]
        better = [(fit[0], pair, fit) for pair, fit in fits if fit is not None and fit[0] < best[0]]
        if not better:
            break
        _bic, pair, best = min(better, key=lambda one: one[0])
        taken.append(pair)
        open_pairs.remove(pair)
    return taken, best[1:], first[1]


def _fit(observed: np.ndarray, digits: np.ndarray, pairs: Sequence[Pair]) -> tuple[float, float, float] | None:
    """Return BIC over the cells, intercept and its standard error of a Poisson model; None if it does not converge."""
    # statsmodels takes much memory: a process that never reconciles lists does without.
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    crossed = [digits[:, one] * digits[:, other] for one, other in pairs]
    design = np.column_stack([np.ones(len(observed)), digits, *crossed])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    try:
        fit = GLM(observed, design, family=Poisson()).fit()
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return None
    bic = -2 * fit.llf + design.shape[1] * log(len(observed))
    numbers = (float(bic), float(fit.params[0]), float(fit.bse[0]))
    # A model that runs away gives an intercept whose number of people no state has.
    return numbers if fit.converged and np.isfinite(numbers).all() and numbers[1] + 2 * numbers[2] < 50 else None
