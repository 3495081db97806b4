"""OGC API Records at /ogc: what the records say, what questions find, and what an error looks like."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import SearchError
from ckan.tests import factories
from owslib.ogcapi.records import Records

from ckanext.satudatapmi.publication import feed, ogc_query, search_index
from ckanext.satudatapmi.reference import extents
from tests.publication.csw_service import served
from tests.publication.datasets import FULL, act, make, make_harvested, make_hidden

ITEMS = "/ogc/collections/pmi/items"


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


def ids(answer):
    assert answer.status_code == 200, answer.text
    return {record["id"] for record in answer.json["features"]}


def linked(document, rel):
    return [link["href"] for link in document["links"] if link["rel"] == rel]


@pytest.mark.usefixtures("portal")
class TestClient:
    """OWSLib reads the API as it reads any other."""

    @pytest.fixture
    def address(self, site, ckan_config, monkeypatch):
        with served(site) as address:
            monkeypatch.setitem(ckan_config, "ckan.site_url", address)
            yield f"{address}/ogc"

    def test_reads_records(self, address):
        dataset = make(**FULL)
        client = Records(address)
        assert client.records() == ["pmi"]
        assert (
            "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/searchable-catalog"
            in client.conformance()["conformsTo"]
        )
        assert client.api()["openapi"] == "3.0.3"
        assert client.collection("pmi")["itemType"] == "record"
        found = client.collection_items("pmi", limit=1, q="penempatan")
        assert [one["id"] for one in found["features"]] == [dataset["id"]]
        assert client.collection_item("pmi", dataset["id"])["properties"]["title"] == FULL["title"]


@pytest.mark.usefixtures("portal")
def test_record_says_what_the_dataset_says(client):
    dataset = make(**FULL)
    answer = client.get(f"{ITEMS}/{dataset['id']}")
    assert answer.content_type == "application/geo+json"
    found, said = answer.json, answer.json["properties"]
    assert (found["type"], found["time"]) == ("Feature", {"interval": ["2023-01-01", "2023-12-31"]})
    box = extents.box_of("35")
    assert found["geometry"]["coordinates"][0][0] == [box.west, box.south]
    assert (said["title"], said["description"], said["type"]) == (FULL["title"], FULL["notes"], "dataset")
    assert set(said["keywords"]) == {"penempatan", "pekerja migran"}
    assert said["contacts"] == [
        {
            "organization": "Bidang Penempatan",
            "roles": ["publisher"],
            "emails": [{"value": "data@dinas.example.go.id"}],
        }
    ]
    assert (said["license"], said["rights"]) == ("CC-BY-4.0", "terbuka")
    assert linked(found, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert len(linked(found, "enclosure")) == 2 and len(linked(found, "related")) == 1
    assert "ulan" not in json.dumps(found)


@pytest.mark.usefixtures("portal")
def test_questions_find_what_they_mean(client):
    owner = factories.Organization()["id"]
    java = make(owner_org=owner, title="Penempatan: Jawa", spatial="35", temporal="2023")["id"]
    papua = make(owner_org=owner, title="Pengaduan", spatial="91", temporal="2019-06-01/2020-01-31")["id"]
    nowhere = make(owner_org=owner, title="Remitansi pekerja migran")["id"]
    theirs = make_harvested(owner_org=owner, title="Panen", source_identifier="https://d.example/1")["id"]
    always = {nowhere, theirs}
    questions = {
        "": {java, papua, nowhere, theirs},
        "q=penempatan": {java},
        "q=penempatan,pengaduan": {java, papua},
        "q=pekerja migran": {nowhere},
        "q=migran pekerja": set(),
        "q=%22{!lucene},_query_:": set(),
        "bbox=110,-9,116,-5": {java} | always,
        "bbox=130,-9,0,141,-1,0": {papua} | always,
        "bbox=130,-9,112,-1": {java, papua} | always,
        "bbox=0,40,10,50": always,
        "datetime=2023-05-05": {java} | always,
        "datetime=2020-01-31T23:00:00Z/..": {java, papua} | always,
        "datetime=/2019-05-31": always,
        "datetime=2019/2023": {java, papua} | always,
        "type=dataset": {java, papua, nowhere, theirs},
        "type=service": set(),
        f"ids={java},{papua},x": {java, papua},
        "externalIds=https://d.example/1": {theirs},
        f"ids={java}&q=pengaduan": set(),
    }
    for question, expected in questions.items():
        answer = client.get(f"{ITEMS}?{question}")
        assert ids(answer) == expected, question
        assert answer.json["numberMatched"] == answer.json["numberReturned"] == len(expected), question


@pytest.mark.usefixtures("portal")
def test_pages_are_linked_and_hold_every_record_once(client):
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner)["id"] for _ in range(5))
    seen, address = [], f"{ITEMS}?limit=2&q=dataset,test"
    address = f"{ITEMS}?limit=2"
    while address:
        page = client.get(address).json
        seen += [record["id"] for record in page["features"]]
        (address,) = linked(page, "next") or [None]
        address = address and address[address.index("/ogc") :]
    assert seen == made
    middle = client.get(f"{ITEMS}?limit=2&offset=2").json
    assert [linked(middle, rel)[0].split("?")[1] for rel in ("self", "prev", "next")] == [
        "limit=2&offset=2",
        "limit=2&offset=0",
        "limit=2&offset=4",
    ]


@pytest.mark.usefixtures("portal")
def test_hidden_dataset_is_gone_at_once_even_if_the_index_has_it(client, monkeypatch):
    owner = factories.Organization()["id"]
    kept, gone = (make(owner_org=owner)["id"] for _ in range(2))
    for identifier in make_hidden(owner).values():
        assert client.get(f"{ITEMS}/{identifier}").status_code == 404
    model.Session.get(model.Package, gone).private = True
    model.Session.commit()
    assert ids(client.get(ITEMS)) == {kept}
    assert client.get(f"{ITEMS}/{gone}").status_code == 404


@pytest.mark.usefixtures("portal")
def test_search_that_is_away_is_an_error(client, monkeypatch):
    make()

    def away(*_arguments, **_values):
        raise SearchError("connection refused")

    monkeypatch.setattr("ckan.lib.search.query.PackageSearchQuery.run", away)
    answer = client.get(ITEMS)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.headers["Retry-After"]


@pytest.mark.usefixtures("portal")
def test_index_that_is_empty_is_an_error_at_once(client):
    from ckan.lib import search

    make()
    search.clear_all()
    assert client.get(ITEMS).status_code == 503


@pytest.mark.usefixtures("portal")
def test_index_that_lacks_a_dataset_is_an_error_once_there_was_time_to_write_it(client, monkeypatch):
    from ckan.lib import search

    owner = factories.Organization()["id"]
    kept, lost = (make(owner_org=owner)["id"] for _ in range(2))
    search.clear(lost)
    assert ids(client.get(ITEMS)) == {kept}
    monkeypatch.setattr(search_index, "INDEXED_AFTER", timedelta(0))
    assert client.get(ITEMS).status_code == 503


@pytest.mark.usefixtures("portal")
def test_dataset_that_changed_a_moment_ago_is_still_missed_in_the_index(client):
    from ckan.lib import search

    owner = factories.Organization()["id"]
    make(owner_org=owner)
    lost = make(owner_org=owner)["id"]
    search.clear(lost)
    an_hour_ago = "UPDATE satudatapmi_publication_version SET changed = changed - interval '1 hour'"
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(an_hour_ago))
    act("organization_patch", id=owner, title="Dinas dengan nama baru")
    assert client.get(ITEMS).status_code == 503


@pytest.mark.parametrize(
    "question",
    [
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=0,10,1,5",
        "bbox=0,0,nan,1",
        "bbox=-181,0,0,0",
        "datetime=kemarin",
        "datetime=..",
        "datetime=../..",
        "limit=0",
        "limit=x",
        "offset=-1",
        "halaman=2",
    ],
)
def test_faulty_parameter_is_named(client, question):
    answer = client.get(f"{ITEMS}?{question}")
    assert answer.status_code == 400
    assert question.split("=")[0] in answer.json["detail"]


def test_a_limit_beyond_the_most_is_cut():
    assert ogc_query.read({"limit": "5000"}).limit == ogc_query.MOST
    with pytest.raises(feed.Problem):
        ogc_query.read({"limit": "50000000"})


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize(
    "path", ["/ogc", "/ogc/", "/ogc/conformance", "/ogc/collections", "/ogc/collections/pmi", ITEMS]
)
def test_documents_are_had_in_json_and_in_html(client, path):
    plain = client.get(path)
    assert (plain.status_code, plain.is_json) == (200, True)
    assert client.get(path, headers={"Accept": "text/html,*/*;q=0.8"}).mimetype == "text/html"
    page = client.get(f"{path}?f=html")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert client.get(f"{path}?f=pdf").status_code == 400


@pytest.mark.usefixtures("portal")
def test_record_in_html_is_the_page_of_the_dataset(client):
    dataset = make()
    answer = client.get(f"{ITEMS}/{dataset['id']}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location.split("/dataset/")[1]) == (303, dataset["name"])


def test_what_the_api_says_of_itself_is_true(client):
    described = client.get("/ogc/openapi").json
    paths = {path.replace("{recordId}", "<record_id>") for path in described["paths"]}
    routes = {
        rule.rule for rule in client.application.url_map.iter_rules() if rule.endpoint.startswith("satudatapmi_ogc.")
    }
    assert {f"/ogc{path}" for path in paths} == routes - {"/ogc"}
    parameters = {one["name"] for one in described["components"]["parameters"].values()}
    assert parameters == ogc_query.PARAMETERS


@pytest.mark.usefixtures("portal")
def test_logged_in_reader_sees_no_more_than_others(client):
    owner = factories.Organization()["id"]
    make(owner_org=owner)
    hidden = make(owner_org=owner, private=True)["id"]
    token = act("api_token_create", user=factories.Sysadmin()["name"], name="uji")["token"]
    found = client.get(ITEMS, headers={"Authorization": token})
    assert hidden not in ids(found) and found.json["numberMatched"] == 1
