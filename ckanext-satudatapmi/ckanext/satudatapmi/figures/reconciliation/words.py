"""Results and lines of the board as plain data, in both languages: what is signed once is read in either."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from ckanext.satudatapmi.figures.comparing import Comparison, Difference
from ckanext.satudatapmi.figures.reconciliation import settings
from ckanext.satudatapmi.figures.reconciliation.board import Line, Pair
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result
from ckanext.satudatapmi.figures.registry import UNKNOWN, Words, attributes, definitions, dimensions, facets
from ckanext.satudatapmi.figures.words import label, plain_comparison, plain_figure

LANGUAGES = ("id", "en")
DIGITS = 6
"""After the point: enough to compute on, and no digits that only the machine makes."""
UNSAID: Words = {"id": "tidak disebut", "en": "not said"}


def plain_result(result: Result) -> dict[str, Any]:
    """Return a result with its formula, inputs, assumptions and the reasons against a number, in words."""
    method = settings.methods()[result.method]
    return {
        "method": result.method,
        "title": dict(method.title),
        "formula": method.formula,
        "says": dict(method.says),
        "source": method.source,
        "inputs": [_input(one) for one in result.inputs],
        "assumptions": [{"id": name, "words": dict(settings.assumption(name))} for name in result.assumptions],
        "refused": result.refused,
        "value": _number(result.value),
        "interval": [_number(one) for one in result.interval] if result.interval else None,
        "details": [_detail(name, value) for name, value in result.details.items()],
        "reasons": [_reason(one) for one in result.reasons],
    }


def plain_line(line: Line) -> dict[str, Any]:
    """Return a line of the board: place, year, figures, and each two of them compared."""
    codes = {"origin": line.key.origin, "destination": line.key.destination}
    return {
        "place": {name: {"code": code, "label": _place(name, code)} for name, code in codes.items()},
        "year": line.key.year,
        "figures": [
            plain_figure(one)
            | {
                "publisher": facets()[one.facet].publisher,
                "side": facets()[one.facet].side,
                "title": dict(facets()[one.facet].title),
                "definition_title": dict(definitions()[one.definition].title),
            }
            for one in line.figures
        ],
        "pairs": [_pair(one) for one in line.pairs],
    }


def difference_words(comparison: Comparison) -> list[Words]:
    """Return what two definitions differ in, an attribute each, with what either says."""
    return [{language: _difference(one, language) for language in LANGUAGES} for one in comparison.differences]


def _difference(one: Difference, language: str) -> str:
    left, right = (_value(one.attribute, value)[language] for value in (one.left, one.right))
    return f"{attributes()[one.attribute].label[language]}: {left} / {right}"


def _pair(pair: Pair) -> dict[str, Any]:
    faced = pair.mirror
    return plain_comparison(pair.comparison) | {
        "facets": [pair.left.facet, pair.right.facet],
        "comparable": pair.comparison.equal,
        "convertible": pair.comparison.convertible,
        "why": difference_words(pair.comparison),
        "days_apart": abs((pair.left.ref_end - pair.right.ref_end).days),
        "mirror": faced
        and {
            "origin": _facet_of(pair, "origin"),
            "destination": _facet_of(pair, "destination"),
            "ratio": _number(faced.value),
            "asymmetry": _number(faced.details.get("asymmetry")),
            "reasons": [_reason(one) for one in faced.reasons],
        },
    }


def _facet_of(pair: Pair, side: str) -> str:
    return next(one.facet for one in (pair.left, pair.right) if facets()[one.facet].side == side)


def _place(dimension: str, code: str) -> Words:
    if code == dimensions()[dimension].total and dimension == "destination":
        return {"id": "semua negara", "en": "all countries"}
    return label(dimension, code)


def _value(attribute: str, value: str) -> Words:
    return UNSAID if value == UNKNOWN else attributes()[attribute].values[value]


def _input(one: Input) -> dict[str, Any]:
    known = definitions().get(one.definition)
    return {
        "role": one.name,
        "role_words": dict(settings.role(one.name)),
        "label": one.label,
        "label_words": dict(settings.methods()[one.label].title) if one.label in settings.methods() else None,
        "value": _number(one.value),
        "start": one.start.isoformat() if one.start else None,
        "day": one.day.isoformat() if one.day else None,
        "definition": one.definition,
        "definition_title": dict(known.title) if known else None,
        "rse": one.rse,
        "figure": dict(one.figure) if one.figure else None,
    }


def _detail(name: str, value: Any) -> dict[str, Any]:
    plain = _number(value) if isinstance(value, int | float) else value
    said = dict(settings.model(str(value))) if name == "model" else None
    return {"id": name, "words": dict(settings.detail(name)), "value": plain, "value_words": said}


def _reason(one: Reason) -> dict[str, Any]:
    known = settings.reason(one.code)
    filled = {
        language: known["says"][language].format(**{name: _shown(fact, language) for name, fact in one.facts.items()})
        for language in LANGUAGES
    }
    return {"code": one.code, "says": filled, "mend": dict(known["mend"])}


def _shown(fact: Any, language: str) -> Any:
    if isinstance(fact, date):
        return format_date(fact, "d MMMM y", locale=language)
    if isinstance(fact, int | float):
        return format_decimal(fact, "#,##0.##" if abs(fact) < 10 else "#,##0", locale=language)
    return settings.role(fact)[language] if isinstance(fact, str) else fact


def _number(value: float | None) -> int | float | None:
    if value is None:
        return None
    rounded = round(float(value), DIGITS)
    return int(rounded) if rounded.is_integer() else rounded
