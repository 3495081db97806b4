"""Workers that rest are woken when there is something to do, and look by themselves when Redis cannot wake them."""

from __future__ import annotations

import time

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record

LONG = 3.0
"""Seconds: nobody rests so long in these tests unless nothing wakes him."""


@pytest.fixture
def source(partner, harvest_of, portal):
    """A source of one dataset; nobody has been woken since it was made."""
    from ckanext.satudatapmi.harvesters import wakeups

    partner.serve("/a.json", catalogue(record("a")))
    made = harvest_of(f"{partner.url}/a.json", config={"paged": False})
    wakeups._client().delete(wakeups._key())
    return made


def is_woken():
    from ckanext.satudatapmi.harvesters import wakeups

    start = time.monotonic()
    wakeups.rest(LONG)
    return time.monotonic() - start < LONG


@pytest.mark.parametrize("action", ["harvest_job_create", "satudata_harvest_now", "satudata_harvest_dry_run"])
def test_worker_is_woken_by_a_job(source, action):
    tk.get_action(action)(site_context(), {"id": source.source_id, "source_id": source.source_id})
    assert is_woken()
    assert not is_woken(), "once a job"


def test_worker_is_woken_by_an_accepted_run(source):
    from ckanext.satudatapmi.harvesters import holds, wakeups, workers

    tk.get_action("satudata_harvest_dry_run")(site_context(), {"id": source.source_id})
    assert workers.run_next("test")
    wakeups._client().delete(wakeups._key())
    holds.accept(source.source_id, "", "")
    assert is_woken()


def test_workers_are_woken_where_they_can_help(source, partner, monkeypatch):
    from ckanext.satudatapmi.harvesters import wakeups, workers, working

    monkeypatch.setattr(working, "HELP_FROM", 2)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.workers", 3)
    partner.serve("/a.json", catalogue(*(record(name) for name in "abc")))
    tk.get_action("harvest_job_create")(site_context(), {"source_id": source.source_id, "run": False})
    wakeups._client().delete(wakeups._key())
    assert workers.run_next("test")
    assert wakeups._client().llen(wakeups._key()) == 3


def test_wake_ups_do_not_pile_up(portal):
    from ckanext.satudatapmi.harvesters import wakeups

    for _time in range(3):
        wakeups.wake(50)
    assert wakeups._client().llen(wakeups._key()) == wakeups.MOST
    assert 0 < wakeups._client().ttl(wakeups._key()) <= wakeups.KEPT
    wakeups._client().delete(wakeups._key())


def test_workers_look_by_themselves_while_redis_is_away(portal, monkeypatch):
    from ckanext.satudatapmi.harvesters import wakeups
    from ckanext.satudatapmi.harvesters.redis_clients import prompt_client

    monkeypatch.setattr(wakeups, "_client", lambda: prompt_client("redis://127.0.0.1:1/0", 0.2))
    wakeups.wake()
    start = time.monotonic()
    wakeups.rest(0.3)
    assert time.monotonic() - start >= 0.3
