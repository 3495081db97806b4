"""Running harvest jobs: start them, see how far they are, end them.

The queue and its consumers are ckanext-harvest's.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context
from ckanext.harvest import queue
from ckanext.harvest.logic.action.update import _make_scheduled_jobs, send_error_email, send_summary_email
from ckanext.harvest.model import (
    HarvestGatherError,
    HarvestJob,
    HarvestObject,
    HarvestObjectError,
    HarvestObjectExtra,
    HarvestSource,
)

from ckanext.satudatapmi.harvesters import importer, proposals, state

log = logging.getLogger(__name__)

CLOCK_SECONDS = 5.0
QUIET = timedelta(minutes=5)
ENDED = ("COMPLETE", "ERROR")
TRIES = 4
"""How many workers may die of an object; ckanext-harvest refuses it the fifth time, but not the rest of its batch."""


@dataclass(frozen=True)
class Progress:
    """How far the running jobs are: counts of jobs and of their objects."""

    jobs: int
    jobs_ended: int
    objects: int
    objects_ended: int

    @property
    def done(self) -> bool:
        """Whether every job has ended."""
        return self.jobs_ended == self.jobs


@dataclass(frozen=True)
class Recovered:
    """What was put into the queue again: counts of jobs to gather and of objects to fetch."""

    jobs: int
    objects: int


def site_context() -> Context:
    """Return a context for actions that the site itself calls."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def harvest_context() -> Context:
    """Return a context for actions of ckanext-harvest, which take the model from it."""
    return cast(Context, {**site_context(), "model": model, "session": model.Session})


def sources_never_harvested() -> list[str]:
    """Return the ids of the active, accepted sources that have no finished job yet, oldest first."""
    query = (
        sa.select(HarvestSource.id)
        .where(HarvestSource.active.is_(True), proposals.accepted())
        .where(~sa.exists().where(HarvestJob.source_id == HarvestSource.id, HarvestJob.status == "Finished"))
        .order_by(HarvestSource.created)
    )
    return list(model.Session.scalars(query))


def active_sources(names: Sequence[str] = ()) -> list[str]:
    """Return the ids of the active, accepted sources, or of those among them that are named."""
    query = sa.select(HarvestSource.id).join(model.Package, model.Package.id == HarvestSource.id)
    query = query.where(HarvestSource.active.is_(True), proposals.accepted()).order_by(HarvestSource.created)
    return list(model.Session.scalars(query.where(model.Package.name.in_(names)) if names else query))


def start_jobs(source_ids: list[str]) -> list[str]:
    """Create a job for each accepted source and put it on the gather queue; an open job is taken as it is."""
    wanted = sa.select(HarvestSource.id).where(HarvestSource.id.in_(source_ids), proposals.accepted())
    allowed = set(model.Session.scalars(wanted))
    job_ids = []
    for source_id in (one for one in source_ids if one in allowed):
        open_job = model.Session.scalars(
            sa.select(HarvestJob.id).where(HarvestJob.source_id == source_id, HarvestJob.status != "Finished")
        ).first()
        if open_job is None:
            job = tk.get_action("harvest_job_create")(site_context(), {"source_id": source_id, "run": True})
            open_job = job["id"]
        job_ids.append(open_job)
    return job_ids


def measure(job_ids: list[str]) -> Progress:
    """Return how far the jobs are."""
    model.Session.rollback()
    ended = model.Session.scalar(
        sa.select(sa.func.count()).where(HarvestJob.id.in_(job_ids), HarvestJob.status == "Finished")
    )
    objects, objects_ended = model.Session.execute(
        sa.select(
            sa.func.count(HarvestObject.id), sa.func.count(HarvestObject.id).filter(HarvestObject.state.in_(ENDED))
        ).where(HarvestObject.harvest_job_id.in_(job_ids))
    ).one()
    return Progress(len(job_ids), ended or 0, objects, objects_ended)


def jobs_to_end() -> list[HarvestJob]:
    """Return the running jobs that have gathered and have no object left to do."""
    pending = sa.exists().where(HarvestObject.harvest_job_id == HarvestJob.id, HarvestObject.state.not_in(ENDED))
    query = (
        sa.select(HarvestJob)
        .where(HarvestJob.status == "Running", HarvestJob.gather_finished.is_not(None))
        .where(~pending)
    )
    return list(model.Session.scalars(query))


