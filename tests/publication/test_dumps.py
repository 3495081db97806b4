"""The whole catalogue in one download: complete, signed, and gone when a dataset in it is."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from datetime import timedelta

import ckan.model as model
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from ckan.lib import jobs
from ckan.tests import factories
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rq import SimpleWorker

from ckanext.satudatapmi import daily, signing
from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.publication import dumps
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")


@pytest.fixture
def folder(monkeypatch, tmp_path, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    return tmp_path


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def made(folder):
    """Two public datasets, one with a table, and hidden ones."""
    owner = factories.Organization()["id"]
    make_hidden(owner)
    table = make(owner_org=owner, title="Penempatan")
    records = [{"negara": "Taiwan", "jumlah": 5}, {"negara": "=cmd|' /C calc'!A0", "jumlah": None}]
    fields = [{"id": "negara", "type": "text"}, {"id": "jumlah", "type": "int8"}]
    resource = {"package_id": table["id"], "name": "Tabel"}
    act("datastore_create", resource=resource, fields=fields, records=records)
    return [table, make(owner_org=owner, **FULL)]


def extracted(client):
    answer = client.get("/unduhan/terbaru/satudata-pmi.tar", follow_redirects=True)
    assert answer.status_code == 200
    return answer.data, tarfile.open(fileobj=io.BytesIO(answer.data))


def test_one_download_holds_metadata_tables_and_figures_of_all_that_is_public(client, made):
    dumps.make()
    _archive, opened = extracted(client)
    lines = gzip.decompress(opened.extractfile("datasets.jsonl.gz").read()).decode().splitlines()
    assert {json.loads(line)["identifier"] for line in lines} == {one["id"] for one in made}
    manifest = json.load(opened.extractfile("manifest.json"))
    (table,) = [one for one in manifest["files"] if one.get("resource")]
    rows = pq.read_table(io.BytesIO(opened.extractfile(table["path"]).read())).to_pylist()
    assert [(row["negara"], row["jumlah"]) for row in rows][0] == ("Taiwan", 5) and len(rows) == table["rows"] == 2
    assert pq.read_table(io.BytesIO(opened.extractfile("figures.parquet").read())).num_columns > 20
    assert b"dcat#Dataset" in gzip.decompress(opened.extractfile("catalogue.nt.gz").read())


def test_manifest_is_signed_and_openssl_agrees(client, made, folder):
    dumps.make()
    archive, _opened = extracted(client)
    (folder / "out").mkdir()
    subprocess.run(["tar", "-xf", "-"], input=archive, cwd=folder / "out", check=True)
    (folder / "out" / "kunci.pem").write_bytes(client.get("/unduhan/kunci.pem").data)
    check = "openssl pkeyutl -verify -pubin -inkey kunci.pem -rawin -in manifest.json -sigfile manifest.json.sig"
    for command in (check.split(), ["sha256sum", "-c", "SHA256SUMS"]):
        done = subprocess.run(command, cwd=folder / "out", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (folder / "satudata-signing-key.pem").stat().st_mode & 0o777 == 0o600


def repacked(archive, change):
    """Return an archive in which the content of files was changed: None takes one out."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old.getmembers():
            content = change(member.name, old.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return out.getvalue()


TAMPERED = {
    "a byte": (lambda name, content: content + b"x" if name == "datasets.jsonl.gz" else content, "its sha256"),
    "missing": (lambda name, content: None if name == "figures.parquet" else content, "figures.parquet: missing"),
    "manifest": (lambda name, content: content + b" " if name == "manifest.json" else content, "not signed"),
    "unsigned": (lambda name, content: None if name == "manifest.json.sig" else content, "is missing"),
}


@pytest.mark.parametrize(("change", "said"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_tampered_with_is_named(client, made, folder, change, said):
    dumps.make()
    archive, _opened = extracted(client)
    path, key = folder / "dump.tar", signing.public_key()
    path.write_bytes(archive)
    assert list(dumps.problems(path, key)) == []
    path.write_bytes(repacked(archive, change))
    (problem,) = dumps.problems(path, key)
    assert said in problem
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(archive)
    assert "not signed" in next(dumps.problems(path, other))


def test_dump_is_gone_once_a_dataset_in_it_is_hidden_and_the_next_lacks_it(client, made):
    old = dumps.make()
    address = f"/unduhan/{old.name}/manifest.json"
    assert client.get(address).status_code == 200
    act("package_patch", id=made[0]["id"], private=True)
    assert client.get(address).status_code == 410
    assert client.get("/unduhan/terbaru/manifest.json").status_code == 503
    daily.make_dump()
    manifest = client.get("/unduhan/terbaru/manifest.json", follow_redirects=True).json
    assert manifest["datasets"] == [made[1]["id"]]


@pytest.fixture
def asked(clean_queues):
    """Return a function that lets the schedule tick and the background job work; it tells how many dumps it made."""

    def tick():
        before = dumps.newest()
        daily.ask_for_dump()
        SimpleWorker([jobs.get_queue()]).work(burst=True)
        after = dumps.newest()
        return bool(after and (before is None or after.name != before.name))

    return tick


def test_schedule_asks_for_one_dump_a_day_however_often_it_ticks(asked, made):
    assert asked()
    for number in range(3):
        act("package_patch", id=made[1]["id"], satuan=f"satuan {number}")
        assert not asked()


def test_schedule_asks_for_another_once_after_each_withdrawal(asked, made):
    assert asked()
    act("package_patch", id=made[0]["id"], private=True)
    assert [asked(), asked()] == [True, False]
    act("package_patch", id=made[0]["id"], private=False)
    assert not asked()


def test_schedule_asks_again_the_next_day(asked, made, monkeypatch):
    assert asked()
    act("package_patch", id=made[1]["id"], satuan="kartu keluarga")
    tomorrow = history.today() + timedelta(days=1)
    monkeypatch.setattr(history, "today", lambda: tomorrow)
    assert [asked(), asked()] == [True, False]


def given(client, dump, name="manifest.json"):
    return client.get(f"/unduhan/{dump.name}/{name}").status_code


def test_dump_is_gone_once_a_table_in_it_is_taken_out_of_a_public_dataset(client, made):
    old = dumps.make()
    (table,) = act("package_show", id=made[0]["id"])["resources"]
    other = made[1]["resources"][0]
    act("resource_delete", id=other["id"])
    assert given(client, old) == 200
    act("resource_delete", id=table["id"])
    assert given(client, old) == 410


def test_dump_is_gone_once_figures_in_it_are_withdrawn(client, made, grow):
    grow("Negara;2022\nTaiwan;100", constants={"tanggal_terbit": "2023-02-01"}, place=made[0]["id"])
    model.Session.execute(sa.text("UPDATE resource SET created = now() WHERE created IS NULL"))
    model.Session.commit()
    old = dumps.make()
    assert given(client, old, "figures.parquet") == 200
    model.Session.execute(sa.text("DELETE FROM satudatapmi_observation"))
    model.Session.execute(sa.text("DELETE FROM satudatapmi_figure_load"))
    model.Session.commit()
    assert given(client, old, "figures.parquet") == 410


def test_dump_of_another_database_is_not_given(client, made):
    old = dumps.make()
    path = old.folder / dumps.KEPT_FOR_US
    path.write_text(json.dumps(json.loads(path.read_text()) | {"database": "lain"}))
    assert given(client, old) == 410
    path.unlink()
    assert given(client, old) == 410


def test_dataset_that_came_and_went_after_a_dump_does_not_withdraw_it(client, made):
    old = dumps.make()
    late = make(owner_org=made[0]["owner_org"])
    act("package_delete", id=late["id"])
    act("package_patch", id=made[1]["id"], satuan="kartu keluarga")
    assert given(client, old) == 200


def test_dataset_that_is_hidden_while_a_dump_is_made_withdraws_it(client, made, monkeypatch):
    write = dumps._write_table

    def hide_first(folder, one):
        act("package_patch", id=made[1]["id"], private=True)
        return write(folder, one)

    monkeypatch.setattr(dumps, "_write_table", hide_first)
    assert given(client, dumps.make()) == 410


def test_table_that_goes_while_a_dump_is_made_is_left_out_of_it(client, made, monkeypatch):
    write = dumps._write_table

    def drop_first(folder, one):
        act("datastore_delete", resource_id=one.resource_id, force=True)
        return write(folder, one)

    monkeypatch.setattr(dumps, "_write_table", drop_first)
    dump = dumps.make()
    assert [one["path"] for one in dump.manifest["files"]] == [
        *("datasets.jsonl.gz", "catalogue.nt.gz", "figures.parquet"),
    ]
    assert list(dumps.problems(dump.folder / dumps.ARCHIVE, signing.public_key())) == []


def test_a_file_is_given_without_reading_what_the_whole_dump_holds(client, made, monkeypatch):
    dump = dumps.make()
    asked = []

    def listen(_connection, _cursor, _statement, values, *_rest):
        asked.append(str(values))

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", listen)
    monkeypatch.setattr(dumps.Dump, "manifest", property(lambda _dump: pytest.fail("the manifest was read")))
    try:
        assert given(client, dump, dumps.ARCHIVE) == 200
    finally:
        sa.event.remove(model.ensure_engine(), "before_cursor_execute", listen)
    assert asked and not any(made[0]["id"] in values for values in asked)


def test_dump_is_made_anew_only_where_something_changed(made, folder):
    daily.make_dump()
    first = dumps.latest().name
    daily.make_dump()
    assert dumps.latest().name == first
    for number in range(3):
        act("package_patch", id=made[1]["id"], satuan=f"satuan {number}")
        dumps.make()
    assert len(list((folder / dumps.FOLDER).iterdir())) == dumps.KEPT


def test_part_of_a_file_can_be_fetched(client, made):
    dump = dumps.make()
    address = f"/unduhan/{dump.name}/{dumps.ARCHIVE}"
    whole = client.get(address)
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.data == whole.data[100:200] and whole.headers["Accept-Ranges"] == "bytes"
    assert client.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert client.get(address, headers={"Range": "bytes=999999999-"}).status_code == 416


def fetched(dataset):
    rows = act("satudata_delivery_list", id=dataset["id"])
    return [(one["consumer"], one["behind"]) for one in rows if one["feed"] == "/unduhan"]


@pytest.mark.parametrize("name", [dumps.ARCHIVE, dumps.ENTRIES, dumps.TRIPLES])
def test_who_fetched_a_dump_is_kept(client, made, name):
    dump = dumps.make()
    address, agent = f"/unduhan/{dump.name}/{name}", {"User-Agent": "curl/8.0"}
    client.head(address, headers=agent)
    client.get(f"/unduhan/{dump.name}/manifest.json", headers=agent)
    assert [fetched(one) for one in made] == [[], []]
    client.get(address, headers=agent | {"Range": "bytes=0-9"})
    assert [fetched(one) for one in made] == [[("curl", False)], [("curl", False)]]
    act("package_patch", id=made[0]["id"], satuan="jiwa")
    assert [fetched(one) for one in made] == [[("curl", True)], [("curl", False)]]


def test_who_fetched_a_table_of_a_dump_is_kept_for_its_dataset(client, made):
    dump = dumps.make()
    [path] = [one["path"] for one in dump.manifest["files"] if one["path"].startswith("tables/")]
    client.get(f"/unduhan/{dump.name}/{path}", headers={"User-Agent": "curl/8.0"})
    assert [fetched(one) for one in made] == [[("curl", False)], []]


@pytest.mark.parametrize(
    "name",
    [
        *("../../satudata-signing-key.pem", "..%2f..%2fsatudata-signing-key.pem", "x", "tables/x.parquet", "tables"),
        *(dumps.KEPT_FOR_US, f"tables/../{dumps.KEPT_FOR_US}", f"./{dumps.KEPT_FOR_US}"),
    ],
)
def test_nothing_but_the_files_of_the_dump_is_given(client, made, name):
    dump = dumps.make()
    assert client.get(f"/unduhan/{dump.name}/{name}").status_code == 404
    assert client.get(f"/unduhan/lain/{name}").status_code == 404


def test_page_shows_what_is_in_it(client, made):
    assert "Belum" in client.get("/unduhan").data.decode() or dumps.latest() is None
    dumps.make()
    page = client.get("/unduhan").data.decode()
    digest = dumps.latest().manifest["files"][0]["sha256"]
    assert digest[:16] in page and "openssl" in page and "Penempatan" in page
    assert hashlib.sha256((dumps.latest().folder / "datasets.jsonl.gz").read_bytes()).hexdigest() == digest
