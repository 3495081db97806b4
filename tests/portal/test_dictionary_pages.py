"""The data dictionary of a resource as a page and as files."""

from __future__ import annotations

import json

import pytest
from ckan.tests import factories

from tests.one_portal import portal
from tests.publication.datasets import make

__all__ = ["portal"]

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]

MS_VAR = [
    {
        "nama": "Provinsi <b>asal</b>",
        "alias": "Kode Provinsi",
        "konsep": ["Wilayah"],
        "definisi": "Tempat tinggal PMI",
        "tipe_data": "CHARACTER",
        "aturan_validasi": ["HARUS TERISI", "KODE wilayah", "Sesuai KTP"],
    }
]


def described(**values):
    resources = [{"url": "https://dinas.example.go.id/a.csv", "name": "Tabel", "format": "CSV", "ms_var": MS_VAR}]
    dataset = make(resources=resources, **values)
    return dataset, f"/dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}"


def test_page_tells_meaning_codes_and_rules(app):
    _dataset, address = described()
    page = app.get(f"{address}/kamus").body
    for words in ("Tempat tinggal PMI", "/kode/wilayah", "Sesuai KTP", 'id="Kode_Provinsi"', "Provinsi &lt;b&gt;asal"):
        assert words in page
    assert f"{address.rsplit('/', 1)[1]}/kamus" in app.get(address).body
    assert "always filled" in app.get(f"/en{address}/kamus").body


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("table-schema", "application/json"), ("csvw", "application/csvm+json"), ("ms-var", "application/json")],
)
def test_files_for_machines(app, name, media_type):
    _dataset, address = described()
    answer = app.get(f"{address}/kamus/{name}.json")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = json.loads(answer.body)
    assert found == MS_VAR if name == "ms-var" else "Kode Provinsi" in json.dumps(found)


def test_page_of_the_file_leads_machines_to_its_description(app):
    _dataset, address = described()
    link = app.get(address).headers["Link"]
    assert f"{address.rsplit('/', 1)[1]}/kamus/csvw.json" in link and 'rel="describedby"' in link
    bare = make(resources=[{"url": "https://dinas.example.go.id/a.csv"}])
    page = app.get(f"/dataset/{bare['name']}/resource/{bare['resources'][0]['id']}")
    assert "Link" not in page.headers and "/kamus" not in page.body


@pytest.mark.parametrize("end", ["kamus", "kamus/csvw.json", "kamus/ms-var.json", "kamus/xml.json"])
def test_what_a_visitor_may_not_see_is_not_found(app, end):
    _private, address = described(private=True, owner_org=factories.Organization()["id"])
    assert app.get(f"{address}/{end}").status_code == 404
    bare = make(resources=[{"url": "https://dinas.example.go.id/a.csv"}])
    resource = bare["resources"][0]["id"]
    assert app.get(f"/dataset/{bare['name']}/resource/{resource}/{end}").status_code == 404
    assert app.get(f"/dataset/{bare['name']}/resource/tidak-ada/{end}").status_code == 404
