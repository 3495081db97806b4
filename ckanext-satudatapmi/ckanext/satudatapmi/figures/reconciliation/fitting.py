"""The Poisson model of several lists that BIC chooses, by statsmodels; in a process of its own for the web.

python -m ckanext.satudatapmi.figures.reconciliation.fitting    reads {lists, counts}, prints what was fitted, as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import combinations, product
from math import log
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Pair = tuple[int, int]
Counts = Mapping[str, int]
"""How many stand in exactly these lists: "101" for the first and the third of three."""
SECONDS, WAIT_SECONDS = 30, 10
"""How long the process may take, and how long a question waits for the one before it."""
RUNS_AWAY = 50
"""Of the logarithm of how many stand on no list: more than any state has people."""
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Fitted:
    """A model of lists.

    Attributes:
        pairs: of lists that depend on each other, by their places, in the order in which they came in.
        unseen: the logarithm of how many stand on no list; error: its standard error.
        main_effects: the same without any dependence.
    """

    pairs: tuple[Pair, ...]
    unseen: float
    error: float
    main_effects: float


class NotFitted(Exception):
    """The process that fits the model did not answer."""


def fitted(lists: int, counts: Counts) -> Fitted | None:
    """Return the model of so many lists that BIC over the cells chooses, pair by pair; None if none can be fitted."""
    import numpy as np

    cells = ["".join(cell) for cell in product("01", repeat=lists) if "1" in cell]
    observed = np.array([counts.get(cell, 0) for cell in cells])
    digits = np.array([[int(digit) for digit in cell] for cell in cells], dtype=float)
    open_pairs = [
        (one, other)
        for one, other in combinations(range(lists), 2)
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
    return Fitted(tuple(taken), best[1], best[2], first[1])


def fitted_apart(lists: int, counts: Counts) -> Fitted | None:
    """Return what `fitted` does, from another process: statsmodels would stay in the memory of this one for good.

    Raises:
        NotFitted: the process did not answer.
    """
    return _remembered(lists, tuple(sorted(counts.items())))


@lru_cache(maxsize=256)
def _remembered(lists: int, counts: tuple[tuple[str, int], ...]) -> Fitted | None:
    command = [sys.executable, "-m", __name__]
    asked = json.dumps({"lists": lists, "counts": dict(counts)})
    # Whoever has to wait long is told so: the threads of the web are for all visitors.
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise NotFitted
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=SECONDS, check=True)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NotFitted from error
    finally:
        _one_at_a_time.release()
    return found and Fitted(**(found | {"pairs": tuple((one, other) for one, other in found["pairs"])}))


def _fit(observed: np.ndarray, digits: np.ndarray, pairs: Sequence[Pair]) -> tuple[float, float, float] | None:
    """Return BIC over the cells, intercept and its standard error of a Poisson model; None if it does not converge."""
    import numpy as np
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    crossed = [digits[:, one] * digits[:, other] for one, other in pairs]
    design = np.column_stack([np.ones(len(observed)), digits, *crossed])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    try:
        # A model with as many parameters as cells is one of those that are compared, and needs no warning.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = GLM(observed, design, family=Poisson()).fit()
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return None
    bic = -2 * fit.llf + design.shape[1] * log(len(observed))
    numbers = (float(bic), float(fit.params[0]), float(fit.bse[0]))
    sound = fit.converged and np.isfinite(numbers).all() and numbers[1] + 2 * numbers[2] < RUNS_AWAY
    return numbers if sound else None


def main() -> None:
    """Fit what stands on the standard input."""
    asked = json.load(sys.stdin)
    found = fitted(asked["lists"], asked["counts"])
    json.dump(asdict(found) if found else None, sys.stdout)


if __name__ == "__main__":
    main()
