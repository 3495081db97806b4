"""The public page on harvest sources, its action and its files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError, HarvestSource

from ckanext.satudatapmi.harvesters import report
from ckanext.satudatapmi.portal import sources

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
NOW = dt.datetime(2024, 6, 1, 3, 0)


def make_source(name: str, **values) -> HarvestSource:
    body = factories.Organization()
    user = helpers.call_action("get_site_user")["name"]
    made = helpers.call_action(
        "harvest_source_create",
        {"user": user},
        name=name,
        title=name.title(),
        url=f"https://user:secret@{name}.example/data.json?key=1",
        source_type="data_json",
        owner_org=body["id"],
        **values,
    )
    return HarvestSource.get(made["id"])


def make_job(source: HarvestSource, *, hours: int = 0, status: str = "Finished", gather_errors: int = 0) -> HarvestJob:
    at = NOW + dt.timedelta(hours=hours)
    job = HarvestJob(source_id=source.id, status=status, created=at, gather_started=at)
    job.finished = at + dt.timedelta(minutes=5) if status == "Finished" else None
    model.Session.add(job)
    model.Session.flush()
    for number in range(gather_errors):
        model.Session.add(HarvestGatherError(message=f"record {number} is none", job=job))
    model.Session.commit()
    return job


def make_object(
    source: HarvestSource, job: HarvestJob, report: str, package_id: str | None = None, error: str = ""
) -> None:
    item = HarvestObject(
        guid=f"guid-{report}", current=package_id is not None, report_status=report, package_id=package_id
    )
    item.job, item.harvest_source_id, item.state = job, source.id, "COMPLETE"
    model.Session.add(item)
    if error:
        model.Session.add(HarvestObjectError(message=error, stage="Import", object=item))
    model.Session.commit()


def listed() -> dict[str, dict]:
    return {source["name"]: source for source in helpers.call_action("satudata_source_list", {"ignore_auth": False})}


def test_source_that_was_never_harvested():
    make_source("baru")
    assert listed()["baru"]["health"] == "never"
    assert listed()["baru"]["last_harvest"] is None


def test_counts_are_of_the_last_finished_harvest_and_of_public_datasets():
    source = make_source("sumber")
    body = factories.Organization()
    public = factories.Dataset(owner_org=body["id"])
    private = factories.Dataset(owner_org=body["id"], private=True)
    make_job(source, hours=-48, gather_errors=9)
    job = make_job(source, gather_errors=1)
    make_object(source, job, "added", public["id"])
    make_object(source, job, "updated", private["id"])
    make_object(source, job, "errored", error="record 7 is refused")
    found = listed()["sumber"]
    assert found["datasets"] == 1
    assert found["health"] == "partial"
    harvest = found["last_harvest"]
    assert (harvest["added"], harvest["updated"], harvest["errored"], harvest["errors"]) == (1, 1, 1, 2)
    assert harvest["finished"] == "2024-06-01T03:05:00"


def test_nothing_secret_leaves():
    source = make_source("sumber")
    job = make_job(source)
    make_object(source, job, "errored", error="contact somebody@example.go.id is refused")
    shown = helpers.call_action("satudata_source_show", {"ignore_auth": False}, id="sumber")
    assert shown["url"] == "https://sumber.example/data.json"
    assert "somebody" not in json.dumps(shown)
    assert "secret" not in json.dumps(shown)


def test_running_failed_and_private_sources():
    make_job(make_source("jalan"), status="Running")
    make_job(make_source("gagal"), gather_errors=1)
    make_job(make_source("lancar"))
    hidden = make_source("rahasia")
    model.Session.execute(sa.update(model.Package).where(model.Package.id == hidden.id).values(private=True))
    model.Session.commit()
    assert {name: source["health"] for name, source in listed().items()} == {
        "jalan": "running",
        "gagal": "failed",
        "lancar": "ok",
    }


def test_records_that_are_up_to_date_count_as_taken():
    source = make_source("sumber")
    dataset = factories.Dataset(owner_org=factories.Organization()["id"])
    make_object(source, make_job(source, hours=-48), "added", dataset["id"])
    second = make_job(source, gather_errors=1)
    report.save(second.id, report.Gathered(source="sumber", records=8, unchanged=7))
    found = listed()["sumber"]
    assert found["last_harvest"]["not_modified"] == 7
    assert found["health"] == "partial"


def test_errors_are_paged_and_grouped():
    make_job(make_source("sumber"), gather_errors=7)
    page = helpers.call_action("satudata_source_show", id="sumber", offset=5, limit=5)["errors"]
    assert page["count"] == 7
    assert len(page["items"]) == 2
    assert [group["count"] for group in page["groups"]] == [7]


@pytest.mark.parametrize("wrong", [{}, {"id": "sumber", "limit": -1}, {"id": "sumber", "offset": "x"}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_source_show", **wrong)


def test_unknown_source_is_not_found(app):
    with pytest.raises(tk.ObjectNotFound, match="tidak-ada"):
        helpers.call_action("satudata_source_show", id="tidak-ada")
    assert app.get("/sumber/tidak-ada", status=404)


def test_queries_do_not_grow_with_the_sources():
    make_job(make_source("satu"))
    few = queries_of(sources.source_list)
    for number in range(4):
        make_job(make_source(f"lagi-{number}"), gather_errors=2)
    assert len(sources.source_list()) == 5
    assert queries_of(sources.source_list) == few


def queries_of(function) -> int:
    """Return how many statements a call sends to the database."""
    counted = []

    def count(*_args) -> None:
        counted.append(1)

    sa.event.listen(model.meta.engine, "before_cursor_execute", count)
    try:
        function()
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", count)
    return len(counted)


def test_the_list_comes_as_csv_and_json_for_other_sites_too(app):
    make_job(make_source("sumber"))
    answer = app.get("/sumber.csv")
    (row,) = csv.DictReader(io.StringIO(answer.body))
    assert (row["name"], row["health"], row["last_harvest_errors"]) == ("sumber", "ok", "0")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(app.get("/sumber.json").body) == helpers.call_action("satudata_source_list")


@pytest.mark.parametrize("page", ["", "0", "-3", "x", "9" * 30, "2"])
def test_any_page_number_gets_an_answer(app, page):
    make_job(make_source("sumber"), gather_errors=60)
    assert "60" in app.get(f"/sumber/sumber?page={page}").body


def test_statistics_count_public_tables_only():
    user = helpers.call_action("get_site_user")["name"]
    body = factories.Organization()
    for private in (False, True):
        dataset = factories.Dataset(owner_org=body["id"], private=private)
        resource = factories.Resource(package_id=dataset["id"])
        fields = [{"id": "a", "type": "text"}]
        helpers.call_action("datastore_create", {"user": user}, resource_id=resource["id"], force=True, fields=fields)
    make_job(make_source("sumber"))
    assert helpers.call_action("satudata_statistics") == {
        "sources": 1,
        "tables": 1,
        "last_harvest": "2024-06-01T03:05:00",
    }
