"""How a source fares, in one word."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.portal import harvest_words
from ckanext.satudatapmi.portal.source_health import ORDER, failing_since, health, is_late

NOW = datetime(2026, 5, 4, 3, 2, 1)
FLAGS = ("frozen", "running", "late", "slow")
OUTCOMES = [None, *harvest_words.OUTCOMES]


def said(outcome, *flags):
    return health(outcome, **{name: name in flags for name in FLAGS})


@pytest.mark.parametrize(
    ("outcome", "flags", "word"),
    [
        (None, (), "never"),
        (None, ("late",), "late"),
        ("ok", (), "ok"),
        ("ok", ("slow",), "slow"),
        ("ok", ("late", "slow"), "late"),
        ("partial", ("slow",), "partial"),
        ("failed", ("late",), "failed"),
        ("failed", ("running",), "running"),
        ("stopped", (), "stopped"),
        ("refused", (), "refused"),
        ("frozen", ("frozen", "running"), "frozen"),
        ("frozen", (), "ok"),
    ],
)
def test_the_worst_is_said(outcome, flags, word):
    assert said(outcome, *flags) == word


@given(st.sampled_from(OUTCOMES), st.sets(st.sampled_from(FLAGS)))
def test_every_state_has_a_word(outcome, flags):
    assert said(outcome, *flags) in ORDER


def test_harvest_is_late_an_hour_after_its_time_unless_nobody_planned_it():
    past = NOW - timedelta(hours=1, seconds=1)
    assert is_late("DAILY", past, NOW)
    assert not is_late("DAILY", NOW - timedelta(minutes=59), NOW)
    assert not is_late("MANUAL", past, NOW)
    assert not is_late("DAILY", None, NOW)


def test_failing_since_is_the_first_of_the_failures_in_a_row():
    harvests = [{"outcome": one, "finished": str(place)} for place, one in enumerate(["running", "failed", "dry_run"])]
    harvests += [{"outcome": "failed", "finished": "first"}, {"outcome": "ok", "finished": "good"}]
    assert failing_since(harvests) == "first"
    assert failing_since(harvests[-1:]) is None


@pytest.mark.parametrize(("seconds", "words"), [(None, "–"), (0, "0 s"), (90, "2 min"), (7260, "2 h 1 min")])
def test_durations_are_in_words(seconds, words):
    assert harvest_words.duration(seconds) == words