def end_finished_jobs() -> None:
    """Mark the jobs that have nothing left to do as finished, bring their sources up to date, send the mails.

    ckanext-harvest's `harvest_jobs_run` does the same, but each time also puts every waiting object into the queue
    anew: one that a consumer has just taken would be done twice, and marked as failed if its job ended in between.
    """
    for job in jobs_to_end():
        job.status = "Finished"
        last = sa.select(sa.func.max(HarvestObject.import_finished)).where(HarvestObject.harvest_job_id == job.id)
        job.finished = model.Session.scalar(last) or job.gather_finished
        source_id = job.source_id
        model.Session.commit()
        tk.get_action("harvest_source_reindex")(harvest_context(), {"id": source_id})
        _send_mails(source_id)


def _send_mails(source_id: str) -> None:
    always = tk.asbool(tk.config.get("ckan.harvest.status_mail.all"))
    on_error = tk.asbool(tk.config.get("ckan.harvest.status_mail.errored"))
    if not (always or on_error):
        return
    status = tk.get_action("harvest_source_show_status")(harvest_context(), {"id": source_id})
    if status["last_job"]["stats"].get("errored"):
        send_error_email(harvest_context(), source_id, status)
    elif always:
        send_summary_email(harvest_context(), source_id, status)


def is_quiet(now: datetime) -> bool:
    """Tell whether no running job has moved for a while, so that what still waits was lost by the queue.

    Args:
        now: the time in UTC, without zone, as ckanext-harvest stores times.
    """
    moved = sa.select(
        sa.func.max(
            sa.func.greatest(
                HarvestJob.gather_started,
                HarvestJob.gather_finished,
                HarvestObject.fetch_started,
                HarvestObject.import_finished,
            )
        )
    )
    running = moved.select_from(HarvestJob).outerjoin(HarvestObject).where(HarvestJob.status == "Running")
    last = model.Session.scalar(running)
    return last is None or now - last > QUIET


def run_to_end(source_ids: list[str], report: Callable[[Progress], None]) -> Progress:
    """Harvest the sources through the queue and wait until the last job has ended.

    Args:
        source_ids: harvest source ids.
        report: called about twice a second with how far the jobs are.
    """
    job_ids = start_jobs(source_ids)
    while not (progress := measure(job_ids)).done:
        report(progress)
        end_finished_jobs()
        time.sleep(0.5)
    report(progress)
    return progress


def clock(rounds: int | None = None, each_round: Callable[[], None] = lambda: None) -> None:
    """Start the jobs that are due and end those that are done, every few seconds, for ever (or for some rounds).

    Args:
        rounds: how many, None for ever.
        each_round: whatever else the site does by this clock; it has to be quick.
    """
    while rounds is None or rounds > 0:
        try:
            _make_scheduled_jobs(harvest_context(), {})
            end_finished_jobs()
            if is_quiet(datetime.now(UTC).replace(tzinfo=None)):
                tk.get_action("harvest_jobs_run")(harvest_context(), {})
            each_round()
        except Exception:
            # The database or the queue is away for a moment: the next round finds them again.
            log.exception("The harvest clock could not run; it tries again in %.0f s", CLOCK_SECONDS)
        finally:
            model.Session.remove()
        rounds = None if rounds is None else rounds - 1
        time.sleep(CLOCK_SECONDS)


def open_jobs() -> list[str]:
    """Return the ids of the jobs that have not ended, oldest first."""
    query = sa.select(HarvestJob.id).where(HarvestJob.status != "Finished").order_by(HarvestJob.created)
    return list(model.Session.scalars(query))


def recover() -> Recovered:
    """Put what an interrupted site left undone into the queue again; to be called while no consumer runs.

    ckanext-harvest does so too, but takes every consumer for alive until two hours have passed.
    """
    redis = _redis()
    for prefix in (queue.get_gather_routing_key(), queue.get_fetch_routing_key(), _in_hand()):
        for key in redis.keys(f"{prefix}:*"):
            redis.delete(key)
    return requeue(open_jobs())


def requeue(job_ids: Sequence[str]) -> Recovered:
    """Put open jobs that have not gathered, and objects of the others that no consumer has, into the queue again."""
    jobs = model.Session.scalars(
        sa.select(HarvestJob)
        .where(HarvestJob.id.in_(job_ids), HarvestJob.status != "Finished")
        .order_by(HarvestJob.created)
    ).all()
    to_gather = [job.id for job in jobs if job.gather_finished is None]
    to_fetch = _not_queued(_objects_to_do([job.id for job in jobs if job.gather_finished is not None]))
    for job_id in to_gather:
        _forget_gathering(job_id)
    model.Session.execute(sa.update(HarvestJob).where(HarvestJob.id.in_(to_gather)).values(status="Running"))
    model.Session.execute(sa.update(HarvestObject).where(HarvestObject.id.in_(to_fetch)).values(retry_times=0))
    model.Session.commit()
    _send(queue.get_gather_routing_key(), [{"harvest_job_id": job_id} for job_id in to_gather])
    _send(queue.get_fetch_routing_key(), [{"harvest_object_id": object_id} for object_id in to_fetch])
    return Recovered(len(to_gather), len(to_fetch))


