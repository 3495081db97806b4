"""The policy gate: how much may change at once before a person has to look."""

from __future__ import annotations

from dataclasses import replace

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters import configuration
from ckanext.satudatapmi.harvesters.gate import FEW, Difference, Limits, judge

KINDS = {"deletions": "vanished", "creations": "created", "changes": "changed"}
LIMITS = Limits()
WHOLE = Difference(known=100, read=100)


@pytest.mark.parametrize(
    ("difference", "kinds"),
    [
        (WHOLE, []),
        (Difference(known=0, read=0), []),
        (Difference(known=0, read=50, created=50), []),
        (Difference(known=0, read=50, created=50, problem="page 2 failed"), []),
        (Difference(known=100, read=0, vanished=100), ["empty", "deletions"]),
        (Difference(known=3, read=0, vanished=3), ["empty"]),
        (Difference(known=100, read=0, whole=False), []),
        (Difference(known=100, read=60, problem="page 2 failed"), ["truncated"]),
        (Difference(known=100, read=60, vanished=40), ["deletions"]),
        (Difference(known=100, read=80, vanished=20), []),
        (Difference(known=100, read=79, vanished=21), ["deletions"]),
        (Difference(known=6, read=1, vanished=5), []),
        (Difference(known=6, read=0, vanished=6), ["empty", "deletions"]),
        (Difference(known=100, read=600, created=500), []),
        (Difference(known=100, read=601, created=501), ["creations"]),
        (Difference(known=100, read=100, changed=100), []),
        (Difference(known=100, read=90, announced=100), ["short"]),
        (Difference(known=100, read=100, announced=100), []),
        (Difference(known=100, read=101, announced=100), []),
        (Difference(known=100, read=90, announced=100, problem="page 2 failed"), ["truncated"]),
        (Difference(known=100, read=100, deleted=90), []),
        (Difference(known=100, read=100, returned=90), []),
    ],
)
def test_reasons_to_wait(difference, kinds):
    assert [reason.kind for reason in judge(difference, LIMITS)] == kinds


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_limit_of_a_source_counts_for_its_kind_alone(kind, name):
    at_limit, beyond = (replace(WHOLE, **{name: count}) for count in (50, 51))
    limits = replace(Limits(1, 100, 100), **{f"max_{kind}": 0.5})
    assert judge(at_limit, limits) == ()
    (reason,) = judge(beyond, limits)
    assert (reason.kind, reason.count, reason.limit, reason.detail) == (kind, 51, 0.5, "100")
    assert "51" in reason.words() and "50 %" in reason.words() and "100" in reason.words()


@given(
    known=st.integers(0, 10_000),
    counts=st.tuples(*[st.integers(0, 20_000)] * 3),
    limits=st.builds(Limits, *[st.floats(0, 10)] * 3),
)
def test_more_is_never_judged_more_mildly(known, counts, limits):
    """A run that passes passes also with less to do, and under wider limits; every reason has its words."""
    values = dict(zip(KINDS.values(), counts, strict=True))
    difference = Difference(known=known, read=max(1, known), **values)
    held = {reason.kind for reason in judge(difference, limits)}
    for kind, name in KINDS.items():
        less = replace(difference, **{name: values[name] // 2})
        wider = replace(limits, **{f"max_{kind}": getattr(limits, f"max_{kind}") * 2})
        assert {reason.kind for reason in judge(less, limits)} <= held
        assert {reason.kind for reason in judge(difference, wider)} <= held
        if values[name] <= FEW or not known:
            assert kind not in held
    assert all(reason.words() for reason in judge(difference, limits))


@given(known=st.integers(1, 10_000), read=st.integers(0, 10_000), problem=st.sampled_from(["", "broken off"]))
def test_empty_or_truncated_answer_never_passes(known, read, problem):
    difference = Difference(known=known, read=read, problem=problem)
    assert bool(judge(difference, Limits(10**6, 10**6, 10**6))) == (read == 0 or bool(problem))


def test_limits_of_a_source_come_before_those_of_the_site():
    assert Limits.of({}) == LIMITS
    site = {"max_deletions": "0.1", "max_changes": 0.3, "grace_days": None}
    found = Limits.of({"policy": {"max_deletions": 0, "grace_days": 30}}, site)
    assert (found.max_deletions, found.max_creations, found.max_changes, found.grace_days) == (0, 5.0, 0.3, 30)


@pytest.mark.parametrize("value", ["-1", '"0.2"', "true", "null", "[]", "NaN"])
def test_limit_that_is_no_share_is_refused(value):
    with pytest.raises(configuration.ConfigurationError, match=r"policy\.max_deletions"):
        configuration.check(f'{{"policy": {{"max_deletions": {value}}}}}', ())


@pytest.mark.parametrize("value", ["999999", "1e400", "Infinity", "NaN", "1" + "0" * 400])
def test_days_of_grace_beyond_a_century_are_refused(value):
    with pytest.raises(configuration.ConfigurationError, match=r"policy\.grace_days.* from 0 to 36500"):
        configuration.check(f'{{"policy": {{"grace_days": {value}}}}}', ())


@pytest.mark.parametrize("value", ["999999", "inf", "nan", "-1", "seminggu"])
def test_site_with_endless_days_of_grace_does_not_start(site, value):
    key = "ckanext.satudatapmi.harvest.grace_days"
    with pytest.raises(configuration.ConfigurationError, match=rf"{key} .* from 0 to 36500"):
        p.get_plugin("satudatapmi_datajson").configure({**tk.config, key: value})


def test_unknown_limit_is_refused_by_name():
    with pytest.raises(configuration.ConfigurationError, match=r"policy\.max_losses.*max_deletions"):
        configuration.check('{"policy": {"max_losses": 1}}', ())
