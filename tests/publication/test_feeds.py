"""The feeds on HTTP: what is in them, page by page, what is never in them, and what an error looks like."""

from __future__ import annotations

import gzip
import json
import re
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories
from ckanext.dcat.exceptions import RDFParserException
from ckanext.dcat.processors import RDFParser
from werkzeug.http import http_date

from ckanext.satudatapmi.publication import catalogues, datajson, fragments, store
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")
LINK = re.compile(r'<https?://[^/]+(?P<path>[^>]+)>; rel="(?P<rel>[a-z]+)"')
RDF = ["ttl", "jsonld", "xml", "rdf", "n3"]
FEEDS = ["/data.json", *(f"/catalog.{extension}" for extension in RDF)]


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def page_size(ckan_config, monkeypatch):
    """Return a function that says how many datasets are on a page."""

    def change(size):
        monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.catalogue.page_size", size)
        monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", size)

    return change


def identifiers(response):
    return [dataset["identifier"] for dataset in json.loads(response.data)["dataset"]]


def stock_json(get, address="/data.json", between=lambda: None):
    """Return the datasets that the stock dcat_json harvester makes: it asks for pages until one ends it."""
    seen, previous, page = [], [], 1
    while True:
        response = get(address if page == 1 else f"{address}{'&' if '?' in address else '?'}page={page}")
        between()
        if response.status_code == 404 and page > 1:
            return seen
        assert response.status_code == 200
        batch = identifiers(response)
        seen += [item for item in batch if item not in previous]
        if not batch or sorted(batch) == sorted(previous):
            return seen
        previous, page = batch, page + 1


def stock_rdf(get, extension):
    """Return the datasets that the stock dcat_rdf harvester gathers: it follows the link to the next page."""
    seen, address = [], f"/catalog.{extension}"
    while address:
        parser = RDFParser()
        parser.parse(get(address).data.decode(), _format=extension)
        seen += [str(node).rsplit("/", 1)[1] for node in parser._datasets()]
        following = parser.next_page()
        address = following and following[following.index("/catalog") :]
    return seen


@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_stock_harvesters_meet_every_dataset(client, page_size, size):
    page_size(size)
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner)["id"] for _ in range(7))
    make_hidden(owner)
    assert sorted(stock_json(client.get, f"/data.json?per_page={size}")) == made
    assert sorted(stock_json(client.get)) == made
    assert sorted(set(stock_rdf(client.get, "ttl"))) == made
    assert sorted(identifiers(client.get("/data.json?page=all"))) == made


def test_stock_harvester_makes_nothing_twice_of_an_organisation_or_of_what_changed(client):
    """Of a catalogue in which those that are asked for are few."""
    owners = [factories.Organization() for _ in range(2)]
    for _ in range(12):
        make(owner_org=owners[0]["id"])
    start = datetime.now(UTC).isoformat().replace("+", "%2B")
    made = sorted(make(owner_org=owners[1]["id"])["id"] for _ in range(5))
    for asked in (f"organization={owners[1]['name']}", f"modified_since={start}"):
        assert sorted(stock_json(client.get, f"/data.json?per_page=2&{asked}")) == made
        assert client.get(f"/data.json?per_page=2&{asked}&page=4").status_code == 404


def test_modified_since_finds_whatever_is_told_otherwise_since(client):
    """The name of a publisher is told with each dataset, whose own metadata did not change."""
    owners = [factories.Organization()["id"] for _ in range(2)]
    dataset, _other = (make(owner_org=owner)["id"] for owner in owners)
    start = datetime.now(UTC).isoformat().replace("+", "%2B")
    act("organization_patch", id=owners[0], title="Nama lain")
    assert identifiers(client.get(f"/data.json?modified_since={start}")) == [dataset]


def test_moment_beyond_the_calendar_is_refused(client):
    make()
    for moment in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
        for feed in FEEDS:
            assert client.get(f"{feed}?modified_since={moment}").status_code == 400


def test_harvester_makes_nothing_twice_and_misses_nothing_while_datasets_come_and_go(client):
    owner = factories.Organization()["id"]
    # On pages of two or three, chance alone may have one show what the one before it did.
    made = [make(owner_org=owner)["id"] for _ in range(24)]
    changes = [
        lambda: act("dataset_purge", id=made[2]),
        lambda: act("package_patch", id=made[1], private=True),
        *(2 * [lambda: make(owner_org=owner)]),
        lambda: act("package_delete", id=made[0]),
    ]

    def change():
        if changes:
            changes.pop()()

    found = stock_json(client.get, "/data.json?per_page=8", change)
    assert len(found) == len(set(found)) and set(made[3:]) <= set(found)


