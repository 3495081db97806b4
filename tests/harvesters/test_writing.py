"""What is written stays right when a batch fails half-way, or when somebody works on the same datasets."""

from __future__ import annotations

import threading

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.harvesters import importer
from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record, sums_match
from tests.harvesters.test_history import activities


@pytest.fixture
def harvest(partner, harvest_of):
    partner.serve("/data.json", catalogue(*(record(one) for one in "abc")))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    return harvest


class Killed(BaseException):
    """Stands for `kill -9`: nothing of the worker's own catches it."""


def test_deletion_that_fails_once_takes_nothing_from_the_rest_of_its_batch(partner, harvest, monkeypatch):
    from ckan.lib.search.common import SearchIndexError

    original, failures = importer.delete_dataset, [SearchIndexError("no connection")]

    def delete(package_id, user):
        if failures:
            raise failures.pop()
        return original(package_id, user)

    monkeypatch.setattr(importer, "delete_dataset", delete)
    partner.serve("/data.json", catalogue(*(record(one, issued="kemarin") for one in "de"), record("b"), record("c")))
    report = harvest.run()
    assert (report["created"], report["deleted"], report["unchanged"]) == (2, 1, 2)
    assert report["remarks"]["date_unreadable"] == 2
    assert sums_match(report) and set(harvest.datasets()) == set("bcde")


def test_deletion_that_a_worker_died_over_is_in_the_activity_stream_once(partner, harvest, monkeypatch):
    dataset = harvest.datasets()["a"]["id"]
    original = importer.delete_dataset

    def delete(package_id, user):
        original(package_id, user)
        raise Killed

    partner.serve("/data.json", catalogue(record("b"), record("c")))
    with monkeypatch.context() as patch:
        patch.setattr(importer, "delete_dataset", delete)
        with pytest.raises(Killed):
            harvest.run()
    job = tk.get_action("harvest_job_list")(site_context(), {"source_id": harvest.source_id})[0]["id"]
    report = harvest.work(job)
    assert (report["deleted"], set(harvest.datasets())) == (1, {"b", "c"})
    assert [kind for kind, _title in activities(dataset)].count("deleted package") == 1


def test_edit_saved_while_its_batch_is_written_survives(partner, harvest, monkeypatch):
    dataset = harvest.datasets()["b"]["id"]
    original, threads = importer.write_dataset, []

    def save():
        with model.ensure_engine().begin() as connection:
            change = sa.update(model.package_table).where(model.package_table.c.id == dataset)
            connection.execute(change.values(notes="Diubah di sini"))

    def write(*arguments):
        if not threads:
            threads.append(threading.Thread(target=save))
            threads[0].start()
            threads[0].join(0.5)
        return original(*arguments)

    monkeypatch.setattr(importer, "write_dataset", write)
    partner.serve("/data.json", catalogue(*(record(one, title="Kedua", description="Lain") for one in "abc")))
    harvest.run()
    threads[0].join()
    partner.serve("/data.json", catalogue(*(record(one, title="Ketiga", description="Lain") for one in "abc")))
    harvest.run()
    assert {name: one["notes"] for name, one in harvest.datasets().items()} == {
        "a": "Lain",
        "b": "Diubah di sini",
        "c": "Lain",
    }
    (edit,) = tk.get_action("satudata_local_edits")(site_context(), {"id": dataset})
    assert (edit["field"], edit["here"]) == ("notes", "Diubah di sini")


def delete(dataset_id):
    tk.get_action("package_delete")(site_context(), {"id": dataset_id})


def test_dataset_that_a_person_deleted_stays_deleted_until_it_is_restored(partner, harvest):
    a = harvest.datasets()["a"]["id"]
    delete(a)
    partner.serve("/data.json", catalogue(record("a", title="Kedua"), record("b", title="Kedua"), record("c")))
    report = harvest.run()
    assert (report["updated"], report["unchanged"], set(harvest.datasets())) == (1, 2, {"b", "c"})
    assert report["remarks"]["deleted_here"] == 1 and harvest.errors() == []
    report = harvest.run()
    assert (report["unchanged"], "deleted_here" in report["remarks"], set(harvest.datasets())) == (3, False, {"b", "c"})
    tk.get_action("package_patch")(site_context(), {"id": a, "state": "active"})
    assert harvest.run()["updated"] == 1
    assert harvest.datasets()["a"]["title"] == "Kedua"


def purge(dataset_id):
    tk.get_action("dataset_purge")(site_context(), {"id": dataset_id})


@pytest.mark.parametrize("noticed", [True, False])
def test_dataset_that_a_person_purged_stays_away_until_the_source_is_cleared(partner, harvest, noticed):
    a = harvest.datasets()["a"]["id"]
    delete(a)
    if noticed:
        harvest.run()
    purge(a)
    assert (harvest.run()["unchanged"], set(harvest.datasets())) == (3, {"b", "c"})
    partner.serve("/data.json", catalogue(record("a", title="Kedua"), record("b"), record("c")))
    report = harvest.run()
    assert (report["unchanged"], report["failed"], report["remarks"]["deleted_here"]) == (3, 0, 1)
    assert harvest.errors() == [] and sums_match(report) and set(harvest.datasets()) == {"b", "c"}
    context = site_context() | {"join_datasets": False}
    tk.get_action("harvest_objects_import")(context, {"source_id": harvest.source_id})
    assert set(harvest.datasets()) == {"b", "c"}
    tk.get_action("harvest_source_clear")(site_context(), {"id": harvest.source_id})
    assert (harvest.run()["created"], set(harvest.datasets())) == (3, {"a", "b", "c"})


def test_purged_dataset_may_vanish_from_its_source_and_come_back_to_it(partner, harvest, monkeypatch):
    purge(harvest.datasets()["a"]["id"])
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 7)
    for there in ("bc", "abc"):
        partner.serve("/data.json", catalogue(*(record(one) for one in there)))
        report = harvest.run()
        assert (report["failed"], harvest.errors(), set(harvest.datasets())) == (0, [], {"b", "c"})


def test_source_that_was_purged_is_harvested_anew_under_its_old_name(partner, harvest):
    purge(harvest.datasets()["a"]["id"])
    source = tk.get_action("harvest_source_show")(site_context(), {"id": harvest.source_id})
    tk.get_action("harvest_source_delete")(site_context(), {"id": source["id"]})
    purge(source["id"])
    kept = {key: source[key] for key in ("name", "title", "url", "source_type", "owner_org", "frequency")}
    harvest.source_id = tk.get_action("harvest_source_create")(site_context(), kept)["id"]
    assert (harvest.run()["failed"], set(harvest.datasets())) == (0, {"a", "b", "c"})


@pytest.mark.parametrize("purged", [False, True])
def test_dataset_that_the_harvest_deleted_comes_back(partner, harvest, purged):
    a = harvest.datasets()["a"]["id"]
    partner.serve("/data.json", catalogue(record("b"), record("c")))
    assert harvest.run()["deleted"] == 1
    if purged:
        purge(a)
    partner.serve("/data.json", catalogue(*(record(one, title="Kedua") for one in "abc")))
    assert "deleted_here" not in harvest.run()["remarks"]
    assert {one["title"] for one in harvest.datasets().values()} == {"Kedua"} and len(harvest.datasets()) == 3
