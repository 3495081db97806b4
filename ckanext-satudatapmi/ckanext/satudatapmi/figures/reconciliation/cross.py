"""A cell that nobody published, between the bounds that its margins set (command-center.md section 6.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ckanext.satudatapmi.figures.bounds import MarginError, frechet_of
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal

METHOD = "frechet"


def frechet(margins: Sequence[Input], total: Input) -> Result:
    """Return where a cell would lie if its margins were independent; the interval is of its bounds.

    >>> result = frechet([Input("", 5208), Input("", 11410)], Input("", 11732))
    >>> round(result.value), result.interval
    (5065, (4886.0, 5208.0))
    """
    inputs = (*(replace(one, name="margin") for one in margins), replace(total, name="total"))
    if len(margins) < 2:
        return refusal(METHOD, inputs, Reason("one_margin"))
    if total.value == 0:
        return refusal(METHOD, inputs, Reason("zero_denominator", {"what": "total"}))
    if len({(one.start, one.day) for one in inputs}) > 1:
        return refusal(METHOD, inputs, Reason("other_periods"))
    try:
        found = frechet_of([Decimal(str(one.value)) for one in margins], Decimal(str(total.value)))
    except MarginError:
        return refusal(METHOD, inputs, Reason("margins_exceed"))
    interval = (float(found.lower), float(found.upper))
    return Result(METHOD, inputs, ("margins_of_one_table", "certain_bounds"), float(found.independent), interval)
