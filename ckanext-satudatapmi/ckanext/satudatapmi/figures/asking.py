"""A question in words to the parameters of a query: deterministic, and no word is guessed or passed over.

"Lombok Tengah ke Malaysia 2022"   origin, destination, time
"pengaduan 2024"                   indicator, time
"penempatan 2023 per 2024-06-30"   time, vintage
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.figures.registry import HERE
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.matching import fold
from ckanext.satudatapmi.text import _

DAY = re.compile(r"\b(?:per|as of|asof:?|sampai)\s+(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)
YEARS = re.compile(r"\b((?:19|20)\d{2})\s*(?:[-–:]|s\.d\.|sampai|hingga|to)\s*((?:19|20)\d{2})\b", re.IGNORECASE)
YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
WORD = re.compile(r"[^\s,;?!]+")
WORDS_AT_MOST = 30
CODE_LETTERS = 3
"""Of a country's code, which counts in capitals alone: "are" is a word, ARE the Emirates."""
MOST_WORDS = 5
"""In the name of a place."""
PLACES = (("destination", "negara"), ("origin", "wilayah"))


@dataclass(frozen=True)
class Understood:
    """What a question in words was taken to mean.

    Attributes:
        parameters: of a query, see `question.question_of`.
        doubts: a sentence for each word that has no one meaning here; with one of them there is no answer, for an
            answer that passed it over would be that of another question.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def understand(text: str) -> Understood:
    """Return what a question in words means.

    >>> dict(understand("Lombok Tengah ke Malaysia 2022").parameters)
    {'time': '2022', 'origin': '52.02', 'destination': 'MYS'}
    """
    found: dict[str, str] = {}
    for pattern, name in ((DAY, "vintage"), (YEARS, "time"), (YEAR, "time")):
        if name not in found and (match := pattern.search(text)):
            found[name] = ":".join(match.groups())
            text = f"{text[: match.start()]} {text[match.end() :]}"
    words = WORD.findall(text)[:WORDS_AT_MOST]
    left = [word for word in _take_known(words, found) if fold(word) not in _listed("ignored") or _is_code(word)]
    left = _take_places(left, found)
    passed_over = _listed("claimants") if found.keys() == {"aggregate"} else frozenset()
    return Understood(found, tuple(_doubt(word) for word in left if fold(word) not in passed_over))


def _take_known(words: list[str], found: dict[str, str]) -> list[str]:
    """Take the words of indicators, sexes and the like; return those that are left."""
    for name, meanings in _known_words().items():
        for value, spellings in meanings.items():
            for spelling in sorted(spellings, key=len, reverse=True):
                at = _place_of(words, spelling)
                if at is not None and found.setdefault(name, value) == value:
                    words = words[: at[0]] + words[at[1] :]
    return words


def _place_of(words: list[str], spelling: str) -> tuple[int, int] | None:
    wanted, folded = [fold(word) for word in spelling.split()], [fold(word) for word in words]
    size = len(wanted)
    return next(((at, at + size) for at in range(len(folded)) if folded[at : at + size] == wanted), None)


def _take_places(words: list[str], found: dict[str, str]) -> list[str]:
    """Take the names of the area of origin and the destination, the longest first; return the words that are left."""
    left, at = [], 0
    while at < len(words):
        taken = next((size for size in range(MOST_WORDS, 0, -1) if _is_place(words[at : at + size], found)), 0)
        left += [] if taken else [words[at]]
        at += taken or 1
    return left


def _is_code(word: str) -> bool:
    return len(word) == CODE_LETTERS and word.isupper() and matcher("negara")(word).found


def _is_place(words: list[str], found: dict[str, str]) -> bool:
    name = " ".join(words)
    if len(name) == CODE_LETTERS and not name.isupper():
        return False
    for dimension, codes in PLACES:
        if dimension not in found and len(fold(name)) > 2 and (code := matcher(codes)(name).code):
            found[dimension] = code
            return True
    return False


def _doubt(word: str) -> str:
    meant = [
        one for _dimension, codes in PLACES for one in matcher(codes)(word).candidates if fold(word) in fold(one.name)
    ]
    if meant:
        names = ", ".join(f"{one.name} ({one.code})" for one in meant)
        return _("{word} may mean several: {names}. Write the one that you mean.", word=word, names=names)
    return _("{word} is not known here. Leave it out, or write it otherwise.", word=word)


@cache
def _known_words() -> dict[str, dict[str, list[str]]]:
    return {name: meanings for name, meanings in _document().items() if isinstance(meanings, dict)}


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(map(fold, _document()[name]))


@cache
def _document() -> dict[str, Any]:
    return yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
