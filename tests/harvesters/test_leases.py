"""One worker a source; whenever a worker dies, another one ends its job, with nothing lost and nothing twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context
from tests.harvesters.processes import Worker, cut_lock, harvest, pausing, until
from tests.harvesters.test_harvest import catalogue, record, sums_match

pytestmark = pytest.mark.slow
NAMES = ("a", "b", "c", "d", "e", "f")
PAGES = {"": "ab", "?page=1": "ab", "?page=2": "cd", "?page=3": "ef", "?page=4": "ef"}


def serve(partner, pages=PAGES):
    for query, names in pages.items():
        partner.serve(f"/data.json{query}", catalogue(*(record(name) for name in names)))


@pytest.fixture
def source(partner, harvest_of, monkeypatch):
    """A source of six datasets on three pages, written four at a time; hearts beat fast."""
    from ckanext.satudatapmi.harvesters import leases, working

    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(working, "BATCH", 4)
    serve(partner)
    return harvest_of(partner.url + "/data.json")


@pytest.fixture
def workers():
    """Start workers; none outlives its test."""
    started = []

    def start(do):
        started.append(Worker(do))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


def new_job(source):
    job = tk.get_action("harvest_job_create")(site_context(), {"source_id": source.source_id, "run": False})
    return job["id"]


def status(job_id):
    import ckan.model as model
    from ckanext.harvest.model import HarvestJob

    model.Session.rollback()
    return model.Session.get(HarvestJob, job_id, populate_existing=True).status


def is_exact(source, names=NAMES):
    """Assert that the catalogue is what one undisturbed harvest makes of it."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.activity.model import Activity
    from ckanext.harvest.model import HarvestObject

    datasets = source.datasets()
    assert sorted(datasets) == sorted(names)
    ids = [dataset["id"] for dataset in datasets.values()]
    activities = model.Session.scalars(sa.select(Activity.object_id).where(Activity.object_id.in_(ids))).all()
    assert sorted(activities) == sorted(ids)
    found = tk.get_action("package_search")(site_context(), {"fq": f"organization:{source.name}"})
    assert found["count"] == len(names)
    objects = HarvestObject.filter(harvest_source_id=source.source_id).all()
    assert sorted(one.guid for one in objects) == sorted(ids)
    assert {(one.state, one.report_status, one.current) for one in objects} == {("COMPLETE", "added", True)}


MOMENTS = {
    "with two pages read": ("gathering:_Gatherer._stage_page", 3),
    "while the last page is staged": ("staging:stage", 3),
    "before the gate": ("gate:judge", 1),
    "before the first dataset": ("bulk.creation:create_packages", 1),
    "with rows that are not committed": ("bulk.activities:store_activities", 1),
    "before the commit": ("staging:mark_written", 1),
    "committed, not searchable": ("bulk.documents:index_packages", 1),
    "searchable, not marked": ("staging:mark_done", 1),
    "between two batches": ("bulk.creation:create_packages", 2),
    "after a batch": ("staging:batch", 2),
    "second batch not searchable": ("bulk.documents:index_packages", 2),
    "all written, nothing told": ("working:_Run._keep_remarks", 1),
    "before the end": ("ending:end_job", 1),
    "before the report is kept": ("report:save", 1),
}


def pause_at(moment, mark, seconds=60.0):
    from importlib import import_module

    (place, call), package = MOMENTS[moment], "ckanext.satudatapmi.harvesters"
    module, _colon, path = place.partition(":")
    owner = import_module(f"{package}.{module}")
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    pausing(owner, name, call, mark, seconds)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_worker_loses_nothing_and_doubles_nothing(source, workers, tmp_path, moment):
    job_id, mark = new_job(source), tmp_path / "there"

    def work():
        pause_at(moment, mark)
        harvest(job_id)

    worker = workers(work)
    until(mark.exists)
    worker.kill()
    report = source.work(job_id)
    assert (report["status"], report["records"], report["created"], report["error"]) == ("Finished", 6, 6, "")
    assert sums_match(report) and source.errors() == []
    is_exact(source)
    again = source.run()
    assert (again["unchanged"], again["created"], again["updated"]) == (6, 0, 0)


