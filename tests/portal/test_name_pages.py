"""The queue of names and the report of a table, as pages: without JavaScript, with labels, for those who may."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.catalogue.actors import cast
from tests.catalogue.conftest import pembina_data
from tests.reference.naming import EAST_JAVA, forget_names, harvest, number_of, seen

__all__ = ["pembina_data"]
pytestmark = pytest.mark.usefixtures("portal", "pembina_data", "no_names")


@pytest.fixture
def no_names(portal):
    forget_names()


@pytest.fixture
def actors(portal):
    return cast()


@pytest.fixture
def dataset(actors):
    dataset = actors.dataset("sysadmin")
    names = (seen("negara", "Kindom", figures=9, row=7), seen("negara", "Malaisia"), seen("negara", "Malaysia"))
    harvest(dataset, *names, seen("wilayah", "Kediri", EAST_JAVA))
    return dataset


def page_of(app, address, headers=None, **more):
    answer = app.get(address, headers=headers or {}, **more)
    return BeautifulSoup(answer.body, "html.parser")


def test_queue_shows_the_row_of_the_file_beside_the_candidates(app, actors, dataset):
    page = page_of(app, "/tugas/nama", actors.headers("walidata"))
    entries = page.select(".access-requests > li")
    assert [one.h2.contents[0].strip() for one in entries] == ["Kindom", "Malaisia", "Kediri"]
    first = entries[0]
    assert [cell.text for cell in first.select("tbody td")] == ["tabel.csv", "7", "Nama", "Kindom | 1.234"]
    assert f"/dataset/{dataset['name']}/resource/" in first.select_one("tbody a")["href"]
    assert first.select("input[type=radio]")[0]["value"] == "GBR"
    assert "Kediri" in entries[2].text and len(entries[2].select("input[type=checkbox]")) == 1


def test_every_field_has_a_label_and_every_id_is_one(app, actors, dataset):
    page = page_of(app, "/tugas/nama", actors.headers("walidata"))
    ids = [one["id"] for one in page.select("[id]")]
    assert len(ids) == len(set(ids))
    labelled = {one["for"] for one in page.select(".review-form label")}
    fields = page.select(".review-form input:not([type=hidden]), .review-form textarea")
    assert fields and {one["id"] for one in fields} <= labelled
    for one in page.select("[aria-describedby]"):
        assert set(one["aria-describedby"].split()) <= set(ids)


def test_name_is_decided_by_the_form_and_taken_back(app, actors, dataset):
    headers, number = actors.headers("walidata"), number_of("Kindom")
    answer = app.post(f"/tugas/nama/{number}", data={"step": "decide", "code": "GBR"}, headers=headers)
    assert answer.status_code == 200 and "flash-messages" in answer.body
    assert "Kindom" not in [one.contents[0].strip() for one in page_of(app, "/tugas/nama", headers).select("li h2")]
    decided = page_of(app, "/tugas/nama?state=decided", headers)
    assert "GBR" in decided.select_one(".access-requests").text
    app.post(f"/tugas/nama/{number}", data={"step": "take_back", "state": "decided"}, headers=headers)
    assert "Kindom" in page_of(app, "/tugas/nama", headers).text


def test_code_written_by_hand_goes_before_the_candidates(app, actors, dataset):
    headers, number = actors.headers("walidata"), number_of("Kindom")
    app.post(f"/tugas/nama/{number}", data={"step": "decide", "code": "GBR", "other": " DNK "}, headers=headers)
    assert "DNK" in page_of(app, "/tugas/nama?state=decided", headers).select_one(".access-requests").text


def test_wrong_code_is_told_beside_its_name_and_what_was_written_stays(app, actors, dataset):
    headers, number = actors.headers("walidata"), number_of("Kindom")
    data = {"step": "decide", "other": "XXX", "note": "Catatan saya"}
    answer = app.post(f"/tugas/nama/{number}", data=data, headers=headers, expect_errors=True)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.body, "html.parser")
    (alert,) = page.select("form [role=alert]")
    assert "XXX" in alert.text and str(number) in alert.find_parent("form")["action"]
    assert page.select_one(f"#other-{number}")["value"] == "XXX"
    assert page.select_one(f"#note-{number}").text == "Catatan saya"


def test_nothing_chosen_is_told(app, actors, dataset):
    address = f"/tugas/nama/{number_of('Kindom')}"
    answer = app.post(address, data={"step": "decide"}, headers=actors.headers("walidata"), expect_errors=True)
    assert answer.status_code == 422 and 'role="alert"' in answer.body


@pytest.mark.parametrize(("role", "status"), [("outsider", 403), ("produsen", 403), ("walidata", 200)])
def test_queue_is_for_walidata(app, actors, dataset, role, status):
    assert app.get("/tugas/nama", headers=actors.headers(role), expect_errors=True).status_code == status
    address, data = f"/tugas/nama/{number_of('Kindom')}", {"step": "refuse"}
    assert app.post(address, data=data, headers=actors.headers(role), expect_errors=True).status_code == status


def test_visitor_is_asked_to_log_in(app, dataset):
    answer = app.get("/tugas/nama", follow_redirects=False)
    assert answer.status_code == 302 and "/user/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("address", "data", "status"),
    [("/tugas/nama/999999", {"step": "decide", "code": "GBR"}, 422), ("/tugas/nama/1", {"step": "x"}, 400)],
)
def test_odd_request_is_no_failure_of_the_server(app, actors, address, data, status):
    answer = app.post(address, data=data, headers=actors.headers("sysadmin"), expect_errors=True)
    assert answer.status_code == status
    headers = actors.headers("sysadmin")
    assert app.get("/tugas/nama?page=x", headers=headers, expect_errors=True).status_code == 400
    assert app.get("/tugas/nama?state=y", headers=headers).status_code == 200


def test_report_counts_and_lists_the_names_of_a_table(app, dataset):
    resource = dataset["resources"][0]["id"]
    page = page_of(app, f"/dataset/{dataset['name']}/resource/{resource}/nama")
    assert [one.text for one in page.select("dl.fields dd")] == ["1", "1", "1", "0", "0", "1"]
    rows = {row.th.text: [cell.text for cell in row.select("td")] for row in page.select("tbody tr")}
    assert list(rows) == ["Kindom", "Kediri", "Malaisia", "Malaysia"]
    assert rows["Malaisia"][1] == "Malaysia (MYS)"
    elsewhere = app.get(f"/dataset/{dataset['name']}/resource/x/nama", expect_errors=True)
    assert elsewhere.status_code == 404
