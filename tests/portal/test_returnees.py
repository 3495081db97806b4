"""Returnees and reintegration: the tables that are held, and what nobody has published."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ckanext.satudatapmi.schemas import vocabularies
from tests.publication.datasets import act, make

pytestmark = pytest.mark.usefixtures("portal")


def text_of(app, address="/kepulangan"):
    return " ".join(BeautifulSoup(app.get(address, status=200).body, "html.parser").find("main").get_text(" ").split())


@pytest.mark.parametrize(("address", "language"), [("/kepulangan", "id"), ("/en/kepulangan", "en")])
def test_what_is_not_published_is_said(app, address, language):
    said = text_of(app, address)
    assert ("cuti, atau deportasi" if language == "id" else "for leave, or by deportation") in said
    for one in vocabularies.read_yaml("returnees.yaml")["missing"]:
        assert one["what"].keys() == one["who"].keys() == {"id", "en"}
        assert one["what"][language] in said and one["who"][language] in said


def test_portal_without_a_table_says_so(app):
    assert "tidak memiliki tabel" in text_of(app)


def test_tables_on_returnees_stand_on_the_page(app):
    dataset = make(title="Kepulangan PMI", tags=[{"name": "kepulangan"}])
    make(title="Penempatan PMI", tags=[{"name": "penempatan"}])
    rows = [{"jenis": "Bermasalah", "jumlah": 10568}]
    fields = [{"id": "jenis", "type": "text"}, {"id": "jumlah", "type": "int4"}]
    act("datastore_create", resource={"package_id": dataset["id"]}, fields=fields, records=rows)
    said = text_of(app)
    assert "Kepulangan PMI" in said and "10.568" in said and "Penempatan PMI" not in said