def test_page_without_datasets_is_not_the_end(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(9)]
    for gone in made[2:7]:
        act("package_delete", id=gone)
    assert sorted(stock_json(client.get, "/data.json?per_page=1")) == sorted({*made[:2], *made[7:]})


def test_page_of_the_address_gives_way_to_the_page_of_the_harvester(client):
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner)["id"] for _ in range(12))
    first, second = (identifiers(client.get(f"/data.json?per_page=1&page={number}")) for number in (1, 2))
    assert first != second
    assert identifiers(client.get("/data.json?per_page=1")) == first
    assert identifiers(client.get("/data.json?per_page=1&page=0")) == first
    assert identifiers(client.get("/data.json?per_page=1&page=0&page=2")) == second
    assert sorted(identifiers(client.get("/data.json?page=all&page=2"))) == made


def links(response):
    found = (LINK.fullmatch(link) for link in response.headers.getlist("Link"))
    return {link["rel"]: link["path"] for link in found}


def test_links_lead_through_all_pages(client):
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner)["id"] for _ in range(9))
    address, found = "/data.json?per_page=3", set()
    while address:
        response = client.get(address)
        found |= set(identifiers(response))
        address = links(response).get("next")
    assert sorted(found) == made


def test_whole_leads_to_its_pages(client, page_size):
    page_size(2)
    owner = factories.Organization()
    made = sorted(make(owner_org=owner["id"])["id"] for _ in range(7))
    for parameters in ("", f"?organization={owner['name']}", "?page=1", "?page=all"):
        whole = client.get(f"/data.json{parameters}")
        assert sorted(identifiers(whole)) == made
        ends = links(whole)
        assert set(ends) == {"first", "last"} and "per_page=2" in ends["first"]
        assert client.get(ends["last"]).status_code == 200
        behind = re.sub(r"\bpage=(\d+)$", lambda found: f"page={int(found[1]) + 1}", ends["last"])
        assert client.get(behind).status_code == 404
    missing = client.get("/data.json?page=2", headers={"Accept": "application/json"})
    assert missing.status_code == 404 and "per_page=2" in missing.json["detail"]


def test_hidden_datasets_and_harvest_sources_are_in_no_feed(client):
    owner = factories.Organization()["id"]
    shown = make(owner_org=owner)["id"]
    hidden = make_hidden(owner)
    source = model.Package(name="sumber", title="Sumber panen", type="harvest", owner_org=owner)
    source.save()
    for feed in FEEDS:
        text = client.get(feed).data.decode()
        assert shown in text
        for kind, identifier in (hidden | {"source": source.id}).items():
            assert identifier not in text, (feed, kind)


def test_a_dataset_that_turns_private_leaves_the_feeds(client):
    owner = factories.Organization()["id"]
    make(owner_org=owner)
    dataset = make(owner_org=owner)
    act("package_patch", id=dataset["id"], private=True)
    assert all(dataset["id"] not in client.get(feed).data.decode() for feed in FEEDS)


def test_feeds_say_what_package_show_says(client):
    dataset = make(**FULL)
    shown = act("package_show", id=dataset["id"])
    (row,) = store.read_page(1, 10).datasets
    site = datajson.Site("http://x", "x")
    assert datajson.entry(row, site) == datajson.entry(shown, site)


def test_upload_is_published_by_its_address(client, create_with_upload):
    dataset = make()
    user = {"user": act("get_site_user")["name"]}
    create_with_upload("a,b\n1,2\n", "tabel saya.csv", user, package_id=dataset["id"])
    (entry,) = json.loads(client.get("/data.json").data)["dataset"]
    shown = act("package_show", id=dataset["id"])["resources"][0]["url"]
    assert [item["downloadURL"] for item in entry["distribution"]] == [shown]
    assert "/id/dataset/" not in shown


def test_english_visitor_gets_the_same_feed(client):
    make(**FULL)
    assert client.get("/en/data.json").data == client.get("/data.json").data


