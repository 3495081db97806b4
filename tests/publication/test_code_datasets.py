"""The code lists as datasets of the catalogue, and bodies found under the names of their predecessors."""

from __future__ import annotations

import csv
import io
import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from click.testing import CliRunner

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.publication import code_datasets
from ckanext.satudatapmi.reference.published import concepts, published_lists
from tests.publication.datasets import act, make

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
LISTS = ("sektor", "jenis_kasus", "instansi")


@pytest.fixture
def three_lists(monkeypatch):
    """Three lists stand for all: one complete, one partial, one of Data Induk."""
    chosen = {name: published_lists()[name] for name in LISTS}
    monkeypatch.setattr(code_datasets, "published_lists", lambda: chosen)
    return factories.Organization(name="bp2mi", title="Badan Pelindungan Pekerja Migran Indonesia")


def run(*arguments):
    return CliRunner().invoke(cli.satudata, ["codes", "publish", *arguments])


def test_lists_become_datasets_and_a_second_run_changes_nothing(app, three_lists):
    done = run("--json")
    assert [one["action"] for one in json.loads(done.output)] == ["create"] * 3
    names = [code_datasets.dataset_name(name) for name in LISTS]
    before = [act("package_show", id=name) for name in names]
    assert [one["action"] for one in json.loads(run("--json").output)] == ["keep"] * 3
    assert [act("package_show", id=name) for name in names] == before

    sektor, kasus, instansi = before
    assert (sektor["jenis"], instansi["jenis"], instansi["issued"]) == ("Kode Referensi", "Data Induk", "2024")
    assert "(sebagian)" in kasus["title"] and f"{len(concepts('jenis_kasus'))} dari 43" in kasus["notes"]
    assert "(sebagian)" not in sektor["title"]
    assert sektor["url"] == f"{tk.config['ckan.site_url']}/kode/sektor"
    assert f"/dataset/{sektor['name']}" in app.get("/kode/sektor").body
    assert "/kode/sektor" in app.get(f"/dataset/{sektor['name']}").body
    _the_csv_is_what_the_dataset_says(app, sektor)

    score = act("satudata_quality_show", id=sektor["id"], profile="sdi")
    missed = {one["name"] for one in score["missed"]}
    assert missed <= {"access_url_answers", "download_url_answers", "byte_size", "standard", "activity", "indicator"}
    assert score["stars"] >= 4


def _the_csv_is_what_the_dataset_says(app, dataset):
    file, table = dataset["resources"][0], dataset["resources"][-1]
    content = app.get("/kode/sektor.csv").body
    assert file["url"].endswith("/kode/sektor.csv") and file["size"] == len(content.encode())
    found = act("datastore_search", resource_id=table["id"])
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [one["kode"] for one in found["records"]] == [one["kode"] for one in rows]
    assert found["records"][0]["uri"].endswith(f"/kode/sektor/{rows[0]['kode']}")


def test_changed_list_is_updated_and_keeps_its_day_of_issue(three_lists, monkeypatch):
    run()
    before = act("package_show", id="kode-sektor")
    longer = (*concepts("sektor"), concepts("sektor")[0].__class__("ZZ", {"id": "Baru"}))
    open_list = code_datasets.codes.open_list
    monkeypatch.setattr(
        code_datasets.codes,
        "open_list",
        lambda name: (published_lists()[name], longer) if name == "sektor" else open_list(name),
    )
    assert [one["action"] for one in json.loads(run("--dry-run", "--json").output)] == ["update", "keep", "keep"]
    assert act("package_show", id="kode-sektor") == before
    run()
    after = act("package_show", id="kode-sektor")
    assert after["issued"] == before["issued"] and after["resources"][0]["hash"] != before["resources"][0]["hash"]
    found = act("datastore_search", resource_id=after["resources"][-1]["id"])
    assert found["records"][-1]["kode"] == "ZZ"


def test_list_that_was_taken_out_of_the_catalogue_stays_out(three_lists):
    run()
    act("package_delete", id="kode-sektor")
    assert [one["action"] for one in json.loads(run("--json").output)] == ["keep"] * 3
    assert act("package_show", id="kode-sektor")["state"] == "deleted"


def test_unknown_organisation_is_told(three_lists):
    done = run("--organization", "tidak-ada")
    assert done.exit_code == 2 and "tidak-ada" in done.output


def test_bodies_are_found_under_the_names_of_their_predecessors(portal):
    bp2mi = factories.Organization(name="bp2mi", title="Badan Pelindungan Pekerja Migran Indonesia")
    by_owner = make(title="Tabel A", owner_org=bp2mi["id"])["name"]
    by_publisher = make(title="Tabel B", publisher_name="Kementerian Pelindungan Pekerja Migran Indonesia (KP2MI)")[
        "name"
    ]
    other = make(title="Tabel C", publisher_name="Kementerian Ketenagakerjaan")["name"]
    for word in ("BNP2TKI", "bnp2tki", "BP2MI", "KP2MI"):
        found = {one["name"] for one in act("package_search", q=word)["results"]}
        assert {by_owner, by_publisher} <= found and other not in found, word
