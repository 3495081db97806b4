"""What left the portal: who fetched what, and who is behind."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.lib.helpers import url_for
from ckan.tests import factories

from tests.publication.datasets import act, make, make_hidden

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
    assert client.get(f"/data.json?organization={owners[0]['name']}", headers=HARVESTER).data
    assert fetched(one) and not fetched(other)
    for _ in range(8):
        make(owner_org=owners[0]["id"])
    page = client.get("/data.json?per_page=1&page=2", headers={"User-Agent": "lain/1"})
    on_it = {entry["identifier"] for entry in page.json["dataset"]}
    assert bool(fetched(other)) == (other["id"] in on_it)


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
    from ckanext.satudatapmi.publication import deliveries

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
