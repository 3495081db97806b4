"""What operators see of a source and do with it."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckanext.harvest.model import HarvestJob

from tests.harvesters.conftest import site_context
from tests.portal.operators import dry_run, headers_of, operated, record

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.fixture
def source(partner, harvest_of):
    """A source of three datasets with an operator."""
    return operated(partner, harvest_of)


@pytest.fixture
def frozen(source):
    """The source after its catalogue became empty."""
    source.serve()
    source.harvest.run()
    return source


def jobs(source, status=None):
    model.Session.expire_all()
    found = HarvestJob.filter(source_id=source.harvest.source_id)
    return [job for job in found if status is None or job.status == status]


def test_visitors_see_no_button_and_may_do_nothing(app, source):
    assert "jalankan" not in app.get(source.page).body
    assert app.get(f"{source.page}/perbedaan", expect_errors=True).status_code == 403
    for path in ("jalankan", "perbedaan"):
        data = {"step": "now" if path == "jalankan" else "accept"}
        outsider = headers_of(factories.User()["name"])
        answer = app.post(f"{source.page}/{path}", data=data, headers=outsider, follow_redirects=False)
        assert answer.status_code == 403
    assert len(jobs(source)) == 1


def test_operator_starts_and_stops_a_harvest(app, source):
    page = app.get(source.page, headers=source.headers()).body
    assert "jalankan" in page and 'value="now"' in page
    app.post(f"{source.page}/jalankan", data={"step": "now"}, headers=source.headers())
    (job,) = [one for one in jobs(source) if one.status != "Finished"]
    assert 'value="stop"' in app.get(source.page, headers=source.headers()).body
    app.post(f"{source.page}/jalankan", data={"step": "stop"}, headers=source.headers())
    assert "Stopped by" in source.harvest.work(job.id)["error"]


def test_stopping_what_does_not_run_is_told(app, source):
    answer = app.post(f"{source.page}/jalankan", data={"step": "stop"}, headers=source.headers())
    assert answer.status_code == 200 and "flash-messages" in answer.body
    assert app.post("/sumber/tidak-ada/jalankan", data={"step": "now"}, expect_errors=True).status_code == 404
    wrong = app.post(f"{source.page}/jalankan", data={"step": "x"}, headers=source.headers(), expect_errors=True)
    assert wrong.status_code == 400


def test_frozen_source_is_told_to_its_operator_and_to_nobody_else(app, frozen):
    waiting = tk.get_action("satudata_harvest_waiting")
    (one,) = waiting({"user": frozen.operator}, {})
    assert (one["source"], one["asked"]) == (frozen.harvest.name, False) and "3" in one["reasons"][0]
    assert waiting({"user": factories.User()["name"]}, {}) == []
    assert len(waiting({"user": factories.Sysadmin()["name"]}, {})) == 1
    with pytest.raises(tk.NotAuthorized):
        waiting({"user": "", "ignore_auth": False}, {})
    assert f"{frozen.page}/perbedaan" in app.get("/tugas", headers=frozen.headers()).body
    assert f"{frozen.page}/perbedaan" in app.get(frozen.page, headers=frozen.headers()).body
    assert f"{frozen.page}/perbedaan" not in app.get(frozen.page).body


def test_difference_shows_fields_before_and_after_page_by_page(app, source):
    source.serve(
        record("a", title="Judul <baru>"), record("b"), record("c"), *(record(f"n{number}") for number in range(21))
    )
    dry_run(source)
    page = BeautifulSoup(app.get(f"{source.page}/perbedaan", headers=source.headers()).body, "html.parser")
    (row,) = page.select(".differences tbody tr")
    assert row.del_ is None and [one.text for one in row.select("del, ins")] == ["Penempatan a", "Judul <baru>"]
    assert row.th.text in ("Judul", "Judul data", "Title")
    assert len(page.select(".differences > li")) == 20
    second = BeautifulSoup(app.get(f"{source.page}/perbedaan?page=2", headers=source.headers()).body, "html.parser")
    assert len(second.select(".differences > li")) == 2


def test_refusal_needs_a_reason_and_is_kept(app, frozen):
    address = f"{frozen.page}/perbedaan"
    refused = app.post(address, data={"step": "refuse", "reason": " "}, headers=frozen.headers(), expect_errors=True)
    assert refused.status_code == 422 and 'role="alert"' in refused.body
    app.post(address, data={"step": "refuse", "reason": "Katalog kosong"}, headers=frozen.headers())
    history = tk.get_action("satudata_harvest_history")({"user": frozen.operator}, {"id": frozen.harvest.name})
    run = history["runs"][0]
    assert (run["decision"], run["reason"], history["waits"]) == ("rejected", "Katalog kosong", None)
    assert run["decided_by"] and run["decided"]
    page = app.get(address, headers=frozen.headers()).body
    assert "Katalog kosong" in page and run["decided_by"] in page
    public = app.get(frozen.page).body
    assert "Katalog kosong" not in public and run["decided_by"] not in public


def test_accepted_difference_is_taken_over(app, frozen):
    app.post(f"{frozen.page}/perbedaan", data={"step": "accept"}, headers=frozen.headers())
    (job,) = jobs(frozen, "Running")
    assert frozen.harvest.work(job.id)["deleted"] == 3


def test_decision_on_a_difference_that_was_replaced_is_asked_again(app, source):
    first = dry_run(source)
    source.serve(record("a"))
    dry_run(source)
    data = {"step": "accept", "job": first}
    answer = app.post(f"{source.page}/perbedaan", data=data, headers=source.headers(), expect_errors=True)
    assert answer.status_code == 422
    assert jobs(source, "Running") == []


def test_proposed_source_is_read_and_accepted_by_those_who_manage_it(app, partner, harvest_of):
    source = operated(partner, harvest_of, config={"proposed": True}, run=False)
    assert app.get(source.page, expect_errors=True).status_code == 404
    page = app.get(source.page, headers=source.headers()).body
    assert 'value="dry_run"' in page and 'value="now"' not in page
    admin = app.get(f"/harvest/admin/{source.harvest.name}", headers=source.headers()).body
    assert f"{source.page}/jalankan" in admin and "/harvest/refresh/" not in admin
    app.post(f"{source.page}/jalankan", data={"step": "dry_run"}, headers=source.headers())
    (job,) = jobs(source, "Running")
    source.harvest.work(job.id)
    assert source.harvest.datasets() == {}
    app.post(f"{source.page}/perbedaan", data={"step": "accept"}, headers=source.headers())
    (job,) = jobs(source, "Running")
    source.harvest.work(job.id)
    assert set(source.harvest.datasets()) == {"a", "b", "c"}
    assert app.get(source.page).status_code == 200


def test_stock_admin_page_stops_our_run(app, source):
    job = tk.get_action("satudata_harvest_now")(site_context(), {"id": source.harvest.name})["job"]
    headers, address = headers_of(factories.Sysadmin()["name"]), f"/harvest/{source.harvest.name}/job/{job}/abort"
    page = BeautifulSoup(app.get(address, headers=headers).body, "html.parser")
    assert page.select_one("main form[method=post]")["action"] == address, "it asks first"
    app.post(address, headers=headers)
    assert "Stopped by" in source.harvest.work(job)["error"]