def test_reading_goes_on_after_the_page_that_was_kept(partner, source, workers):
    job_id, go_on = new_job(source), threading.Event()
    answer = partner.answers["/data.json?page=3"]
    partner.do("/data.json?page=3", lambda handler: (go_on.wait(20), answer(handler)))
    worker = workers(lambda: harvest(job_id))
    until(lambda: any("page=3" in path for path, _headers in partner.requests))
    worker.kill()
    go_on.set()
    partner.requests.clear()
    assert source.work(job_id)["created"] == 6
    assert [path for path, _headers in partner.requests] == ["/data.json?page=3", "/data.json?page=4"]
    is_exact(source)


def test_pages_that_did_not_change_are_known_to_the_worker_that_goes_on(partner, source, workers):
    source.run()
    before, go_on = source.datasets(), threading.Event()
    partner.serve("/data.json?page=2", catalogue(record("c", title="Judul baru"), record("d")))
    partner.requests.clear()
    answer = partner.answers["/data.json?page=3"]
    partner.do("/data.json?page=3", lambda handler: (go_on.wait(20), answer(handler)))
    job_id = new_job(source)
    worker = workers(lambda: harvest(job_id))
    until(lambda: any("page=3" in path for path, _headers in partner.requests))
    worker.kill()
    go_on.set()
    report = source.work(job_id)
    assert (report["updated"], report["unchanged"], report["deleted"], report["records"]) == (1, 5, 0, 6)
    assert {name: one["id"] for name, one in source.datasets().items()} == {k: one["id"] for k, one in before.items()}


def test_source_is_run_by_one_worker_at_a_time(partner, source, workers):
    job_id, go_on = new_job(source), threading.Event()
    answer = partner.answers["/data.json"]
    partner.do("/data.json", lambda handler: (go_on.wait(20), answer(handler)))
    worker = workers(lambda: harvest(job_id))
    until(lambda: partner.requests)
    assert harvest(job_id) is False
    assert len(partner.requests) == 1
    go_on.set()
    worker.join()
    assert status(job_id) == "Finished"
    assert harvest(job_id) is True, "a job that has ended needs nobody"
    is_exact(source)


def stalled(workers, job_id, folder):
    """Stop a worker after its first batch; return it, and the file in which it tells what came of the job."""
    mark, result = folder / "there", folder / "result"

    def work():
        pause_at("after a batch", mark, 0.5)
        result.write_text(str(harvest(job_id)))

    worker = workers(work)
    until(mark.exists)
    worker.signal(signal.SIGSTOP)
    return worker, result


def test_stalled_worker_commits_nothing_after_another_took_over(source, workers, tmp_path):
    job_id = new_job(source)
    worker, result = stalled(workers, job_id, tmp_path)
    assert cut_lock() == 1
    report = source.work(job_id)
    assert (report["status"], report["created"]) == ("Finished", 6)
    worker.signal(signal.SIGCONT)
    worker.join()
    assert result.read_text() == "False"
    is_exact(source)
    assert source.errors() == []


def test_frozen_worker_loses_its_source(source, workers, tmp_path, monkeypatch):
    from ckanext.satudatapmi.harvesters import leases

    job_id = new_job(source)
    worker, result = stalled(workers, job_id, tmp_path)
    assert harvest(job_id) is False
    monkeypatch.setattr(leases, "FROZEN", timedelta(seconds=1))
    until(lambda: harvest(job_id))
    assert status(job_id) == "Finished"
    worker.signal(signal.SIGCONT)
    worker.join()
    assert result.read_text() == "False"
    is_exact(source)


def test_lost_lock_ends_the_run_and_another_takes_it_up(source, monkeypatch):
    from ckanext.satudatapmi.harvesters import leases, writing

    job_id, original = new_job(source), writing.write_batch

    def cut(writer, ids):
        done = original(writer, ids)
        cut_lock()
        until(writer.lease._lost.is_set)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batch", cut)
        assert harvest(job_id) is False
    assert status(job_id) == "Running" and len(source.datasets()) == 4
    assert source.work(job_id)["status"] == "Finished"
    is_exact(source)
    assert leases.BEAT_SECONDS < 1


