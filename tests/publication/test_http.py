"""Caches, cookies, ranges, errors and negotiation: what is the same for all answers of the site."""

from __future__ import annotations

import gzip
import hashlib
from xml.etree import ElementTree as ET

import ckan.model as model
import pytest
from ckan.lib import search
from ckan.lib.search import SolrConnectionError
from ckan.tests import factories
from pysolr import SolrError
from redis import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import InternalServerError

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.publication import ogc_pages
from ckanext.satudatapmi.publication.http import errors
from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")
ROWS = b"negara,jumlah\n" + b"".join(b"MYS,%d\n" % number for number in range(500))
PUBLIC = {"Cookie": "", "Accept-Encoding": "gzip"}


@pytest.fixture(autouse=True)
def own_files(monkeypatch, tmp_path):
    """Files of the single data that are made here are of a portal without any: no other test may find them."""
    monkeypatch.setattr(figure_files, "_folder", lambda: tmp_path)


@pytest.fixture
def client(app):
    return app.flask_app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def dataset(portal):  # noqa: F811
    return make(**FULL)


@pytest.fixture
def token():
    return factories.UserWithToken()["token"]


@pytest.fixture
def upload(create_with_upload):
    user = {"user": act("get_site_user")["name"]}
    made = create_with_upload(ROWS, "negara.csv", user, package_id=make()["id"])
    return f"/dataset/{made['package_id']}/resource/{made['id']}/download/negara.csv", made


def directives(response):
    return {part.strip() for part in response.headers["Cache-Control"].split(",")}


def vary(response):
    return {part.strip().lower() for part in response.headers.get("Vary", "").split(",")} - {""}


AT_ONCE = [
    "/data.json",
    "/data.json?page=all",
    "/catalog.ttl",
    "/api/pmi/changes",
    "/api/pmi/changes.atom",
    "/sitemap.xml",
    "/ogc/collections/pmi",
    "/ogc/collections/pmi/items",
    "/ogc/collections/pmi/items?f=html",
    "/api/3/action/package_search",
    "/api/pmi/sdmx/2.1/dataflow",
    "/angka/revisi.atom",
    "/angka/unduh/pmi.csv",
]
"""Where what is withdrawn is gone with the next request, and what is edited is seen."""
SAME_FOR_ALL = [
    "/kode/negara.csv",
    "/kode/negara.json",
    "/kode/negara/MYS.ttl",
    "/angka.csv",
    "/api/3/action/pmi_query",
    "/api/3/action/pmi_availability",
    "/api/3/action/satudata_code_list_list",
    "/satudatapmi/favicon.svg",
]
PAGES = ["/", "/dataset/", "/kode", "/angka", "/organization/", "/mutu", "/daftar-data"]
READS = ["/api/3/action/package_search", "/api/3/action/status_show"]


@pytest.mark.parametrize("address", SAME_FOR_ALL)
def test_what_is_the_same_for_all_is_kept_by_caches_without_a_cookie(client, dataset, token, address):
    for headers in ({}, {"Authorization": token}, {"Cookie": "ckan=x"}):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200
        assert "public" in directives(answer)
        assert any(part.startswith("max-age=") and part != "max-age=0" for part in directives(answer))
        assert any(part.startswith("stale-while-revalidate=") for part in directives(answer))
        assert not vary(answer) & {"cookie", "authorization"}
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("address", AT_ONCE)
def test_a_cache_keeps_what_must_go_at_once_and_asks_each_time_whether_it_is_current(client, dataset, address):
    answer = client.get(address)
    assert (answer.status_code, directives(answer)) == (200, {"public", "no-cache"})
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, directives(again)) == (304, b"", {"public", "no-cache"})


