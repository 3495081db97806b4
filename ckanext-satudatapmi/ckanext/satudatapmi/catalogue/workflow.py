"""The way of a dataset from its produsen data to the public (Perpres 39/2019 articles 33-36), as a table of steps.

The states are those of the national portal. Beside the state stands whose turn it is, and whether the dataset is
published: a published dataset that is changed is checked again, and stays published meanwhile. Who may see the data
(accessRights, private) is another matter, which no step ever touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

DRAFT, IN_REVIEW, APPROVED, REJECTED = "draft", "in_review", "approved", "rejected"
STATES = (DRAFT, IN_REVIEW, APPROVED, REJECTED)

PRODUSEN, WALIDATA, PEMBINA = "produsen", "walidata", "pembina"
DUTIES = (PRODUSEN, WALIDATA, PEMBINA)

SUBMIT, RECALL, RETURN, APPROVE, UNPUBLISH, CHANGE = "submit", "recall", "return", "approve", "unpublish", "change"
STEPS = (SUBMIT, RECALL, RETURN, APPROVE, UNPUBLISH)
"""The steps that people take; a change is noticed."""

WITH_REASON = frozenset({RETURN, UNPUBLISH})
"""Steps that have to say why."""


@dataclass(frozen=True)
class Position:
    """Where the checking of a dataset stands.

    Attributes:
        state: draft, in_review, approved or rejected.
        turn: the duty that has to do something now; None if nobody has.
        published: whether it has been approved once and not been taken back since.
    """

    state: str
    turn: str | None
    published: bool

    @property
    def locked(self) -> bool:
        """Whether its produsen data may not change it: somebody is checking what nobody else sees yet."""
        return self.state == IN_REVIEW and not self.published


START = Position(DRAFT, PRODUSEN, published=False)
OUTSIDE = Position(APPROVED, None, published=True)
"""Of a dataset that nobody has checked here: harvested, or put in by the operator."""


class StepRefused(ValueError):
    """A step that does not lead on from where the dataset is, or that another duty has to take."""


def steps(position: Position, duties: Set[str]) -> tuple[str, ...]:
    """Return the steps that somebody with these duties may take now, in a fixed order."""
    return tuple(step for step in STEPS if any(duty in duties for duty, _after in _ways(step, position)))


def take(step: str, position: Position, duties: Set[str], *, priority: bool) -> Position:
    """Return where a step leads.

    Args:
        step: one of STEPS, or change.
        position: where the dataset is.
        duties: of whoever takes the step.
        priority: whether the dataset is Data Prioritas, which pembina data check as well.

    Raises:
        StepRefused: the step does not lead on from there, or is for another duty.
    """
    for duty, after in _ways(step, position):
        if duty not in duties:
            continue
        if step == APPROVE and duty == WALIDATA and priority:
            return Position(IN_REVIEW, PEMBINA, position.published)
        return after
    raise StepRefused(step)


def is_noticed(position: Position) -> bool:
    """Tell whether a change by the produsen data leads to another check."""
    return any(True for _way in _ways(CHANGE, position))


def _ways(step: str, position: Position) -> Iterator[tuple[str, Position]]:
    """Yield who may take a step now, and where it leads."""
    place = (position.state, position.turn)
    published = position.published
    if step == SUBMIT and place in ((DRAFT, PRODUSEN), (REJECTED, PRODUSEN)):
        yield PRODUSEN, Position(IN_REVIEW, WALIDATA, published)
    elif step == RECALL and place == (IN_REVIEW, WALIDATA) and not published:
        yield PRODUSEN, Position(DRAFT, PRODUSEN, published)
    elif step == RETURN and place == (IN_REVIEW, WALIDATA):
        yield WALIDATA, Position(REJECTED, PRODUSEN, published)
    elif step == RETURN and place == (IN_REVIEW, PEMBINA):
        # Pembina data return to walidata, who return to the produsen data (article 35).
        yield PEMBINA, Position(IN_REVIEW, WALIDATA, published)
    elif step == APPROVE and is_checked(position):
        yield position.turn or WALIDATA, Position(APPROVED, None, published=True)
    elif step == UNPUBLISH and published:
        yield WALIDATA, Position(REJECTED, PRODUSEN, published=False)
    elif step == CHANGE and published and (place == (APPROVED, None) or position.turn == PEMBINA):
        yield PRODUSEN, Position(IN_REVIEW, WALIDATA, published)


def is_checked(position: Position) -> bool:
    """Tell whether walidata or pembina data are checking the dataset now."""
    return position.state == IN_REVIEW and position.turn in (WALIDATA, PEMBINA)
