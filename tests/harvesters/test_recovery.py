"""What an interruption leaves in the harvest queue is done, once: on the real queue, with names of its own."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record


class Died(BaseException):
    """Stands for `kill -9`: nothing of the worker's own catches it."""


class Lane:
    """The queue of one harvest source, as its consumers and Redis see it."""

    def __init__(self, harvest) -> None:
        self.harvest = harvest

    def start_job(self):
        import ckan.plugins.toolkit as tk

        data = {"source_id": self.harvest.source_id, "run": True}
        return tk.get_action("harvest_job_create")(site_context(), data)["id"]

    def waiting(self):
        from ckanext.harvest import queue

        redis = queue.get_connection()
        return [redis.llen(key) for key in (queue.get_gather_routing_key(), queue.get_fetch_routing_key())]

    def work(self, stage):
        from ckanext.satudatapmi.harvesters import runs

        runs.consume(stage, f"test-{self.harvest.name}-{stage}")

    def objects(self):
        import ckan.model as model
        from ckanext.harvest.model import HarvestObject

        model.Session.expire_all()
        return list(HarvestObject.filter(harvest_source_id=self.harvest.source_id))

    def end(self, job_id):
        """Work until nothing is left; returns the job's status and its objects' states."""
        from ckanext.satudatapmi.harvesters import runs

        self.work("gather")
        self.work("fetch")
        progress = runs.measure([job_id])
        assert progress.objects_ended == progress.objects
        runs.end_finished_jobs()
        return runs.measure([job_id]).done, sorted(one.report_status for one in self.objects())


@pytest.fixture
def lane(partner, harvest_of, monkeypatch):
    """A source of three datasets; its queue is nobody else's, and a consumer ends when the queue is empty."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.harvest import queue as harvest_queue
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import runs

    own = uuid.uuid4().hex
    monkeypatch.setattr(harvest_queue, "get_gather_routing_key", lambda: f"{own}:harvest_job_id")
    monkeypatch.setattr(harvest_queue, "get_fetch_routing_key", lambda: f"{own}:harvest_object_id")

    def until_empty(consumer, queue):
        while body := consumer.redis.lpop(consumer.routing_key):
            consumer.redis.set(consumer.persistance_key(body), str(datetime.now()))
            yield harvest_queue.FakeMethod(body), consumer, body

    monkeypatch.setattr(harvest_queue.RedisConsumer, "consume", until_empty)
    partner.serve("/data.json", catalogue(record("a"), record("b"), record("c")))
    harvest = harvest_of(partner.url + "/data.json")

    def own_jobs():
        query = sa.select(HarvestJob.id).where(
            HarvestJob.source_id == harvest.source_id, HarvestJob.status != "Finished"
        )
        return list(model.Session.scalars(query))

    monkeypatch.setattr(runs, "open_jobs", own_jobs)
    yield Lane(harvest)
    redis = harvest_queue.get_connection()
    for key in redis.keys(f"{own}:*") + redis.keys(f"*:in-hand:test-{harvest.name}-*"):
        redis.delete(key)


def die(*_arguments, **_more):
    raise Died


def dies_in(stage, monkeypatch, lane):
    """Let the consumer of a stage be killed with its first message in hand."""
    from ckanext.harvest import queue

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(queue, f"{stage}_callback", die)
        lane.work(stage)


def test_gathering_that_was_cut_short_is_done_again_and_nothing_twice(lane, monkeypatch):
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import runs

    job_id = lane.start_job()
    dies_in("gather", monkeypatch, lane)
    queue_harvester().gather_stage(HarvestJob.get(job_id))
    assert (len(lane.objects()), lane.waiting()) == (3, [0, 0])
    assert runs.recover() == runs.Recovered(jobs=1, objects=0)
    assert (lane.objects(), lane.waiting()) == ([], [1, 0])
    assert lane.end(job_id) == (True, ["added"] * 3)
    assert len(lane.harvest.datasets()) == 3


def queue_harvester():
    from ckanext.harvest import queue

    return queue.get_harvester("data_json")


@pytest.mark.parametrize("status", ["New", "Running"])
def test_job_that_the_queue_has_lost_is_gathered(lane, status):
    import ckan.model as model
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import runs

    job = HarvestJob(source_id=lane.harvest.source_id, status=status)
    job.save()
    job_id = job.id
    model.Session.remove()
    for _repeated in range(2):
        assert runs.recover().jobs == 1
        assert lane.waiting() == [1, 0]
    assert lane.end(job_id) == (True, ["added"] * 3)


def test_batch_that_a_consumer_had_when_the_site_stopped_is_done(lane, monkeypatch):
    from ckanext.satudatapmi.harvesters import runs

    job_id = lane.start_job()
    lane.work("gather")
    dies_in("fetch", monkeypatch, lane)
    assert lane.waiting() == [0, 0]
    assert runs.recover() == runs.Recovered(jobs=0, objects=1)
    assert runs.recover() == runs.Recovered(jobs=0, objects=0)
    assert lane.end(job_id) == (True, ["added"] * 3)
    assert len(lane.harvest.datasets()) == 3


def test_objects_that_wait_in_the_queue_are_not_queued_twice(lane):
    from ckanext.satudatapmi.harvesters import runs

    job_id = lane.start_job()
    lane.work("gather")
    assert runs.recover() == runs.Recovered(jobs=0, objects=0)
    assert lane.waiting() == [0, 1]
    assert lane.end(job_id) == (True, ["added"] * 3)
    assert runs.recover() == runs.Recovered(jobs=0, objects=0)


@pytest.mark.parametrize("stage", ["gather", "fetch"])
def test_next_worker_of_the_name_takes_up_what_the_dead_one_had(lane, monkeypatch, stage):
    job_id = lane.start_job()
    if stage == "fetch":
        lane.work("gather")
    dies_in(stage, monkeypatch, lane)
    assert lane.waiting() == [0, 0]
    assert lane.end(job_id) == (True, ["added"] * 3)


def test_batch_that_no_worker_survives_ends_with_words(lane, monkeypatch):
    from ckanext.satudatapmi.harvesters import runs

    job_id = lane.start_job()
    lane.work("gather")
    with monkeypatch.context() as patch:
        patch.setattr(type(queue_harvester()), "import_stage", die)
        for _worker in range(runs.TRIES):
            with pytest.raises(Died):
                lane.work("fetch")
    assert lane.end(job_id) == (True, ["errored"] * 3)
    assert len(lane.harvest.errors()) == 3 and "WorkerDied: 4 workers" in lane.harvest.errors()[0]


def test_aborted_job_is_left_alone(lane):
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters import runs

    job_id = lane.start_job()
    tk.get_action("harvest_job_abort")(site_context(), {"id": lane.harvest.source_id})
    assert runs.requeue([job_id]) == runs.Recovered(jobs=0, objects=0)
