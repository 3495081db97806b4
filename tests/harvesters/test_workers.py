"""Which job a worker takes next, the schedule, and harvesters of other extensions on our workers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context
from tests.harvesters.processes import Worker, cut_lock, pausing, until
from tests.harvesters.test_harvest import catalogue, record


@pytest.fixture
def source_of(partner, harvest_of, portal):
    """Return a function that makes a source of one dataset; no other has a job."""

    def make(name="a", **more):
        partner.serve(f"/{name}.json", catalogue(record(name)))
        return harvest_of(f"{partner.url}/{name}.json", config={"paged": False}, **more)

    return make


def job_of(source):
    return tk.get_action("harvest_job_create")(site_context(), {"source_id": source.source_id, "run": False})["id"]


def waiting():
    from ckanext.satudatapmi.harvesters import workers

    return [job_id for job_id, _kind in workers._waiting()]


def test_priority_comes_first_and_slow_partners_last(source_of):
    from ckanext.satudatapmi.harvesters import ledger, runs
    from ckanext.satudatapmi.harvesters.working import PRIORITY

    slow, first, second, urgent = (source_of(name) for name in "abcd")
    ledger.remember(slow.source_id, slow=True)
    jobs = [job_of(source) for source in (slow, first, second, urgent)]
    runs.put_in_lane(jobs[3], urgent.source_id, PRIORITY)
    assert waiting() == [jobs[3], jobs[1], jobs[2], jobs[0]]


def test_only_half_of_the_workers_wait_for_slow_partners(source_of, monkeypatch):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import ledger, runs
    from ckanext.satudatapmi.harvesters.working import SLOW

    running, slow, quick = (source_of(name) for name in "abc")
    jobs = [job_of(source) for source in (running, slow, quick)]
    for job_id, source in zip(jobs[:2], (running, slow), strict=True):
        runs.put_in_lane(job_id, source.source_id, SLOW)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.workers", 2)
    ledger.change_run(jobs[0], beat=ledger.now())
    model.Session.commit()
    assert waiting() == [jobs[2]]
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.workers", 4)
    assert jobs[1] in waiting()
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.workers", 2)
    ledger.change_run(jobs[0], beat=ledger.now() - timedelta(minutes=5))
    model.Session.commit()
    assert jobs[1] in waiting(), "a slow run whose worker died holds up nobody"


def test_jobs_that_others_run_keep_no_worker_from_those_that_wait(source_of, monkeypatch):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import ledger, runs, workers
    from ckanext.satudatapmi.harvesters.working import NORMAL

    monkeypatch.setattr(workers, "CANDIDATES", 2)
    sources = [source_of(name) for name in "abc"]
    killed, running, new = (job_of(source) for source in sources)
    for job_id, source, seconds in ((killed, sources[0], 6), (running, sources[1], 1)):
        runs.put_in_lane(job_id, source.source_id, NORMAL)
        ledger.change_run(job_id, beat=ledger.now() - timedelta(seconds=seconds))
    model.Session.commit()
    assert waiting() == [new, killed]


def test_partner_that_does_not_answer_in_time_is_put_off_behind_the_others(partner, source_of):
    from ckanext.satudatapmi.harvesters import ledger, workers
    from ckanext.satudatapmi.harvesters.working import SLOW

    slow, quick = source_of("a"), source_of("b")
    partner.do("/a.json", servers.silence(5))
    slow_job, quick_job = job_of(slow), job_of(quick)
    assert workers.run_next("test")
    assert [ledger.run(slow_job).lane, ledger.run(slow_job).stage] == [SLOW, "gather"]
    assert ledger.is_slow(slow.source_id) and len(quick.datasets()) == 1
    assert waiting() == [slow_job] and quick_job
    partner.serve("/a.json", catalogue(record("a")))
    assert workers.run_next("test")
    assert len(slow.datasets()) == 1 and waiting() == []
    assert not ledger.is_slow(slow.source_id)


@pytest.mark.parametrize("held", [False, True])
def test_job_that_ended_before_it_was_sent_to_the_queue_stays_ended(partner, source_of, held):
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import workers

    source = source_of()
    source.run()
    if held:
        partner.serve("/a.json", catalogue(*(record(str(number)) for number in range(9))))
    job_id = job_of(source)
    assert workers.run_next("test")
    tk.get_action("harvest_send_job_to_gather_queue")(site_context(), {"id": job_id})
    workers.run_next("test")
    assert (HarvestJob.get(job_id).status, waiting()) == ("Finished", [])
    assert bool(source.errors()) == held


def test_worker_goes_on_when_the_database_was_away_for_a_round(source_of, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from ckanext.satudatapmi.harvesters import workers

    source = source_of()
    job_of(source)
    original, calls = workers._waiting, []

    def away():
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))
        return original()

    monkeypatch.setattr(workers, "_waiting", away)
    workers.work("test", rounds=2, rest=lambda seconds: None)
    assert len(source.datasets()) == 1


@pytest.fixture
def schedule_of_jobs(portal):
    """The scheduled background jobs of the clock; none is left behind."""
    from ckan.lib import jobs
    from ckanext.harvest import queue
    from rq.registry import ScheduledJobRegistry

    from ckanext.satudatapmi.harvesters import schedule

    def ticks():
        found = ScheduledJobRegistry(queue=jobs.get_queue()).get_job_ids()
        return [one for one in found if one.startswith("satudatapmi-harvest-")]

    def clean():
        queued = [one for one in jobs.get_queue().get_job_ids() if one.startswith("satudatapmi-harvest-")]
        for job in map(jobs.get_queue().fetch_job, (*ticks(), *queued)):
            if job is not None:
                job.delete()
        queue.get_connection_redis().delete(schedule._key("ticked"), schedule._key("checked"))

    clean()
    yield ticks
    clean()


def test_tick_starts_what_is_due_and_schedules_the_next_one_once(source_of, schedule_of_jobs, monkeypatch):
    import ckan.model as model
    from ckanext.harvest.model import HarvestJob, HarvestSource

    from ckanext.satudatapmi.harvesters import ledger, schedule

    monkeypatch.setattr(schedule.time, "time", lambda: 1_800_000_000.0)
    due, later = source_of("a"), source_of("b")
    for source, hours in ((due, -1), (later, 1)):
        row = model.Session.get(HarvestSource, source.source_id)
        row.frequency, row.next_run = "DAILY", ledger.now() + timedelta(hours=hours)
    model.Session.commit()
    for _time in range(2):
        schedule.tick()
    assert [job.source_id for job in model.Session.query(HarvestJob)] == [due.source_id]
    assert len(schedule_of_jobs()) == 1


def test_worker_starts_a_clock_that_stands_still(schedule_of_jobs):
    from ckan.lib import jobs

    from ckanext.satudatapmi.harvesters import schedule

    for _time in range(3):
        schedule.keep_ticking()
    assert len([one for one in jobs.get_queue().get_job_ids() if one.startswith("satudatapmi-harvest-")]) == 1


@pytest.fixture
def own_queue(monkeypatch):
    """The queues of ckanext-harvest under names that nobody else uses."""
    from ckanext.harvest import queue

    own = uuid.uuid4().hex
    monkeypatch.setattr(queue, "get_gather_routing_key", lambda: f"{own}:harvest_job_id")
    monkeypatch.setattr(queue, "get_fetch_routing_key", lambda: f"{own}:harvest_object_id")
    yield queue
    redis = queue.get_connection_redis()
    for key in redis.keys(f"{own}:*"):
        redis.delete(key)


@pytest.fixture
def guest(partner, harvest_of, own_queue, portal, monkeypatch):
    """A source of ckanext-dcat's harvester for data.json, which runs by ckanext-harvest's own code."""
    from ckanext.dcat.harvesters import DCATJSONHarvester

    have(DCATJSONHarvester(name="dcat_json_harvester"), monkeypatch)
    plain = {
        "description": "Uraian",
        "language": ["id"],
        "accessLevel": "public",
        "keyword": ["pmi"],
        "distribution": [],
    }
    entries = [{"identifier": name, "title": f"Tamu {name}", **plain} for name in "ab"]
    partner.serve("/tamu.json", json.dumps({"dataset": entries}).encode())
    partner.serve("/tamu.json?page=2", json.dumps({"dataset": []}).encode())
    return harvest_of(partner.url + "/tamu.json", "dcat_json")


def have(harvester, monkeypatch):
    """Have a plugin with another harvester on the site."""
    from ckan.plugins import core

    monkeypatch.setitem(core._PLUGINS_SERVICE, harvester.name, harvester)


def start(source):
    return tk.get_action("harvest_job_create")(site_context(), {"source_id": source.source_id, "run": True})["id"]


def outcome(job_id):
    import ckan.model as model
    from ckanext.harvest.model import HarvestJob, HarvestObject

    model.Session.rollback()
    states = [one.state for one in HarvestObject.filter(harvest_job_id=job_id).all()]
    return model.Session.get(HarvestJob, job_id, populate_existing=True).status, states


def test_harvester_of_another_extension_runs_on_our_workers_to_its_end(guest):
    from ckanext.satudatapmi.harvesters import workers

    job_id = start(guest)
    workers.work("test", rounds=5, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", ["COMPLETE", "COMPLETE"]), guest.errors()
    datasets = list(guest.datasets().values())
    assert sorted(dataset["title"] for dataset in datasets) == ["Tamu a", "Tamu b"]
    assert {dataset["language"] for dataset in datasets} == {"id"}
    assert all("language" not in {one["key"] for one in dataset["extras"]} for dataset in datasets)
    again = start(guest)
    workers.work("test", rounds=5, rest=lambda seconds: None)
    assert outcome(again)[0] == "Finished" and guest.errors() == []


@pytest.fixture
def rdf_guest(partner, harvest_of, own_queue, portal, monkeypatch):
    """A source of ckanext-dcat's harvester for RDF, which a site may have beside ours."""
    from ckanext.dcat.harvesters import DCATRDFHarvester

    from tests.partners.dcat_partner import DcatPartner

    have(DCATRDFHarvester(name="dcat_rdf_harvester"), monkeypatch)
    service = DcatPartner(partner)
    service.syntax = "rdf-xml"
    for title in ("Tamu satu", "Tamu dua"):
        service.add(title)
    return harvest_of(service.url, "dcat_rdf")


