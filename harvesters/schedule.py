"""What is due is started by the scheduler of CKAN's background jobs: no cron, no process of its own.

Each tick puts the next one on the schedule. Workers see to it that one is there: an emptied Redis stops nothing.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import jobs
from ckanext.harvest import queue

from ckanext.satudatapmi.harvesters import runs
from ckanext.satudatapmi.harvesters.interfaces import ITick

TICK_SECONDS = 60
MISSED = 3
"""How many ticks may be missing before a worker starts them anew."""


def tick() -> None:
    """Do what is due, and have the next tick come; runs as a background job."""
    _note_tick()
    try:
        runs.tick()
        for plugin in p.PluginImplementations(ITick):
            plugin.harvest_tick()
    finally:
        model.Session.remove()
        _schedule_next()


def keep_ticking() -> None:
    """Start the ticks if none was seen for a while."""
    redis: Any = queue.get_connection_redis()
    if redis.set(_key("checked"), "1", nx=True, ex=TICK_SECONDS // 4) and not redis.exists(_key("ticked")):
        _note_tick()
        jobs.get_queue().enqueue_call(tick, job_id=_job_id(0), meta={"title": "Harvest schedule"}, result_ttl=0)


def _note_tick() -> None:
    redis: Any = queue.get_connection_redis()
    redis.set(_key("ticked"), "1", ex=MISSED * TICK_SECONDS)


def _schedule_next() -> None:
    # One name a minute: whoever schedules the same tick twice schedules it once.
    queue_of_jobs = jobs.get_queue()
    queue_of_jobs.enqueue_in(
        timedelta(seconds=TICK_SECONDS), tick, job_id=_job_id(1), meta={"title": "Harvest schedule"}, result_ttl=0
    )


def _job_id(ahead: int) -> str:
    return f"satudatapmi-harvest-{int(time.time()) // TICK_SECONDS + ahead}"


def _key(name: str) -> str:
    return f"satudatapmi:{tk.config['ckan.site_id']}:{name}"
