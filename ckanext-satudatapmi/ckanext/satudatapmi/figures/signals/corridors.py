"""Countries from which more complaints come than their placements would have it (command-center.md section 8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

from ckanext.satudatapmi.figures.signals.methods import Refusal

PER = 1000
Verdict = Literal["above", "within", "below", "no_corridor"]


@dataclass(frozen=True)
class Counted:
    """Complaints from a country, and placements to it; None where nothing is published."""

    country: str
    complaints: float
    placements: float | None


@dataclass(frozen=True)
class Corridor:
    """What is to be said of a country.

    Attributes:
        counted: of it.
        rate: complaints per 1,000 placements; None where too few were placed.
        lower, upper: between which the rate lies by chance, None where there is none.
        verdict: how the rate stands to them; `no_corridor` where so few were placed that any complaint is a signal;
            None where the method refuses.
        refusal: why.
    """

    counted: Counted
    rate: float | None = None
    lower: float | None = None
    upper: float | None = None
    verdict: Verdict | None = None
    refusal: Refusal | None = None


def corridors(counted: Sequence[Counted], settings: Mapping[str, Any]) -> tuple[float | None, list[Corridor]]:
    """Return the mean rate, and the countries with the highest rate first; those without one follow.

    Args:
        counted: a country at most once.
        settings: `least` placements for a rate, `deviations` of the limits.

    Source:
        Spiegelhalter, D. (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24:1185.
    """
    rated = [one for one in counted if one.placements and one.placements >= settings["least"]]
    mean = PER * sum(one.complaints for one in rated) / sum(one.placements or 0 for one in rated) if rated else None
    judged = [_judged(one, mean, len(rated), settings) for one in counted]
    return mean, sorted(judged, key=lambda one: (one.rate is None, -(one.rate or 0), -one.counted.complaints))


def _judged(one: Counted, mean: float | None, rated: int, settings: Mapping[str, Any]) -> Corridor:
    if not one.placements:
        return Corridor(one, refusal=Refusal("no_denominator"))
    if one.placements < settings["least"]:
        return Corridor(one, verdict="no_corridor") if one.complaints else Corridor(one, verdict="within")
    rate = PER * one.complaints / one.placements
    # That the placements reach the least is what made the mean.
    if mean is None or rated < 2:
        return Corridor(one, rate, refusal=Refusal("one_corridor"))
    width = settings["deviations"] * sqrt(mean / (one.placements / PER))
    lower, upper = max(0.0, mean - width), mean + width
    verdict: Verdict = "above" if rate > upper else "below" if rate < lower else "within"
    return Corridor(one, rate, lower, upper, verdict)
