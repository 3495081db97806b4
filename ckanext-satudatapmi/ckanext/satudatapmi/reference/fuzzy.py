"""Misspelt names to codes: by likeness, and only where it leaves no doubt; whatever does goes to a person.

Likeness is counted in typing errors (optimal string alignment: a letter too many, too few, wrong, or two swapped).
A name is taken for a code if it has few errors for its length and no other code is nearly as near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from ckanext.satudatapmi.reference.matching import SUGGESTION_SCORE, SUGGESTIONS, Candidate, unique

NAMES_AT_ONCE = 1_000
"""Names that are compared with all spellings in one go; bounds the memory."""
SHORTEST_SUGGESTED = 4
"""Letters of the shortest spelling that is suggested by likeness; codes of three letters are like everything."""


@dataclass(frozen=True)
class Bars:
    """When likeness is enough; schemas/matching.yaml explains each.

    Attributes:
        errors: pairs of least letters and typing errors forgiven, ascending.
        margin: by how many errors the next code has to be farther away.
    """

    errors: tuple[tuple[int, int], ...]
    margin: int

    def forgiven(self, letters: int) -> int:
        """Return how many typing errors a name of so many letters may have."""
        return max((errors for least, errors in self.errors if letters >= least), default=0)

    @property
    def farthest(self) -> int:
        """The distance from which on nothing counts."""
        return max(errors for _least, errors in self.errors) + self.margin


@dataclass(frozen=True)
class Spelling:
    """A folded spelling of a list.

    Attributes:
        key: the spelling, folded.
        letters: how many of its letters tell names apart.
        meant: the codes it may mean here; none for a name that is known, but is not meant here.
    """

    key: str
    letters: int
    meant: tuple[Candidate, ...]


@dataclass(frozen=True)
class Nearest:
    """What a name is like.

    Attributes:
        code: the one code that it is like beyond doubt, or None.
        candidates: that one, else the codes it is most like, the nearest first.
    """

    code: Candidate | None
    candidates: tuple[Candidate, ...]


@cache
def bars() -> Bars:
    """Return the bars of schemas/matching.yaml."""
    path = files("ckanext.satudatapmi.schemas") / "matching.yaml"
    said: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Bars(tuple(sorted((bar["letters"], bar["at_most"]) for bar in said["errors"])), said["margin"])


class Likeness:
    """Compares names with the spellings of a list."""

    def __init__(self, spellings: Iterable[Spelling], limits: Bars | None = None) -> None:
        # Numbers are never typing errors of other numbers.
        self._spellings = [one for one in spellings if one.key.isalpha()]
        self._keys = [one.key for one in self._spellings]
        self._inside = np.array([bool(one.meant) for one in self._spellings], dtype=bool)
        self._suggested = [
            place for place, one in enumerate(self._spellings) if one.meant and len(one.key) >= SHORTEST_SUGGESTED
        ]
        self._limits = limits or bars()

    def nearest(self, keys: Sequence[str]) -> Iterator[Nearest]:
        """Yield what each folded name is like, in their order."""
        for start in range(0, len(keys), NAMES_AT_ONCE):
            some = keys[start : start + NAMES_AT_ONCE]
            found = [self._decide(key, row) for key, row in zip(some, self._distances(some), strict=True)]
            yield from self._with_suggestions(some, found)

    def _distances(self, keys: Sequence[str]) -> np.ndarray:
        cutoff = self._limits.farthest - 1
        return process.cdist(keys, self._keys, scorer=OSA.distance, score_cutoff=cutoff, dtype=np.uint8)

    def _decide(self, key: str, row: np.ndarray) -> Nearest:
        """Return the code that a name is taken for, by its distance to each spelling."""
        least = int(row.min(initial=self._limits.farthest))
        if least >= self._limits.farthest or not key.isalpha():
            return Nearest(None, ())
        near = np.flatnonzero((row < least + self._limits.margin) & self._inside)
        near = near[np.argsort(row[near], kind="stable")]
        codes = unique(one for place in near for one in self._spellings[place].meant)
        clear = len(codes) == 1 and int(row[near[0]]) == least and least <= self._forgiven(near[0])
        return Nearest(codes[0], tuple(codes)) if clear else Nearest(None, ())

    def _forgiven(self, place: int) -> int:
        return self._limits.forgiven(self._spellings[place].letters)

    def _with_suggestions(self, keys: Sequence[str], found: Sequence[Nearest]) -> Iterator[Nearest]:
        """Give the names that are taken for no code those that are most like them."""
        alone = [place for place, one in enumerate(found) if not one.code]
        spellings = [self._spellings[place] for place in self._suggested]
        scores = process.cdist(
            [keys[place] for place in alone],
            [one.key for one in spellings],
            scorer=fuzz.ratio,
            score_cutoff=SUGGESTION_SCORE,
            dtype=np.uint8,
        )
        suggested = {place: _best(row, spellings) for place, row in zip(alone, scores, strict=True)}
        for place, one in enumerate(found):
            yield replace(one, candidates=suggested[place]) if place in suggested else one


def _best(row: np.ndarray, spellings: Sequence[Spelling]) -> tuple[Candidate, ...]:
    """Return the codes of the highest scores above 0, the best first."""
    near = np.flatnonzero(row)
    near = near[np.argsort(-row[near].astype(int), kind="stable")]
    return tuple(unique(one for place in near for one in spellings[place].meant))[:SUGGESTIONS]
