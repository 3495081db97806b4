"""The kiosk over HTTP, for visitors without its device: languages, what ended, what nobody knows."""

from __future__ import annotations

import datetime as dt

import pytest
from ckan.tests import factories, helpers

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.portal import memory
from tests.portal.kiosk.items import item


@pytest.mark.parametrize(
    ("path", "language", "text"),
    [
        ("/aim/", "id", "Apa yang ingin Anda ketahui?"),
        ("/aim", "id", "Cek agen (P3MI)"),
        ("/aim/en/", "en", "What do you want to know?"),
        ("/aim/en/hak", "en", "My rights"),
        ("/aim/jv/", "jv", "Priksa agen (P3MI)"),
        ("/aim/sas/bantuan", "sas", "Cara memakai anjungan ini"),
        ("/aim/angka/35", "id", "Jawa Timur"),
    ],
)
def test_screens_speak_the_language_of_their_address(app, portal, path, language, text):
    body = app.get(path).body
    assert f'<html lang="{language}"' in body and text in body


def test_indonesian_has_one_address(app, portal):
    assert app.get("/aim/id/hak", follow_redirects=False).headers["Location"].endswith("/aim/hak")


@pytest.mark.parametrize("path", ["/aim/tidak-ada", "/aim/en/hak/tidak-ada", "/aim/angka/99", "/aim/suara/x.opus"])
def test_what_is_not_there_is_404(app, portal, path):
    assert app.get(path, status=404).status_code == 404


def test_screens_set_no_cookie_and_load_nothing_from_elsewhere(app, portal):
    answer = app.get("/aim/")
    assert "Set-Cookie" not in answer.headers
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.body and " onclick" not in answer.body and " style=" not in answer.body


def test_register_is_asked_without_scripts(app, portal):
    item("aim-agency", factories.Organization()["id"], title="PT Karya <b>", licence_status="revoked")
    found = app.get("/aim/p3mi", query_string={"q": "karya"}).body
    assert "PT Karya &lt;b&gt;" in found
    missed = app.get("/aim/en/p3mi", query_string={"q": "<i>nobody"}).body
    assert "NOT REGISTERED" in missed and "<i>nobody" not in missed
    name = app.get("/aim/data/p3mi.json").json[0]["name"]
    assert "IZIN DICABUT" in app.get(f"/aim/p3mi/{name}").body


def test_what_ended_is_gone_at_midnight(app, portal, monkeypatch):
    ends = dt.date(2026, 3, 31)
    item("aim-cost", factories.Organization()["id"], title="Tiket", valid_from="2026-03-01", valid_to=ends.isoformat())
    for day, is_there in ((ends, True), (ends + dt.timedelta(1), False), (dt.date(2026, 2, 28), False)):
        monkeypatch.setattr(history, "today", lambda day=day: day)
        memory.forget()
        assert ("Tiket" in app.get("/aim/biaya").body) == is_there


def test_operators_page_is_for_operators(app, portal):
    assert "/user/login" in app.get("/tugas/anjungan", follow_redirects=False).headers["Location"]
    user = factories.UserWithToken()
    assert app.get("/tugas/anjungan", headers={"Authorization": user["token"]}, status=403).status_code == 403


def test_operator_adds_a_kiosk_by_the_form(app, no_kiosks):
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    written = {
        "id": "kediri-1",
        "place": "Disnaker",
        "wilayah": "35.06",
        "first": "jv",
        "tongues": ["id"],
        "slip": "58",
    }
    shown = app.post("/tugas/anjungan", data=written, headers=headers).body
    assert "/aim/pasang#" in shown
    assert helpers.call_action("satudata_kiosk_list", {"ignore_auth": True})[0]["tongues"] == ["jv", "id"]
    again = app.post("/tugas/anjungan", data=written | {"wilayah": "x"}, headers=headers, status=422).body
    assert "Kemendagri" in again and 'value="Disnaker"' in again
    assert "/aim/pasang#" not in app.get("/tugas/anjungan", headers=headers).body
    app.post("/tugas/anjungan/kediri-1/ubah", data=written | {"place": "Kantor desa"}, headers=headers)
    assert "Kantor desa" in app.get("/tugas/anjungan", headers=headers).body
    app.post("/tugas/anjungan/kediri-1/hapus", headers=headers)
    assert app.post("/tugas/anjungan/kediri-1/hapus", headers=headers, status=404).status_code == 404
