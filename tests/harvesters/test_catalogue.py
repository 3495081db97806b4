"""What a catalogue asks for: new, changed and vanished records, without a CKAN."""

from __future__ import annotations

import json

import pytest

from ckanext.satudatapmi.harvesters import catalogue
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.identity import dataset_id
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.planning import DELETE, WRITE, Task, plan

URL = "https://mitra.example.go.id/katalog/data.json"
SOURCE = SourceContext("mitra", "penerbit")


def gather(entries, known=None, config=None, header=None):
    content = json.dumps({**(header or {}), "dataset": entries}).encode()
    return catalogue.gather(URL, SOURCE, config or {}, known or {}, lambda url: Fetched(url, content))


def record(identifier, **more):
    return {"identifier": identifier, "title": f"Judul {identifier}", **more}


def known_of(result):
    return {task.guid: task for task in result.plan.tasks}


def test_new_records_are_written():
    result = gather([record("a"), record("b")])
    assert [(task.guid, task.action, task.number) for task in result.plan.tasks] == [
        (dataset_id("mitra", "a"), WRITE, 1),
        (dataset_id("mitra", "b"), WRITE, 2),
    ]
    assert json.loads(result.plan.tasks[0].content) == record("a")
    assert result.errors == []


def test_only_what_changed_is_written_and_what_vanished_deleted():
    known = known_of(gather([record("a"), record("b"), record("c")]))
    result = gather([record("b"), record("c", title="Lain"), record("d")], known)
    assert [(task.guid, task.action) for task in result.plan.tasks] == [
        (dataset_id("mitra", "c"), WRITE),
        (dataset_id("mitra", "d"), WRITE),
        (dataset_id("mitra", "a"), DELETE),
    ]
    assert (result.plan.unchanged, result.gathered.unchanged) == (1, 1)


def test_order_of_keys_is_no_change():
    known = known_of(gather([record("a")]))
    assert gather([dict(reversed(record("a").items()))], known).plan.tasks == ()


@pytest.mark.parametrize("config", [{"base_url": "https://lain.example.go.id/"}])
def test_new_base_address_is_a_change(config):
    known = known_of(gather([record("a")]))
    assert len(gather([record("a")], known, config).plan.tasks) == 1


def test_vanished_records_are_kept_while_others_are_beyond_repair():
    known = known_of(gather([record("a"), record("b")]))
    result = gather([record("a"), "rusak"], known)
    assert (result.plan.tasks, result.gathered.held_back, result.gathered.rejected) == ((), 1, 1)
    assert "record 2" in result.errors[0] and "1 datasets" in result.errors[1]


def test_catalogue_full_of_rubbish_is_told_in_a_hundred_lines_and_one():
    result = gather(["rusak"] * 250 + [record("a")])
    assert result.gathered.rejected == 250
    assert len(result.errors) == catalogue.REJECTIONS_TOLD + 1
    assert "150 more" in result.errors[-1]


@pytest.mark.parametrize(
    ("config", "header", "base"),
    [
        ({}, {}, URL),
        ({}, {"@id": "https://asli.example.go.id/data.json"}, URL),
        ({"base_url": "https://asli.example.go.id/"}, {}, "https://asli.example.go.id/"),
        ({"mirror": True}, {"@id": "https://asli.example.go.id/data.json"}, "https://asli.example.go.id/data.json"),
        ({"mirror": True}, {"@id": ""}, ""),
        ({"mirror": True}, {}, ""),
    ],
)
def test_base_of_relative_addresses(config, header, base):
    assert gather([record("a")], config=config, header=header).base_url == base


def test_remarks_are_counted_for_the_report():
    result = gather([record("a", issued="kemarin", accesLevel="public"), record("b", issued="kemarin")])
    assert result.gathered.remarks == {"date_unreadable": 2, "key_alias": 1}
    (error,) = result.errors
    assert "mitra" in error and "issued" in error and "kemarin" in error and "2 times" in error


def test_plan_without_leave_to_delete_keeps_everything():
    result = plan([Task("a", WRITE, hash="1")], {"a": "1", "b": "2", "c": "3"}, may_delete=False)
    assert (result.tasks, result.unchanged, result.held_back) == ((), 1, 2)
