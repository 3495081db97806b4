"""The sitemap: every public page in every language, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from lxml import etree

from ckanext.satudatapmi.publication import addresses, sitemap
from tests.publication.datasets import act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def read(client):
    """Return a function that gives the elements of an address that name places."""

    def elements(address):
        response = client.get(urlsplit(address).path)
        assert (response.status_code, response.content_type) == (200, "application/xml")
        return etree.fromstring(response.data).findall("*")

    return elements


@pytest.fixture
def crawl(read):
    """Return a function that gives all pages, as path and element, part by part."""

    def parts():
        places = [part.findtext("{*}loc") for part in read("/sitemap.xml")]
        return {place: [(urlsplit(url.findtext("{*}loc")).path, url) for url in read(place)] for place in places}

    return parts


def paths(parts):
    return [path for pages in parts.values() for path, _url in pages]


def test_every_public_page_stands_there_once_in_each_language(crawl):
    organization = factories.Organization()
    made = [make(owner_org=organization["id"]) for _ in range(3)]
    hidden = make_hidden(factories.Organization(name="tanpa-data-publik")["id"])
    found = paths(crawl())
    wanted = [f"/dataset/{one['name']}" for one in made]
    wanted += [f"/organization/{organization['name']}", "/angka", "/kode", "/kode/negara", "/kode/wilayah/35.10"]
    wanted += ["/indikator", "/indikator/placement", "/wilayah/35.10", "/negara/HKG", "/dasar-hukum"]
    for path in wanted:
        assert (found.count(path), found.count(f"/en{path}")) == (1, 1), path
    names = {model.Package.get(one).name for one in hidden.values()} | {"tanpa-data-publik"}
    assert not [path for path in found if path.rpartition("/")[2] in names]
    assert len(found) == len(set(found))


def test_pages_that_are_always_there_answer(client, site):
    with site.test_request_context(), model.ensure_engine().connect() as connection:
        pages = addresses.read(connection, "pages", 1, len(addresses.ENDPOINTS))
    for page in pages:
        for language in ("", "/en"):
            assert client.get(language + page.path).status_code == 200, page


def test_no_part_holds_more_than_it_may_and_none_is_empty(crawl, monkeypatch):
    monkeypatch.setattr(sitemap, "MOST_ADDRESSES", 200)
    statement = (
        "INSERT INTO package (id, name, state, type, private) "
        "SELECT md5(n::text), 'dataset-' || n, 'active', 'dataset', false FROM generate_series(1, 300) n"
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement))
    parts = crawl()
    assert len({place for place in parts if "datasets" in place}) > 3
    assert all(0 < len(pages) <= 200 for pages in parts.values())
    assert {f"/dataset/dataset-{number}" for number in range(1, 301)} <= set(paths(parts))


def test_languages_name_each_other_as_the_page_itself_does(client, crawl):
    dataset = make()
    pages = {path: url for part in crawl().values() for path, url in part}
    for path in (f"/dataset/{dataset['name']}", f"/en/dataset/{dataset['name']}", "/kode"):
        told = {(link.get("hreflang"), link.get("href")) for link in pages[path].findall("{*}link")}
        page = BeautifulSoup(client.get(path).data, "html.parser")
        assert told == {(link["hreflang"], link["href"]) for link in page.select("link[hreflang]")}


def test_last_change_is_told(client, crawl, read):
    dataset = make()
    act("package_patch", id=dataset["id"], satuan="jiwa")
    with model.ensure_engine().connect() as connection:
        changed = connection.execute(sa.text("SELECT changed FROM satudatapmi_publication")).scalar_one()
    wanted = changed.astimezone(UTC).replace(microsecond=0)
    for pages in crawl().values():
        for path, url in pages:
            if dataset["name"] in path or "/organization/" in path and not path.endswith("/organization/"):
                assert datetime.fromisoformat(url.findtext("{*}lastmod")) == wanted
    assert {datetime.fromisoformat(part.findtext("{*}lastmod")) for part in read("/sitemap.xml")} == {wanted}


def test_empty_portal_has_its_own_pages(crawl):
    (place,) = crawl()
    assert place.endswith("/sitemap-pages-1.xml")


def test_part_that_is_not_there(client):
    for path in ("pages-0", "pages-2", "datasets-1", "datasets-99999"):
        assert client.get(f"/sitemap-{path}.xml").status_code == 404


def test_robots_are_led_to_the_sitemap(client):
    lines = client.get("/robots.txt").data.decode().splitlines()
    (sitemap_line,) = (line for line in lines if line.startswith("Sitemap: "))
    assert urlsplit(sitemap_line.removeprefix("Sitemap: ")).path == "/sitemap.xml"
    assert "User-agent: *" in lines


def test_a_server_that_is_away_ends_in_a_problem(client, monkeypatch):
    def away(*args):
        raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))

    make()
    monkeypatch.setattr(addresses, "_publishers", away)
    for path in ("/sitemap.xml", "/sitemap-pages-1.xml"):
        problem = client.get(path)
        assert (problem.status_code, problem.content_type) == (503, "application/problem+json")
