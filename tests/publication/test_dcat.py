"""Datasets in DCAT-AP 3: valid, complete, and read by a stock CKAN as what they are."""

from __future__ import annotations

import json

import pytest
from ckan.tests import factories
from ckanext.dcat.processors import RDFParser
from pyshacl import validate
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, SKOS

from ckanext.satudatapmi.publication import rdf
from ckanext.satudatapmi.schemas import wire
from tests.conftest import CHECKOUT
from tests.publication.datasets import FULL, make, make_harvested

pytestmark = pytest.mark.usefixtures("portal")
SHAPES = CHECKOUT / "tests/publication/shacl/dcat-ap-3.0.1-shapes.ttl"
SDI = Namespace(rdf.SDI.address)
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "xml": "xml", "rdf": "xml", "n3": "n3"}
ODD = {
    "title": "Aneh \x0b & <b>",
    "notes": "",
    "url": "javascript:alert(1)",
    "license_id": "boleh dipakai siapa saja",
    "theme": '{"a": 1}',
    "kategori": "!!!",
    "spatial": '[{"x": 1}, "35", {"type": "Point", "coordinates": ["a"]}]',
    "temporal": "entah",
    "language": '["klingon", 5]',
    "accrualPeriodicity": "Tahunan",
    "publisher_type": "swasta",
    "wire_extra": '{"kunci aneh <>": ["\\u0001"], "@id": 5}',
    "resources": [
        {"url": 'http://x.example/{a}|b c"d', "name": "a", "format": "aneh sekali/ya", "hash": "zz"},
        {"url": "", "name": "tanpa alamat"},
        {"url": "catatan.txt", "name": "tanpa skema"},
    ],
}
IANA = "https://www.iana.org/assignments/media-types/"
POOR = {"title": "Sedikit", "notes": ""}


def catalogue(app, extension="ttl"):
    response = app.flask_app.test_client().get(f"/catalog.{extension}")
    assert response.status_code == 200
    return Graph().parse(data=response.data, format=FORMATS[extension])


def stock_package(app, extension):
    """Return what the stock harvester makes of our only dataset."""
    parser = RDFParser(profiles=["euro_dcat_ap_3"])
    parser.parse(app.flask_app.test_client().get(f"/catalog.{extension}").data.decode(), _format=extension)
    (package,) = parser.datasets()
    return package


def test_catalogue_has_no_shacl_violation(app):
    owner = factories.Organization()["id"]
    for values in (FULL, ODD, POOR):
        make_harvested(owner_org=owner, **values)
    conforms, _, report = validate(catalogue(app), shacl_graph=Graph().parse(SHAPES))
    assert conforms, report


def test_shapes_find_a_fault(app):
    """The shapes bite: without a title a dataset does not pass."""
    make(**POOR)
    graph = catalogue(app)
    graph.remove((None, DCTERMS.title, Literal("Sedikit")))
    assert not validate(graph, shacl_graph=Graph().parse(SHAPES))[0]


def test_shipped_shapes_are_those_of_semic(shared):
    assert SHAPES.read_bytes() == (shared / "shacl/dcat-ap-3.0.1-shapes.ttl").read_bytes()


def test_every_notation_says_the_same(app):
    make(**FULL)
    graphs = {extension: catalogue(app, extension) for extension in FORMATS}
    counts = {extension: len(graph) for extension, graph in graphs.items()}
    assert len(set(counts.values())) == 1, counts


def test_dataset_page_and_catalogue_say_the_same(app):
    dataset = make(**FULL)
    page = Graph().parse(data=app.get(f"/dataset/{dataset['id']}.ttl").body, format="turtle")
    whole = catalogue(app)
    (node,) = page.subjects(RDF.type, DCAT.Dataset)
    assert set(page.predicates(node)) == set(whole.predicates(node))
    assert set(page.objects(node, SDI["satuan"])) == set(whole.objects(node, SDI["satuan"])) == {Literal("orang")}


