"""Jobs of other extensions' harvesters: ckanext-harvest's own code runs them, from its queues.

A worker moves a message from its queue into its hand, a list in Redis, and it leaves the hand when what it asks for was
done. What a worker died over, or could not do while the database was away, is so found in its hand, by itself or, once
no worker that lives has its name, by any other; what Redis has lost is found in the database. A harvester that raises
fails its record or its job, and keeps nobody from ending it.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestSource
from sqlalchemy.exc import OperationalError

from ckanext.satudatapmi.harvesters import base, guest_records, ledger, staging, worker_names
from ckanext.satudatapmi.harvesters.working import TRIES, WORKERS_DIED
from ckanext.satudatapmi.schemas.convert import short

log = logging.getLogger(__name__)

JOB, OBJECT = "harvest_job_id", "harvest_object_id"
BEGUN = ("FETCH", "IMPORT")
LOOK_SECONDS = 20.0
"""How often a worker looks for hands that no worker has any more; longer than one takes to have its name again."""


class _Hand(queue.RedisConsumer):
    """The messages that a worker has taken, as the channel that ckanext-harvest tells when one is done."""

    def __init__(self, redis: Any, routing_key: str, name: str) -> None:
        super().__init__(redis, routing_key)
        self._key = _in_hand(name)
        self.holds = False

    def take(self) -> str | None:
        """Move the next message of the queue into the hand, and return it; None if there is none."""
        body = self.redis.lmove(self.routing_key, self._key, "LEFT", "RIGHT")
        self.holds = body is not None
        return body

    def basic_ack(self, message: str) -> None:
        """Let go of a message that is done."""
        self.redis.lrem(self._key, 0, message)
        self.holds = False


def run_guest(name: str) -> bool:
    """Do what the queues of ckanext-harvest hold for other extensions' harvesters; False if nothing was done."""
    redis: Any = queue.get_connection_redis()
    for stage, routing_key, callback in (
        ("fetch", queue.get_fetch_routing_key(), queue.fetch_callback),
        ("gather", queue.get_gather_routing_key(), queue.gather_callback),
    ):
        hand = _Hand(redis, routing_key, name)
        body = hand.take()
        if body is None:
            continue
        if _is_to_do(**_message(body)):
            _run(callback, hand, body)
            log.info("guest harvester: stage=%s worker=%s", stage, name)
        else:
            hand.basic_ack(body)
        return not hand.holds
    return False


def _run(callback: Any, hand: _Hand, body: str) -> None:
    message = _message(body)
    if JOB in message:
        # Left by a worker that died while it gathered: it is gathered anew.
        staging.drop(message[JOB], ("WAITING",))
    try:
        with guest_records.importing():
            callback(hand, queue.FakeMethod(body), hand, body)
    except Exception as error:
        model.Session.remove()
        if isinstance(error, OperationalError) and OBJECT in message:
            # The database is away: the record is taken up again, so many times.
            raise
        log.exception("guest harvester failed: %s", body)
        _note_fault(message, f"{type(error).__name__}: {short(str(error), 200)}")
        hand.basic_ack(body)


def _note_fault(message: dict[str, str], words: str) -> None:
    """Fail the record or the job that a harvester raised over, and commit."""
    if OBJECT in message:
        staging.mark_failed([message[OBJECT]], words)
    else:
        job = model.Session.get_one(HarvestJob, message[JOB])
        job.gather_finished = job.gather_finished or ledger.now()
        model.Session.add(HarvestGatherError(message=words, job=job))
    model.Session.commit()


