"""What the page of a harvested dataset says of its source, and giving up what was changed here."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudatapmi.harvesters import ledger
from tests.harvesters.conftest import site_context
from tests.portal.operators import operated, record

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.fixture
def source(partner, harvest_of, monkeypatch):
    """A source of three datasets whose policy leaves vanished ones three days."""
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 7)
    return operated(partner, harvest_of, config={"policy": {"grace_days": 3}})


def edits(source, dataset, user=""):
    return tk.get_action("satudata_local_edits")({"user": user, "ignore_auth": False}, {"id": dataset["id"]})


def change(source, **values):
    dataset = source.harvest.datasets()["a"]
    patch = {"id": dataset["id"], **values}
    return tk.get_action("package_patch")({"user": source.operator, "ignore_auth": False}, patch)


def test_vanished_dataset_says_since_when_and_until_when(app, source):
    dataset = source.harvest.datasets()["a"]
    assert "notice-wait" not in app.get(f"/dataset/{dataset['name']}").body
    source.serve(record("b"), record("c"))
    source.harvest.run()
    shown = tk.get_action("satudata_harvested_show")({"user": "", "ignore_auth": False}, {"id": dataset["name"]})
    since = ledger.vanished_since(dataset["id"])
    assert shown["vanished"] == since.isoformat(timespec="seconds")
    assert shown["deleted_on"][:10] > shown["vanished"][:10]
    page = BeautifulSoup(app.get(f"/dataset/{dataset['name']}").body, "html.parser")
    assert str(since.year) in page.select_one("aside.notice-wait").text
    source.serve(record("a"), record("b"), record("c"))
    source.harvest.run()
    assert "notice-wait" not in app.get(f"/dataset/{dataset['name']}").body


def test_change_is_shown_beside_what_the_partner_says(app, source):
    dataset = change(source, notes="Ditulis di sini", tags=[{"name": "setempat"}])
    found = {one["field"]: one for one in edits(source, dataset)}
    assert set(found) == {"notes", "tags"}
    assert (found["notes"]["here"], found["notes"]["partner"]) == ("Ditulis di sini", "Uraian")
    page = app.get(f"/dataset/{dataset['name']}").body
    assert "Uraian" in page and "ubahan-setempat" not in page
    assert "ubahan-setempat" in app.get(f"/dataset/{dataset['name']}", headers=source.headers()).body


def test_change_that_is_given_up_is_the_partner_s_again(app, source):
    dataset = change(source, notes="Ditulis di sini", title="Judul di sini")
    address = f"/dataset/{dataset['name']}/ubahan-setempat"
    assert app.post(address, data={"field": "notes"}, expect_errors=True).status_code == 403
    app.post(address, data={"field": "notes"}, headers=source.headers())
    dataset = source.harvest.datasets()["a"]
    assert (dataset["notes"], dataset["title"]) == ("Uraian", "Judul di sini")
    assert [one["field"] for one in edits(source, dataset)] == ["title"]
    source.serve(record("a", description="Uraian baru"), record("b"), record("c"))
    source.harvest.run()
    dataset = source.harvest.datasets()["a"]
    assert (dataset["notes"], dataset["title"]) == ("Uraian baru", "Judul di sini")


def test_change_of_a_file_is_given_up_by_its_id(source):
    dataset = source.harvest.datasets()["a"]
    (resource,) = dataset["resources"]
    context = {"user": source.operator, "ignore_auth": False}
    tk.get_action("resource_patch")({**context}, {"id": resource["id"], "name": "Nama lain"})
    (edit,) = edits(source, dataset)
    assert (edit["here"], edit["partner"], edit["resource"]) == ("Nama lain", "Berkas", resource["id"])
    left = tk.get_action("satudata_local_edit_drop")({**context}, {"id": dataset["id"], "field": edit["field"]})
    assert left == [] and source.harvest.datasets()["a"]["resources"][0]["name"] == "Berkas"


def test_removed_file_comes_back_with_the_next_harvest(source):
    dataset = change(source, resources=[])
    (edit,) = edits(source, dataset)
    assert edit["kind"] == "removed"
    source.harvest.run()
    assert source.harvest.datasets()["a"]["resources"] == []
    values = {"id": dataset["id"], "field": edit["field"]}
    assert tk.get_action("satudata_local_edit_drop")({"user": source.operator, "ignore_auth": False}, values) == []
    source.harvest.run()
    assert [one["name"] for one in source.harvest.datasets()["a"]["resources"]] == ["Berkas"]


def test_only_those_who_may_edit_give_a_change_up(source):
    dataset = change(source, notes="Ditulis di sini")
    values = {"id": dataset["id"], "field": "notes"}
    for user in ("", factories.User()["name"]):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("satudata_local_edit_drop")({"user": user, "ignore_auth": False}, values)
    with pytest.raises(tk.ValidationError):
        tk.get_action("satudata_local_edit_drop")(site_context(), values | {"field": "url"})


def test_persons_are_told_to_editors_alone(source):
    dataset = change(source, ii_pj_nama="Nama Pejabat")
    assert edits(source, dataset) == []
    assert [one["field"] for one in edits(source, dataset, source.operator)] == ["ii_pj_nama"]


def test_copies_of_other_sources_are_named_private_ones_to_those_who_may_see_them(partner, harvest_of, source, app):
    first = source.harvest.datasets()["a"]
    partner.answers["/lain.json"] = partner.answers["/data.json"]
    other = harvest_of(partner.url + "/lain.json")
    other.run()
    copy = other.datasets()["a"]

    def copies(user):
        found = tk.get_action("satudata_harvested_show")({"user": user, "ignore_auth": False}, {"id": first["id"]})
        return [one["id"] for one in found["copies"]]

    assert copies("") == [copy["id"]]
    assert f"/dataset/{copy['name']}" in app.get(f"/dataset/{first['name']}").body
    tk.get_action("package_patch")(site_context(), {"id": copy["id"], "private": True})
    assert copies("") == []
    assert copies(factories.Sysadmin()["name"]) == [copy["id"]]