def test_a_record_is_current_until_its_dataset_changes_or_is_hidden(client, dataset):
    made = make()
    address = f"/ogc/collections/pmi/items/{made['id']}"
    known = {"If-None-Match": client.get(address).headers["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    act("package_patch", id=made["id"], title="Judul baru")
    assert client.get(address, headers=known).json["properties"]["title"] == "Judul baru"
    act("package_patch", id=made["id"], private=True)
    assert client.get(address, headers=known).status_code == 404


def test_a_page_of_records_is_current_whatever_the_time(client, dataset, monkeypatch):
    address = "/ogc/collections/pmi/items"
    first = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    monkeypatch.setattr(ogc_pages, "_now", lambda: "2031-01-01T00:00:00+00:00")
    assert client.get(address).json["timeStamp"].startswith("2031")
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("address", [*PAGES, *READS])
def test_what_depends_on_the_login_is_kept_for_visitors_alone(client, dataset, token, address):
    visitor = client.get(address)
    assert visitor.status_code == 200
    assert "public" in directives(visitor) and {"cookie", "authorization"} <= vary(visitor)
    assert "Set-Cookie" not in visitor.headers
    known = client.get(address, headers={"Authorization": token})
    assert known.status_code == 200
    assert directives(known) == {"private", "no-store"}


@pytest.mark.parametrize("address", PAGES)
def test_browsers_ask_for_a_page_each_time(client, dataset, address):
    assert {"max-age=0", "s-maxage=60"} <= directives(client.get(address))


@pytest.mark.parametrize("address", ["/user/login", "/dataset/none-of-this-name", "/kode/none.csv", "/dataset/new"])
def test_no_cache_keeps_errors_and_pages_for_logging_in(client, dataset, address):
    assert directives(client.get(address)) == {"private", "no-store"}


def test_a_session_in_a_browser_is_private(app, dataset):
    user = factories.User(password="correct123")
    browser = app.flask_app.test_client()
    browser.post("/user/login", data={"login": user["name"], "password": "correct123"})
    page = browser.get("/")
    assert user["name"] in page.text
    assert directives(page) == {"private", "no-store"}
    feed = browser.get("/data.json")
    assert "public" in directives(feed) and "Set-Cookie" not in feed.headers


def test_forged_requests_are_refused_all_the_same(app, dataset, ckan_config, monkeypatch):
    user = factories.User(password="correct123")
    browser = app.flask_app.test_client()
    browser.post("/user/login", data={"login": user["name"], "password": "correct123"})
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    assert 'name="_csrf_token" content="' in browser.get("/").text
    assert 'name="_csrf_token" content=""' not in browser.get("/").text
    assert browser.post(f"/dataset/follow/{dataset['name']}").status_code == 400


@pytest.mark.parametrize(
    "address", ["/kode/negara.csv", "/api/3/action/satudata_code_list_list", "/kode", "/angka.csv"]
)
def test_unchanged_answers_are_not_sent_twice(client, dataset, address):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert vary(again) == vary(first)


def test_texts_are_packed_for_who_takes_it(client, dataset):
    for address in ("/kode/negara.csv", "/api/3/action/satudata_code_list_list", "/"):
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        plain = client.get(address)
        assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed.data) == plain.data
        assert "accept-encoding" in vary(packed) & vary(plain)
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)


def test_assets_with_a_fingerprint_are_kept_for_ever(client, dataset):
    page = client.get("/").text
    address = page[page.index("/webassets/") :].partition('"')[0]
    asset = client.get(address)
    assert asset.status_code == 200
    assert {"public", "immutable", "max-age=31536000"} <= directives(asset)


