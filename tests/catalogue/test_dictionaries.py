"""The data dictionary of a resource in CKAN: stored without loss, read in its shapes, and files held against it."""

from __future__ import annotations

import json
from io import BytesIO

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.logic.validators import HARVEST_CONTEXT
from tests.one_portal import portal
from tests.publication.datasets import act, make
from tests.schemas.test_variables import sound_columns

__all__ = ["portal"]

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]

MS_VAR = [
    {
        "nama": "Provinsi asal",
        "alias": "kode_provinsi",
        "konsep": ["Wilayah"],
        "definisi": "Provinsi tempat tinggal PMI",
        "tipe_data": "CHARACTER",
        "aturan_validasi": ["HARUS TERISI", "UNIK", "KODE wilayah"],
        "kunci_lain": {"versi": [1, 2.50]},
    },
    {
        "nama": "Jumlah",
        "alias": "jumlah",
        "definisi": "PMI yang ditempatkan",
        "satuan": "orang",
        "tipe_data": "INTEGER",
        "aturan_validasi": ["MINIMAL 0"],
    },
    {
        "nama": "Jenis kelamin",
        "alias": "jk",
        "definisi": "Menurut paspor",
        "tipe_data": "CHARACTER",
        "value_domain": [{"kode": "L", "nilai": "Laki-laki"}, {"kode": "P", "nilai": "Perempuan"}],
    },
]
GOOD = "kode_provinsi,jumlah,jk\n35,1250,L\n33,0,P\n"
BAD = "kode_provinsi,jumlah,jk\n35,1250,L\n,banyak,P\n35,-4,X\nJawa Tengah,1,L\n"


def file(text, name="tabel.csv"):
    return FileStorage(BytesIO(text.encode()), name)


def create(**values):
    return act("resource_create", **{"package_id": make()["id"], "url": "", "name": "Tabel", "format": "CSV"} | values)


def stored(resource_id):
    return json.loads(act("resource_show", id=resource_id)["ms_var"])


def dictionary(resource_id, shape="indah", user=""):
    return helpers.call_action(
        "satudata_dictionary_show", {"ignore_auth": False, "user": user}, id=resource_id, shape=shape
    )


@pytest.mark.parametrize("written", [MS_VAR, json.dumps(MS_VAR)])
def test_list_goes_through_the_api_without_loss(written):
    resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=written)
    assert stored(resource["id"]) == MS_VAR == dictionary(resource["id"])
    act("resource_patch", id=resource["id"], name="Lain")
    assert stored(resource["id"]) == MS_VAR


@given(documents=sound_columns())
@budget(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_sound_list_goes_through_the_api_without_loss(documents):
    if documents:
        resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=documents)
        assert dictionary(resource["id"]) == documents


def test_wrong_answers_are_refused_in_words():
    wrong = [MS_VAR[0], MS_VAR[1] | {"tipe_data": "ANGKA"}]
    with pytest.raises(tk.ValidationError) as refused:
        create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=wrong)
    (words,) = refused.value.error_dict["ms_var"]
    assert "2 (jumlah)" in words and "ANGKA" in words and "INTEGER" not in words.split("ANGKA")[0]


def test_four_shapes_and_no_dictionary():
    package = make()
    resource = create(
        package_id=package["id"], ms_var=MS_VAR, url="https://dinas.example.go.id/laporan.html", format="HTML"
    )
    assert [field["name"] for field in dictionary(resource["id"], "table_schema")["fields"]] == [
        "kode_provinsi",
        "jumlah",
        "jk",
    ]
    assert [entry["type"] for entry in dictionary(resource["id"], "datastore")] == ["text", "int8", "text"]
    assert dictionary(resource["id"], "csvw")["url"] == "https://dinas.example.go.id/laporan.html"
    with pytest.raises(tk.ValidationError):
        dictionary(resource["id"], "xml")
    bare = create(package_id=package["id"], url="https://dinas.example.go.id/laporan.html", format="HTML")
    with pytest.raises(tk.ObjectNotFound):
        dictionary(bare["id"])


def test_private_dictionary_is_for_members():
    package = make(private=True, owner_org=factories.Organization()["id"])
    resource = create(
        package_id=package["id"], ms_var=MS_VAR, url="https://dinas.example.go.id/laporan.html", format="HTML"
    )
    with pytest.raises(tk.NotAuthorized):
        dictionary(resource["id"])
    for user in ("", factories.User()["name"]):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("satudata_table_check", {"ignore_auth": False, "user": user}, id=resource["id"])