def test_rdf_harvester_of_another_extension_runs_on_our_workers(rdf_guest):
    from ckanext.satudatapmi.harvesters import workers

    job_id = start(rdf_guest)
    workers.work("test", rounds=6, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", ["COMPLETE", "COMPLETE"]), rdf_guest.errors()
    assert sorted(one["title"] for one in rdf_guest.datasets().values()) == ["Tamu dua", "Tamu satu"]


@pytest.fixture
def spatial(tmp_path, monkeypatch):
    """ckanext-spatial, apart from all else: in one folder with the others its `ckanext/__init__.py` hides them."""
    import ckanext

    wanted = ["--no-deps", "--target", str(tmp_path), "ckanext-spatial==2.3.2"]
    subprocess.run([f"{sys.prefix}/bin/uv", "pip", "install", "--quiet", *wanted], check=True)
    monkeypatch.setattr(ckanext, "__path__", [*ckanext.__path__, str(tmp_path / "ckanext")])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("ckanext.spatial"):
            del sys.modules[name]


@pytest.fixture
def map_guest(spatial, partner, harvest_of, own_queue, portal, monkeypatch):
    """A source of ckanext-spatial's harvester for folders of ISO 19139 documents, which a site may have beside ours."""
    from ckanext.spatial.harvesters.waf import WAFHarvester

    from tests.partners import csw_partner

    have(WAFHarvester(name="waf_harvester"), monkeypatch)
    titles = {"Peta satu": "1", "Peta dua": "2"}
    for title, number in titles.items():
        partner.serve(f"/peta/{number}.xml", csw_partner.iso(f"peta-{number}", title).strip().encode())
    links = "".join(f'<a href="{number}.xml">{number}.xml</a>' for number in titles.values())
    partner.serve("/peta/", f"<html><body>{links}</body></html>".encode())
    return harvest_of(partner.url + "/peta/", "waf", {"continue_on_validation_errors": True})


def test_map_harvester_of_another_extension_runs_on_our_workers(map_guest):
    from ckanext.satudatapmi.harvesters import workers

    for _time in ("first", "again"):
        job_id = start(map_guest)
        workers.work("test", rounds=6, rest=lambda seconds: None)
        assert outcome(job_id)[0] == "Finished", map_guest.errors()
        assert sorted(one["title"] for one in map_guest.datasets().values()) == ["Peta dua", "Peta satu"]


@pytest.mark.parametrize("stage", ["gather", "fetch"])
def test_message_that_a_dead_worker_had_in_hand_is_taken_up_by_its_name(guest, own_queue, monkeypatch, stage):
    from ckanext.satudatapmi.harvesters import workers

    class Died(BaseException):
        """Stands for `kill -9`: nothing of the worker's own catches it."""

    def die(*_arguments):
        raise Died

    job_id = start(guest)
    if stage == "fetch":
        workers.work("test", rounds=1, rest=lambda seconds: None)
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(own_queue, f"{stage}_callback", die)
        workers.work("test", rounds=1, rest=lambda seconds: None)
    workers.work("test", rounds=6, rest=lambda seconds: None)
    assert outcome(job_id)[0] == "Finished" and len(guest.datasets()) == 2


@pytest.fixture
def cli(app):
    """Return a function that calls `ckan satudata harvest work` with arguments."""
    import click
    from click.testing import CliRunner

    from ckanext.satudatapmi.cli_harvest import work

    above = click.Context(work)
    above.meta["flask_app"] = app.flask_app
    return lambda *arguments: CliRunner().invoke(work, arguments, parent=above)


def test_message_in_hand_is_left_to_a_worker_that_lives_and_taken_up_after_a_dead_one(
    guest, own_queue, monkeypatch, tmp_path
):
    from ckanext.satudatapmi.harvesters import guests, workers

    monkeypatch.setattr(guests, "LOOK_SECONDS", 0.0)
    mark = tmp_path / "gathers"

    def gather_for_ever():
        pausing(own_queue, "gather_callback", 1, mark)
        workers.work("satu", rounds=1)

    job_id = start(guest)
    first = Worker(gather_for_ever)
    try:
        until(mark.exists)
        workers.work("dua", rounds=3, rest=lambda seconds: None)
        assert outcome(job_id) == ("Running", [])
    finally:
        first.kill()
    workers.work("dua", rounds=7, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", ["COMPLETE", "COMPLETE"])


def test_name_of_a_worker_that_runs_is_refused_to_another(portal, cli, monkeypatch):
    from ckanext.satudatapmi.harvesters import worker_names, workers

    monkeypatch.setattr(worker_names, "TRIES", 1)
    work, rounds = workers.work, []
    monkeypatch.setattr(workers, "work", lambda name: work(name, rounds=0) or rounds.append(name))
    with worker_names.held("satu"):
        refused = cli("--name", "satu")
        nameless = cli()
    assert (refused.exit_code, nameless.exit_code) == (1, 0)
    assert "another worker that runs is named satu" in refused.output
    assert cli("--name", "satu").exit_code == 0, "it is free again"
    assert rounds == [worker_names.default_name(), "satu"]


def test_name_that_the_database_took_away_is_taken_again(portal, monkeypatch, caplog):
    from ckanext.satudatapmi.harvesters import worker_names

    monkeypatch.setattr(worker_names, "BEAT_SECONDS", 0.1)
    with worker_names.held("satu") as mine:
        assert cut_lock() == 1
        until(lambda: "does not hold its name" in caplog.text)
        until(lambda: mine.is_held)
        with worker_names.held_if_free("satu") as free:
            assert not free
    with worker_names.held_if_free("satu") as free:
        assert free


def test_name_of_a_worker_that_gives_no_sign_of_life_becomes_free(portal, monkeypatch):
    from ckanext.satudatapmi.harvesters import worker_names

    def is_free():
        with worker_names.held_if_free("satu") as free:
            return free

    monkeypatch.setattr(worker_names, "SILENT_SECONDS", 1)
    with worker_names.held("satu"):
        assert not is_free()
        until(is_free)


def test_record_that_a_guest_stumbles_over_fails_alone_and_the_job_ends(guest, monkeypatch):
    from ckan.plugins import core

    from ckanext.satudatapmi.harvesters import workers

    harvester = type(core._PLUGINS_SERVICE["dcat_json_harvester"])
    original = harvester.import_stage

    def stumble(self, harvest_object):
        if "Tamu a" in harvest_object.content:
            raise KeyError("publisher")
        return original(self, harvest_object)

    monkeypatch.setattr(harvester, "import_stage", stumble)
    job_id = start(guest)
    workers.work("test", rounds=5, rest=lambda seconds: None)
    status, states = outcome(job_id)
    assert (status, sorted(states)) == ("Finished", ["COMPLETE", "ERROR"])
    assert [one for one in guest.errors() if one.startswith("KeyError")] == ["KeyError: 'publisher'"]


def test_guest_that_cannot_gather_is_told_and_its_job_ends(guest, monkeypatch):
    from ckan.plugins import core

    from ckanext.satudatapmi.harvesters import workers

    harvester = type(core._PLUGINS_SERVICE["dcat_json_harvester"])
    monkeypatch.setattr(harvester, "gather_stage", lambda self, job: 1 / 0)
    job_id = start(guest)
    workers.work("test", rounds=3, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", [])
    assert guest.errors() == ["ZeroDivisionError: division by zero"]


def test_guest_loses_no_message_while_the_database_is_away(guest, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from ckanext.satudatapmi.harvesters import guests, workers

    original, calls = guests._is_to_do, []

    def away(**message):
        calls.append(message)
        if len(calls) == 1:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))
        return original(**message)

    monkeypatch.setattr(guests, "_is_to_do", away)
    job_id = start(guest)
    workers.work("test", rounds=6, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", ["COMPLETE", "COMPLETE"])


def test_job_of_a_guest_whose_message_is_lost_is_sent_again_once(guest, own_queue):
    from ckanext.satudatapmi.harvesters import guests, workers

    job_id = start(guest)
    redis, key = own_queue.get_connection_redis(), own_queue.get_gather_routing_key()
    redis.delete(key)
    for _time in range(2):
        guests.send_lost()
    assert redis.llen(key) == 1
    workers.work("test", rounds=5, rest=lambda seconds: None)
    assert outcome(job_id) == ("Finished", ["COMPLETE", "COMPLETE"])


@pytest.mark.slow
def test_killed_worker_of_the_command_line_is_followed_by_another(partner, source_of, ckan_config, tmp_path):
    """The command as operators run it: killed with `kill -9` in the middle of a catalogue, then started again."""
    source = source_of()
    partner.do("/a.json", servers.in_turn(servers.silence(60), partner.answers["/a.json"]))
    site = Path(ckan_config["__file__"])
    lines = [line for line in site.read_text().splitlines() if "harvest.allowed_hosts" not in line]
    lines.insert(lines.index("[app:main]") + 1, f"ckanext.satudatapmi.harvest.allowed_hosts = {partner.name}")
    (tmp_path / "site.ini").write_text("\n".join(lines))
    program = [str(Path(sys.executable).with_name("ckan")), "-c", str(tmp_path / "site.ini")]
    job_id = job_of(source)

    def worker():
        return subprocess.Popen([*program, "satudata", "harvest", "work", "--name", "uji"], stderr=subprocess.DEVNULL)

    first = worker()
    until(lambda: partner.requests, 120)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = worker()
    try:
        until(lambda: outcome(job_id)[0] == "Finished", 120)
    finally:
        second.kill()
        second.wait()
    assert len(source.datasets()) == 1