def test_no_person_is_named(client):
    make(**FULL)
    for feed in FEEDS:
        assert "fulan" not in client.get(feed).data.decode().lower(), feed


def test_no_public_dataset_is_an_error_and_not_an_empty_catalogue(client):
    make_hidden(factories.Organization()["id"])
    for response in (get(feed) for feed in (*FEEDS, "/data.json?page=all") for get in (client.head, client.get)):
        assert response.status_code == 503
        assert response.content_type.startswith("application/problem+")
        assert response.headers["Retry-After"]


def test_page_beyond_the_last_is_missing(client):
    make()
    for feed in ("/data.json?per_page=5&", *(f"/catalog.{extension}?" for extension in RDF)):
        response = client.get(f"{feed}page=2", headers={"Accept": "application/json"})
        assert response.status_code == response.json["status"] == 404
        assert "2" in response.json["detail"]


def test_a_page_that_is_no_number_is_refused(client):
    make()
    for address in (f"{feed}?page={page}" for feed in FEEDS for page in ("x", "-1", "1.5", "9" * 30)):
        assert client.get(address).status_code == 400, address


def broken(*args, **values):
    raise KeyError("one odd dataset")


def away(*args, **values):
    raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))


@pytest.mark.parametrize(("fault", "status"), [(broken, 500), (away, 503)])
def test_a_fault_ends_in_a_problem_and_never_in_half_a_catalogue(client, monkeypatch, fault, status):
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner)["id"] for _ in range(2))
    true_filled = datajson.filled

    def filled(package, given, site):
        return fault() if package["id"] == made[1] else true_filled(package, given, site)

    monkeypatch.setattr(datajson, "filled", filled)
    for response in (get(feed) for feed in (*FEEDS, "/data.json?page=all") for get in (client.head, client.get)):
        assert response.status_code == status
        assert response.content_type.startswith("application/problem+")
        assert made[0].encode() not in response.data


def test_a_reader_that_ignores_the_status_finds_no_catalogue_in_a_problem(client):
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(client.get("/data.json").data)
    for extension in RDF:
        response = client.get(f"/catalog.{extension}")
        for _format in (extension, response.content_type):
            with pytest.raises((RDFParserException, json.JSONDecodeError)):
                RDFParser().parse(response.data.decode(), _format=_format)


def test_client_that_names_json_gets_the_problem_in_json(client):
    accepted = ("application/json", "application/problem+json", "application/ld+json, */*;q=0.1")
    for feed, accept in ((feed, accept) for feed in FEEDS for accept in accepted):
        problem = client.get(feed, headers={"Accept": accept})
        assert problem.content_type == "application/problem+json"
        assert set(problem.json) == {"type", "title", "status", "detail", "instance"}


def test_unchanged_feed_is_not_sent_twice(client):
    dataset = make(**FULL)
    first = {feed: client.get(feed) for feed in FEEDS}
    for feed, response in first.items():
        tag, since = response.headers["ETag"], response.headers["Last-Modified"]
        for headers in ({"If-None-Match": tag}, {"If-Modified-Since": since}, {"If-None-Match": tag[2:]}):
            again = client.get(feed, headers=headers)
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    act("package_patch", id=dataset["id"], satuan="jiwa")
    for feed, response in first.items():
        changed = client.get(feed, headers={"If-None-Match": response.headers["ETag"]})
        assert (changed.status_code, changed.headers["ETag"] != response.headers["ETag"]) == (200, True)


def test_a_copy_from_before_a_restore_is_not_taken_for_current(client):
    """A restored table is another file; the numbers of changes are those of the day of the copy."""
    make()
    addresses = ("/data.json?per_page=5", *FEEDS, "/catalog.ttl?page=all")
    tags = {address: client.get(address).headers["ETag"] for address in addresses}
    with model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM FULL satudatapmi_publication"))
    for address, tag in tags.items():
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200, address


def test_a_deletion_makes_a_feed_newer(client, monkeypatch):
    owner = factories.Organization()["id"]
    make(owner_org=owner)
    gone = make(owner_org=owner)
    before = {feed: client.get(feed).last_modified for feed in FEEDS}
    act("package_delete", id=gone["id"])
    time.sleep(1.1)
    for feed, then in before.items():
        response = client.get(feed, headers={"If-Modified-Since": http_date(then)})
        assert response.status_code == 200
        assert response.last_modified > then