def test_good_upload_passes_and_complies():
    resource = create(upload=file(GOOD), ms_var=MS_VAR)
    assert resource["url_type"] == "upload" and resource["size"] == len(GOOD)
    outcome = act("satudata_table_check", id=resource["id"])
    assert (outcome["complies"], outcome["rows"], outcome["total"]) == (True, 2, 0)


def test_bad_upload_is_refused_with_every_cell_and_nothing_is_written():
    package = make()
    with pytest.raises(tk.ValidationError) as refused:
        create(package_id=package["id"], upload=file(BAD), ms_var=MS_VAR)
    told = "\n".join(refused.value.error_dict["upload"])
    for words in (
        "tabel.csv",
        "kode_provinsi: ''",
        "jumlah: 'banyak'",
        "jumlah: '-4'",
        "kode_provinsi: '35'",
        "jk: 'X'",
        "33",
    ):
        assert words in told
    assert len(refused.value.error_dict["upload"]) == 6
    assert act("package_show", id=package["id"])["resources"] == []


@pytest.mark.parametrize("action", ["resource_update", "resource_patch", "package_update"])
def test_bad_upload_leaves_the_old_file(action):
    resource = create(upload=file(GOOD), ms_var=MS_VAR)
    package = act("package_show", id=resource["package_id"])
    written = resource | {"upload": file(BAD, "baru.csv")}
    with pytest.raises(tk.ValidationError) as refused:
        if action == "package_update":
            act(action, **package | {"resources": [written]})
        else:
            act(action, **written)
    assert refused.value.error_dict["upload"]
    kept = act("resource_show", id=resource["id"])
    assert kept["url"].endswith("/tabel.csv") and kept["hash"] == resource["hash"]
    assert act("satudata_table_check", id=resource["id"])["complies"]


def test_upload_by_http_is_refused_with_409(app):
    user = factories.UserWithToken(sysadmin=True)
    values = {"package_id": make()["id"], "ms_var": json.dumps(MS_VAR), "name": "Tabel"}
    for text, status in ((BAD, 409), (GOOD, 200)):
        answer = app.post(
            "/api/action/resource_create",
            data=values | {"upload": (BytesIO(text.encode()), "tabel.csv")},
            headers={"Authorization": user["token"]},
            content_type="multipart/form-data",
        )
        assert answer.status_code == status
        assert ("upload" in answer.json.get("error", {})) == (status == 409)


def test_file_that_is_no_table_is_not_held_against_the_dictionary():
    resource = create(upload=file('{"a": 1}', "laporan.json"), ms_var=MS_VAR, format="JSON")
    with pytest.raises(tk.ValidationError):
        act("satudata_table_check", id=resource["id"])


def test_check_without_a_dictionary_is_told():
    resource = create(upload=file(GOOD))
    with pytest.raises(tk.ValidationError) as refused:
        act("satudata_table_check", id=resource["id"])
    assert "ms_var" in refused.value.error_dict


def test_linked_file_is_fetched_and_checked(monkeypatch, served):
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.allowed_hosts", ["127.0.0.1"])
    with pytest.raises(tk.ValidationError) as refused:
        create(url=served(BAD), ms_var=MS_VAR)
    assert len(refused.value.error_dict["url"]) == 6
    good = create(url=served(GOOD), ms_var=MS_VAR)
    assert act("satudata_table_check", id=good["id"])["complies"]
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.allowed_hosts", [])
    with pytest.raises(tk.ValidationError) as refused:
        act("resource_patch", id=good["id"], url=served(GOOD, "baru.csv"))
    assert "url" in refused.value.error_dict
    act("resource_patch", id=good["id"], name="Alamat tetap, tidak diambil lagi")


@pytest.fixture
def served(httpserver_folder):
    """Return a function that puts a text under an address."""
    folder, address = httpserver_folder

    def serve(text, name="tabel.csv"):
        (folder / name).write_text(text)
        return f"{address}/{name}"

    return serve


@pytest.fixture
def httpserver_folder(tmp_path):
    import functools
    import threading
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_datastore_learns_what_ms_var_says_and_gives_it_to_tables_without():
    resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML")
    fields = [
        {"id": "kode_provinsi", "type": "text", "info": {"label": "Provinsi", "codes": "wilayah"}},
        {"id": "jumlah", "type": "int8"},
    ]
    act("datastore_create", resource_id=resource["id"], force=True, fields=fields)
    assert [one["alias"] for one in dictionary(resource["id"])] == ["kode_provinsi", "jumlah"]
    assert dictionary(resource["id"], "csvw")["url"].endswith(f"/datastore/dump/{resource['id']}")
    act("resource_patch", id=resource["id"], ms_var=MS_VAR)
    found = act("datastore_search", resource_id=resource["id"], limit=0)["fields"]
    info = {one["id"]: one.get("info") for one in found}
    assert info["jumlah"]["label"] == "Jumlah" and info["jumlah"]["unit"] == "orang"
    assert info["kode_provinsi"]["codes"] == "wilayah" and info["kode_provinsi"]["ms_var"] == MS_VAR[0]


