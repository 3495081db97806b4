"""What a harvest must not give away: records of private datasets, persons, passwords, pages that run."""

from __future__ import annotations

import json

import pytest
from ckan.tests import factories

from tests.harvesters import servers
from tests.harvesters.test_harvest import catalogue, record
from tests.partners.every import EVERY

pytestmark = pytest.mark.slow
PRIVATE_WORDS = "Rahasia sekali"
PERSON = "Siti Contoh Rahayu"


@pytest.fixture
def harvested(partner, harvest_of):
    """A source with a public and a private dataset, harvested, whose address has a password and a key in it."""
    secret = record(
        "b", accessLevel="non-public", title=None, description=PRIVATE_WORDS, issued=f"kemarin {PRIVATE_WORDS}"
    )
    person = record("c", ii_pj_nama={"nama": PERSON}, ii_pj_email="siti@contoh.go.id")
    broken = {"private": True, "description": PRIVATE_WORDS}
    partner.serve("/data.json?key=TOPSECRET", catalogue(record("a"), secret, person, broken))
    partner.do("/data.json", lambda handler: servers.send(handler, 200, catalogue(record("a"), secret, person, broken)))
    url = partner.url.replace("http://", "http://orang:s3cret@") + "/data.json?key=TOPSECRET"
    harvest = harvest_of(url)
    harvest.run()
    return harvest


def private_id(harvest):
    return next(dataset["id"] for dataset in harvest.datasets().values() if dataset["private"])


def test_records_are_for_those_who_manage_the_source(app, harvested):
    dataset = private_id(harvested)
    for address in (
        f"/dataset/harvest_object/{dataset}",
        f"/api/3/action/harvest_object_show?dataset_id={dataset}",
        f"/api/3/action/harvest_object_show?id={object_id(dataset)}",
        "/api/3/action/harvest_object_list",
    ):
        answer = app.get(address, expect_errors=True, follow_redirects=False)
        assert answer.status_code in (302, 401, 403), address
        assert PRIVATE_WORDS not in answer.body


def object_id(dataset):
    from ckanext.harvest.model import HarvestObject

    return HarvestObject.get(dataset, attr="package_id").id


def test_stranger_may_not_read_records_but_an_editor_may(app, harvested):
    import ckan.plugins.toolkit as tk

    stranger = factories.UserWithToken()
    answer = app.get(
        f"/api/3/action/harvest_object_show?dataset_id={private_id(harvested)}",
        headers={"Authorization": stranger["token"]},
        expect_errors=True,
    )
    assert answer.status_code == 403
    editor = factories.User()
    context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    member = {"id": harvested.organization, "username": editor["name"], "role": "editor"}
    tk.get_action("organization_member_create")(context, member)
    asked = {"user": editor["name"], "model": __import__("ckan.model").model}
    shown = tk.get_action("harvest_object_show")(asked, {"dataset_id": private_id(harvested)})
    assert PRIVATE_WORDS in shown["content"]


def test_nothing_public_quotes_a_private_record(app, harvested):
    import ckan.plugins.toolkit as tk

    anonymous = {"user": "", "auth_user_obj": None, "ignore_auth": False}
    told = [
        app.get(f"/sumber/{harvested.name}").body,
        app.get("/sumber.json").body,
        app.get(f"/api/3/action/satudata_source_show?id={harvested.name}").body,
        app.get(f"/api/3/action/package_show?id={harvested.name}").body,
        app.get(f"/api/3/action/harvest_source_show_status?id={harvested.name}").body,
        json.dumps(tk.get_action("satudata_source_show")(dict(anonymous), {"id": harvested.name})),
    ]
    assert all(PRIVATE_WORDS not in text for text in told)
    assert "harvest_source_show_status" in told[4] and "gather_error_summary" not in told[4]


def test_source_gives_neither_password_nor_key_away(app, harvested):
    for address in (
        f"/api/3/action/package_show?id={harvested.name}",
        f"/api/3/action/harvest_source_show?id={harvested.name}",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=1000",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=1000&fl=url",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=1000&fl=validated_data_dict&fl=data_dict",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=1000&fl=name&fl=extras_config&fl=config",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=1000&fl=name,x:validated_data_dict",
        '/api/3/action/package_search?fq=dataset_type:harvest&facet.field=["extras_config"]',
        "/api/3/action/harvest_source_list",
        f"/harvest/{harvested.name}",
        f"/sumber/{harvested.name}",
    ):
        answer = app.get(address)
        assert answer.status_code == 200, address
        text = answer.body
        assert "s3cret" not in text and "TOPSECRET" not in text, address


