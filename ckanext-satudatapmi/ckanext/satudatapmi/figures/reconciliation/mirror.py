"""Mirror statistics: the figure of the origin against that of the destination (command-center.md section 6.3)."""

from __future__ import annotations

from dataclasses import replace

from ckanext.satudatapmi.figures.reconciliation.likeness import unlike
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal
from ckanext.satudatapmi.figures.reconciliation.settings import limit

METHOD = "mirror"


def mirror(origin: Input, destination: Input) -> Result:
    """Return the ratio of what the origin says to what the destination says; details hold the asymmetry.

    >>> result = mirror(Input("origin", 1_670_000), Input("destination", 399_827))
    >>> round(result.value, 2), round(result.details["asymmetry"], 2)
    (4.18, 1.23)
    """
    inputs = (replace(origin, name="origin"), replace(destination, name="destination"))
    if reasons := unlike(inputs):
        return refusal(METHOD, inputs, *reasons)
    if origin.value < 0 or destination.value < 0:
        return refusal(METHOD, inputs, Reason("negative"))
    if destination.value == 0:
        return refusal(METHOD, inputs, Reason("zero_denominator", {"what": "destination"}))
    days = abs((origin.day - destination.day).days) if origin.day and destination.day else 0
    if days > limit("near_days"):
        return refusal(METHOD, inputs, Reason("days_apart", {"days": days}))
    mean = (origin.value + destination.value) / 2
    return Result(
        METHOD,
        inputs,
        ("same_people", "near_days"),
        value=origin.value / destination.value,
        details={"asymmetry": abs(origin.value - destination.value) / mean},
    )
