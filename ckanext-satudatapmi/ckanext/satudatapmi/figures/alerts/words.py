"""A signal in words: its formula with its numbers, in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import format_decimal

from ckanext.satudatapmi.figures.alerts.methods import Verdict, methods
from ckanext.satudatapmi.figures.registry import Words
from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.text import language

SMALL = 10
"""Below it a number is written with two decimals, else with one at most."""


def filled(method: str, numbers: Mapping[str, float]) -> str:
    """Return the formula of a method with its numbers.

    >>> filled("psi", {"value": 0.4158, "limit": 0.2})
    'PSI 0.42, limit 0.2'
    """
    return _in(methods()[method].filled).format(**{name: written(value) for name, value in numbers.items()})


def described(method: str) -> dict[str, str]:
    """Return a method's id, its title and its formula."""
    one = methods()[method]
    return {"method": one.id, "title": _in(one.title), "formula": _in(one.formula)}


def places(place: str) -> list[dict[str, str]]:
    """Return what a signal's codes are called: `dimension`, `code` and `label`; nothing for the total.

    >>> [one["label"] for one in places("destination=KHM")]
    ['Cambodia']
    """
    codes = [part.split("=", 1) for part in place.split(";") if part]
    return [{"dimension": name, "code": code, "label": _in(label(name, code))} for name, code in codes]


def numbers_of(verdict: Verdict) -> dict[str, float]:
    """Return the numbers of a verdict as JSON holds them, `value` and `limit` among them; none where it refuses."""
    if verdict.value is None or verdict.limit is None:
        return {}
    numbers = {**verdict.inputs, "value": verdict.value, "limit": verdict.limit}
    return {name: round(float(value), 6) for name, value in numbers.items()}


def written(value: float) -> str:
    """Return a number as it is written in the visitor's language."""
    return format_decimal(round(value, 2 if abs(value) < SMALL else 1), locale=language())


def _in(words: Words) -> str:
    return words.get(language()) or words["id"]