@pytest.mark.parametrize(
    ("source_type", "path"),
    [
        ("published_table", "/tabel.csv"),
        ("published_files", "/buletin.html"),
        ("published_files", "/tabel/1.csv"),
        ("satudata_ckan", ""),
        ("satudata_jakarta", ""),
    ],
)
def test_datasets_give_neither_password_nor_key_of_their_source_away(app, partner, harvest_of, source_type, path):
    each = EVERY[source_type](partner)
    each.add(1)
    key = "?key=TOPSECRET" if path else ""
    address = f"{partner.url}{path}" if path else each.url
    harvest = harvest_of(address.replace("http://", "http://orang:s3cret@") + key, source_type, each.config)
    assert harvest.run()["created"] == 1 and harvest.errors() == []
    (dataset,) = harvest.datasets().values()
    if each.figures:
        assert any(one["datastore_active"] for one in dataset["resources"])
    pages = [f"/dataset/{dataset['name']}/resource/{one['id']}" for one in dataset["resources"]]
    for address in (
        f"/api/3/action/package_show?id={dataset['id']}",
        f"/dataset/{dataset['name']}",
        f"/dataset/{dataset['name']}.ttl",
        *pages,
    ):
        answer = app.get(address)
        assert answer.status_code == 200, address
        assert "s3cret" not in answer.body and "TOPSECRET" not in answer.body, address


def test_persons_are_found_by_no_search(app, harvested):
    everything = "rows=1000"
    for address in (
        f"/api/3/action/package_search?{everything}",
        f"/api/3/action/package_search?{everything}&fl=data_dict",
        f"/api/3/action/package_search?{everything}&fl=id&fl=validated_data_dict",
        f"/api/3/action/package_search?{everything}&fl=*",
        f"/api/3/action/package_search?{everything}&fl=extras_ii_pj_nama&fl=ii_pj_nama",
        '/api/3/action/package_search?rows=0&facet.field=["ii_pj_nama"]&facet.limit=-1',
        '/api/3/action/package_search?rows=0&facet.field=["extras_ii_pj_email","organization"]&facet.limit=-1',
        f"/sumber/{harvested.name}",
    ):
        answer = app.get(address)
        assert answer.status_code == 200, address
        assert PERSON not in answer.body and "siti@contoh" not in answer.body, address
    found = json.loads(app.get(f'/api/3/action/package_search?q="{PERSON}"').body)["result"]["count"]
    assert found == 0


def test_remark_on_a_person_quotes_nothing(app, harvested):
    dataset = harvested.datasets()["c"]
    assert "ii_pj_nama" in dataset["harvest_flags"] and PERSON not in dataset["harvest_flags"]


def test_file_of_a_partner_is_saved_and_never_run(app, partner, harvest_of):
    table = b"tahun,jumlah\n2020,1\n2021,<script>alert(1)</script>\n"
    partner.serve("/tabel", table, "text/html")
    harvest = harvest_of(partner.url + "/tabel", "published_table", {"table": {}})
    harvest.run()
    (dataset,) = harvest.datasets().values()
    raw = next(resource for resource in dataset["resources"] if resource["url_type"] == "upload")
    assert (raw["format"], raw["mimetype"]) == ("CSV", "text/csv")
    answer = app.get(f"/dataset/{dataset['id']}/resource/{raw['id']}/download/{raw['url'].rsplit('/')[-1]}")
    assert answer.body == table.decode()
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_private_table_does_not_quote_its_cells(partner, harvest_of):
    partner.serve("/tabel.csv", b"Kabupaten/Kota;2022\nKabupaten Kediri;seratus orang\n", "text/csv")
    config = {
        "table": {"unpivot": "tahun", "columns": {"Kabupaten/Kota": {"field": "kabupaten_kota", "within": "35"}}},
        "dataset": {"accessRights": "terbatas"},
    }
    harvest = harvest_of(partner.url + "/tabel.csv", "published_table", config)
    harvest.run()
    (error,) = harvest.errors()
    assert "row 2" in error and "seratus" not in error


@pytest.mark.parametrize(
    ("first", "then", "private"),
    [
        ({"private": True}, {"private": False}, False),
        ({"private": True}, {}, False),
        ({"accessLevel": "entahlah"}, {}, False),
        ({"accessRights": "terbatas"}, {"accessRights": "terbuka"}, False),
        ({}, {"private": True}, True),
        ({"private": True}, {"accessLevel": "entahlah"}, True),
    ],
)
def test_record_that_no_longer_limits_access_opens_its_dataset(partner, harvest_of, first, then, private):
    partner.serve("/data.json", catalogue(record("a", **first)))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    partner.serve("/data.json", catalogue(record("a", title="Baru", **then)))
    harvest.run()
    assert harvest.datasets()["a"]["private"] is private


@pytest.mark.parametrize("odd", [{"lain": json.loads("[" * 300 + "1" + "]" * 300)}, {"identifier": "\ud800 a"}])
def test_odd_value_breaks_no_page(app, partner, harvest_of, odd):
    partner.serve("/data.json", catalogue(record("a"), record("b") | odd))
    harvest = harvest_of(partner.url + "/data.json")
    harvest.run()
    for dataset in harvest.datasets().values():
        assert app.get(f"/dataset/{dataset['id']}").status_code == 200
        assert app.get(f"/dataset/{dataset['id']}.ttl").status_code == 200
    assert app.get("/data.json?page=all").status_code == 200
