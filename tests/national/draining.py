"""Runs harvest jobs to their end as ckanext-harvest's two consumers do, in this process: stock functions alone.

Imported by scripts of both portals, so it knows neither pytest nor this project.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError

ROUNDS = 5


def context() -> dict[str, Any]:
    """Return a context in which the site itself acts."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "model": model, "session": model.Session}


def harvest(source_ids: list[str]) -> dict[str, Any]:
    """Harvest the sources and return how it went: job states, counts and every error.

    Args:
        source_ids: ids of harvest sources.
    """
    jobs = [tk.get_action("harvest_job_create")(context(), {"source_id": one, "run": True})["id"] for one in source_ids]
    restarts = 0
    for _ in range(ROUNDS):
        restarts += _drain(queue.get_gather_consumer(), queue.gather_callback)
        restarts += _drain(queue.get_fetch_consumer(), queue.fetch_callback)
        for one in source_ids:
            # What cron does: it puts forgotten objects back on the queue, and ends jobs that have none left.
            tk.get_action("harvest_jobs_run")(context(), {"source_id": one})
        if {HarvestJob.get(job).status for job in jobs} == {"Finished"}:
            break
    return {"states": sorted({HarvestJob.get(job).status for job in jobs}), "restarts": restarts, **_outcome(jobs)}


def _drain(consumer: Any, callback: Any) -> int:
    """Work off a queue; return how often the consumer fell over and, as a service manager does, was started again.

    ckanext-dcat's JSON harvester queues a deletion before it has an id, and that message kills ckanext-harvest's fetch
    consumer on Redis. The deletion itself is done in the next round. Its RDF harvester asks as a visitor for the deleted
    dataset when one comes back, which CKAN 2.12 refuses; that dataset stays away.
    """
    restarts = 0
    while True:
        method, header, body = consumer.basic_get(queue="")
        if body is None:
            return restarts
        try:
            callback(consumer, method, header, body)
        except (TypeError, tk.NotAuthorized):
            model.Session.remove()
            restarts += 1


def _outcome(jobs: list[str]) -> dict[str, Any]:
    gather = model.Session.query(HarvestGatherError).filter(HarvestGatherError.harvest_job_id.in_(jobs))
    objects = model.Session.query(HarvestObject).filter(HarvestObject.harvest_job_id.in_(jobs))
    faults = (
        model.Session.query(HarvestObjectError, HarvestObject.guid)
        .join(HarvestObject, HarvestObjectError.harvest_object_id == HarvestObject.id)
        .filter(HarvestObject.harvest_job_id.in_(jobs))
    )
    reported: dict[str, int] = {}
    for item in objects:
        reported[item.report_status or item.state] = reported.get(item.report_status or item.state, 0) + 1
    return {
        "reported": reported,
        "gather_errors": [error.message for error in gather],
        "object_errors": [f"{guid}: {error.message}" for error, guid in faults],
    }
