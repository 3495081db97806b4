"""A published table from end to end: file, tidy table, errors by row and column."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context

TABLE = b"Kabupaten/Kota;2022;2023\nKabupaten Kediri;1.200;1.300\nKota Kediri;80;90\n"
CONFIG = {
    "table": {
        "unpivot": "tahun",
        "satuan": "orang",
        "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "within": "35"}},
    },
    "dataset": {"description": "Penempatan menurut daerah", "keyword": ["penempatan"], "satuan": "orang"},
}


@pytest.fixture
def harvest(partner, harvest_of):
    partner.serve("/penempatan.csv", TABLE, "text/csv")
    return harvest_of(partner.url + "/penempatan.csv", "published_table", CONFIG, "Penempatan PMI asal Kediri")


def dataset_of(harvest):
    (dataset,) = harvest.datasets().values()
    return dataset


def rows_of(resource_id):
    import ckan.plugins.toolkit as tk

    return tk.get_action("datastore_search")(site_context(), {"resource_id": resource_id, "limit": 100})["records"]


def file_of(resource):
    from ckan.lib import uploader

    upload = uploader.get_resource_uploader(resource)
    with open(upload.get_path(resource["id"]), "rb") as file:
        return file.read()


def test_table_becomes_a_dataset_with_its_file_and_a_tidy_table(partner, harvest):
    report = harvest.run()
    assert (report["records"], report["created"], report["status"]) == (1, 1, "Finished")
    assert harvest.errors() == []
    dataset = dataset_of(harvest)
    assert dataset["title"] == "Penempatan PMI asal Kediri"
    assert dataset["notes"] == "Penempatan menurut daerah"
    assert dataset["satuan"] == "orang" and not dataset["private"]
    raw, table = dataset["resources"]
    assert raw["hash"] == hashlib.sha256(TABLE).hexdigest()
    assert raw["source_url"] == partner.url + "/penempatan.csv"
    assert (raw["url_type"], raw["format"], raw["size"], file_of(raw)) == ("upload", "CSV", len(TABLE), TABLE)
    assert table["datastore_active"]
    rows = rows_of(table["id"])
    assert {(row["kode_wilayah"], row["tahun"], float(row["nilai"])) for row in rows} == {
        ("35.06", 2022, 1200),
        ("35.06", 2023, 1300),
        ("35.71", 2022, 80),
        ("35.71", 2023, 90),
    }


def test_table_has_a_preview(harvest):
    import ckan.plugins.toolkit as tk

    harvest.run()
    harvest.run()
    views = tk.get_action("resource_view_list")(site_context(), {"id": dataset_of(harvest)["resources"][1]["id"]})
    assert [view["view_type"] for view in views] == ["datatables_view"]


def test_same_file_again_changes_nothing(harvest):
    harvest.run()
    before = dataset_of(harvest)
    report = harvest.run()
    assert (report["unchanged"], report["created"], report["updated"]) == (1, 0, 0)
    assert dataset_of(harvest) == before


def test_import_of_stored_records_leaves_file_and_table_to_the_next_harvest(harvest):
    import ckan.plugins.toolkit as tk

    harvest.run()
    before = dataset_of(harvest)
    tk.get_action("harvest_objects_import")(site_context(), {"source_id": harvest.source_id})
    assert dataset_of(harvest) == before and len(before["resources"]) == 2
    assert harvest.run()["updated"] == 1
    assert len(rows_of(dataset_of(harvest)["resources"][1]["id"])) == 4


def test_server_that_knows_us_need_not_send_the_file_again(partner, harvest):
    def answer(handler):
        if handler.headers.get("If-None-Match") == '"v1"':
            servers.send(handler, 304)
        else:
            servers.send(handler, 200, TABLE, {"ETag": '"v1"'})

    partner.do("/penempatan.csv", answer)
    harvest.run()
    partner.requests.clear()
    assert harvest.run()["unchanged"] == 1
    assert [headers.get("If-None-Match") for _path, headers in partner.requests] == ['"v1"']


def test_new_file_replaces_rows_and_file_and_keeps_the_resources(partner, harvest):
    harvest.run()
    before = dataset_of(harvest)
    changed = TABLE.replace(b"90", b"95")
    partner.serve("/penempatan.csv", changed, "text/csv")
    report = harvest.run()
    assert (report["updated"], report["created"]) == (1, 0)
    after = dataset_of(harvest)
    assert [one["id"] for one in after["resources"]] == [one["id"] for one in before["resources"]]
    assert file_of(after["resources"][0]) == changed
    assert 95 in [float(row["nilai"]) for row in rows_of(after["resources"][1]["id"])]
    assert after["resources"][1]["datastore_active"]


def test_new_description_of_the_same_file_is_taken(partner, harvest):
    import json

    import ckan.plugins.toolkit as tk

    harvest.run()
    config = CONFIG | {"dataset": CONFIG["dataset"] | {"description": "Uraian baru"}}
    tk.get_action("harvest_source_update")(
        site_context(),
        {
            "id": harvest.source_id,
            "name": harvest.name,
            "title": "Penempatan PMI asal Kediri",
            "url": f"{partner.url}/penempatan.csv",
            "source_type": "published_table",
            "frequency": "MANUAL",
            "owner_org": harvest.organization,
            "config": json.dumps(config),
        },
    )
    assert harvest.run()["updated"] == 1
    assert dataset_of(harvest)["notes"] == "Uraian baru"


def test_bad_cells_are_named_and_the_good_rows_land(partner, harvest):
    partner.serve("/penempatan.csv", TABLE.replace(b"1.300", b"seribu"), "text/csv")
    report = harvest.run()
    assert report["created"] == 1
    (message,) = harvest.errors()
    for word in ("penempatan.csv", "2", "2023", "seribu"):
        assert word in message
    dataset = dataset_of(harvest)
    assert len(rows_of(dataset["resources"][1]["id"])) == 3
    assert "seribu" in dataset["harvest_flags"]


@pytest.mark.parametrize(
    "answer", [servers.status(404), lambda handler: servers.send(handler, 200, b"<html>Masuk</html>"), servers.cut_off]
)
def test_failed_harvest_loses_nothing(partner, harvest, answer):
    harvest.run()
    before = dataset_of(harvest)
    partner.do("/penempatan.csv", answer)
    harvest.run()
    assert len(harvest.errors()) == 1
    assert dataset_of(harvest) == before
    assert len(rows_of(before["resources"][1]["id"])) == 4
    partner.serve("/penempatan.csv", TABLE, "text/csv")
    report = harvest.run()
    assert report["failed"] == 0 and harvest.errors() == []


def test_table_that_cannot_be_read_at_first_is_taken_when_it_is_mended(partner, harvest):
    partner.serve("/penempatan.csv", b"tidak;ada\n", "text/csv")
    assert harvest.run()["failed"] == 1
    partner.serve("/penempatan.csv", TABLE, "text/csv")
    assert harvest.run()["created"] == 1


@pytest.mark.parametrize("config", ['{"table": {"unpivot": 5}}', '{"tabel": {}}', '{"table": []}'])
def test_wrong_configuration_is_refused_with_a_reason(with_plugins, config):
    from ckanext.harvest.queue import get_harvester

    with pytest.raises(ValueError) as caught:
        get_harvester("published_table").validate_config(config)
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("killed", [False, True])
def test_table_that_could_not_be_loaded_changes_nothing_about_whose_text_it_is(partner, harvest, monkeypatch, killed):
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters import published
    from ckanext.satudatapmi.tables.loader import LoadError

    class Killed(BaseException):
        """Stands for `kill -9`: nothing of the worker's own catches it."""

    def serve(title, rows):
        partner.serve("/penempatan.csv", f"{title}\n".encode() + TABLE + rows, "text/csv")

    def fail(*_arguments):
        raise Killed if killed else LoadError("x", "lock timeout")

    source = tk.get_action("harvest_source_show")(site_context(), {"id": harvest.source_id})
    config = json.dumps({"table": CONFIG["table"]})
    tk.get_action("harvest_source_update")(site_context(), source | {"config": config})
    serve("Satu", b"")
    harvest.run()
    dataset = dataset_of(harvest)
    assert dataset["notes"] == "Satu"
    serve("Dua", b"Kota Blitar;1;2\n")
    with monkeypatch.context() as patch:
        patch.setattr(published, "load_table", fail)
        if killed:
            with pytest.raises(Killed):
                harvest.run()
            job = tk.get_action("harvest_job_list")(site_context(), {"source_id": harvest.source_id})[0]["id"]
        else:
            assert harvest.run()["failed"] == 1
    serve("Tiga", b"Kota Blitar;1;2\n")
    if killed:
        harvest.work(job)
    assert harvest.run()["failed"] == 0
    assert dataset_of(harvest)["notes"] == "Tiga"
    assert tk.get_action("satudata_local_edits")(site_context(), {"id": dataset["id"]}) == []
    assert len(rows_of(dataset["resources"][1]["id"])) == 6


