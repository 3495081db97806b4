"""The release calendar: everybody sees the register, and of datasets those alone that are public."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from tests.catalogue.actors import cast
from tests.catalogue.conftest import no_register, pembina_data
from tests.catalogue.registering import in_days, plan

__all__ = ["no_register", "pembina_data"]
pytestmark = pytest.mark.usefixtures("pembina_data", "no_register")
FILES = ("/daftar-data", "/daftar-data.csv", "/daftar-data.json", "/daftar-data.ics")


def entries(app, query=""):
    return {one["number"]: one for one in json.loads(app.get(f"/daftar-data.json{query}").body)["entries"]}


def states(entry):
    return [one["state"] for one in entry["release_days"]]


SUBMITTED, APPROVED = ("produsen:submit",), ("produsen:submit", "walidata:approve")
STAGES = {
    # number of the entry: steps of its dataset, its access, what the calendar says, and whether it leads there
    "draft": ((), {}, "late", False),
    "submitted": (SUBMITTED, {}, "late", False),
    "approved": (APPROVED, {}, "released", True),
    "limited": (APPROVED, {"accessRights": "terbatas"}, "released", False),
    "unpublished": ((*APPROVED, "walidata:unpublish"), {}, "late", False),
}


def test_calendar_shows_public_datasets_alone(app):
    actors = cast()
    datasets = {}
    for number, (steps, access, _state, _linked) in STAGES.items():
        plan(actors.organization, number, name=f"Rencana {number}", release_days=in_days(-5, 30))
        datasets[number] = actors.at(*steps, id_dds=number, title=f"Judul {number}", **access)
    found = entries(app)
    bodies = [app.get(address).body for address in FILES]
    for number, (_steps, _access, state, linked) in STAGES.items():
        entry, dataset = found[number], datasets[number]
        assert (number, states(entry)) == (number, [state, "planned"])
        assert [one["name"] for one in entry["datasets"]] == ([dataset["name"]] if linked else [])
        assert all(f"Rencana {number}" in body for body in bodies)
        secrets = (f"Judul {number}", dataset["name"], dataset["id"])
        assert linked or not any(secret in body for secret in secrets for body in bodies)
        assert (f'href="/dataset/{dataset["name"]}"' in bodies[0]) is linked


def test_calendar_is_of_one_year_and_one_produsen_data(app):
    first, second = factories.Organization(title="Dinas A"), factories.Organization(title="Dinas B")
    year = in_days(0)[0].year
    plan(first, "DD-10")
    plan(first, "DD-9")
    plan(second, "DD-2", priority=True, criterion="RKP 2027")
    plan(second, "DD-1", year=year - 1)
    assert list(entries(app)) == ["DD-2", "DD-9", "DD-10"]
    assert list(entries(app, f"?organization={second['name']}")) == ["DD-2"]
    assert list(entries(app, f"?year={year - 1}")) == ["DD-1"]
    assert entries(app, f"?year={year + 5}") == {}
    assert list(entries(app, "?year=<x>")) == ["DD-2", "DD-9", "DD-10"]
    assert entries(app, "?organization=<script>") == {}
    page = BeautifulSoup(app.get("/daftar-data").body, "html.parser")
    assert len(page.select("tbody tr")) == 3 and "RKP 2027" in page.select_one("tbody tr").get_text()
    rows = list(csv.DictReader(io.StringIO(app.get(f"/daftar-data.csv?organization={second['name']}").body)))
    assert [(row["number"], row["priority"], row["release_days"]) for row in rows] == [
        ("DD-2", "ya", in_days(10)[0].isoformat())
    ]


def test_portal_without_a_register_says_so(app):
    assert 'class="empty-state"' in app.get("/daftar-data").body
    assert entries(app) == {}
    assert 'href="/daftar-data"' in app.get("/").body


def test_calendar_file_is_icalendar_that_no_text_breaks(app):
    name = "Penempatan; menurut negara,\nEND:VEVENT tujuan " + "é" * 60
    plan(factories.Organization(), "DD,1", name=name)
    answer = app.get("/daftar-data.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    lines = answer.body.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75 and "\n" not in "".join(lines)
    whole = answer.body.replace("\r\n ", "")
    assert "SUMMARY:Penempatan\\; menurut negara\\,\\nEND:VEVENT tujuan " + "é" * 60 + "\r\n" in whole
    assert whole.count("BEGIN:VEVENT\r\n") == whole.count("\r\nEND:VEVENT\r\n") == 1
    assert f"DTSTART;VALUE=DATE:{in_days(10)[0]:%Y%m%d}\r\n" in whole
