"""Finding sources: what needs attention first, and fast with as many as the portal is meant for."""

from __future__ import annotations

import datetime as dt
import uuid

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories, helpers
from ckanext.harvest.model import HarvestJob, HarvestSource

from ckanext.satudatapmi.harvesters import ledger
from ckanext.satudatapmi.portal import memory
from tests.portal.operators import dry_run, headers_of, operated

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
MANY, RUNS = 1400, 10
NOW = dt.datetime(2026, 5, 4, 3, 2, 1)


def fill(count=MANY, first=0):
    """Store sources of one organisation with harvests: number 0 waits for a decision, number 1 fails."""
    body = factories.Organization(title="Lembaga contoh")["id"]
    sources, packages, jobs, runs, errors = [], [], [], [], []
    for number in range(first, count):
        id_, name = str(uuid.uuid4()), f"contoh-{number:04}"
        title = f"Contoh {number:04}"
        packages.append({"id": id_, "name": name, "title": title, "type": "harvest", "state": "active"})
        packages[-1] |= {"owner_org": body, "private": False}
        sources.append({"id": id_, "url": f"https://{name}.example/", "title": title, "active": True})
        sources[-1] |= {"type": "data_json" if number % 2 else "satudata_ckan", "config": "", "frequency": "WEEKLY"}
        for run in range(RUNS):
            job, day = str(uuid.uuid4()), NOW - dt.timedelta(days=run)
            jobs.append({"id": job, "source_id": id_, "status": "Finished", "created": day, "finished": day})
            held = number == 0 and run == 0
            runs.append({"job_id": job, "source_id": id_, "stage": "held" if held else "ended", "lane": 1})
            runs[-1] |= {"verdict": "held" if held else "passed"}
            if number == 1 and run < 3:
                errors.append({"id": str(uuid.uuid4()), "message": "server", "harvest_job_id": job, "created": day})
    tables = (model.package_table, HarvestSource.__table__, HarvestJob.__table__, ledger.RUN)
    for table, rows in zip(tables, (packages, sources, jobs, runs), strict=True):
        model.Session.execute(sa.insert(table), rows)
    if errors:
        errors_table = sa.table("harvest_gather_error", *(sa.column(name) for name in errors[0]))
        model.Session.execute(sa.insert(errors_table), errors)
    model.Session.commit()


@pytest.fixture
def runs_gone():
    """The runs of earlier tests are not those of this one: no key ties them to their sources."""
    model.Session.execute(sa.delete(ledger.RUN))
    model.Session.commit()


def asked_for_page(app):
    """Return the page of all sources, nothing of it remembered, and the statements that it took."""
    app.get("/sumber")
    memory.forget()
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        return app.get("/sumber").body, statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("runs_gone")
def test_page_of_1400_sources_asks_the_database_no_more_often_than_that_of_12(app):
    fill(12)
    few = len(asked_for_page(app)[1])
    fill(first=12)
    page, asked = asked_for_page(app)
    assert len(asked) <= few
    rows = BeautifulSoup(page, "html.parser").select("table.sources tbody tr")
    assert len(rows) == 50
    assert [row.select_one("a").text for row in rows[:2]] == ["Contoh 0000", "Contoh 0001"]
    assert rows[0].select_one(".health-frozen") and rows[1].select_one(".health-failed")
    strip = rows[1].select_one("[role=img]")
    assert len(strip.select(".run")) == RUNS and [len(strip.select(f".run-{one}")) for one in ("failed", "ok")] == [
        3,
        7,
    ]


@pytest.mark.usefixtures("runs_gone")
def test_sources_are_found_by_words_state_and_protocol():
    fill(12)
    search = helpers.call_action
    found = search("satudata_source_search", {"ignore_auth": False}, limit=3)
    assert (found["count"], len(found["sources"]), found["health"]) == (12, 3, {"ok": 10, "frozen": 1, "failed": 1})
    assert found["protocol"] == {"data_json": 6, "satudata_ckan": 6}
    assert found["sources"][1]["failing_since"] == (NOW - dt.timedelta(days=2)).isoformat()
    assert search("satudata_source_search", q="lembaga 0007")["count"] == 1
    assert search("satudata_source_search", health="failed", protocol="satudata_ckan")["count"] == 0
    assert search("satudata_source_search", health="ok", protocol="data_json", offset=4)["count"] == 5


def test_page_filters_and_says_when_nothing_is_like_this(app):
    fill(60)
    assert len(BeautifulSoup(app.get("/sumber?page=2").body, "html.parser").select("table.sources tbody tr")) == 10
    page = app.get("/sumber?protocol=data_json&q=contoh").body
    assert "Contoh 0001" in page and "Contoh 0002" not in page
    assert "empty-state" in app.get("/sumber?health=entah").body
    assert app.get("/sumber?q=x%22&page=x").status_code == 200


def test_proposed_sources_are_for_those_who_may_accept_them(app, partner, harvest_of):
    source = operated(partner, harvest_of, config={"proposed": True}, run=False)
    assert source.harvest.name not in app.get("/sumber").body
    assert "/user/login" in app.get("/sumber/usulan", follow_redirects=False).headers["Location"]
    assert source.harvest.name in app.get("/sumber/usulan", headers=source.headers()).body
    outsider = headers_of(factories.User()["name"])
    assert source.harvest.name not in app.get("/sumber/usulan", headers=outsider).body
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_source_search", {"user": "", "ignore_auth": False}, proposed=True)
    dry_run(source)
    assert source.harvest.name in app.get("/sumber/usulan", headers=source.headers()).body
