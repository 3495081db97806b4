"""A question in words to the parameters of a query: deterministic, and no word is guessed.

    "Lombok Tengah ke Malaysia 2022"   origin, destination, time
    "pengaduan 2024"                   indicator, time
    "penempatan 2023 per 2024-06-30"   time, vintage

What is not understood is left out, so that a reader sees in the form which words were.
"""

from __future__ import annotations

import re
from functools import cache

import yaml

from ckanext.satudatapmi.figures.registry import HERE
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.matching import fold

DAY = re.compile(r"\b(?:per|as of|asof:?|sampai)\s+(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)
YEARS = re.compile(r"\b((?:19|20)\d{2})\s*(?:[-–:]|s\.d\.|sampai|hingga|to)\s*((?:19|20)\d{2})\b", re.IGNORECASE)
YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
MOST_WORDS = 5
"""In the name of a place."""


def parameters_of(text: str) -> dict[str, str]:
    """Return the parameters that a question in words names; see `question.question_of` for what they are.

    >>> parameters_of("Lombok Tengah ke Malaysia 2022")
    {'time': '2022', 'origin': '52.02', 'destination': 'MYS'}
    """
    found: dict[str, str] = {}
    text = _take(text, DAY, found, "vintage", lambda match: match[1])
    text = _take(text, YEARS, found, "time", lambda match: f"{match[1]}:{match[2]}")
    text = _take(text, YEAR, found, "time", lambda match: match[1])
    words = re.findall(r"[^\s,;?!]+", text)
    for name, meanings in _known_words().items():
        for value, spellings in meanings.items():
            if any(_has(words, spelling) for spelling in spellings):
                found.setdefault(name, value)
    return found | _places(words)


def _take(text: str, pattern: re.Pattern[str], found: dict[str, str], name: str, read: object) -> str:
    match = pattern.search(text)
    if match is None or name in found:
        return text
    found[name] = read(match)  # type: ignore[operator]
    return text[: match.start()] + " " + text[match.end() :]


def _has(words: list[str], spelling: str) -> bool:
    wanted = [fold(word) for word in spelling.split()]
    folded = [fold(word) for word in words]
    return any(folded[at : at + len(wanted)] == wanted for at in range(len(folded)))


def _places(words: list[str]) -> dict[str, str]:
    """Return the area of origin and the destination: the longest names first, each with one meaning."""
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        taken = next((length for length in range(MOST_WORDS, 0, -1) if _place(words[at : at + length], found)), 1)
        at += taken
    return found


def _place(words: list[str], found: dict[str, str]) -> bool:
    name = " ".join(words)
    for dimension, codes in (("destination", "negara"), ("origin", "wilayah")):
        if dimension not in found and len(fold(name)) > 2 and (code := matcher(codes)(name).code):
            found[dimension] = code
            return True
    return False


@cache
def _known_words() -> dict[str, dict[str, list[str]]]:
    return yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