def test_gzip_and_head(client):
    make(**FULL)
    for feed in FEEDS:
        plain = client.get(feed, headers={"Accept-Encoding": "identity"})
        packed = client.get(feed, headers={"Accept-Encoding": "gzip, deflate"})
        head = client.head(feed, headers={"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", plain.headers["ETag"])
        assert len(packed.data) < len(plain.data)
        # The whole is sent while it is written: its length is not known yet.
        if feed != "/data.json":
            lengths = [int(answer.headers["Content-Length"]) for answer in (plain, packed)]
            assert lengths == [len(plain.data), len(packed.data)]
            assert int(head.headers["Content-Length"]) > len(packed.data)
        # Blank nodes of RDF have no order: it may be written in another one, and as long as that takes.
        if feed == "/data.json":
            assert gzip.decompress(packed.data) == plain.data


def test_other_sites_may_read(client):
    make()
    for feed in FEEDS:
        assert client.get(feed).headers["Access-Control-Allow-Origin"] == "*"
        asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
        preflight = client.options(feed, headers=asked)
        assert preflight.status_code == 200
        assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]


def test_feeds_are_read_only(client):
    for feed in FEEDS:
        assert client.post(feed).status_code == 405


@pytest.mark.parametrize("feed", ["/data.json", "/catalog.ttl", "/data.json?page=all"])
def test_moments_that_are_asked_for_leave_nothing_in_redis(client, feed):
    make()
    assert client.get(feed).last_modified
    before = set(connect_to_redis().keys(b"*satudatapmi:feed:*"))
    for day in range(1, 4):
        response = client.get(f"{feed}{'&' if '?' in feed else '?'}modified_since=2020-01-0{day}")
        assert response.status_code == 200 and response.data and not response.last_modified
    assert set(connect_to_redis().keys(b"*satudatapmi:feed:*")) == before


def test_feeds_do_without_redis(client, monkeypatch):
    from redis import Redis, RedisError

    def refuse(*args, **values):
        raise RedisError("away")

    make()
    monkeypatch.setattr(Redis, "get", refuse)
    response = client.get("/data.json")
    assert response.status_code == 200
    assert "Last-Modified" not in response.headers


def test_queries_do_not_grow_with_the_datasets(client):
    owner = factories.Organization()["id"]

    def count(feed):
        statements = []

        def note(connection, cursor, statement, *rest):
            statements.append(statement)

        sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
        try:
            assert client.get(feed).status_code == 200
        finally:
            sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)
        return len(statements)

    def cold_and_warm():
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text("DELETE FROM satudatapmi_fragment"))
        catalogues._kept.clear()
        return [count(feed) for feed in (*FEEDS, *FEEDS)]

    make(owner_org=owner)
    cold_and_warm()
    few = cold_and_warm()
    for _ in range(5):
        make(owner_org=owner, **{key: FULL[key] for key in ("resources", "tags")})
    assert cold_and_warm() == few


def test_table_without_a_file_has_the_address_of_its_rows(client):
    dataset = make()
    table = act("datastore_create", resource={"package_id": dataset["id"]}, fields=[{"id": "negara", "type": "text"}])
    (entry,) = client.get("/data.json").json["dataset"]
    (distribution,) = entry["distribution"]
    shown = act("resource_show", id=table["resource_id"])
    assert distribution["downloadURL"] == shown["url"]
    assert shown["url"].endswith(f"/datastore/dump/{table['resource_id']}")


def test_search_in_rdf_is_answered_by_the_stock_endpoint(client):
    wanted = make(title="Remitansi")
    make(title="Pengaduan")
    text = client.get("/catalog.ttl?q=title:Remitansi").data.decode()
    assert wanted["id"] in text
    assert "Pengaduan" not in text


@pytest.mark.parametrize("address", ["/data.json?per_page=10", "/catalog.ttl"])
def test_page_is_written_once_for_a_state_of_the_catalogue(client, monkeypatch, address):
    made = make()
    before = client.get(address)

    def written(*_about):
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(fragments, "bodies", written)
        assert client.get(address).data == before.data
    act("package_patch", id=made["id"], title="Judul lain")
    assert b"Judul lain" in client.get(address).data
    act("package_patch", id=made["id"], private=True)
    make(title="Judul ketiga")
    assert b"Judul lain" not in client.get(address).data