def test_stop_ends_the_run_and_keeps_what_was_done(source, monkeypatch):
    from ckanext.satudatapmi.harvesters import writing

    job_id, original = new_job(source), writing.write_batch

    def stopped(writer, ids):
        done = original(writer, ids)
        assert tk.get_action("satudata_harvest_stop")(site_context(), {"id": source.name}) == {"job": job_id}
        until(lambda: writer.lease._stopped_by)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batch", stopped)
        report = source.work(job_id)
    assert report["status"] == "Finished" and "Stopped by" in report["error"]
    assert (len(source.datasets()), report["created"], report["waiting"], report["not_done"]) == (4, 4, 0, 2)
    assert sums_match(report)
    assert source.run()["created"] == 2
    is_exact(source)


def test_job_that_was_stopped_before_it_began_reads_nothing(partner, source):
    job_id = new_job(source)
    tk.get_action("satudata_harvest_stop")(site_context(), {"id": source.source_id})
    report = source.work(job_id)
    assert (report["status"], partner.requests) == ("Finished", [])
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("satudata_harvest_stop")(site_context(), {"id": source.source_id})


def test_stop_button_of_ckanext_harvest_stops_our_runs(partner, source):
    job_id = new_job(source)
    tk.get_action("harvest_job_abort")(site_context(), {"id": job_id})
    assert "Stopped by" in source.work(job_id)["error"] and source.datasets() == {}


def work_until_finished(job_id, work_once):
    """Let one worker follow the other; a worker does nothing while PostgreSQL has not noticed the former's death."""
    deaths, deadline = 0, time.monotonic() + 60
    while status(job_id) != "Finished":
        deaths += os.WIFSIGNALED(work_once())
        assert deaths < 12 and time.monotonic() < deadline


def test_record_that_kills_every_worker_is_given_up_and_the_others_land(source, workers):
    from ckanext.satudatapmi.harvesters.bulk import creation

    job_id, original = new_job(source), creation.create_packages

    def deadly(packages, context):
        if any(package["title"] == "Penempatan c" for package in packages):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(packages, context)

    def work():
        creation.create_packages = deadly
        harvest(job_id)

    work_until_finished(job_id, lambda: workers(work).join())
    report = source.work(job_id)
    assert (report["created"], report["failed"], report["waiting"]) == (5, 1, 0)
    (message,) = source.errors()
    assert "WorkerDied: 4 workers" in message
    assert sorted(source.datasets()) == ["a", "b", "d", "e", "f"]
    assert source.run()["created"] == 1


def test_catalogue_that_kills_every_worker_is_given_up(source, workers):
    from ckanext.satudatapmi.harvesters import gate

    job_id = new_job(source)

    def work():
        gate.judge = lambda *_arguments: os.kill(os.getpid(), signal.SIGKILL)
        harvest(job_id)

    work_until_finished(job_id, lambda: workers(work).join())
    (message,) = source.errors()
    assert "4 workers ended while they read it" in message and source.name in message
    assert source.run()["created"] == 6


def test_worker_that_is_stuck_ends_itself(source, monkeypatch):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import leases

    job_id, ended = new_job(source), threading.Event()
    leases.ensure_run(job_id, source.source_id, 1)
    model.Session.commit()
    monkeypatch.setattr(leases, "STALL_SECONDS", 0.2)
    lease = leases.Lease(job_id, source.source_id, 0, 1)
    codes = []

    def give_up(code):
        codes.append(code)
        ended.set()

    connection = model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    beating = threading.Thread(target=leases._beat, args=(lease, connection, ended, give_up))
    beating.start()
    beating.join(20)
    connection.close()
    assert codes == [70]


def test_partner_that_dies_half_way_leaves_what_was_there(partner, source):
    source.run()
    partner.do("/data.json?page=3", servers.cut_off)
    report = source.run()
    assert not report["complete"] and sorted(source.datasets()) == sorted(NAMES)
