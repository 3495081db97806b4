"""Cumulative figures closed by the flows between, and what parts leave of a span (command-center.md section 6.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ckanext.satudatapmi.figures.reconciliation.likeness import unlike
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result, refusal

CLOSING, REMAINDER = "closing", "remainder"
MEASURES: Mapping[str, str] = {
    "before": "cumulative_flow",
    "after": "cumulative_flow",
    "flow": "flow",
    "flow_less": "flow",
    "whole": "flow",
    "part": "flow",
}
"""What each input has to measure."""


@dataclass(frozen=True)
class Flow:
    """A flow that is added (sign 1) or taken away (sign -1), to cover a span that no single flow covers."""

    figure: Input
    sign: int = 1


def closing(before: Input, after: Input, flows: Sequence[Flow]) -> Result:
    """Return what a rise of cumulative figures is beyond the flows between their days.

    The value is the residual; details hold the rise, the sum of the flows, and the residual in percent of the rise.

    Args:
        before, after: cumulative figures since the same beginning, in the order of their days.
        flows: which, added and taken away, cover the days between the two exactly once.
    """
    inputs = (replace(before, name="before"), replace(after, name="after"), *_named(flows))
    if reasons := unlike(inputs, MEASURES):
        return refusal(CLOSING, inputs, *reasons)
    if before.day is None or after.day is None or before.day >= after.day or before.start != after.start:
        return refusal(CLOSING, inputs, Reason("not_one_chain"))
    wanted = (before.day + timedelta(days=1), after.day + timedelta(days=1))
    if any(one.figure.day is None or one.figure.start is None for one in flows) or _covered(flows) != [(*wanted, 1)]:
        return refusal(CLOSING, inputs, Reason("flows_do_not_join", {"start": wanted[0], "end": after.day}))
    rise, between = after.value - before.value, sum(one.sign * one.figure.value for one in flows)
    if rise <= 0:
        return refusal(CLOSING, inputs, Reason("falls", {"rise": rise}), details={"rise": rise, "flows": between})
    residual = rise - between
    details = {"rise": rise, "flows": between, "percent": 100 * residual / rise}
    return Result(CLOSING, inputs, ("no_revision_between", "one_beginning"), value=residual, details=details)


def remainder(whole: Input, parts: Sequence[Flow]) -> Result:
    """Return what published parts leave of the flow of a span; details hold the days that it is of.

    Args:
        whole: the flow of the span.
        parts: flows within it which do not overlap and leave one piece of it.
    """
    inputs = (replace(whole, name="whole"), *(replace(one.figure, name="part") for one in parts))
    if reasons := unlike(inputs, MEASURES):
        return refusal(REMAINDER, inputs, *reasons)
    spans = [one.figure.day and one.figure.start for one in parts]
    if whole.day is None or whole.start is None or not all(spans):
        return refusal(REMAINDER, inputs, Reason("no_period"))
    left = _covered([Flow(whole), *(Flow(one.figure, -one.sign) for one in parts)])
    if len(left) != 1 or left[0][2] != 1:
        return refusal(REMAINDER, inputs, Reason("parts_do_not_fit"))
    value = whole.value - sum(one.sign * one.figure.value for one in parts)
    if value < 0:
        return refusal(REMAINDER, inputs, Reason("parts_exceed", {"by": -value}))
    start, after, _sign = left[0]
    last = after - timedelta(days=1)
    details = {"from": start.isoformat(), "to": last.isoformat()}
    return Result(REMAINDER, inputs, ("no_revision_between",), value=value, details=details)


def _named(flows: Sequence[Flow]) -> tuple[Input, ...]:
    names = {1: "flow", -1: "flow_less"}
    return tuple(replace(one.figure, name=names[one.sign]) for one in flows)


def _covered(flows: Sequence[Flow]) -> list[tuple[date, date, int]]:
    """Return the spans that flows cover, with how often; a span that they cover in all not once is left out."""
    turns: Counter[date] = Counter()
    for one in flows:
        start, last = one.figure.start, one.figure.day
        if start and last:
            turns[start] += one.sign
            turns[last + timedelta(days=1)] -= one.sign
    days = sorted(day for day, turn in turns.items() if turn)
    covered, level = [], 0
    for day, after in zip(days, days[1:], strict=False):
        level += turns[day]
        if level:
            covered.append((day, after, level))
    return covered
