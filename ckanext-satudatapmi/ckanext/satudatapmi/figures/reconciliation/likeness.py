"""Whether inputs are of one place and of the measure that a method takes: otherwise it would compute nonsense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason
from ckanext.satudatapmi.figures.registry import definitions


def unlike(inputs: Sequence[Input], measures: Mapping[str, str] | None = None) -> tuple[Reason, ...]:
    """Return why inputs do not belong together; () if they may.

    Args:
        inputs: numbers that were handed in have no place and no measure: whoever hands them in answers for both.
        measures: that an input has to have, by its name; None where all need the same one.
    """
    reasons = []
    if len({one.place for one in inputs if one.place is not None}) > 1:
        reasons.append(Reason("other_places"))
    found = [(one.name, _measure(one)) for one in inputs if one.definition in definitions()]
    for name, measure in found:
        expected = (measures or {}).get(name) if measures is not None else found[0][1]
        if expected and measure != expected:
            reasons.append(Reason("other_measure", {"what": name, "expected": expected}))
            break
    return tuple(reasons)


def _measure(one: Input) -> str:
    return definitions()[one.definition].attributes["measure"]
