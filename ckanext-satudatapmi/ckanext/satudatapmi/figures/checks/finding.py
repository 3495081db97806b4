"""What a check found, and what the project knows of its rules (`schemas/figures/checks.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import yaml

from ckanext.satudatapmi.figures.registry import HERE, Words

Severity = Literal["warning", "contradiction"]


@dataclass(frozen=True)
class Rule:
    """A rule; schemas/figures/checks.yaml explains each attribute."""

    name: str
    severity: Severity
    title: Words
    means: Words
    todo: Words
    settings: Mapping[str, Any]
    lesser: Severity = "warning"


@dataclass(frozen=True)
class Finding:
    """Something that a figure contradicts, or that somebody should look at.

    Attributes:
        rule: R1 to R14, F1.
        severity: warning or contradiction.
        facts: numbers and codes, as JSON holds them; `kind` says which sentence tells them.
        source_row, source_column: the place in the file, where one is meant.
        key: the observation: codes by dimension (those of the whole left out), `ref_start`, `ref_end` as ISO days.
    """

    rule: str
    severity: Severity
    facts: Mapping[str, Any]
    source_row: int | None = None
    source_column: str | None = None
    key: Mapping[str, str] = field(default_factory=dict)


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules by name."""
    document = yaml.safe_load((HERE / "checks.yaml").read_text(encoding="utf-8"))
    return {name: Rule(name, **entry) for name, entry in document.items()}


def setting(rule: str, name: str) -> Any:
    """Return a number by which a rule decides."""
    return rules()[rule].settings[name]


def severity_of(rule: str, *, lesser: bool = False) -> Severity:
    """Return the severity of a finding, or that of one which rounding or a later edition may explain."""
    return rules()[rule].lesser if lesser else rules()[rule].severity


def number(value: float) -> int | float:
    """Return a number as JSON should hold it: whole ones without a fraction."""
    return int(value) if float(value).is_integer() else round(float(value), 6)
