"""The check that reads our own feeds: it finds nothing in what we send, and everything that is wrong with what came."""

from __future__ import annotations

import json
import time

import pytest
import requests
from ckan.tests import factories

from ckanext.satudatapmi import cli_publication
from ckanext.satudatapmi.publication import csw, verifying
from tests.harvesters import servers
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")


@pytest.fixture
def get(app, ckan_config, monkeypatch):
    """Fetch from the site, five datasets on two pages or more."""
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.catalogue.page_size", 2)
    monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", 2)
    client = app.flask_app.test_client()

    def fetch(path):
        answer = client.get(path)
        return verifying.Fetched(answer.status_code, answer.data)

    return fetch


@pytest.fixture
def made():
    owner = factories.Organization()["id"]
    make_hidden(owner)
    return [make(owner_org=owner, **(FULL if number % 2 else {})) for number in range(5)]


def changed_by(get, change):
    """Return a `get` whose data.json is changed on the way."""

    def fetch(path):
        answer = get(path)
        if answer.status != 200 or not path.startswith("/data.json"):
            return answer
        document = json.loads(answer.body)
        document["dataset"] = [one for one in map(change, document["dataset"]) if one]
        return verifying.Fetched(200, json.dumps(document).encode())

    return fetch


def of_data_json(get):
    return verifying.verify(get, verifying.DATA_JSON)


def kinds(found):
    return {(one.kind, one.dataset) for one in found[0].differences}


@pytest.fixture
def maps(pycsw, ckan_config, monkeypatch):
    """A running service for maps behind /csw."""
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.csw.url", pycsw.url)
    csw._ready.clear()


@pytest.mark.slow
def test_what_we_send_is_what_we_hold(get, made, maps, monkeypatch):
    monkeypatch.setattr(verifying, "ON_A_PAGE", 2)
    monkeypatch.setitem(verifying.RECORDS, "maxrecords", 2)
    found = verifying.verify(get)
    assert [one.differences for one in found] == [(), (), (), ()]
    assert [one.datasets for one in found] == [5, 5, 5, 5]
    # On which page of a catalogue a dataset stands is decided by its id: by chance all of so few stand on one.
    assert all(one.pages > 1 for one in found if one.feed in (verifying.API, verifying.MAPS))


def rewritten(answer, change):
    return verifying.Fetched(answer.status, change(answer.body)) if answer.status == 200 else answer


@pytest.mark.slow
@pytest.mark.parametrize("feed", [verifying.API, verifying.MAPS])
def test_title_that_came_otherwise_is_named_for_every_feed(get, made, maps, feed):
    [found] = verifying.verify(
        lambda path: rewritten(get(path), lambda body: body.replace(b"Penempatan", b"Pnmptn")), feed
    )
    assert {one.kind for one in found.differences} == {"field"} and "title: expected" in found.differences[0].told


@pytest.mark.parametrize("feed", [verifying.API, verifying.MAPS])
@pytest.mark.parametrize("answer", [verifying.Fetched(503, b""), verifying.Fetched(200, b"<html/>")])
def test_feed_that_cannot_be_read_is_told(made, feed, answer):
    [found] = verifying.verify(lambda _path: answer, feed)
    assert ("broken", None) in {(one.kind, one.dataset) for one in found.differences}


def test_what_is_lost_added_or_altered_on_the_way_is_named(get, made):
    first = made[0]["id"]
    lost = of_data_json(changed_by(get, lambda one: None if one["identifier"] == first else one))
    assert kinds(lost) == {("missing", first)}
    altered = of_data_json(changed_by(get, lambda one: one | {"title": "x"} if one["identifier"] == first else one))
    assert kinds(altered) == {("field", first)} and "title: expected" in altered[0].differences[0].told
    renamed = changed_by(get, lambda one: one | {"identifier": "asing"} if one["identifier"] == first else one)
    assert kinds(of_data_json(renamed)) == {("missing", first), ("extra", "asing")}


def test_page_that_cannot_be_read_is_no_end(get, made):
    broken = of_data_json(lambda path: verifying.Fetched(503, b"") if "&page=2" in path else get(path))
    assert ("broken", None) in kinds(broken) and "page 2: HTTP 503" in broken[0].differences[0].told


def test_dataset_that_changes_meanwhile_is_left_out(get, made):
    def fetch(path):
        answer = get(path)
        act("package_patch", id=made[0]["id"], satuan=path)
        return answer

    assert not {one.dataset for one in of_data_json(fetch)[0].differences}


def test_session_waits_as_long_as_a_site_asks_for():
    with servers.partner_server() as site:
        address = site.do("/feed", servers.in_turn(servers.asks_to_wait("1"), servers.ok))
        began = time.monotonic()
        assert cli_publication.patient_session().get(address, timeout=5).status_code == 200
    assert time.monotonic() - began >= 1


def test_session_tells_of_a_site_that_never_lets_it_in(monkeypatch):
    monkeypatch.setattr(cli_publication, "WAITS", 2)
    with servers.partner_server() as site:
        address = site.do("/feed", servers.asks_to_wait("0"))
        with pytest.raises(requests.RequestException, match="429"):
            cli_publication.patient_session().get(address, timeout=5)
