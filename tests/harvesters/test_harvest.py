"""A data.json source from end to end, on a real CKAN."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context

SUMS = ("created", "updated", "unchanged", "identical_repeats", "rejected", "failed", "waiting", "not_done")


def record(identifier, **more):
    return {
        "@type": "dcat:Dataset",
        "identifier": identifier,
        "title": f"Penempatan {identifier}",
        "description": "Uraian",
        "accessLevel": "public",
        "keyword": ["pmi", "penempatan"],
        "issued": "2024-01-10",
        "satuan": "orang",
        "publisher": {"@type": "org:Organization", "name": "Bidang Data"},
        "distribution": [{"title": "Berkas", "downloadURL": f"/berkas/{identifier}.csv", "format": "csv"}],
        **more,
    }


def catalogue(*records):
    return json.dumps({"@type": "dcat:Catalog", "dataset": list(records)}).encode()


@pytest.fixture
def harvest(partner, harvest_of):
    """A source of three datasets, and what its server answers."""
    partner.serve("/data.json", catalogue(record("a"), record("b"), record("c")))
    return harvest_of(partner.url + "/data.json")


def sums_match(report):
    return report["records"] == sum(report[name] for name in SUMS)


def test_first_harvest_brings_everything_in(partner, harvest):
    report = harvest.run()
    assert (report["records"], report["created"], report["status"]) == (3, 3, "Finished")
    assert sums_match(report) and harvest.errors() == []
    dataset = harvest.datasets()["a"]
    assert dataset["title"] == "Penempatan a"
    assert dataset["satuan"] == "orang"
    assert dataset["source_name"] == harvest.name
    assert dataset["publisher_name"] == "Bidang Data"
    assert [tag["name"] for tag in dataset["tags"]] == ["penempatan", "pmi"]
    assert dataset["resources"][0]["url"] == partner.url + "/berkas/a.csv"
    assert dataset["resources"][0]["format"] == "CSV"
    assert not dataset["private"]


def test_datasets_are_found_by_search(harvest):
    harvest.run()
    found = tk.get_action("package_search")(site_context(), {"fq": f"organization:{harvest.name}", "rows": 10})
    assert found["count"] == 3


def test_second_harvest_changes_nothing_and_makes_no_object(harvest):
    from ckanext.harvest.model import HarvestObject

    harvest.run()
    before = harvest.datasets()
    report = harvest.run()
    assert (report["unchanged"], report["created"], report["updated"], report["deleted"]) == (3, 0, 0, 0)
    assert sums_match(report)
    assert HarvestObject.filter(harvest_job_id=report["job"]).count() == 0
    assert harvest.datasets() == before


def test_change_and_deletion_and_addition(partner, harvest):
    harvest.run()
    before = harvest.datasets()
    partner.serve("/data.json", catalogue(record("a", title="Judul baru"), record("b"), record("d")))
    report = harvest.run()
    assert (report["created"], report["updated"], report["unchanged"], report["deleted"]) == (1, 1, 1, 1)
    assert sums_match(report)
    after = harvest.datasets()
    assert set(after) == {"a", "b", "d"}
    assert after["a"]["title"] == "Judul baru"
    assert (after["a"]["id"], after["a"]["name"]) == (before["a"]["id"], before["a"]["name"])
    assert after["a"]["resources"][0]["id"] == before["a"]["resources"][0]["id"]
    assert after["b"] == before["b"]


def test_deleted_dataset_that_returns_is_the_same_dataset(partner, harvest):
    harvest.run()
    before = harvest.datasets()["c"]["id"]
    partner.serve("/data.json", catalogue(record("a"), record("b")))
    harvest.run()
    partner.serve("/data.json", catalogue(record("a"), record("b"), record("c")))
    report = harvest.run()
    assert harvest.datasets()["c"]["id"] == before
    assert report["created"] + report["updated"] == 1


def test_new_description_of_the_same_dataset_leaves_what_did_not_change(partner, harvest):
    """A record that differs only in an order of keys or an unknown key does not touch metadata_modified."""
    harvest.run()
    before = harvest.datasets()["a"]["metadata_modified"]
    partner.serve("/data.json", catalogue(dict(reversed(record("a").items())), record("b"), record("c")))
    assert harvest.run()["unchanged"] == 3
    assert harvest.datasets()["a"]["metadata_modified"] == before


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda handler: servers.send(handler, 200, b'{"dataset": [{"title": "a" "b"}]}'), "1"),
        (lambda handler: servers.send(handler, 200, catalogue()), "dataset"),
        (lambda handler: servers.send(handler, 200, b"<html>Masuk</html>"), "<html>"),
        (lambda handler: servers.send(handler, 200, b""), ""),
        (servers.status(404), "404"),
        (servers.status(503), "503"),
        (servers.silence(5), "/data.json"),
        (servers.cut_off, "/data.json"),
    ],
)
def test_failed_harvest_loses_nothing_and_the_next_one_recovers(partner, harvest, answer, told):
    harvest.run()
    before = harvest.datasets()
    partner.do("/data.json", answer)
    report = harvest.run()
    assert report["status"] == "Finished" and report["error"]
    (message,) = harvest.errors()
    assert harvest.name in message and told in message
    assert harvest.datasets() == before
    partner.serve("/data.json", catalogue(record("a"), record("b")))
    report = harvest.run()
    assert (report["unchanged"], report["deleted"], report["error"]) == (2, 1, "")


@pytest.mark.usefixtures("with_request_context")
def test_errors_are_stored_in_the_language_of_the_site(partner, harvest, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.locale_default", "id")
    partner.serve("/data.json", catalogue(record("a"), record("")))
    harvest.run()
    (identifier_missing,) = harvest.errors()
    assert "rekaman tidak memiliki pengenal" in identifier_missing
    partner.do("/data.json", servers.status(404))
    harvest.run()
    (not_found,) = harvest.errors()
    assert "menjawab dengan status HTTP 404" in not_found


def test_bad_records_are_told_by_number_and_the_good_ones_land(partner, harvest):
    partner.serve(
        "/data.json",
        catalogue(
            record("a"),
            "teks",
            {"description": "tanpa judul"},
            record("b", issued="-000001-11-29T00:00:00Z"),
            record("a"),
            record("a", title="Lain"),
            record(None),
            record("e", accessLevel="entah"),
        ),
    )
    report = harvest.run()
    assert (report["records"], report["created"], report["rejected"], report["identical_repeats"]) == (8, 5, 2, 1)
    assert sums_match(report)
    assert [one["number"] for one in report["rejections"]] == [2, 3]
    messages = "\n".join(harvest.errors())
    assert harvest.name in messages and "-000001-11-29T00:00:00Z" in messages and "entah" in messages
    datasets = harvest.datasets()
    assert datasets["e"]["private"]
    flags = json.loads(datasets["b"]["harvest_flags"])
    assert flags[0] == {"kind": "date_unreadable", "field": "issued", "value": "-000001-11-29T00:00:00Z"}


def test_nothing_is_deleted_while_records_cannot_be_told_apart(partner, harvest):
    harvest.run()
    partner.serve("/data.json", catalogue(record("a"), "rusak"))
    report = harvest.run()
    assert (report["deleted"], report["held_back"]) == (0, 2)
    assert set(harvest.datasets()) == {"a", "b", "c"}


def test_record_that_ckan_refuses_harms_no_other(partner, harvest, monkeypatch):
    from ckanext.satudatapmi.harvesters import importer

    original = importer.to_package

    def refused(item, source, guid):
        mapped = original(item, source, guid)
        if item.identity == "b":
            mapped.package["maintainer_email"] = "no address"
        return mapped

    monkeypatch.setattr(importer, "to_package", refused)
    report = harvest.run()
    assert (report["created"], report["failed"]) == (2, 1)
    assert sums_match(report)
    (message,) = harvest.errors()
    assert harvest.name in message and "2" in message and "maintainer_email" in message
    monkeypatch.undo()


def test_refused_record_is_tried_again_by_the_next_harvest(partner, harvest, monkeypatch):
    from ckanext.satudatapmi.harvesters import importer

    with monkeypatch.context() as patch:
        patch.setattr(importer, "to_package", lambda *_arguments: 1 / 0)
        assert harvest.run()["failed"] == 3
    report = harvest.run()
    assert (report["created"], report["failed"]) == (3, 0)


def test_index_that_is_away_is_told_and_caught_up_with(harvest, monkeypatch):
    from ckan.lib.search.common import SearchIndexError

    from ckanext.satudatapmi.harvesters.bulk import documents

    def away(*_arguments, **_more):
        raise SearchIndexError("no connection")

    with monkeypatch.context() as patch:
        patch.setattr(documents, "make_connection", away)
        assert harvest.run()["failed"] == 3
    assert harvest.run()["failed"] == 0
    found = tk.get_action("package_search")(site_context(), {"fq": f"organization:{harvest.name}"})
    assert found["count"] == 3


@pytest.mark.parametrize("said", [{}, {"accessLevel": "public"}])
def test_dataset_that_was_hidden_here_stays_hidden_until_that_is_given_up(partner, harvest_of, said):
    told = {key: value for key, value in record("a").items() if key != "accessLevel"} | said
    partner.serve("/data.json", catalogue(told))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    dataset = harvest.datasets()["a"]
    assert not dataset["private"]
    tk.get_action("package_patch")(site_context(), {"id": dataset["id"], "private": True})
    partner.serve("/data.json", catalogue(told | {"title": "Baru"}))
    harvest.run()
    dataset = harvest.datasets()["a"]
    assert dataset["private"] and dataset["title"] == "Baru"
    wanted = {"id": dataset["id"]}
    (edit,) = tk.get_action("satudata_local_edits")(site_context(), wanted)
    assert (edit["name"], edit["here"], edit["partner"]) == ("private", True, False)
    tk.get_action("satudata_local_edit_drop")(site_context(), wanted | {"field": "private"})
    assert not harvest.datasets()["a"]["private"]


@pytest.mark.parametrize("hidden_here", [True, False])
def test_dataset_that_comes_back_after_its_deletion_is_as_hidden_as_somebody_here_wanted(
    partner, harvest_of, hidden_here
):
    partner.serve("/data.json", catalogue(record("a", **({} if hidden_here else {"private": True})), record("b")))
    harvest = harvest_of(partner.url + "/data.json", config={"policy": {"grace_days": 0}})
    harvest.run()
    dataset = harvest.datasets()["a"]
    if hidden_here:
        tk.get_action("package_patch")(site_context(), {"id": dataset["id"], "private": True})
    partner.serve("/data.json", catalogue(record("b")))
    harvest.run()
    assert set(harvest.datasets()) == {"b"}
    partner.serve("/data.json", catalogue(record("a"), record("b")))
    harvest.run()
    assert harvest.datasets()["a"]["private"] is hidden_here


def test_dataset_that_its_partner_keeps_back_is_not_shown_by_a_change_here(partner, harvest_of):
    partner.serve("/data.json", catalogue(record("a", accessLevel="restricted public")))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    dataset = harvest.datasets()["a"]
    tk.get_action("package_patch")(site_context(), {"id": dataset["id"], "private": False})
    partner.serve("/data.json", catalogue(record("a", accessLevel="restricted public", title="Baru")))
    harvest.run()
    dataset = harvest.datasets()["a"]
    assert dataset["private"] and dataset["title"] == "Baru"
    partner.serve("/data.json", catalogue(record("a", title="Terbuka")))
    harvest.run()
    assert not harvest.datasets()["a"]["private"], "what the partner opens is open"


def test_entry_that_leaves_the_record_leaves_the_dataset(partner, harvest_of):
    partner.serve(
        "/data.json", catalogue(record("a", landingPage="https://x.go.id/a", license="cc-by", ukuran="jumlah"))
    )
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    partner.serve("/data.json", catalogue({"identifier": "a", "title": "a"}))
    harvest.run()
    dataset = harvest.datasets()["a"]
    assert not dataset["url"] and not dataset["license_id"] and not dataset["notes"]
    assert "ukuran" not in dataset and "satuan" not in dataset and "wire_extra" not in dataset
    assert dataset["resources"] == [] and dataset["tags"] == []


def test_pages_are_followed_to_the_end(partner, harvest_of):
    partner.serve("/data.json", catalogue(record("a"), record("b")))
    partner.serve("/data.json?page=1", catalogue(record("a"), record("b")))
    partner.serve("/data.json?page=2", catalogue(record("c"), record("d")))
    partner.do("/data.json?page=3", servers.status(404))
    harvest = harvest_of(partner.url + "/data.json")
    report = harvest.run()
    assert (report["records"], report["created"], report["pages"], report["complete"]) == (4, 4, 2, True)


def test_page_that_fails_loses_nothing(partner, harvest_of):
    partner.serve("/data.json", catalogue(record("a")))
    partner.serve("/data.json?page=1", catalogue(record("a")))
    partner.serve("/data.json?page=2", catalogue(record("b")))
    partner.serve("/data.json?page=3", catalogue(record("b")))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    partner.do("/data.json?page=2", servers.status(500))
    report = harvest.run()
    assert (report["held_back"], report["deleted"], report["complete"]) == (1, 0, False)
    assert set(harvest.datasets()) == {"a", "b"}


def test_many_records_land_in_batches_of_one_queue_entry_each(partner, harvest_of):
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob, HarvestObject

    partner.serve("/data.json", catalogue(*(record(str(number)) for number in range(120))))
    harvest = harvest_of(partner.url + "/data.json")
    report = harvest.run()
    assert (report["created"], report["status"]) == (120, "Finished")
    job = HarvestJob.get(report["job"])
    states = {(one.state, one.report_status, one.current) for one in HarvestObject.filter(harvest_job_id=job.id)}
    assert states == {("COMPLETE", "added", True)}
    assert queue.get_harvester("data_json").info()["name"] == "data_json"


def test_source_without_organisation_is_told(partner, harvest):
    import ckan.model as model

    model.Package.get(harvest.source_id).owner_org = None
    model.Session.commit()
    report = harvest.run()
    assert harvest.name in report["error"]


def test_source_cleared_and_harvested_again_has_the_same_datasets(harvest):
    harvest.run()
    before = {dataset["id"] for dataset in harvest.datasets().values()}
    tk.get_action("harvest_source_clear")(site_context(), {"id": harvest.source_id})
    assert harvest.datasets() == {}
    harvest.run()
    assert {dataset["id"] for dataset in harvest.datasets().values()} == before


@pytest.mark.parametrize(
    "config",
    ['{"page": true}', '{"paged": "ya"}', "[1]", "{", '{"base_url": "ftp://x"}'],
)
def test_wrong_configuration_is_refused_with_a_reason(with_plugins, config):
    from ckanext.harvest.queue import get_harvester

    with pytest.raises(ValueError) as caught:
        get_harvester("data_json").validate_config(config)
    assert len(str(caught.value)) > 20


def test_right_configuration_is_taken(with_plugins):
    from ckanext.harvest.queue import get_harvester

    for config in ("", None, '{"paged": false, "mirror": true, "base_url": "https://data.example.go.id/"}'):
        assert get_harvester("data_json").validate_config(config) == config


def test_very_long_texts_are_stored_and_found(partner, harvest_of):
    long = "penempatan panjang sekali " * 3000
    partner.serve(
        "/data.json",
        catalogue(record("a", description=long, rumus=long, satuan=long, title=long, lain=long, spatial={"x": long})),
    )
    harvest = harvest_of(partner.url + "/data.json")
    report = harvest.run()
    assert (report["created"], report["failed"]) == (1, 0)
    assert harvest.datasets()["a"]["rumus"] == long.strip()
    found = tk.get_action("package_search")(site_context(), {"fq": f"organization:{harvest.name}"})
    assert found["count"] == 1


def test_form_of_a_source_keeps_its_settings_after_a_harvest(harvest):
    harvest.run()
    shown = tk.get_action("harvest_source_show")(site_context(), {"id": harvest.source_id})
    assert (shown["source_type"], shown["frequency"], shown["config"]) == ("data_json", "MANUAL", "")
    assert shown["status"]["last_job"]["stats"]["added"] == 3


def test_report_is_for_those_who_manage_the_source(partner, harvest):
    partner.serve("/data.json", catalogue(record("a"), "rusak"))
    job = harvest.run()["job"]
    for reference in (job, harvest.name, harvest.source_id):
        report = tk.get_action("satudata_harvest_report")(site_context(), {"id": reference})
        assert (report["job"], report["rejected"], report["rejections"][0]["number"]) == (job, 1, 2)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("satudata_harvest_report")({"user": "", "ignore_auth": False}, {"id": job})
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("satudata_harvest_report")(site_context(), {"id": "no-such-source"})


def test_first_harvest_that_is_cut_short_says_why(partner, harvest_of):
    partner.serve("/data.json", catalogue(record("a")))
    partner.do("/data.json?page=2", servers.status(500))
    harvest = harvest_of(partner.url + "/data.json")
    report = harvest.run()
    assert (report["created"], report["complete"]) == (1, False)
    (message,) = harvest.errors()
    assert "A later page of the catalogue could not be read" in message


@pytest.mark.parametrize("etag", [{}, {"ETag": '"satu"'}])
def test_changed_option_counts_although_the_catalogue_is_as_it_was(partner, harvest, etag):
    files = [{"title": "Berkas", "downloadURL": "berkas.csv"}]
    content = catalogue(record("a", distribution=files), record("b"))

    def answer(handler):
        known = bool(etag) and handler.headers.get("If-None-Match") == etag["ETag"]
        servers.send(handler, 304 if known else 200, b"" if known else content, etag)

    partner.do("/data.json", answer)
    harvest.run()
    harvest.run()
    assert harvest.datasets()["a"]["resources"][0]["url"] == f"{partner.url}/berkas.csv"
    patch = {"id": harvest.source_id, "config": '{"base_url": "https://data.example.go.id/katalog/"}'}
    tk.get_action("harvest_source_patch")(site_context(), patch)
    assert harvest.run()["status"] == "Finished"
    assert harvest.datasets()["a"]["resources"][0]["url"] == "https://data.example.go.id/katalog/berkas.csv"
    assert sums_match(harvest.run()) and harvest.run()["unchanged"] == 2
