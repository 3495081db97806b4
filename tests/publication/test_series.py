"""Series of datasets: which datasets make one, in which order, and where it is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from pyshacl import validate
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS

from ckanext.satudatapmi.publication import published, series
from tests.publication.datasets import act, make
from tests.publication.test_dcat import SHAPES, catalogue

pytestmark = pytest.mark.usefixtures("portal")


@pytest.fixture
def owner():
    return factories.Organization(name="dinas", title="Dinas Contoh")["id"]


def make_year(owner, year, **values):
    return make(owner_org=owner, **{"title": f"Penempatan PMI Tahun {year}"} | values)


def keys():
    return {one["key"]: [member["title"] for member in one["members"]] for one in act("satudata_series_list")}


def test_titles_that_differ_by_the_year_are_a_series_in_the_order_of_years(owner):
    for year in (2023, 2021, 2022):
        make_year(owner, year)
    assert keys() == {"penempatan-pmi": [f"Penempatan PMI Tahun {year}" for year in (2021, 2022, 2023)]}
    (series,) = act("satudata_series_list")
    assert (series["title"], series["organization"]["name"]) == ("Penempatan PMI", "dinas")
    assert series["uri"] == f"{tk.config['ckan.site_url']}/seri/dinas/penempatan-pmi"


@pytest.mark.parametrize(
    "others",
    [
        [{"title": "Penempatan PMI 2021"}, {"title": "Penempatan PMI 2021"}],
        [{"title": "Penempatan PMI 2021"}],
        [{"title": "Penempatan PMI 2021"}, {"title": "Penempatan PMI 2022", "publisher_name": "Bidang Lain"}],
        [{"title": "Penempatan PMI 2021-2022"}, {"title": "Penempatan PMI 2022-2023"}],
        [{"title": "Pasal 12021"}, {"title": "Pasal 12022"}],
        [{"title": "Penempatan PMI 2021"}, {"title": "Penempatan PMI menurut negara 2022"}],
    ],
    ids=["the same year twice", "one alone", "two publishers", "two years in a title", "no years", "other titles"],
)
def test_where_in_doubt_there_is_no_series(owner, others):
    for values in others:
        make(owner_org=owner, **values)
    assert keys() == {}


def test_organisations_have_series_of_their_own(owner):
    make_year(owner, 2021)
    make_year(factories.Organization()["id"], 2022)
    assert keys() == {}


def test_a_named_series_is_made_of_those_that_name_it(owner):
    first = make(owner_org=owner, title="Triwulan I", in_series="Penempatan, per triwulan", temporal="2024-01/2024-03")
    make(owner_org=owner, title="Awal", in_series="PENEMPATAN per triwulan", temporal="2023-10/2023-12")
    make(owner_org=owner, title="Penempatan per triwulan 2022")
    assert keys() == {"penempatan-per-triwulan": ["Awal", "Triwulan I"]}
    assert act("satudata_series_list", id=first["id"])[0]["title"] == "Penempatan, per triwulan"
    (entry,) = [one for one in entries() if one["identifier"] == first["id"]]
    assert entry["isPartOf"] == "Penempatan, per triwulan"


def entries():
    from ckanext.satudatapmi.publication import datajson, paging, store

    return [datajson.entry(one, paging.site()) for one in store.read_all()]


def test_a_series_named_by_an_address_is_called_as_its_datasets_are(owner):
    make_year(owner, 2021, in_series="https://example.org/seri/1")
    assert act("satudata_series_list")[0]["title"] == "Penempatan PMI"


def test_hidden_datasets_belong_to_no_series(owner):
    make_year(owner, 2021)
    make_year(owner, 2022)
    make_year(owner, 2023, private=True)
    assert keys() == {"penempatan-pmi": ["Penempatan PMI Tahun 2021", "Penempatan PMI Tahun 2022"]}


def test_a_long_title_has_a_key_of_limited_length(owner):
    for year, words in ((2021, "kata " * 300), (2022, "kata " * 300), (2023, "kata " * 300 + "lain ")):
        make(owner_org=owner, title=f"{words}{year}")
    (key,) = keys()
    assert len(key) <= 90 and len(keys()[key]) == 2


def test_catalogue_says_series_order_and_neighbours(app, owner):
    made = [make_year(owner, year) for year in (2021, 2022, 2023)]
    graph = catalogue(app)
    (node,) = graph.subjects(RDF.type, DCAT.DatasetSeries)
    site = tk.config["ckan.site_url"]
    first, second, third = (URIRef(f"{site}/dataset/{one['id']}") for one in made)
    assert str(node) == f"{site}/seri/dinas/penempatan-pmi"
    assert graph.value(node, DCTERMS.title) == Literal("Penempatan PMI")
    assert {text.language for text in graph.objects(node, DCTERMS.description)} == {"id", "en"}
    assert (graph.value(node, DCAT.first), graph.value(node, DCAT.last)) == (first, third)
    assert set(graph.subjects(DCAT.inSeries, node)) == {first, second, third}
    assert set(graph.subject_objects(DCAT.prev)) == {(second, first), (third, second)}
    conforms, _, report = validate(graph, shacl_graph=Graph().parse(SHAPES))
    assert conforms, report


def test_a_page_tells_of_its_own_datasets_and_changes_with_their_series(app, owner, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", 1)
    made = [make_year(owner, year) for year in range(2010, 2020)]
    client = app.flask_app.test_client()
    page = client.get("/catalog.ttl?page=1")
    graph = Graph().parse(data=page.data, format="turtle")
    here = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert here == set(graph.subjects(DCAT.inSeries)) and len(here) < len(made)
    (last,) = graph.objects(None, DCAT.last)
    assert str(last).endswith(made[-1]["id"])
    absent = next(one for one in made if URIRef(f"{tk.config['ckan.site_url']}/dataset/{one['id']}") not in here)
    act("package_patch", id=absent["id"], title="Penempatan PMI Tahun 2030")
    assert client.get("/catalog.ttl?page=1", headers={"If-None-Match": page.headers["ETag"]}).status_code == 200


@pytest.fixture
def years(owner):
    """Forty datasets of ten series, each of four years."""
    statement = (
        "INSERT INTO package (id, name, title, state, type, private, owner_org, metadata_created, metadata_modified) "
        "SELECT md5(n::text), 'tabel-' || n, 'Tabel ' || n / 4 || ' tahun ' || 2000 + n % 4, 'active', 'dataset', "
        "false, :owner, now(), now() FROM generate_series(0, 39) n"
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), {"owner": owner})


@pytest.fixture
def batches(monkeypatch):
    """Of how many datasets at a time the series were asked for, where ten are read at a time."""
    asked, of_datasets = [], series.of_datasets

    def note(connection, ids=None):
        asked.append(len(ids))
        return of_datasets(connection, ids)

    monkeypatch.setattr(published, "CHUNK", 10)
    monkeypatch.setattr(series, "of_datasets", note)
    return asked


def of_series(graph):
    nodes = set(graph.subjects(RDF.type, DCAT.DatasetSeries))
    told = {(node, *said) for node in nodes for said in graph.predicate_objects(node)}
    return told | {
        (one, word, other) for word in (DCAT.inSeries, DCAT.prev) for one, other in graph.subject_objects(word)
    }


def test_whole_catalogue_tells_of_each_series_once_and_of_some_datasets_at_a_time(app, years, batches):
    client = app.flask_app.test_client()
    whole = client.get("/catalog.nt?page=all")
    assert whole.data.count(b"<http://www.w3.org/ns/dcat#DatasetSeries>") == 10
    assert batches == [10, 10, 10, 10]
    page = client.get("/catalog.nt?per_page=40&page=1")
    assert of_series(Graph().parse(data=whole.data, format="nt")) == of_series(
        Graph().parse(data=page.data, format="nt")
    )


def test_whole_catalogue_that_a_reader_has_costs_no_look_at_its_series(app, years, batches):
    client = app.flask_app.test_client()
    tag = client.get("/catalog.nt?page=all").headers["ETag"]
    batches.clear()
    assert client.get("/catalog.nt?page=all", headers={"If-None-Match": tag}).status_code == 304
    assert batches == []


def test_series_of_those_that_are_asked_for_is_described_though_its_first_is_not_among_them(app, years):
    start = datetime.now(UTC).isoformat().replace("+", "%2B")
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text("UPDATE package SET notes = 'x' WHERE title = 'Tabel 3 tahun 2002'"))
    answer = app.flask_app.test_client().get(f"/catalog.nt?page=all&modified_since={start}")
    graph = Graph().parse(data=answer.data, format="nt")
    (node,) = graph.objects(None, DCAT.inSeries)
    assert graph.value(node, DCTERMS.title) == Literal("Tabel 3")


def test_the_document_of_a_dataset_tells_of_its_series(app, owner):
    made = [make_year(owner, year) for year in (2021, 2022)]
    graph = Graph().parse(data=app.get(f"/dataset/{made[1]['id']}.ttl").body, format="turtle")
    assert len(list(graph.subjects(RDF.type, DCAT.DatasetSeries))) == 1
    ((later, earlier),) = graph.subject_objects(DCAT.prev)
    assert (str(later)[-36:], str(earlier)[-36:]) == (made[1]["id"], made[0]["id"])


def test_the_address_of_a_series_leads_to_a_page_and_to_rdf(app, owner):
    made = [make_year(owner, year) for year in (2021, 2022)]
    page = app.get("/seri/dinas/penempatan-pmi")
    assert "Penempatan PMI Tahun 2022" in page.body and made[0]["name"] in page.body
    client = app.flask_app.test_client()
    answer = client.get("/seri/dinas/penempatan-pmi", headers={"Accept": "text/turtle"})
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/seri/dinas/penempatan-pmi.ttl")
    for ending, syntax in (("ttl", "turtle"), ("jsonld", "json-ld"), ("xml", "xml"), ("nt", "nt")):
        document = client.get(f"/seri/dinas/penempatan-pmi.{ending}")
        graph = Graph().parse(data=document.data, format=syntax)
        assert len(list(graph.subjects(DCAT.inSeries))) == 2
        assert document.headers["Access-Control-Allow-Origin"] == "*"
        cached = client.get(f"/seri/dinas/penempatan-pmi.{ending}", headers={"If-None-Match": document.headers["ETag"]})
        assert cached.status_code == 304
    assert client.get("/seri/dinas/lain").status_code == client.get("/seri/dinas/lain.ttl").status_code == 404


def test_the_page_of_a_dataset_leads_to_its_series(app, owner):
    made = [make_year(owner, year) for year in (2021, 2022)]
    assert "/seri/dinas/penempatan-pmi" in app.get(f"/dataset/{made[0]['name']}").body
    assert "/seri/" not in app.get(f"/dataset/{make(title='Tanpa seri')['name']}").body


def test_our_own_harvester_keeps_the_series(app, owner):
    from ckanext.satudatapmi.harvesters.protocols import dcat_record, rdf

    make_year(owner, 2021, in_series="Penempatan PMI")
    content = app.flask_app.test_client().get("/catalog.ttl").data
    graph = rdf.parse(content, "turtle", "http://x.example/catalog.ttl")
    (node,) = graph.datasets
    record = dcat_record.record(rdf.dataset_graph(graph, node), ("id",))
    assert record["isPartOf"] == "Penempatan PMI"
    assert record["title"] == "Penempatan PMI Tahun 2021" and "inSeries" not in json.dumps(record)
