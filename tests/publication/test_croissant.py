"""Datasets as Croissant: read, downloaded and loaded by the library of its makers."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa
from ckan.tests import factories
from redis import Redis, RedisError

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.publication import store, table_digests, upkeep
from tests.publication.datasets import FULL, act, make, make_harvested, make_hidden
from tests.publication.test_dcat import ODD

pytestmark = pytest.mark.usefixtures("portal")
FIELDS = [
    {"id": "negara", "type": "text", "info": {"label": "Negara tujuan", "notes": "ISO 3166-1"}},
    {"id": "jumlah", "type": "int8", "info": {"label": "Penempatan", "unit": "orang"}},
    {"id": "rasio (%)", "type": "numeric"},
    {"id": "tanggal", "type": "date"},
    {"id": "final", "type": "bool"},
]
ROWS = [
    {"negara": "Taiwan, Tiongkok", "jumlah": 95, "rasio (%)": "12.5", "tanggal": "2024-05-31", "final": True},
    {"negara": 'Kata "asing"\nbaru', "jumlah": None, "rasio (%)": None, "tanggal": "2024-06-30", "final": False},
]


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def mlcroissant(client, monkeypatch, tmp_path):
    """The library, whose downloads come from the site."""
    import mlcroissant
    from etils import epath
    from mlcroissant._src.core import constants

    class Answer:
        def __init__(self, response):
            self.response, self.headers = response, response.headers

        def raise_for_status(self):
            assert self.response.status_code == 200

        def iter_content(self, chunk_size):
            yield self.response.data

    monkeypatch.setattr(requests, "get", lambda url, **values: Answer(client.get(urlsplit(url).path)))
    monkeypatch.setattr(constants, "DOWNLOAD_PATH", epath.Path(tmp_path))
    return mlcroissant


def described(client, dataset):
    response = client.get(f"/dataset/{dataset['name']}/croissant.jsonld")
    assert (response.status_code, response.content_type) == (200, "application/ld+json")
    return response.json


def make_table(dataset, rows=ROWS):
    resource = {"package_id": dataset["id"], "name": "Tabel rapi"}
    return act("datastore_create", resource=resource, fields=FIELDS, records=rows)["resource_id"]


@pytest.mark.slow
def test_library_loads_the_rows_of_a_table(client, mlcroissant):
    dataset = make(**FULL)
    table = make_table(dataset)
    loaded = mlcroissant.Dataset(jsonld=described(client, dataset))
    assert not loaded.metadata.ctx.issues.errors
    rows = list(loaded.records(f"{table}/baris"))
    values = [{key.rpartition("/")[2]: value for key, value in row.items()} for row in rows]
    first, second = values
    assert first["negara"].decode() == ROWS[0]["negara"]
    assert second["negara"].decode() == ROWS[1]["negara"]
    assert (first["jumlah"], first["rasio%20%28%25%29"], first["final"]) == (95, 12.5, True)
    assert first["tanggal"].date() == date(2024, 5, 31)
    assert second["jumlah"] is None and second["final"] is False


@pytest.mark.slow
def test_file_that_is_a_table_as_well_is_told_as_two(client, mlcroissant):
    dataset = make(**FULL)
    file = act("package_show", id=dataset["id"])["resources"][0]["id"]
    act("datastore_create", resource_id=file, fields=FIELDS, records=ROWS, force=True)
    told = described(client, dataset)
    named = [one["@id"] for one in (*told["distribution"], *told["recordSet"])]
    assert named.count(file) == 1 and len(named) == len(set(named))
    assert len(list(mlcroissant.Dataset(jsonld=told).records(f"{file}/baris"))) == len(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("values", [FULL, ODD, {"title": "Sedikit", "notes": ""}], ids=["full", "odd", "poor"])
def test_library_finds_no_error_in_any_dataset(client, mlcroissant, values):
    loaded = mlcroissant.Dataset(jsonld=described(client, make_harvested(**values)))
    assert not loaded.metadata.ctx.issues.errors


def test_files_have_address_size_and_digest(client):
    dataset = make(**FULL)
    table = make_table(dataset)
    upkeep.renew()
    told = described(client, dataset)
    file, unknown, rows = told["distribution"]
    assert file == {
        "@type": "cr:FileObject",
        "@id": act("package_show", id=dataset["id"])["resources"][0]["id"],
        "name": "Penempatan 2023",
        "description": "CSV, UTF-8",
        "contentUrl": "https://dinas.example.go.id/a%20b.csv",
        "encodingFormat": "text/csv",
        "contentSize": "1234 B",
        "sha256": "a" * 64,
    }
    assert (unknown["name"], unknown["encodingFormat"]) == ("Tanpa format", "application/octet-stream")
    sent = client.get(urlsplit(rows["contentUrl"]).path).data
    assert rows["@id"] == f"{table}/tabel.csv"
    assert (rows["sha256"], rows["contentSize"]) == (hashlib.sha256(sent).hexdigest(), f"{len(sent)} B")


def test_columns_are_told_from_the_data_dictionary(client):
    dataset = make()
    table = make_table(dataset)
    (records,) = described(client, dataset)["recordSet"]
    assert (records["@id"], records["name"]) == (f"{table}/baris", "Tabel rapi")
    told = {field["name"]: (field["dataType"], field.get("description")) for field in records["field"]}
    assert told == {
        "negara": ("sc:Text", "Negara tujuan ISO 3166-1"),
        "jumlah": ("sc:Integer", "Penempatan [orang]"),
        "rasio (%)": ("sc:Float", None),
        "tanggal": ("sc:Date", None),
        "final": ("sc:Boolean", None),
    }


def test_digest_is_of_the_present_rows_and_found_out_by_the_renewal_once(client, monkeypatch):
    dataset = make()
    table = make_table(dataset)
    written, true_write = [], table_digests.write_csv

    def note(described_table, file):
        written.append(described_table.about.title)
        return true_write(described_table, file)

    def digest():
        (file,) = described(client, dataset)["distribution"]
        return file.get("sha256"), hashlib.sha256(client.get(urlsplit(file["contentUrl"]).path).data).hexdigest()

    monkeypatch.setattr(table_digests, "write_csv", note)
    assert digest()[0] is None and written == []
    for _time in range(2):
        upkeep.renew()
    told, first = digest()
    assert told == first and written == [table]
    act("datastore_upsert", resource_id=table, records=ROWS[:1], method="insert", force=True)
    assert digest()[0] is None
    act("package_patch", id=dataset["id"], satuan="jiwa")
    upkeep.renew()
    told, second = digest()
    assert told == second != first and written == [table, table]


def test_table_that_is_gone_stops_no_renewal(client):
    dataset = make()
    table = make_table(dataset)
    act("datastore_delete", resource_id=table, force=True)
    act("resource_patch", id=table, datastore_active=True)
    other = make()
    make_table(other)
    upkeep.renew()
    assert described(client, other)["distribution"][0]["sha256"]


def test_without_redis_no_digest_is_told(client, monkeypatch):
    def refuse(*args, **values):
        raise RedisError("away")

    dataset = make()
    make_table(dataset)
    upkeep.renew()
    monkeypatch.setattr(Redis, "get", refuse)
    assert "sha256" not in described(client, dataset)["distribution"][0]


def test_dataset_is_found_by_name_and_id_and_only_when_public(client):
    owner = factories.Organization()["id"]
    dataset = make(owner_org=owner)
    first = client.get(f"/dataset/{dataset['id']}/croissant.jsonld")
    assert first.json == described(client, dataset)
    again = client.get(f"/dataset/{dataset['id']}/croissant.jsonld", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    for reference in (*make_hidden(owner).values(), "tidak-ada"):
        problem = client.get(f"/dataset/{reference}/croissant.jsonld")
        assert (problem.status_code, problem.content_type) == (404, "application/problem+json")


def test_no_person_is_told(client):
    text = json.dumps(described(client, make(**FULL)))
    assert not any(name in text for name in ("Fulan", "fulan", "Bidang Data", "@dinas"))


@pytest.mark.parametrize("place", [(store, "find"), (table_rows, "opened")], ids=["catalogue", "table"])
def test_a_server_that_is_away_ends_in_a_problem(client, monkeypatch, place):
    def away(*args):
        raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))

    dataset = make()
    make_table(dataset)
    monkeypatch.setattr(*place, away)
    assert client.get(f"/dataset/{dataset['name']}/croissant.jsonld").status_code == 503


def test_page_leads_to_the_description(client):
    dataset = make()
    page = client.get(f"/dataset/{dataset['name']}").data.decode()
    assert f'href="/dataset/{dataset["name"]}/croissant.jsonld"' in page
