"""Statements about figures in titles and notes: percentages, changes, ranks, what is called people abroad."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import yaml

from ckanext.satudatapmi.figures.registry import HERE

NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
PERCENT = re.compile(rf"({NUMBER})\s*(?:%|persen\b)")
PLAIN = re.compile(rf"(?<![\d.,])({NUMBER})(?![\d.,]*\d)(?!\s*(?:%|persen\b))")
FROM_TO = re.compile(rf"\bdari\s+({NUMBER})\b[^\d]*?\b(?:menjadi|ke|jadi)\s+({NUMBER})\b")
YEAR = re.compile(r"(?:19|20)\d\d")
SENTENCE_END = re.compile(r"[.;!?](?=\s|$)")


@dataclass(frozen=True)
class Statement:
    """A sentence with a percentage.

    Attributes:
        text: the sentence.
        percent: as stated; `exact` to half a unit of its last digit.
        direction: 1 for a rise, -1 for a fall, 0 if it states a share.
        figures: the numbers that the sentence names: of a change the former and the latter.
    """

    text: str
    percent: float
    exact: float
    direction: int
    figures: tuple[float, ...]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [part.strip() for part in SENTENCE_END.split(text) if part.strip()]


def percentage(sentence: str) -> Statement | None:
    """Return what a sentence states with its one percentage, or None.

    >>> percentage("Naik 29,37 % dari 35 menjadi 42").figures
    (35.0, 42.0)
    """
    plain = sentence.casefold()
    stated = PERCENT.findall(plain)
    if len(stated) != 1:
        return None
    direction = 1 if _has(plain, "rise") else -1 if _has(plain, "fall") else 0
    change = FROM_TO.search(plain)
    texts = change.groups() if change and direction else PLAIN.findall(plain)
    figures = tuple(_value(one) for one in texts if change or not YEAR.fullmatch(one))
    decimals = len(stated[0].partition(",")[2])
    return Statement(sentence, _value(stated[0]), 0.5 * 10.0**-decimals, direction, figures)


def extreme(sentence: str) -> str | None:
    """Return `most` or `least` if a sentence calls something so, without an ordinal behind it."""
    plain = sentence.casefold()
    for kind in ("most", "least"):
        after = "|".join(map(re.escape, _words()["ordinals"]))
        if re.search(rf"\b(?:{_any(kind)})\b(?!\s+(?:{after})\b)", plain):
            return kind
    return None


def abroad(text: str) -> bool:
    """Tell whether a text says that people who are abroad at a moment are counted; a clause that denies it does not."""
    clauses = re.split(r"[.;,:()]", text.casefold())
    return any(_has(clause, "abroad") and not _has(clause, "denied") for clause in clauses)


def named(sentence: str, names: list[str]) -> list[str]:
    """Return which of the names stand in a sentence; one inside a longer one does not count."""
    plain = sentence.casefold()
    there = [name for name in names if re.search(rf"\b{_spelt(name)}\b", plain)]
    return [name for name in there if not any(name != other and name.casefold() in other.casefold() for other in there)]


def _spelt(name: str) -> str:
    """Return a pattern of a name: Hongkong is Hong Kong."""
    return r"\s*".join(re.escape(word) for word in name.casefold().split())


def _value(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def _has(plain: str, kind: str) -> bool:
    return re.search(rf"\b(?:{_any(kind)})\b", plain) is not None


def _any(kind: str) -> str:
    return "|".join(map(re.escape, _words()[kind]))


@cache
def _words() -> dict[str, list[str]]:
    return yaml.safe_load((HERE / "statements.yaml").read_text(encoding="utf-8"))
