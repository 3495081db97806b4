"""A proposed description of a table: what was decided, how surely, and why. What is unsure waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.tables.description import TableDescription, parse_description

SURE = 0.9
"""From this confidence on a decision needs nobody's confirmation."""


@dataclass(frozen=True)
class Decision:
    """One thing that was decided about a table.

    Attributes:
        key: the key of the description that it fills or touches, such as `header` or `columns.Negara`.
        value: what was decided; None where nothing could be.
        confidence: from 0 to 1.
        why: the reason, a sentence for people.
    """

    key: str
    value: Any
    confidence: float
    why: str

    @property
    def sure(self) -> bool:
        """Say whether it needs no confirmation."""
        return self.confidence >= SURE


@dataclass(frozen=True)
class Proposal:
    """A description as guessed.

    Attributes:
        description: the description's keys, as its YAML would hold them.
        decisions: everything that was decided, in the order of the description.
    """

    description: dict[str, Any]
    decisions: tuple[Decision, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Say whether a person has to look at it before any figure is taken."""
        return not self.decisions or bool(self.questions)

    @property
    def questions(self) -> tuple[Decision, ...]:
        """The decisions that are not sure, the least sure first."""
        return tuple(sorted((one for one in self.decisions if not one.sure), key=lambda one: one.confidence))

    def parsed(self) -> TableDescription:
        """Return the description itself."""
        return parse_description(self.description)


def weighed(confidence: float, *, raised: Iterable[bool]) -> float:
    """Return a confidence after further evidence: what speaks for it halves the doubt, what speaks against, the rest.

    >>> weighed(0.8, raised=[True])
    0.9
    """
    for speaks_for in raised:
        confidence = 1 - (1 - confidence) / 2 if speaks_for else confidence / 2
    return round(confidence, 4)
