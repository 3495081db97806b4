"""Limits and words of the methods, as `schemas/figures/reconciliation.yaml` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.figures.registry import HERE, Words

NORMAL = 1.96
"""Standard errors on either side of an interval of 95 percent."""


@dataclass(frozen=True)
class Method:
    """A method of reconciliation: title, formula, what it says and takes, where it was published."""

    title: Words
    formula: str
    says: Words
    source: str
    takes: Words


def limit(name: str) -> float:
    """Return a limit of the methods by its name."""
    return float(_document()["limits"][name])


@cache
def methods() -> Mapping[str, Method]:
    """Return the methods by id, in their order."""
    return {name: Method(**entry) for name, entry in _document()["methods"].items()}


def assumption(name: str) -> Words:
    """Return what has to hold, by language."""
    return _document()["assumptions"][name]


def reason(code: str) -> Mapping[str, Words]:
    """Return why there is no number (`says`) and what would mend it (`mend`), by language."""
    return _document()["reasons"][code]


def detail(name: str) -> Words:
    """Return what a number on the way is called, by language."""
    return _document()["details"][name]


def model(name: str) -> Words:
    """Return what a model of a combination is called, by language."""
    return _document()["models"][name]


def role(name: str) -> Words:
    """Return what an input is to its method, by language; its own name where it was named by hand."""
    return _document()["roles"].get(name, {"id": name, "en": name})


@cache
def marks() -> Mapping[str, Words]:
    """Return the marks of quality by id, in their order."""
    return _document()["marks"]


@cache
def _document() -> Any:
    return yaml.safe_load((HERE / "reconciliation.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Case:
    """A worked case: its title by language, and what `pmi_reconcile` takes for it."""

    id: str
    title: Words
    asked: Mapping[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """Return the worked cases, in their order."""
    listed = yaml.safe_load((HERE / "reconciliation_cases.yaml").read_text(encoding="utf-8"))
    return tuple(Case(**one) for one in listed)
