"""Matches place names as the project does and as a plain loop does, and prints what each took. Needs no servers.

python -m satudata_local.bench.naming NAMES RIVAL_NAMES    prints {seconds, mb, found, rival_seconds} as JSON
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from typing import Any

from rapidfuzz import fuzz, process

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.reference import wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.matchers import match_all  # pyright: ignore[reportMissingImports]

from .slips import slipped

DISTINCT = 10_000
RIVAL_BAR = 88
"""Of the rival's likeness: the one that rapidfuzz's users commonly take."""


def names(count: int) -> list[str]:
    """Return names of areas as they are typed: every other distinct one with one or two errors."""
    rng = random.Random(6)  # noqa: S311 - the same names in each run
    official = [area.name for area in wilayah.areas().values()]
    distinct: dict[str, None] = dict.fromkeys(official)
    while len(distinct) < DISTINCT:
        distinct[slipped(rng.choice(official), rng, rng.choice((1, 1, 2)))] = None
    # Each is a text of its own, as a reader of files makes them.
    return ["".join(letters) for letters in map(list, rng.choices(list(distinct), k=count))]


def measure(texts: list[str], rival_texts: list[str]) -> dict[str, Any]:
    """Return what both took; memory is the peak of the whole process before the rival runs."""
    began = time.perf_counter()
    matches = match_all("wilayah", texts)
    codes = [matches[text].code for text in texts]
    seconds = time.perf_counter() - began
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sum(code is not None for code in codes) / len(codes)
    return {"seconds": seconds, "mb": mb, "found": found, "rival_seconds": _rival(rival_texts)}


def _rival(texts: list[str]) -> float:
    spellings = {area.name.casefold(): area.code for area in wilayah.areas().values()}
    choices = list(spellings)
    began = time.perf_counter()
    for text in texts:
        process.extractOne(text.casefold(), choices, scorer=fuzz.WRatio, score_cutoff=RIVAL_BAR)
    return time.perf_counter() - began


if __name__ == "__main__":
    made = names(int(sys.argv[1]))
    print(json.dumps(measure(made, made[: int(sys.argv[2])])))
