"""Measurements on the site: what is kept of them, and what they come to for a publisher and the portal."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib import jobs
from ckan.tests import factories, helpers
from click.testing import CliRunner
from rq import SimpleWorker

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue import assessment, history, measuring
from ckanext.satudatapmi.harvesters import schedule
from ckanext.satudatapmi.publication import store
from tests.faults.site import until
from tests.publication.datasets import FULL, act, make, make_harvested

pytestmark = [pytest.mark.usefixtures("empty_history"), pytest.mark.slow]
MONDAY, TUESDAY, WEDNESDAY = date(2025, 6, 2), date(2025, 6, 3), date(2025, 6, 4)
WIDE = {"tags": [{"name": "pmi"}], "spatial": "Jawa Timur"}
"""Worth 30 and 20 points."""


def measure(day):
    return measuring.measure(store.read_all(), day)


def rows(dataset, profile="mqa"):
    return history.changes(dataset["id"], profile)


def summary(**asked):
    return helpers.call_action("satudata_quality_summary", {"ignore_auth": False, "user": ""}, **asked)


def points_now(dataset, profile="mqa"):
    return act("satudata_quality_show", id=dataset["id"], profile=profile)["points"]


def test_only_a_changed_dataset_gets_a_second_row():
    changed, same = make(), make()
    assert measure(MONDAY) == measuring.Measurement(2, 2, 0)
    assert measure(TUESDAY) == measuring.Measurement(2, 0, 0)
    act("package_patch", id=changed["id"], **WIDE)
    assert measure(WEDNESDAY) == measuring.Measurement(2, 1, 0)
    (monday, before), (wednesday, after) = rows(changed)
    assert (monday, wednesday, after - before) == (MONDAY, WEDNESDAY, 50)
    assert [day for day, _points in rows(same)] == [day for day, _points in rows(same, "sdi")] == [MONDAY]


def test_day_keeps_its_last_measurement():
    dataset = make()
    measure(MONDAY)
    act("package_patch", id=dataset["id"], **WIDE)
    measure(MONDAY)
    assert rows(dataset) == [(MONDAY, points_now(dataset))]


def test_other_faults_of_the_same_weight_are_a_change():
    dataset = make(spatial="Jawa Timur")
    measure(MONDAY)
    act("package_patch", id=dataset["id"], spatial="", temporal="2024-01-01/2024-12-31")
    assert measure(TUESDAY).changed == 1
    assert act("satudata_quality_show", id=dataset["id"])["history"] == [
        {"day": "2025-06-02", "from": None, "to": points_now(dataset)}
    ]


def test_measurement_says_what_the_dataset_page_says():
    group = factories.Group()
    made = [
        make(**FULL),
        make(groups=[{"name": group["name"]}]),
        make_harvested(wire_extra='{"rights": "Sebutkan sumbernya"}', license_id="entah"),
    ]
    resource = factories.Resource(package_id=made[1]["id"], format="CSV", url="https://data.example.go.id/a.csv")
    fields = [{"id": "kode", "type": "text", "info": {"codes": "wilayah"}}, {"id": "n", "type": "int"}]
    act("datastore_create", resource_id=resource["id"], force=True, fields=fields)
    measure(MONDAY)
    for profile in ("mqa", "sdi"):
        assert [rows(one, profile)[-1][1] for one in made] == [points_now(one, profile) for one in made]
    assert assessment.facts_of(act("package_show", id=made[1]["id"])).code_lists == {"wilayah"}


def test_summary_of_publisher_and_portal():
    first, second = (factories.Organization(title=title) for title in ("Dinas A", "Dinas B"))
    poor, better = make(owner_org=first["id"]), make(owner_org=first["id"], **WIDE)
    make(owner_org=second["id"])
    low = points_now(poor)
    measure(MONDAY)
    portal, body = summary(), summary(organization=first["name"])
    assert (portal["datasets"], portal["mean"], portal["median"]) == (3, round(low + 50 / 3, 1), low)
    assert (body["datasets"], body["mean"], body["median"]) == (2, low + 25, low + 25)
    assert sum(band["datasets"] for band in portal["bands"]) == 3
    assert [one["name"] for one in portal["publishers"]] == [first["name"], second["name"]]
    findability = next(one for one in body["dimensions"] if one["name"] == "findability")
    assert (findability["mean"], findability["of"]) == (25, 100)
    keyword = next(one for one in portal["mend"] if one["name"] == "keyword")
    assert (keyword["datasets"], keyword["gain"], keyword["mean_gain"]) == (2, 60, 20)
    assert better["name"] not in {one["name"] for one in keyword["examples"]}
    assert [one["gain"] for one in portal["mend"]] == sorted((one["gain"] for one in portal["mend"]), reverse=True)
    assert summary(profile="sdi")["of"] == 505


def test_history_has_the_mean_of_each_day():
    owner = factories.Organization()["id"]
    dataset = make(owner_org=owner)
    low = points_now(dataset)
    measure(MONDAY)
    act("package_patch", id=dataset["id"], **WIDE)
    other = make()
    measure(TUESDAY)
    act("package_delete", id=other["id"])
    assert measure(WEDNESDAY).left == 1
    days = [(one.day, one.mean, one.datasets) for one in history.days("mqa")]
    assert days == [(MONDAY, low, 1), (TUESDAY, low + 25, 2), (WEDNESDAY, low + 50, 1)]
    last = summary(organization=owner)["history"][-1]
    assert (last["mean"], last["datasets"], last["day"]) == (low + 50, 1, history.today().isoformat())


def test_private_datasets_are_not_counted():
    owner = factories.Organization()
    shown, hidden = make(owner_org=owner["id"]), make(owner_org=owner["id"], title="Rahasia", name="rahasia")
    make(owner_org=owner["id"], private=True)
    assert measure(MONDAY).datasets == 2
    act("package_patch", id=hidden["id"], private=True)
    for asked in ({}, {"organization": owner["id"]}):
        assert summary(**asked)["datasets"] == 1
        assert "rahasia" not in json.dumps(summary(**asked))
    missed = helpers.call_action("satudata_quality_metric_show", {"user": ""}, profile="mqa", metric="keyword")
    assert [one["name"] for one in missed["datasets"]] == [shown["name"]]
    assert measure(TUESDAY).left == 1
    act("package_patch", id=hidden["id"], private=False)
    assert measure(WEDNESDAY).changed == 1
    assert [points for _day, points in rows(hidden)] == [points_now(hidden), None, points_now(hidden)]


def edit(connection, dataset):
    """Change a dataset as CKAN does, and fail rather than wait for somebody."""
    connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
    connection.execute(sa.text("UPDATE package SET notes = 'x' WHERE id = :id"), {"id": dataset["id"]})


def test_measured_datasets_can_be_edited_while_others_are_measured(monkeypatch):
    made = sorted((make(), make()), key=lambda one: one["id"])
    monkeypatch.setattr(measuring, "CHUNK", 1)

    def packages():
        first, second = store.read_all()
        yield first
        yield second
        with model.ensure_engine().begin() as connection:
            edit(connection, first)

    assert measuring.measure(packages(), MONDAY).changed == 2
    assert all(rows(one) for one in made)


def test_measurement_waits_for_an_edit_without_holding_up_another():
    made = [make() for _ in range(3)]
    with ThreadPoolExecutor() as beside, model.ensure_engine().connect() as editor:
        for one in made[1:]:
            edit(editor, one)
        measured = beside.submit(measure, MONDAY)
        assert until(lambda: rows(made[0]), 20)
        edit(editor, made[0])
        assert not measured.done()
        editor.commit()
        assert measured.result(20) == measuring.Measurement(3, 3, 0)
    assert all(rows(one) for one in made)


def test_measurement_that_breaks_off_keeps_what_it_stored_and_the_next_one_does_the_rest(monkeypatch):
    make()
    make()
    monkeypatch.setattr(measuring, "CHUNK", 1)

    def broken():
        yield next(store.read_all())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        measuring.measure(broken(), MONDAY)
    assert history.last_measured() is None
    assert measure(MONDAY) == measuring.Measurement(2, 1, 0)


def test_portal_without_measurements_has_no_figures():
    make()
    found = summary()
    assert (found["datasets"], found["mean"], found["mend"], found["history"]) == (0, None, [], [])


def test_command_counts_what_it_measured():
    make()
    done = CliRunner().invoke(cli.satudata, ["quality", "measure", "--json"])
    assert json.loads(done.output.splitlines()[-1]) == {"datasets": 1, "changed": 1, "left": 0}
    assert summary()["measured"]


@pytest.mark.usefixtures("clean_queues")
def test_schedule_has_it_measured_once_a_day():
    make()
    schedule.tick()
    schedule.tick()
    (job,) = [one for one in helpers.call_action("job_list") if one["title"] == "Quality of the metadata"]
    assert job
    SimpleWorker([jobs.get_queue()]).work(burst=True)
    assert summary()["datasets"] == 1


@pytest.mark.parametrize("wrong", [{"profile": "lain"}, {"organization": "tidak-ada"}])
def test_wrong_question_is_refused(wrong):
    with pytest.raises((tk.ValidationError, tk.ObjectNotFound)):
        summary(**wrong)


def test_table_takes_no_half_a_score():
    row = history.Measured("x", "mqa", MONDAY, None, None, {"findability": 1}, None)
    with pytest.raises(sa.exc.IntegrityError), model.ensure_engine().begin() as connection:
        history.write(connection, [row])
