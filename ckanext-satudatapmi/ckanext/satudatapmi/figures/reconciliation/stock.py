"""How many are abroad, from how many left and how long they stay (command-center.md section 6.4).

Nobody counts the returns. So everybody is taken to stay a mean time L and to leave then: the stock at a moment is what
flowed during the L before it. L is fitted on a stock that somebody counted, and tested on another one.
Months are the unit: contracts run in them, and flows are published for whole ones.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from ckanext.satudatapmi.figures.reconciliation.likeness import unlike
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal
from ckanext.satudatapmi.figures.reconciliation.settings import limit

STOCK, STAY = "stock", "stay"
MONTHS = 12
MEASURES = {"flow": "flow"} | dict.fromkeys(("stock", "fit_on", "check_on"), "stock")
"""What each input has to measure."""
ASSUMPTIONS = ("mean_stay", "even_flow", "no_other_leaving")


class Unfit(Exception):
    """Flows from which no stock can be reckoned; its reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def stock_from_flows(
    flows: Sequence[Input],
    day: date,
    stay: float | None = None,
    fit_on: Input | None = None,
    check_on: Input | None = None,
) -> Result:
    """Return the stock at the end of a day.

    Args:
        flows: which follow each other without a gap, back to the beginning of the longest stay.
        day: at whose end the stock is asked for.
        stay: the mean stay in months; None to fit it.
        fit_on: a counted stock, on which the stay is fitted in steps of `stay_step` months.
        check_on: another counted stock, which the fit did not see: the model against it is the test.

    Returns:
        The stock; details hold the stay in years, the residual in percent where it was fitted, and that of the test.
    """
    counted = [replace(one, name=name) for name, one in (("fit_on", fit_on), ("check_on", check_on)) if one]
    inputs = (*(replace(one, name="flow") for one in flows), *counted)
    if reasons := unlike(inputs, MEASURES):
        return refusal(STOCK, inputs, *reasons)
    if stay is None and fit_on is None:
        return refusal(STOCK, inputs, Reason("no_stay"))
    if stay is not None and stay <= 0:
        return refusal(STOCK, inputs, Reason("zero_denominator", {"what": "stay"}))
    try:
        months = float(stay) if stay is not None else fitted_stay(flows, _counted(fit_on))
        value = _stock(flows, day, months)
        details = {"stay_years": months / MONTHS}
        if fit_on:
            details |= _residual("fit", _stock(flows, _day(fit_on), months), fit_on)
        if check_on:
            # The model is asked for its own day: a count some weeks later stands for it, and both days are told.
            details |= _residual("check", value, check_on)
    except Unfit as unfit:
        return refusal(STOCK, inputs, unfit.reason, assumptions=ASSUMPTIONS)
    return Result(STOCK, inputs, ASSUMPTIONS, value=value, details=details)


def fitted_stay(flows: Sequence[Input], counted: Input) -> float:
    """Return the stay in months, in steps of `stay_step`, whose stock comes nearest to a counted one.

    Raises:
        Unfit: the flows reach not far enough back to tell, or the counted stock is none.
    """
    if counted.value <= 0:
        raise Unfit(Reason("zero_denominator", {"what": "fit_on"}))
    step = limit("stay_step")
    day = _day(counted)
    longest = _month(day + timedelta(days=1)) - min((_month(_start(one)) for one in flows), default=0)
    stays = np.arange(step, longest + 1e-9, step) if flows else np.array([])
    if stays.size < 2:
        raise Unfit(Reason("too_few_points", {"needed": 2, "found": int(stays.size)}))
    off = [abs(_stock(flows, day, float(one)) - counted.value) for one in stays]
    best = int(np.argmin(off))
    if best == len(stays) - 1 and _stock(flows, day, float(stays[best])) < counted.value:
        raise Unfit(Reason("flows_too_short", {"months": float(stays[best])}))
    return float(stays[best])


def implied_stay(stock: Input, flow: Input) -> Result:
    """Return the mean stay in years that a stock means beside a yearly flow: Little's law, L = S / E.

    >>> round(implied_stay(Input("", 142_621), Input("", 65_916, date(2023, 12, 31), date(2023, 1, 1))).value, 2)
    2.16
    """
    inputs = (replace(stock, name="stock"), replace(flow, name="flow"))
    if reasons := unlike(inputs, MEASURES):
        return refusal(STAY, inputs, *reasons)
    if stock.value < 0 or flow.value < 0:
        return refusal(STAY, inputs, Reason("negative"))
    if flow.value == 0:
        return refusal(STAY, inputs, Reason("zero_denominator", {"what": "flow"}))
    if flow.start is None or flow.day is None:
        return refusal(STAY, inputs, Reason("no_period"))
    years = (_month(flow.day + timedelta(days=1)) - _month(flow.start)) / MONTHS
    return Result(STAY, inputs, ("steady_flow", "near_days"), value=stock.value / (flow.value / years))


def _stock(flows: Sequence[Input], day: date, stay: float) -> float:
    """Return what flowed during the stay before the end of a day.

    Raises:
        Unfit: the flows leave a gap in that time, overlap, or are below zero.
    """
    end = _month(day + timedelta(days=1))
    start = end - stay
    spans = sorted((_month(_start(one)), _month(_day(one) + timedelta(days=1)), one.value) for one in flows)
    spans = [one for one in spans if one[1] > start + 1e-9 and one[0] < end - 1e-9]
    if any(value < 0 for _first, _after, value in spans):
        raise Unfit(Reason("negative"))
    if not spans or spans[0][0] > start + 1e-9 or spans[-1][1] < end - 1e-9:
        raise Unfit(Reason("flows_gap", {"months": stay}))
    for (_first, after, _value), (following, _after, _other) in pairwise(spans):
        if abs(after - following) > 1e-9:
            raise Unfit(Reason("flows_overlap" if following < after else "flows_gap", {"months": stay}))
    return sum(value * (min(after, end) - max(first, start)) / (after - first) for first, after, value in spans)


def _residual(name: str, model: float, counted: Input) -> dict[str, float]:
    if counted.value <= 0:
        raise Unfit(Reason("zero_denominator", {"what": f"{name}_on"}))
    difference = model - counted.value
    return {f"{name}_model": model, f"{name}_residual": difference, f"{name}_percent": 100 * difference / counted.value}


def _counted(stock: Input | None) -> Input:
    if stock is None:
        raise Unfit(Reason("no_stay"))
    return stock


def _day(figure: Input) -> date:
    if figure.day is None:
        raise Unfit(Reason("no_period"))
    return figure.day


def _start(figure: Input) -> date:
    if figure.start is None:
        raise Unfit(Reason("no_period"))
    return figure.start


def _month(day: date) -> float:
    """Return how many months the beginning of a day lies after the year 0."""
    return day.year * MONTHS + day.month - 1 + (day.day - 1) / monthrange(day.year, day.month)[1]