def test_dataset_that_a_dead_worker_has_made_is_told_as_new(harvest, monkeypatch):
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    import sqlalchemy as sa
    from ckanext.activity.model import Activity

    from ckanext.satudatapmi.harvesters import published

    class Died(BaseException):
        """Stands for `kill -9`: nothing of the worker's own catches it."""

    def die(*_arguments):
        raise Died

    wanted = {"source_id": harvest.source_id, "run": False}
    job_id = tk.get_action("harvest_job_create")(site_context(), wanted)["id"]
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(published, "_note", die)
        harvest.work(job_id)
    model.Session.rollback()
    assert harvest.work(job_id)["failed"] == 0
    told = sa.select(Activity.activity_type).where(Activity.object_id == dataset_of(harvest)["id"])
    assert list(model.Session.scalars(told)).count("new package") == 1


def test_name_that_is_decided_is_found_at_the_next_harvest_though_the_file_is_the_same(partner, harvest):
    import ckan.plugins.toolkit as tk

    from tests.reference.naming import forget_names, number_of

    forget_names()
    partner.serve("/penempatan.csv", TABLE.replace(b"Kota Kediri", b"Kota Kdr"), "text/csv")
    harvest.run()
    resource = dataset_of(harvest)["resources"][1]["id"]
    report = tk.get_action("satudata_name_report")(site_context(), {"id": resource})
    assert {one["text"]: one["status"] for one in report["names"]} == {
        "Kota Kdr": "unknown",
        "Kabupaten Kediri": "exact",
    }
    number = number_of("Kota Kdr", "wilayah", "level=kabupaten_kota within=35")
    tk.get_action("satudata_name_decide")(site_context(), {"id": number, "code": "35.71"})
    harvest.run()
    assert harvest.errors() == []
    assert {row["kode_wilayah"] for row in rows_of(resource)} == {"35.06", "35.71"}
    report = tk.get_action("satudata_name_report")(site_context(), {"id": resource})
    assert report["counts"]["learned"] == 1
    forget_names()
