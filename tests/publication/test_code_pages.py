"""The pages of the code lists, and the same for machines."""

from __future__ import annotations

import csv
import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from click.testing import CliRunner
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.reference import bridge

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def no_bridge(portal):
    """No bridge to the district codes of BPS is stored."""
    model.Session.execute(sa.delete(bridge.TABLE))
    model.Session.commit()


@pytest.fixture
def bridge_file(tmp_path):
    path = tmp_path / "getwilayah.json"
    rows = [
        {"kode_bps": "7311", "nama_bps": "BONE", "kode_dagri": "73.08", "nama_dagri": "KAB. BONE"},
        {"kode_bps": "9999", "nama_bps": "X", "kode_dagri": "99.99", "nama_dagri": "X"},
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def uri(code: str) -> URIRef:
    return URIRef(f"{tk.config['ckan.site_url']}/kode/{code}")


def test_every_list_has_a_page(app):
    index = app.get("/kode").body
    for found in helpers.call_action("satudata_code_list_list", {"ignore_auth": False}):
        assert f"/kode/{found['name']}" in index
        assert found["title"]["id"] in app.get(f"/kode/{found['name']}").body


@pytest.mark.parametrize(
    ("asked", "status", "codes"),
    [
        ("KAB. BOGOR", "exact", ["32.01"]),
        ("Kabupaten Bogor", "exact", ["32.01"]),
        ("Kota Adm. Jakarta Selatan", "exact", ["31.74"]),
        ("Kediri", "ambiguous", ["35.06", "35.71"]),
        ("Jatim", "alias", ["35"]),
    ],
)
def test_usual_spellings_find_their_area(app, asked, status, codes):
    found = helpers.call_action("satudata_code_list_show", list="wilayah", q=asked)
    assert (found["match"]["status"], found["match"]["codes"]) == (status, codes)
    assert [item["code"] for item in found["items"]][: len(codes)] == codes
    page = app.get("/kode/wilayah", query_string={"q": asked}).body
    assert codes[0] in page


def test_code_that_is_not_there_is_told(app):
    assert "tidak_ada" in app.get("/kode/tidak_ada", status=404).body
    assert app.get("/kode/wilayah/99.99", status=404)
    assert app.get("/kode/wilayah/99.99.ttl", status=404)
    assert app.get("/kode/tidak_ada.json", status=404)


@pytest.mark.parametrize("query", ["q=<script>alert(1)</script>", "offset=-1", "offset=x", "offset=99999", "q=%00"])
def test_any_question_gets_a_page(app, query):
    answer = app.get(f"/kode/wilayah?{query}")
    assert "<script>alert(1)" not in answer.body


def test_long_list_has_pages(app):
    first, last = app.get("/kode/wilayah").body, app.get("/kode/wilayah?offset=500").body
    assert 'rel="next"' in first and 'rel="prev"' not in first
    assert 'rel="next"' not in last and 'rel="prev"' in last


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        ("text/turtle", ".ttl"),
        ("application/ld+json", ".jsonld"),
        ("application/rdf+xml", ".xml"),
        ("application/json", ".json"),
    ],
)
def test_address_of_a_code_leads_machines_to_what_they_read(app, accept, ending):
    answer = app.get("/kode/wilayah/35.06", headers={"Accept": accept}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/kode/wilayah/35.06{ending}")
    assert "Accept" in answer.headers["Vary"]
    assert app.get(f"/kode/wilayah/35.06{ending}").headers["Access-Control-Allow-Origin"] == "*"


def test_browser_gets_a_page(app):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = app.get("/kode/wilayah/35.06", headers={"Accept": accept})
    assert "Kabupaten Kediri" in page.body and "/kode/wilayah/35" in page.body


@pytest.mark.parametrize(("ending", "form"), [("ttl", "turtle"), ("jsonld", "json-ld"), ("xml", "xml")])
def test_code_is_a_skos_concept(app, ending, form):
    graph = Graph().parse(data=app.get(f"/kode/wilayah/93.{ending}").body, format=form)
    node = uri("wilayah/93")
    assert (node, RDF.type, SKOS.Concept) in graph
    assert (node, SKOS.inScheme, uri("wilayah")) in graph
    assert (node, SKOS.notation, Literal("93")) in graph
    assert (node, SKOS.exactMatch, uri("wilayah_bps/95")) in graph
    assert (node, DCTERMS.replaces, uri("wilayah/91")) in graph


def test_whole_list_is_csv_json_and_skos(app):
    rows = list(csv.DictReader(io.StringIO(app.get("/kode/wilayah.csv").body)))
    assert len(rows) == 553
    kediri = next(row for row in rows if row["kode"] == "35.06")
    assert (kediri["label"], kediri["induk"], kediri["uri"]) == ("Kabupaten Kediri", "35", str(uri("wilayah/35.06")))
    assert len(json.loads(app.get("/kode/wilayah.json").body)["items"]) == 553
    graph = Graph().parse(data=app.get("/kode/wilayah.ttl").body, format="turtle")
    assert len(list(graph.subjects(RDF.type, SKOS.Concept))) == 553


def test_code_tells_what_came_of_it():
    papua = helpers.call_action("satudata_code_show", {"ignore_auth": False}, list="wilayah", code="91")
    assert [one["code"] for one in papua["succeeded_by"]] == ["93", "94", "95"]
    assert len(papua["narrower"]) == 9


def test_bridge_is_imported_and_bad_rows_are_named(app, bridge_file):
    dry = CliRunner().invoke(cli.satudata, ["codes", "import-bps", str(bridge_file), "--dry-run"])
    assert dry.exit_code == 0 and bridge.coverage() == (0, 514)
    for _time in range(2):
        done = CliRunner().invoke(cli.satudata, ["codes", "import-bps", str(bridge_file)])
        assert done.exit_code == 0, done.output
        assert "99.99" in done.output and "1 of 514" in done.output
    assert bridge.districts() == {"73.08": "7311"}
    bone = helpers.call_action("satudata_code_show", list="wilayah", code="73.08")
    assert [one["code"] for one in bone["same"]] == ["7311"]
    assert "39" in app.get("/kode/wilayah_bps").body


def test_file_that_is_no_bridge_changes_nothing(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("<html>", encoding="utf-8")
    done = CliRunner().invoke(cli.satudata, ["codes", "import-bps", str(path)])
    assert done.exit_code == 1 and "x.json" in done.output
