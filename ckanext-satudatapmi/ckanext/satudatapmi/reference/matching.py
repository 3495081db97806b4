"""The result of matching a name to a code, and the matching that every code list shares."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

SUGGESTIONS = 3
SUGGESTION_SCORE = 60
WORD = re.compile(r"[a-z0-9]+")

Names = Callable[[], Mapping[str, "Candidate"]]
Meanings = tuple[Sequence["Candidate"], bool]
"""The codes that a name may stand for, and whether the one it stands for bears exactly this name."""


class MatchStatus(StrEnum):
    """How a name was matched. AMBIGUOUS and UNKNOWN carry no code; FUZZY is a likeness that leaves no doubt."""

    EXACT = "exact"
    ALIAS = "alias"
    LEARNED = "learned"
    FUZZY = "fuzzy"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Candidate:
    """A code that a name might mean, with the name that the list gives it."""

    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@dataclass(frozen=True)
class Match:
    """What a name means in one code list.

    Attributes:
        text: the name as it was written.
        code: the code, or None if the name is ambiguous or unknown.
        name: the name that the list gives the code, or None.
        status: how it was matched.
        candidates: for an ambiguous name all its meanings, for an unknown one the names most like it, nearest first.
    """

    text: str
    code: str | None
    name: str | None
    status: MatchStatus
    candidates: tuple[Candidate, ...] = ()

    @property
    def found(self) -> bool:
        """Say whether the name has one meaning."""
        return self.code is not None


def words(text: str) -> list[str]:
    """Return the words of a text, folded: lower case, no accents, no punctuation."""
    folded = text.casefold()
    if not folded.isascii():
        folded = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return WORD.findall(folded)


def fold(text: str) -> str:
    """Return what is left of a name when spelling habits are taken away: `Hong-Kong` and `HONGKONG` agree."""
    return "".join(words(text))


def found(text: str, candidate: Candidate, *, exact: bool) -> Match:
    """Return the match of a name that has one meaning."""
    return Match(text, candidate.code, candidate.name, MatchStatus.EXACT if exact else MatchStatus.ALIAS)


def settle(text: str, meanings: Sequence[Candidate], *, exact: bool, names: Names) -> Match:
    """Return the match for the meanings that were found: one is the code, several are ambiguous, none is unknown.

    Args:
        text: the name as it was written.
        meanings: the codes it may stand for.
        exact: whether the one meaning bears exactly this name.
        names: gives the folded names of the list, from which an unknown name gets its suggestions.
    """
    if len(meanings) == 1:
        return found(text, meanings[0], exact=exact)
    if meanings:
        return Match(text, None, None, MatchStatus.AMBIGUOUS, tuple(meanings))
    return Match(text, None, None, MatchStatus.UNKNOWN, suggest(text, names()))


def suggest(text: str, names: Mapping[str, Candidate]) -> tuple[Candidate, ...]:
    """Return the entries whose folded names are most like the text. They are for a message, never for a code."""
    if not names:
        return ()
    near = process.extract(fold(text), names.keys(), scorer=fuzz.ratio, limit=10, score_cutoff=SUGGESTION_SCORE)
    return tuple(unique(names[key] for key, _score, _index in near))[:SUGGESTIONS]


def unique(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates without repeats, in their order."""
    return list({candidate.code: candidate for candidate in candidates}.values())