def test_every_filled_field_is_said(app):
    dataset = make(**FULL)
    graph = catalogue(app)
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    said = {str(predicate) for predicate in graph.predicates(node)}
    standard = {
        "title",
        "description",
        "keyword",
        "publisher",
        "contactPoint",
        "landingPage",
        "issued",
        "modified",
        "language",
        "theme",
    }
    for field in wire.dataset_fields():
        if dataset.get(field.field) and not field.personal and field.key not in standard | {"license", "identifier"}:
            assert str(SDI[field.key]) in said, field.key
    assert json.loads(graph.value(node, SDI["lain"])) == {"catatan": {"versi": [1, 2]}, "II_PJ_EMAIL": None}
    assert graph.value(node, SDI["total_msind"]) == Literal(1)


def test_words_of_the_portal_are_said_in_those_of_dcat_ap(app):
    make(**FULL)
    graph = catalogue(app)
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    authority = "http://publications.europa.eu/resource/authority/"
    assert graph.value(node, DCTERMS.accrualPeriodicity) == URIRef(f"{authority}frequency/ANNUAL")
    assert graph.value(node, DCTERMS.accessRights) == URIRef(f"{authority}access-right/PUBLIC")
    assert set(graph.objects(node, DCTERMS.language)) == {
        URIRef(f"{authority}language/IND"),
        URIRef(f"{authority}language/ENG"),
    }
    themes = {str(label) for theme in graph.objects(node, DCAT.theme) for label in graph.objects(theme, SKOS.prefLabel)}
    assert themes == {"Ketenagakerjaan", "Pekerja migran", "https://example.org/tema/1"}


@pytest.mark.parametrize("extension", ["ttl", "xml", "jsonld"])
def test_stock_ckan_reads_what_we_have(app, extension):
    dataset = make(**FULL)
    package = stock_package(app, extension)
    # The reader moves what our schema knows from the extras to the top; tests/national has a CKAN that knows nothing.
    extras = package | {extra["key"]: extra["value"] for extra in package["extras"]}
    assert package["title"] == dataset["title"]
    assert package["notes"] == dataset["notes"]
    assert package["url"] == "https://dinas.example.go.id/penempatan?tahun=2024&x=a%20b"
    assert sorted(tag["name"] for tag in package["tags"]) == ["pekerja migran", "penempatan"]
    assert package["license_id"] == "cc-by"
    assert extras["identifier"] == dataset["id"]
    assert extras["uri"].endswith(f"/dataset/{dataset['id']}")
    assert (extras["publisher_name"], extras["contact_name"]) == ("Bidang Penempatan", "Bidang Data")
    assert extras["contact_email"] == "data@dinas.example.go.id"
    assert (extras["issued"], extras["modified"]) == ("2024-01-10", "2024-02-10T08:00:00+07:00")
    assert (extras["temporal_start"], extras["temporal_end"]) == ("2023-01-01", "2023-12-31")
    assert extras["spatial_text"] == "Jawa Timur"
    found = {
        (item["name"], item.get("description", ""), item["url"], item.get("format", ""), item.get("mimetype", ""))
        for item in package["resources"]
    }
    assert found == {
        ("Penempatan 2023", "CSV, UTF-8", "https://dinas.example.go.id/a%20b.csv", "CSV", "text/csv"),
        ("Layanan", "", "https://dinas.example.go.id/api?tahun=2023", "API", f"{IANA}application/json"),
        ("Tanpa format", "", "https://dinas.example.go.id/berkas", "", ""),
    }


def test_odd_values_do_not_stop_a_stock_ckan(app):
    make_harvested(**ODD)
    package = stock_package(app, "xml")
    assert package["title"] == "Aneh  & <b>"
    assert len(package["resources"]) == 3


def test_unknown_frequency_keeps_its_words(app):
    make_harvested(**FULL | {"accrualPeriodicity": "kalau sempat"})
    extras = {extra["key"]: extra["value"] for extra in stock_package(app, "ttl")["extras"]}
    assert extras["frequency"] == "kalau sempat"


def test_private_dataset_is_not_shown_in_rdf(app):
    dataset = make(private=True)
    assert app.get(f"/dataset/{dataset['id']}.ttl", status=403).status_code == 403