def test_a_file_is_had_in_parts(client, upload):
    address, made = upload
    whole = client.get(address)
    assert whole.data == ROWS
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["ETag"] == f'"{hashlib.sha256(ROWS).hexdigest()}"'
    assert whole.last_modified
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, ROWS[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(ROWS)}"
    end = client.get(address, headers={"Range": "bytes=-5"})
    assert (end.status_code, end.data) == (206, ROWS[-5:])
    beyond = client.get(address, headers={"Range": f"bytes={len(ROWS)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(ROWS)}"
    assert beyond.content_type == "application/problem+json"
    head = client.head(address)
    assert (head.data, head.headers["Content-Length"], head.headers["ETag"]) == (
        b"",
        str(len(ROWS)),
        whole.headers["ETag"],
    )


def test_a_part_of_a_file_that_changed_is_sent_whole(client, upload):
    address, _made = upload
    tag = client.get(address).headers["ETag"]
    same = client.get(address, headers={"Range": "bytes=0-3", "If-Range": tag})
    assert (same.status_code, same.data) == (206, ROWS[:4])
    other = client.get(address, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (other.status_code, other.data) == (200, ROWS)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_digest_of_another_file_is_no_entity_tag(client, upload):
    address, made = upload
    resource = model.Resource.get(made["id"])
    resource.hash, resource.size = "0" * 64, len(ROWS) + 1
    model.repo.commit()
    answer = client.get(address)
    assert answer.status_code == 200 and "0" * 64 not in answer.headers["ETag"]
    assert not answer.headers["ETag"].startswith("W/")


def test_a_private_file_is_for_its_organisation_alone(client, create_with_upload):
    owner = factories.Organization()["id"]
    private = make_hidden(owner)["private"]
    user = {"user": act("get_site_user")["name"]}
    made = create_with_upload(ROWS, "negara.csv", user, package_id=private)
    address = f"/dataset/{private}/resource/{made['id']}/download/negara.csv"
    assert client.get(address).status_code in (401, 403, 404)
    sysadmin = factories.SysadminWithToken()["token"]
    answer = client.get(address, headers={"Authorization": sysadmin, "Range": "bytes=0-3"})
    assert (answer.status_code, answer.data) == (206, ROWS[:4])
    assert directives(answer) == {"private", "no-store"}
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_file_that_is_lost_is_missing_and_no_fault(client, upload, ckan_config, monkeypatch, tmp_path):
    address, _made = upload
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    assert client.get(address).status_code == 404


def test_a_link_to_a_file_elsewhere_leads_there(client):
    made = make(resources=[{"url": "https://example.com/x.csv", "format": "CSV"}])
    answer = client.get(
        f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/download", headers={"Range": "bytes=0-3"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.com/x.csv")


def test_the_whole_single_data_is_had_in_parts(client, dataset):
    whole = client.get("/angka/unduh/pmi.csv")
    part = client.get("/angka/unduh/pmi.csv", headers={"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.data) == (206, whole.data[:10])
    assert not whole.headers["ETag"].startswith("W/") and whole.last_modified


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *(("/api/pmi/none", 404), ("/api/3/none", 404), ("/kode/none.csv", 404), ("/angka/unduh/none", 404)),
        *(("/ogc/collections/none", 404), ("/ogc/none", 404), ("/unduhan/none", 404), ("/sitemap-none.xml", 404)),
        *(("/seri/none/x.none", 404), ("/dataset/x/resource/y/unduh/none", 404)),
    ],
)
def test_programs_get_problems_and_browsers_pages(client, dataset, address, status):
    for accept in ("application/json", "*/*"):
        problem = client.get(address, headers={"Accept": accept})
        assert (problem.status_code, problem.content_type) == (status, "application/problem+json")
        assert problem.json["status"] == status and problem.json["instance"] == address
    page = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (status, "text/html")


def test_a_wrong_method_is_told_which_are_right(client, dataset):
    for address in ("/data.json", "/angka.csv", "/kode/negara.csv", "/api/pmi/openapi.json", "/angka"):
        answer = client.post(address)
        assert answer.status_code == 405
        assert {"GET", "HEAD", "OPTIONS"} <= {one.strip() for one in answer.headers["Allow"].split(",")}
    assert client.post("/data.json").content_type == "application/problem+xml"
    assert client.post("/angka/revisi.atom").content_type == "application/problem+json"


def test_an_error_of_the_catalogue_service_is_a_report_that_its_clients_know(client, dataset):
    answer = client.put("/csw")
    assert (answer.status_code, answer.content_type) == (405, "application/xml")
    assert ET.fromstring(answer.data).tag == "{http://www.opengis.net/ows}ExceptionReport"
    assert client.post("/angka.csv").content_type == "application/problem+json"


@pytest.mark.parametrize("address", [*SAME_FOR_ALL, *PAGES, *READS])
def test_head_says_what_get_says(client, dataset, address):
    get, head = client.get(address), client.head(address)
    assert (head.status_code, head.data) == (get.status_code, b"")
    for name in ("Content-Type", "Cache-Control", "ETag"):
        assert head.headers.get(name) == get.headers.get(name), name
    assert vary(head) == vary(get)


@pytest.mark.parametrize("address", [*SAME_FOR_ALL, *READS])
def test_other_sites_may_read(client, dataset, address):
    asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(address, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"GET", "HEAD"} <= {one.strip() for one in answer.headers["Allow"].split(",")}
    assert "Range" in answer.headers["Access-Control-Allow-Headers"]
    assert "Authorization" not in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9,text/html;q=0.1", "application/rdf+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("application/pdf", "text/html"),
    ],
)
def test_a_dataset_is_had_as_its_reader_wants_it(client, dataset, accept, media_type):
    for address in (f"/dataset/{dataset['name']}", f"/en/dataset/{dataset['name']}"):
        answer = client.get(address, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        assert "accept" in vary(answer)
        assert dataset["id"] in answer.text
    assert ("Content-Location" in answer.headers) == (media_type != "text/html")


def test_a_hidden_dataset_is_hidden_in_every_notation(client):
    for hidden in make_hidden(factories.Organization()["id"]).values():
        for accept in ("text/turtle", "application/ld+json", "text/html"):
            answer = client.get(f"/dataset/{hidden}", headers={"Accept": accept})
            assert answer.status_code in (401, 403, 404) and "Vary" in answer.headers


@pytest.mark.parametrize(
    "address", ["/data.json?organization=%00", "/kode/x%00.jsonld", "/angka?q=%00", "/dataset/?%00=1"]
)
def test_a_text_that_no_database_holds_is_refused(client, dataset, address):
    assert client.get(address).status_code == 400


def test_a_problem_can_be_read_whatever_was_asked_for(client, dataset):
    problem = client.get("/kode/x%08%22.jsonld")
    assert problem.content_type == "application/problem+xml"
    assert [part.text for part in ET.fromstring(problem.data)][2] == "404"
    assert client.get("/kode/x%08%22.json").json["instance"] == "/kode/x%08%22.json"


AWAY = {
    "PostgreSQL": OperationalError("SELECT 1", {}, Exception("connection refused")),
    "Solr": SolrConnectionError("connection refused"),
    "Redis": RedisError("connection refused"),
}


@pytest.mark.parametrize("error", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/data.json", "application/problem+xml"),
        ("/feed/bappenas/data.json", "application/problem+xml"),
        ("/api/3/action/package_show", "application/problem+json"),
        ("/csw", "application/xml"),
    ],
)
def test_a_server_that_is_away_before_the_view_begins_is_an_error_to_come_back_from(app, address, media_type, error):
    """CKAN looks up whose token came with a request before any of our views is asked."""
    wrapped = InternalServerError(original_exception=error)
    with app.flask_app.test_request_context(address):
        for each in (error, wrapped):
            answer = errors.answer(lambda _error: "halaman", each)
            assert (answer.status_code, answer.content_type) == (503, media_type)
            assert answer.headers["Retry-After"] and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("action", ["package_search", "current_package_list_with_resources"])
def test_ckans_api_lists_no_datasets_from_an_index_that_lacks_some(client, dataset, action):
    address = f"/api/3/action/{action}"
    assert client.get(address).status_code == 200
    search.clear_all()
    try:
        answer = client.get(address)
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
        assert answer.headers["Retry-After"]
        assert client.get("/catalog.ttl?q=penempatan").status_code == 503
    finally:
        search.rebuild(dataset["id"])


def test_ckans_api_says_when_to_come_again_while_solr_is_away(client, dataset, monkeypatch):
    def away(*_arguments, **_values):
        raise SolrError("Failed to connect to server at 'http://127.0.0.1/solr'")

    monkeypatch.setattr("pysolr.Solr.search", away)
    for address in ("/api/3/action/package_search", "/ogc/collections/pmi/items", "/catalog.ttl?q=penempatan"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "120"), address


def test_a_faulty_search_is_still_the_fault_of_who_asks(client, dataset):
    assert client.get("/api/3/action/package_search?q={!lucene}x").status_code == 409
    assert client.get("/api/3/action/package_search?rows=x").status_code == 409