def test_harvester_that_knows_no_dictionary_leaves_it():
    resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=MS_VAR)
    package = act("package_show", id=resource["package_id"])
    brought = {"id": resource["id"], "url": "https://dinas.example.go.id/baru.html", "name": "Baru"}
    user = helpers.call_action("get_site_user")["name"]
    helpers.call_action("package_update", {"user": user, HARVEST_CONTEXT: True}, **package | {"resources": [brought]})
    assert stored(resource["id"]) == MS_VAR


def test_score_counts_the_code_lists_that_columns_name():
    package = make()
    before = act("satudata_principles_show", id=package["id"])[3]["kept"]
    create(package_id=package["id"], url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=MS_VAR)
    assert (before, act("satudata_principles_show", id=package["id"])[3]["kept"]) == (False, True)


@pytest.mark.parametrize(
    ("text", "dictionary", "code"),
    [
        (GOOD, json.dumps(MS_VAR), 0),
        (BAD, json.dumps(MS_VAR), 1),
        (GOOD, '{"fields": [{"name": "kode_provinsi"}, {"name": "jumlah", "type": "integer"}, {"name": "jk"}]}', 0),
        (GOOD, '{"fields": 1}', 2),
        (GOOD, '{"fields": [{"name": "jumlah", "type": "angka"}]}', 2),
        (GOOD, "{", 2),
        (GOOD, '[{"nama": "Jumlah"}]', 2),
        ("%PDF-1.7", json.dumps(MS_VAR), 2),
    ],
)
def test_command_line_says_by_its_exit_code(tmp_path, text, dictionary, code):
    (tmp_path / "tabel.csv").write_text(text)
    (tmp_path / "kamus.json").write_text(dictionary)
    arguments = ["dictionary", "check", str(tmp_path / "tabel.csv"), "--schema", str(tmp_path / "kamus.json")]
    done = CliRunner().invoke(cli.satudata, arguments)
    assert done.exit_code == code, done.output
    as_json = CliRunner().invoke(cli.satudata, [*arguments, "--json"])
    if code < 2:
        assert json.loads(as_json.stdout)["complies"] is (code == 0)


def load(path, resource_id):
    return CliRunner().invoke(cli.satudata, ["dictionary", "load", str(path), "--resource", resource_id])


def test_command_line_loads_a_csv_as_it_is_declared(tmp_path):
    resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=MS_VAR)
    path = tmp_path / "tabel.csv"
    path.write_text("jumlah,kode_provinsi,jk\n1250,35,L\n,33,P\n")
    done = load(path, resource["id"])
    assert (done.exit_code, done.output) == (0, "tabel.csv: 2 rows loaded.\n")
    found = act("datastore_search", resource_id=resource["id"], sort="kode_provinsi desc")
    assert found["records"][0] == {"_id": 1, "kode_provinsi": "35", "jumlah": 1250, "jk": "L"}
    assert [one.get("info", {}).get("codes") for one in found["fields"][1:]] == ["wilayah", None, None]
    assert dictionary(resource["id"]) == MS_VAR


@pytest.mark.parametrize(
    ("text", "ms_var", "code", "words"),
    [
        (GOOD.replace("1250", "1.250"), MS_VAR, 1, "row 2, column jumlah: '1.250' is not a whole number"),
        ("kode_provinsi,jk\n35,L\n", MS_VAR, 1, "the column jumlah is missing"),
        (GOOD, "", 2, "The resource has no MS-Var of its own"),
    ],
)
def test_command_line_says_why_a_csv_is_not_loaded(tmp_path, text, ms_var, code, words):
    resource = create(url="https://dinas.example.go.id/laporan.html", format="HTML", ms_var=ms_var)
    path = tmp_path / "tabel.csv"
    path.write_text(text)
    done = load(path, resource["id"])
    assert done.exit_code == code and words in done.stderr
    assert not act("resource_show", id=resource["id"]).get("datastore_active")


def test_command_line_names_a_resource_that_is_not_there(tmp_path):
    (tmp_path / "tabel.csv").write_text(GOOD)
    done = load(tmp_path / "tabel.csv", "entah")
    assert done.exit_code == 2 and "there is no resource entah" in done.stderr
