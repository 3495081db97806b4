"""The methods as `schemas/figures/alerts.yaml` describes them, and what each returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import yaml

from ckanext.satudatapmi.figures.registry import HERE, Words


@dataclass(frozen=True)
class Method:
    """A method; schemas/figures/alerts.yaml explains each attribute."""

    id: str
    title: Words
    formula: Words
    filled: Words
    settings: Mapping[str, float]
    indicators: tuple[str, ...]
    urgency: int
    days: int


@dataclass(frozen=True)
class Verdict:
    """What a method says of one series at one moment.

    Attributes:
        method: its id.
        value, limit: what was compared; None where it refuses.
        alarm: whether the value exceeds the limit.
        refusal: why it says nothing; None where it says something.
        inputs: the numbers of the formula.
    """

    method: str
    value: float | None = None
    limit: float | None = None
    alarm: bool = False
    refusal: str | None = None
    inputs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a method says of many series at once; arrays have one shape, series by months.

    Attributes:
        method: its id.
        value, limit: what was compared.
        refused: the id of the reason, "" where there is none.
        inputs: the numbers of the formula.
    """

    method: str
    value: np.ndarray
    limit: np.ndarray
    refused: np.ndarray
    inputs: Mapping[str, np.ndarray]

    @property
    def alarms(self) -> np.ndarray:
        """Where the value exceeds the limit; nowhere where the method refuses."""
        return (self.refused == "") & (self.value > self.limit)

    def at(self, place: tuple[int, ...]) -> Verdict:
        """Return the verdict at a place of the arrays."""
        if self.refused[place]:
            return Verdict(self.method, refusal=str(self.refused[place]))
        inputs = {name: float(numbers[place]) for name, numbers in self.inputs.items()}
        return Verdict(
            self.method, float(self.value[place]), float(self.limit[place]), bool(self.alarms[place]), None, inputs
        )


@cache
def methods() -> Mapping[str, Method]:
    """Return the methods by id."""
    return {
        name: Method(name, **(entry | {"indicators": tuple(entry["indicators"])}))
        for name, entry in _document()["methods"].items()
    }


@cache
def refusals() -> Mapping[str, Words]:
    """Return why a method may refuse, by id."""
    return _document()["refusals"]


def setting(method: str, name: str) -> Any:
    """Return a number by which a method decides."""
    return methods()[method].settings[name]


def scan_setting(name: str) -> int:
    """Return a number by which the scan of the loaded figures goes."""
    return _document()["scan"][name]


def reasons(shape: tuple[int, ...], **where: np.ndarray) -> np.ndarray:
    """Return the id of the first reason that holds in each place, "" where none does.

    Args:
        shape: of the result.
        where: by the id of a reason, the places in which it holds.
    """
    found = np.full(shape, "", dtype="<U20")
    for reason, places in where.items():
        found[(found == "") & places] = reason
    return found


@cache
def _document() -> dict[str, Any]:
    return yaml.safe_load((HERE / "alerts.yaml").read_text(encoding="utf-8"))