def _message(body: str) -> dict[str, str]:
    """Return what stands in a message; nothing if it is none of ckanext-harvest's."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return {key: found[key] for key in (JOB, OBJECT) if key in found} if isinstance(found, dict) else {}


def _is_to_do(harvest_job_id: str = "", harvest_object_id: str = "") -> bool:
    """Tell whether a message is for a harvester that the pipeline does not run, and for a job that still needs it."""
    query = sa.select(HarvestSource.type)
    if harvest_job_id:
        query = query.join(HarvestJob, HarvestJob.source_id == HarvestSource.id).where(HarvestJob.id == harvest_job_id)
        query = query.where(HarvestJob.status != "Finished", HarvestJob.gather_finished.is_(None))
    else:
        query = query.join(HarvestObject, HarvestObject.harvest_source_id == HarvestSource.id)
        query = query.where(HarvestObject.id == harvest_object_id, HarvestObject.state.not_in(staging.ENDED))
    found = model.Session.scalars(query).first()
    return found is not None and found not in base.pipeline_types()


def _in_hand(name: str) -> str:
    return f"satudatapmi:{tk.config['ckan.site_id']}:taken:{name}"


class Hands:
    """What workers have taken and not done, as the worker of a name sees it."""

    def __init__(self, name: str) -> None:
        self._own = name
        self._free: set[str] = set()
        self._next_look = 0.0

    def take_up(self) -> None:
        """Put into the queues again what is in this worker's hand, and in the hands of workers that live no more."""
        _empty_hand(self._own)
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            self._take_up_others()

    def _take_up_others(self) -> None:
        """Empty the hands whose names were free at the last look, too: one may have been cut off for a moment."""
        free_before, self._free = self._free, set()
        for name in _names() - {self._own}:
            with worker_names.held_if_free(name) as free:
                if free and name in free_before:
                    log.info("hand of a harvest worker that lives no more is emptied: worker=%s", name)
                    _empty_hand(name)
                elif free:
                    self._free.add(name)


def _names() -> set[str]:
    """Return the names of workers that have something in hand."""
    redis: Any = queue.get_connection_redis()
    return {key.removeprefix(_in_hand("")) for key in redis.scan_iter(match=_in_hand("*"), count=1000)}


def _empty_hand(name: str) -> None:
    redis: Any = queue.get_connection_redis()
    for body in redis.lrange(_in_hand(name), 0, -1):
        _send_again(**_message(body))
        redis.lrem(_in_hand(name), 0, body)


def send_lost() -> None:
    """Send messages again that stand in no queue and in nobody's hand: an emptied Redis, a dead stock consumer."""
    for job_id in _jobs_not_gathered():
        if _is_lost(queue.get_gather_routing_key(), JOB, job_id):
            _send_again(harvest_job_id=job_id)
    for object_id in _objects_begun():
        if _is_lost(queue.get_fetch_routing_key(), OBJECT, object_id):
            _send_again(harvest_object_id=object_id)


def _jobs_not_gathered() -> list[str]:
    query = sa.select(HarvestJob.id).join(HarvestSource, HarvestSource.id == HarvestJob.source_id)
    query = query.where(HarvestJob.status == "Running", HarvestJob.gather_finished.is_(None))
    return list(model.Session.scalars(query.where(HarvestSource.type.not_in(base.pipeline_types()))))


def _objects_begun() -> list[str]:
    query = sa.select(HarvestObject.id).join(HarvestJob, HarvestJob.id == HarvestObject.harvest_job_id)
    query = query.join(HarvestSource, HarvestSource.id == HarvestObject.harvest_source_id)
    query = query.where(HarvestJob.status == "Running", HarvestObject.state.in_(BEGUN))
    return list(model.Session.scalars(query.where(HarvestSource.type.not_in(base.pipeline_types()))))


def _is_lost(routing_key: str, key: str, id_: str) -> bool:
    redis: Any = queue.get_connection_redis()
    body = json.dumps({key: id_})
    lists = [routing_key, *redis.scan_iter(match=_in_hand("*"))]
    # ckanext-harvest's own consumers note beside the queue what they have taken.
    return all(redis.lpos(one, body) is None for one in lists) and not redis.exists(f"{routing_key}:{id_}")


def _send_again(harvest_job_id: str = "", harvest_object_id: str = "") -> None:
    if harvest_job_id and _is_to_do(harvest_job_id=harvest_job_id):
        _send(queue.get_gather_routing_key(), {JOB: harvest_job_id})
    if harvest_object_id and _is_to_do(harvest_object_id=harvest_object_id):
        if model.Session.get_one(HarvestObject, harvest_object_id).retry_times < TRIES:
            _send(queue.get_fetch_routing_key(), {OBJECT: harvest_object_id})
        else:
            staging.mark_failed([harvest_object_id], WORKERS_DIED)
            model.Session.commit()
    model.Session.remove()


def _send(routing_key: str, message: dict[str, str]) -> None:
    queue.RedisPublisher(queue.get_connection_redis(), routing_key).send(message)
