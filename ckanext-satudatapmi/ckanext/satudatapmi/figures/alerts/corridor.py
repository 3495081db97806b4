"""Corridor risk: complaints per 1,000 placements beside the limits of a funnel plot."""

from __future__ import annotations

import math

from ckanext.satudatapmi.figures.alerts.methods import Verdict, setting


def corridor(complaints: float | None, placements: float | None, mean_rate: float | None) -> Verdict:
    """Return whether a destination has more complaints than chance explains.

    Args:
        complaints, placements: of the destination; None where no figure is published.
        mean_rate: complaints per 1,000 placements of all destinations; None where it is not known.
    """
    if complaints is None:
        return Verdict("corridor", refusal="value_missing")
    if placements is None:
        return Verdict("corridor", refusal="zero_denominator")
    fewest = setting("corridor", "fewest_placements")
    inputs = {"complaints": complaints, "placements": placements}
    if placements < fewest:
        return Verdict(
            "no_corridor", complaints, 0.0, complaints > 0, None, inputs | {"fewest_placements": float(fewest)}
        )
    if mean_rate is None:
        return Verdict("corridor", refusal="zero_denominator")
    per = setting("corridor", "per")
    rate, spread = per * complaints / placements, math.sqrt(mean_rate / (placements / per))
    limit = mean_rate + setting("corridor", "deviations") * spread
    lower = max(mean_rate - setting("corridor", "deviations") * spread, 0.0)
    return Verdict("corridor", rate, limit, rate > limit, None, inputs | {"mean": mean_rate, "lower": lower})


def rate_of(complaints: float, placements: float) -> float | None:
    """Return complaints per 1,000 placements, None where there is no placement.

    >>> round(rate_of(41, 6719), 1)
    6.1
    """
    return setting("corridor", "per") * complaints / placements if placements > 0 else None
