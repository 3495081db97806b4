"""What left the portal: who fetched what, and who is behind."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.lib.helpers import url_for
from ckan.tests import factories

from ckanext.satudatapmi.publication import deliveries
from tests.publication.datasets import act, make, make_hidden
from tests.publication.test_changes import settle

pytestmark = pytest.mark.usefixtures("portal")
HARVESTER = {"User-Agent": "ckanext-harvest/1.6 (python)"}


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


def fetched(dataset):
    return {(one["consumer"], one["feed"]): one for one in act("satudata_delivery_list", id=dataset["id"])}


def consumers():
    return {(one["consumer"], one["feed"]): one for one in act("satudata_consumer_list")}


@pytest.mark.parametrize("address", ["/data.json", "/data.json?page=all", "/catalog.ttl", "/catalog.xml?page=all"])
def test_consumer_is_behind_from_a_change_until_its_next_fetch(client, address):
    dataset = make(owner_org=factories.Organization()["id"])
    key = ("ckanext-harvest", address.partition("?")[0])
    assert fetched(dataset) == {}
    for times in (1, 2):
        assert client.get(address, headers=HARVESTER).data
        row = fetched(dataset)[key]
        assert row["got"] and not row["behind"] and row["times"] == times
        assert consumers()[key]["behind"] == 0
        act("package_patch", id=dataset["id"], satuan=f"satuan {times}")
        assert fetched(dataset)[key]["behind"] and consumers()[key]["behind"] == 1


def test_consumer_that_has_it_already_is_up_to_date(client):
    dataset = make(owner_org=factories.Organization()["id"])
    first = client.get("/data.json", headers=HARVESTER)
    assert first.data
    again = client.get("/data.json", headers={**HARVESTER, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    row = fetched(dataset)["ckanext-harvest", "/data.json"]
    assert (row["status"], row["behind"], row["times"]) == (304, False, 2)


def test_dataset_that_came_or_went_since_is_told(client):
    owner = factories.Organization()["id"]
    dataset = make(owner_org=owner)
    assert client.get("/data.json", headers=HARVESTER).data
    new = make(owner_org=owner)
    row = fetched(new)["ckanext-harvest", "/data.json"]
    assert row["got"] is None and row["behind"]
    act("package_patch", id=dataset["id"], private=True)
    assert fetched(dataset)["ckanext-harvest", "/data.json"]["behind"]
    assert consumers()["ckanext-harvest", "/data.json"]["behind"] == 2


def test_page_and_organization_tell_of_their_own_datasets_alone(client):
    owners = [factories.Organization() for _ in range(2)]
    one, other = (make(owner_org=owner["id"]) for owner in owners)
    assert client.get(f"/data.json?per_page=9&organization={owners[0]['name']}", headers=HARVESTER).data
    assert fetched(one) and not fetched(other)
    for _ in range(8):
        make(owner_org=owners[0]["id"])
    # Pages as small as a dataset may be empty, and show those that follow.
    page = client.get("/data.json?per_page=5&page=2", headers={"User-Agent": "lain/1"})
    on_it = {entry["identifier"] for entry in page.json["dataset"]}
    assert bool(fetched(other)) == (other["id"] in on_it)


CHANGES = "/api/pmi/changes"


@pytest.mark.parametrize("address", [CHANGES, "/api/pmi/changes.atom"])
def test_follower_of_the_changes_is_behind_until_it_is_told(client, address):
    dataset = make(owner_org=factories.Organization()["id"])
    key = ("ckanext-harvest", address)
    assert fetched(dataset) == {}
    for times in (1, 2):
        settle()
        assert client.get(address, headers=HARVESTER).data
        row = fetched(dataset)[key]
        assert row["got"] and not row["behind"] and row["times"] == times
        act("package_patch", id=dataset["id"], satuan=f"satuan {times}")
        assert fetched(dataset)[key]["behind"] and consumers()[key]["behind"] == 1
    act("package_delete", id=dataset["id"])
    settle()
    client.get(address, headers=HARVESTER)
    row = fetched(dataset)[key]
    assert row["got"] is None and not row["behind"] and consumers()[key]["behind"] == 0


def test_follower_that_has_not_turned_every_page_is_behind_with_the_rest(client):
    owner = factories.Organization()["id"]
    told, untold = make(owner_org=owner), make(owner_org=owner)
    settle()
    following = client.get(f"{CHANGES}?limit=1", headers=HARVESTER).json["next"]
    key = ("ckanext-harvest", CHANGES)
    assert fetched(untold)[key]["behind"] and fetched(untold)[key]["got"] is None
    client.get(CHANGES + following.partition(CHANGES)[2], headers=HARVESTER)
    assert not fetched(told)[key]["behind"] and not fetched(untold)[key]["behind"]


ITEMS = "/ogc/collections/pmi/items"


def test_records_of_ogc_are_kept_dataset_by_dataset(client):
    owner = factories.Organization()["id"]
    wanted, other = make(owner_org=owner, title="Penempatan"), make(owner_org=owner, title="Remitansi")
    key = ("ckanext-harvest", ITEMS)
    assert client.get(f"{ITEMS}?q=Penempatan", headers=HARVESTER).json["numberReturned"] == 1
    row = fetched(wanted)[key]
    assert row["got"] and not row["behind"] and fetched(other) == {}
    assert (consumers()[key]["datasets"], consumers()[key]["behind"]) == (1, 0)
    act("package_patch", id=wanted["id"], satuan="jiwa")
    assert fetched(wanted)[key]["behind"] and consumers()[key]["behind"] == 1
    client.get(f"{ITEMS}/{wanted['id']}", headers=HARVESTER)
    assert not fetched(wanted)[key]["behind"] and fetched(wanted)[key]["times"] == 2


def test_pages_of_records_and_looking_at_them_are_no_fetch(client):
    dataset = make(owner_org=factories.Organization()["id"])
    client.get(f"{ITEMS}?f=html", headers=HARVESTER)
    client.head(ITEMS, headers=HARVESTER)
    client.get(f"{ITEMS}/{dataset['id']}?f=html", headers=HARVESTER)
    assert fetched(dataset) == {}


def test_two_datasets_of_one_place_are_told_apart(client, monkeypatch):
    monkeypatch.setattr(deliveries, "_place", lambda _id: 7)
    owner = factories.Organization()["id"]
    one, other = make(owner_org=owner), make(owner_org=owner)
    client.get(f"{ITEMS}/{one['id']}", headers=HARVESTER)
    assert fetched(one) and not fetched(other)


def test_looking_and_what_failed_is_no_fetch(client):
    dataset = make(owner_org=factories.Organization()["id"])
    client.head("/data.json", headers=HARVESTER)
    client.get("/data.json?page=7", headers=HARVESTER)
    assert fetched(dataset) == {}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("python-requests/2.31.0", "python-requests"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "browser"),
        ("", "unknown"),
        ("<script>", "unknown"),
        ("CKAN harvester of satudata.go.id", "Satu-Data"),
    ],
)
def test_consumers_are_known_by_their_program_or_the_settings(ckan_config, monkeypatch, agent, name):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.consumers", ["Satu-Data=satudata.go.id"])
    assert deliveries.consumer_name(agent) == name


def test_pages_show_it_to_those_who_may_change_the_dataset_alone(app, client):
    member, stranger = factories.UserWithToken(), factories.UserWithToken()
    owner = factories.Organization(users=[{"name": member["name"], "capacity": "admin"}])["id"]
    dataset = make(owner_org=owner)
    make_hidden(owner)
    assert client.get("/data.json", headers=HARVESTER).data
    address = url_for("satudata_deliveries.dataset", reference=dataset["name"])
    app.get(address, status=403, headers={"Authorization": stranger["token"]})
    page = app.get(address, status=200, headers={"Authorization": member["token"]})
    table = BeautifulSoup(page.body, "html.parser").find("main").find("table").get_text(" ")
    assert "ckanext-harvest" in table and "/data.json" in table
    app.get("/tugas/pengambilan", status=403, headers={"Authorization": member["token"]})
    admin = factories.SysadminWithToken()
    assert "ckanext-harvest" in app.get("/tugas/pengambilan", headers={"Authorization": admin["token"]}).body
