"""What a method of reconciliation gives: a number with all it rests on, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any


@dataclass(frozen=True)
class Input:
    """A figure that a method takes.

    Attributes:
        name: what it is to the method, such as `origin` or `flow`.
        value: of the figure.
        day: the last day of its period, or the moment that it counts; None for a count that was handed in.
        start: the first day of its period; None for a number at a moment.
        definition: its id in `schemas/figures/definitions.yaml`; "" where it has none.
        label: who says it, for people.
        figure: the published figure in full, as `words.plain_figure` gives it; None where it is no published one.
        rse: its relative standard error, where a method weighs by it.
        place: the codes of its dimensions that are no totals; None for a number that was handed in.
    """

    name: str
    value: float
    day: date | None = None
    start: date | None = None
    definition: str = ""
    label: str = ""
    figure: Mapping[str, Any] | None = None
    rse: float | None = None
    place: frozenset[tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        """Let no number in that no publication can hold.

        Raises:
            ValueError: the value is infinite or not a number.
        """
        if not isfinite(self.value):
            raise ValueError(f"{self.name}: {self.value} is no number that can be reckoned with")


@dataclass(frozen=True)
class Reason:
    """A reason against a number: its code in `reconciliation.yaml`, and the facts that its sentence tells."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of a method.

    Attributes:
        method: its id in `reconciliation.yaml`, which holds its formula.
        inputs: the figures it took.
        assumptions: ids of what has to hold for the number to mean anything.
        value: the number; None where the method refuses.
        interval: of 95 percent; None where the method has none.
        details: what was computed on the way, by id. It stays where the method refuses: it is what speaks against it.
        reasons: of a refusal, each with what would mend it.
    """

    method: str
    inputs: tuple[Input, ...]
    assumptions: tuple[str, ...] = ()
    value: float | None = None
    interval: tuple[float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        """Let out no number that is none, and none beside the reasons against it.

        Raises:
            ValueError: a number is infinite or not a number, or there is a number and a refusal, or neither.
        """
        numbers = [
            one for one in (self.value, *(self.interval or ()), *self.details.values()) if isinstance(one, float)
        ]
        if not all(map(isfinite, numbers)):
            raise ValueError(f"{self.method}: a result that is no number")
        if (self.value is None) != bool(self.reasons):
            raise ValueError(f"{self.method}: a result has a number or reasons why it has none")

    @property
    def refused(self) -> bool:
        """Tell whether the method gives no number."""
        return bool(self.reasons)


def refusal(
    method: str,
    inputs: tuple[Input, ...],
    *reasons: Reason,
    assumptions: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Result:
    """Return the result of a method that gives no number."""
    return Result(method, inputs, assumptions, details=details or {}, reasons=reasons)