def _redis() -> Any:
    """Return the queue's connection; redis-py's types do not know that its answers are texts."""
    return queue.get_connection_redis()


def _send(routing_key: str, messages: Sequence[Mapping[str, str]]) -> None:
    publisher = queue.RedisPublisher(_redis(), routing_key)
    for message in messages:
        publisher.send(message)


def _forget_gathering(job_id: str) -> None:
    """Remove what a gathering that was cut short has stored, so that the next one stores nothing twice."""
    objects = sa.select(HarvestObject.id).where(
        HarvestObject.harvest_job_id == job_id, HarvestObject.state.not_in(ENDED)
    )
    for table in (HarvestObjectExtra, HarvestObjectError):
        model.Session.execute(sa.delete(table).where(table.harvest_object_id.in_(objects)))
    model.Session.execute(sa.delete(HarvestObject).where(HarvestObject.id.in_(objects)))
    model.Session.execute(sa.delete(HarvestGatherError).where(HarvestGatherError.harvest_job_id == job_id))


def _objects_to_do(job_ids: Sequence[str]) -> list[str]:
    """Return the open objects that belong in the queue: all but those that another open one does with its batch."""
    query = (
        sa.select(HarvestObject.id, HarvestObjectExtra.value)
        .outerjoin(
            HarvestObjectExtra,
            sa.and_(HarvestObjectExtra.harvest_object_id == HarvestObject.id, HarvestObjectExtra.key == state.KEY),
        )
        .where(HarvestObject.harvest_job_id.in_(job_ids), HarvestObject.state.not_in(ENDED))
        .order_by(HarvestObject.gathered)
    )
    found = model.Session.execute(query).all()
    members = {member for _id, notes in found for member in state.Notes.parse(notes).members}
    return [object_id for object_id, _notes in found if object_id not in members]


def _not_queued(object_ids: Sequence[str]) -> list[str]:
    """Leave out the objects that wait in the queue and those that a consumer has taken from it."""
    redis, routing_key = _redis(), queue.get_fetch_routing_key()
    waiting = {json.loads(message)["harvest_object_id"] for message in redis.lrange(routing_key, 0, -1)}
    taken = {key.rsplit(":", 1)[1] for key in redis.keys(f"{routing_key}:*")}
    return [object_id for object_id in object_ids if object_id not in waiting | taken]


def consume(stage: str, worker: str) -> None:
    """Work through a queue of ckanext-harvest, for ever.

    What the worker has in hand is noted under its name. If it dies, the next worker of that name takes it up at once;
    ckanext-harvest would wait for three minutes, or two hours for a gathering.

    Args:
        stage: "gather" or "fetch".
        worker: its name; no other that runs has the same.
    """
    redis, gathers = _redis(), stage == "gather"
    routing_key = queue.get_gather_routing_key() if gathers else queue.get_fetch_routing_key()
    work = queue.gather_callback if gathers else queue.fetch_callback
    consumer = queue.RedisConsumer(redis, routing_key)
    in_hand = f"{_in_hand()}:{worker}"
    lost = redis.get(in_hand)
    if lost:
        consumer.basic_ack(lost)
        take_up(**json.loads(lost))
        redis.delete(in_hand)
    for method, header, body in consumer.consume(queue=stage):
        redis.set(in_hand, body)
        work(consumer, method, header, body)
        redis.delete(in_hand)


def _in_hand() -> str:
    return f"satudatapmi:{tk.config['ckan.site_id']}:in-hand"


def take_up(harvest_job_id: str = "", harvest_object_id: str = "") -> None:
    """Put the job or the object that a dead worker had in hand into the queue again, if it is still to be done."""
    if harvest_job_id:
        requeue([harvest_job_id])
    obj = model.Session.get(HarvestObject, harvest_object_id) if harvest_object_id else None
    if obj is not None and obj.state not in ENDED:
        if obj.retry_times < TRIES:
            _send(queue.get_fetch_routing_key(), [{"harvest_object_id": obj.id}])
        else:
            _give_up(obj)
    model.Session.remove()


def _give_up(obj: HarvestObject) -> None:
    """Mark a batch as failed that no worker survives, so that its job can end; the next harvest tries again."""
    log.error("harvest object given up: object=%s tries=%d", obj.id, obj.retry_times)
    message = f"WorkerDied: {obj.retry_times} workers ended while they imported this record and others with it"
    for one in (obj, *state.open_members(obj)):
        model.Session.add(HarvestObjectError(message=message, object=one, stage="Import"))
        importer.finish(one, importer.ERRORED)
    model.Session.commit()
