"""Files are looked at before they are stored, by whatever action they come; what is held back is stored nowhere."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.catalogue.access_log import EVENT
from tests.catalogue.actors import Cast, cast

pytestmark = pytest.mark.usefixtures("pembina_data")

CSV = b"negara,jumlah\nMalaysia,3\n"
PERSONS = b"nama,nik\nA,3506014107900001\nB,3506014107900002\n"


@pytest.fixture
def storage(tmp_path, monkeypatch, ckan_config):
    """The folder of uploaded files, empty at first."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    return tmp_path


def file(content: bytes, name: str = "tabel.csv") -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def stored(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def by_create(actors: Cast, role: str, dataset: dict, upload: FileStorage, **values) -> None:
    actors.act(role, "resource_create", package_id=dataset["id"], url="", upload=upload, **values)


def by_update(actors: Cast, role: str, dataset: dict, upload: FileStorage, **values) -> None:
    resource = dataset["resources"][0]["id"]
    actors.act(role, "resource_update", id=resource, url="", url_type="upload", upload=upload, **values)


def by_patch(actors: Cast, role: str, dataset: dict, upload: FileStorage, **values) -> None:
    actors.act(role, "resource_patch", id=dataset["resources"][0]["id"], upload=upload, **values)


def by_revise(actors: Cast, role: str, dataset: dict, upload: FileStorage, **values) -> None:
    resource = {"upload": upload, "url_type": "upload"} | values
    actors.act(role, "package_revise", match={"id": dataset["id"]}, update={"resources": [resource]})


def by_package(actors: Cast, role: str, dataset: dict, upload: FileStorage, **values) -> None:
    actors.dataset(role, resources=[{"url": "", "upload": upload} | values])


WAYS = (by_create, by_update, by_patch, by_revise, by_package)


def events() -> list:
    query = sa.select(EVENT).where(EVENT.c.step == "release").order_by(EVENT.c.id.desc())
    return list(model.Session.execute(query.limit(1)))


def test_by_no_way_a_bad_file_is_stored(storage):
    actors = cast()
    dataset = actors.dataset()
    bad = {"PDF": file(b"%PDF-1.7"), "NIK": file(PERSONS), "outside": file(CSV, "../tabel.csv")}
    for way in WAYS:
        for upload in bad.values():
            upload.stream.seek(0)
            with pytest.raises(tk.ValidationError) as refused:
                way(actors, "produsen", dataset, upload)
            assert "3506014107900001" not in str(refused.value.error_dict)
    assert stored(storage) == []


def test_a_good_file_is_stored_whole(storage):
    actors = cast()
    dataset = actors.dataset()
    by_create(actors, "produsen", dataset, file(CSV))
    assert stored(storage) == [CSV]
    shown = actors.act("produsen", "package_show", id=dataset["id"])
    resource = shown["resources"][-1]
    assert (resource["size"], resource["hash"]) == (len(CSV), hashlib.sha256(CSV).hexdigest())


def test_walidata_alone_release_a_file_and_say_why(storage):
    actors = cast()
    dataset = actors.dataset()
    before = events()
    for role, reason in (("produsen", "Bukan NIK"), ("walidata", " "), ("walidata", None)):
        with pytest.raises(tk.ValidationError) as refused:
            by_create(actors, role, dataset, file(PERSONS), release_reason=reason)
        assert ("release_reason" in refused.value.error_dict) is (role == "walidata")
        message = " ".join(refused.value.error_dict["upload"])
        assert "2 " in message and "B" in message and "3506014107900001" not in message
    assert (stored(storage), events()) == ([], before)
    by_create(actors, "walidata", dataset, file(PERSONS), release_reason="Nomor contoh")
    assert stored(storage) == [PERSONS]
    (event,) = events()
    assert (event.package_id, event.user_id) == (dataset["id"], model.User.get(actors.people["walidata"]).id)
    assert event.reason.startswith("Nomor contoh") and "3506014107900001" not in event.reason
    shown = actors.act("walidata", "package_show", id=dataset["id"])
    assert "release_reason" not in str(shown)


@pytest.mark.parametrize("role", ["anonymous", "outsider", "member", "pembina"])
def test_who_may_not_change_the_dataset_is_turned_away_before_the_file_is_read(role, storage):
    actors = cast()
    dataset = actors.dataset()
    upload = file(PERSONS)
    upload.stream.close()
    with pytest.raises(tk.NotAuthorized):
        by_create(actors, role, dataset, upload)


def test_the_form_tells_what_was_found(app, storage):
    actors = cast()
    dataset = actors.dataset()
    address = f"/dataset/{dataset['name']}/resource/new"

    def post(role: str, **values):
        form = {"id": "", "url": "", "url_type": "upload", "save": "go-dataset-complete", "name": "x"} | values
        sent = form | {"upload": (io.BytesIO(PERSONS), "tabel.csv")}
        return app.post(address, data=sent, headers=actors.headers(role), follow_redirects=False)

    refused = post("produsen")
    assert refused.status_code == 200 and "3506014107900001" not in refused.body
    assert 'name="release_reason"' not in refused.body and "NIK" in refused.body
    assert 'name="release_reason"' in post("walidata").body
    assert post("walidata", release_reason="Nomor contoh").status_code == 302
    assert stored(storage) == [PERSONS]
