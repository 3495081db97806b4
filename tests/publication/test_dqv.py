"""The measured quality in the catalogue: as it was measured, with its meaning, and never a reason for a slow feed."""

from __future__ import annotations

from datetime import date

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from pyshacl import validate
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, SKOS, XSD

from ckanext.satudatapmi.catalogue import assessment, measuring, quality
from ckanext.satudatapmi.publication import rdf, store
from tests.portal.conftest import empty_history
from tests.publication.datasets import FULL, act, make
from tests.publication.test_dcat import SHAPES, catalogue

__all__ = ["empty_history"]
pytestmark = pytest.mark.usefixtures("empty_history")
DQV = Namespace(rdf.DQV.address)
DAY = date(2025, 6, 2)


def measure(day=DAY):
    measuring.measure(store.read_all(), day)


def metric(name):
    return URIRef(f"{tk.config['ckan.site_url']}/mutu/metrik/{name}")


def values(graph, dataset):
    """Return the measured values of a dataset by their metrics."""
    node = next(one for one in graph.subjects(RDF.type, DCAT.Dataset) if str(one).endswith(dataset["id"]))
    return {
        graph.value(one, DQV.isMeasurementOf): graph.value(one, DQV.value)
        for one in graph.objects(node, DQV.hasQualityMeasurement)
    }


def test_catalogue_says_what_was_measured(app):
    owner = factories.Organization()["id"]
    first, second = make(owner_org=owner, **FULL), make(owner_org=owner)
    measure()
    graph = catalogue(app)
    for dataset in (first, second):
        found = values(graph, dataset)
        scores = {name: act("satudata_quality_show", id=dataset["id"], profile=name) for name in quality.PROFILES}
        expected = {metric(f"{name}/total"): score["points"] for name, score in scores.items()}
        expected |= {metric(f"mqa/{one['name']}"): one["points"] for one in scores["mqa"]["dimensions"]}
        expected |= {metric("sdi/sdi"): scores["sdi"]["dimensions"][-1]["points"]}
        assert found == {node: Literal(points, datatype=XSD.integer) for node, points in expected.items()}
    issued = set(graph.objects(None, DCTERMS.issued))
    assert Literal("2025-06-02", datatype=XSD.date) in issued


def test_document_of_a_dataset_has_every_metric(app):
    dataset = make(**FULL)
    measure()
    graph = Graph().parse(data=app.get(f"/dataset/{dataset['id']}.ttl").body, format="turtle")
    found = values(graph, dataset)
    assert found[metric("mqa/keyword")] == Literal(30) and found[metric("mqa/access_url_answers")] == Literal(0)
    assert (
        sum(found[metric(f"mqa/{name}")].value for name in quality.profile("mqa").metrics)
        == found[metric("mqa/total")].value
    )
    assert len(found) == 2 + 6 + len(quality.profile("sdi").metrics)


def test_metrics_and_dimensions_are_described(app):
    make()
    measure()
    graph = catalogue(app)
    node = metric("mqa/findability")
    dimension = graph.value(node, DQV.inDimension)
    assert str(dimension) == f"{tk.config['ckan.site_url']}/mutu/metrik/mqa#findability"
    assert (dimension, RDF.type, DQV.Dimension) in graph
    assert graph.value(node, DQV.expectedDataType) == XSD.integer
    for one in (*graph.subjects(RDF.type, DQV.Metric), dimension):
        assert {text.language for text in graph.objects(one, SKOS.definition)} == {"id", "en"}
    for one in graph.objects(None, DQV.isMeasurementOf):
        assert (one, RDF.type, DQV.Metric) in graph
        assert app.get(str(one).removeprefix(tk.config["ckan.site_url"]), status=200)


def test_measured_catalogue_has_no_shacl_violation(app):
    dataset = make(**FULL)
    measure()
    document = Graph().parse(data=app.get(f"/dataset/{dataset['id']}.ttl").body, format="turtle")
    for graph in (catalogue(app), document):
        conforms, _, report = validate(graph, shacl_graph=Graph().parse(SHAPES))
        assert conforms, report


def test_feed_computes_nothing_and_asks_once(app, monkeypatch):
    owner = factories.Organization()["id"]
    for _ in range(3):
        make(owner_org=owner)
    measure()
    monkeypatch.setattr(quality, "score", None)
    monkeypatch.setattr(assessment, "facts_of_all", None)
    asked = []
    latest = measuring.history.latest
    monkeypatch.setattr(measuring.history, "latest", lambda *given: asked.append(given) or latest(*given))
    catalogue(app)
    assert len(asked) == 1


def test_entity_tag_follows_the_measurements(app):
    dataset = make()
    client = app.flask_app.test_client()
    unmeasured = client.get("/catalog.ttl")
    measure()
    first, second = client.get("/catalog.ttl"), client.get("/catalog.ttl")
    assert first.headers["ETag"] == second.headers["ETag"] != unmeasured.headers["ETag"]
    assert client.get("/catalog.ttl", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    measure(date(2025, 6, 3))
    assert client.get("/catalog.ttl").headers["ETag"] == first.headers["ETag"]
    assert dataset["id"] in first.data.decode()


def test_dataset_that_was_not_measured_says_nothing(app):
    dataset = make()
    assert values(catalogue(app), dataset) == {}
