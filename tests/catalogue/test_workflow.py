"""The table of steps, without a database."""

from __future__ import annotations

import itertools

import pytest

from ckanext.satudatapmi.catalogue import workflow
from ckanext.satudatapmi.catalogue.workflow import DUTIES, OUTSIDE, START, Position, StepRefused, steps, take

ALL = frozenset(DUTIES)
POSITIONS = [
    Position(state, turn, published)
    for state, turn, published in itertools.product(workflow.STATES, (*DUTIES, None), (True, False))
]


def walk(*taken: str, priority: bool = False) -> Position:
    """Take steps from the start, each by somebody with every duty."""
    position = START
    for step in taken:
        position = take(step, position, ALL, priority=priority)
    return position


def test_walidata_publish_what_is_no_priority_data():
    assert walk("submit", "approve") == Position("approved", None, published=True)


def test_pembina_data_check_priority_data_after_walidata():
    checked = walk("submit", "approve", priority=True)
    assert checked == Position("in_review", "pembina", published=False)
    assert take("approve", checked, {"pembina"}, priority=True) == Position("approved", None, published=True)


def test_pembina_data_return_to_walidata_and_walidata_to_produsen_data():
    returned = walk("submit", "approve", "return", priority=True)
    assert returned == Position("in_review", "walidata", published=False)
    assert take("return", returned, {"walidata"}, priority=True) == Position("rejected", "produsen", published=False)


def test_what_was_returned_is_submitted_again():
    assert walk("submit", "return", "submit") == walk("submit")


def test_a_change_of_published_data_is_checked_and_stays_published():
    changed = take("change", OUTSIDE, {"produsen"}, priority=False)
    assert changed == Position("in_review", "walidata", published=True)
    assert not changed.locked
    assert take("return", changed, {"walidata"}, priority=False).published


def test_what_is_checked_for_the_first_time_is_locked():
    assert walk("submit").locked
    assert not walk("submit", "return").locked


@pytest.mark.parametrize("position", POSITIONS, ids=str)
@pytest.mark.parametrize("duty", DUTIES)
def test_no_step_is_possible_that_is_not_offered(position: Position, duty: str):
    for step in workflow.STEPS:
        if step in steps(position, {duty}):
            take(step, position, {duty}, priority=False)
        else:
            with pytest.raises(StepRefused):
                take(step, position, {duty}, priority=False)


@pytest.mark.parametrize("position", POSITIONS, ids=str)
def test_only_an_approval_publishes(position: Position):
    for step in steps(position, ALL):
        after = take(step, position, ALL, priority=False)
        assert after.published <= (position.published or step == "approve")


def test_a_visitor_may_take_no_step():
    assert all(steps(position, frozenset()) == () for position in POSITIONS)
