"""Files of metadata become datasets: what is good lands, what is bad is named, what is there is left."""

from __future__ import annotations

import csv
import io
import json

import pytest
from ckan.tests import factories, helpers
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue import forms, importing
from ckanext.satudatapmi.publication import datajson
from tests.publication.datasets import FULL, act, make, make_harvested

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
HEADINGS = ["identifier", "Judul", "Deskripsi", "Tanggal terbit", "Hak akses", "Frekuensi pemutakhiran", "Kata kunci"]


def table(rows, headings=HEADINGS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def good(number, **other) -> list[str]:
    row = {"id": f"d-{number}", "title": f"Data {number}", "notes": "Uraian", "issued": "31-05-2024"}
    row |= {"access": "Terbuka", "frequency": "Tahunan", "keyword": "penempatan, pmi"} | other
    return list(row.values())


def imported(content, organization, **settings):
    user = helpers.call_action("get_site_user")["name"]
    return importing.import_file(content, importing.Settings("d.csv", organization, user, language="en", **settings))


def catalogue(*records) -> bytes:
    return json.dumps({"dataset": records}).encode()


def test_of_twenty_rows_three_bad_ones_are_named_and_the_rest_land():
    rows = [good(number) for number in range(2, 22)]
    rows[4] = good(6, issued="31-31-2024")
    rows[10] = good(12, access="rahasia sekali")
    rows[15] = good(17, title="")
    owner = factories.Organization()
    report = imported(table(rows), owner["name"])
    assert len(report.created) == 17
    assert [(one.row, one.field) for one in report.failed] == [
        (6, "Date issued"),
        (12, "Access rights"),
        (17, "Title"),
    ]
    private = imported(table([good(50, issued="31-31-2024", access="terbatas")]), owner["name"]).failed
    assert "31-31-2024: this is no date" in private[0].message
    assert "d.csv, row 6, column Tanggal terbit, Date issued: 31-31-2024: this is no date" in report.failed[0].message
    assert act("package_search", fq=f"owner_org:{owner['id']}")["count"] == 17


def test_row_becomes_a_persons_dataset_with_what_its_cells_say():
    owner = factories.Organization()
    assert len(imported(table([good(1)]), owner["name"]).created) == 1
    dataset = act("package_show", id="data-1")
    assert (dataset["issued"], dataset["accessRights"], dataset["accrualPeriodicity"]) == (
        "2024-05-31",
        "terbuka",
        "R/P1Y",
    )
    assert sorted(tag["name"] for tag in dataset["tags"]) == ["penempatan", "pmi"]
    assert not dataset["private"] and dataset["source_identifier"] == "d-1"
    assert not any(dataset.get(name) for name in ("source_name", "harvest_flags", "copy_fingerprint", "wire_extra"))


def test_what_is_not_open_lands_private():
    words = ["terbatas", "Tertutup", "restricted", "terbuka"]
    imported(table([good(n, access=word) for n, word in enumerate(words)]), factories.Organization()["name"])
    private = [act("package_show", id=f"data-{n}")["private"] for n in range(len(words))]
    assert private == [True, True, True, False]


def test_import_can_be_repeated_and_updates_only_when_told_to():
    owner = factories.Organization()["name"]
    imported(table([good(1), good(2)]), owner)
    changed = table([good(1, notes="Uraian baru", keyword=""), good(3)])
    report = imported(changed, owner)
    assert [one.name for one in report.skipped] == ["data-1"] and [one.name for one in report.created] == ["data-3"]
    report = imported(changed, owner, update=True)
    assert [one.name for one in report.updated] == ["data-1", "data-3"] and not report.created
    dataset = act("package_show", id="data-1")
    assert dataset["notes"] == "Uraian baru" and len(dataset["tags"]) == 2


def test_record_without_identifier_is_told_apart_by_its_title():
    owner = factories.Organization()["name"]
    content = catalogue({"title": "Satu", "distribution": []}, {"title": "Dua", "identifier": "2"})
    assert len(imported(content, owner).created) == 2
    assert len(imported(content, owner, update=True).skipped) == 1
    assert len(imported(catalogue({"title": "Dua", "identifier": "another"}), owner).created) == 1


def test_harvested_dataset_is_never_overwritten():
    owner = factories.Organization()
    there = make_harvested(title="Panen", owner_org=owner["id"], source_name="sumber", source_identifier="p-1")
    report = imported(catalogue({"title": "Milik saya", "identifier": "p-1"}), owner["name"], update=True)
    assert [one.name for one in report.skipped] == [there["name"]]


def test_identifier_that_repeats_within_a_file_is_refused_once():
    report = imported(table([good(1), good(1, title="Lain")]), factories.Organization()["name"])
    assert len(report.created) == 1 and [(one.row, one.field) for one in report.failed] == [
        (3, "Identifier at the source")
    ]


def test_dry_run_writes_nothing():
    owner = factories.Organization()
    report = imported(table([good(1), good(2, issued="x")]), owner["name"], dry_run=True)
    assert len(report.created) == 1 and len(report.failed) == 1
    assert act("package_search", fq=f"owner_org:{owner['id']}")["count"] == 0
    assert importing.present_datasets(owner["id"]) == {}


def test_record_of_this_portals_own_catalogue_comes_back_as_it_was():
    full = FULL | {"url": "https://dinas.example.go.id/penempatan", "wire_extra": '{"catatan": {"versi": [1, 2]}}'}
    dataset = act("package_show", id=make(**full)["id"])
    site = datajson.Site("https://portal.example", "Portal")
    record = datajson.entry(dataset, site)
    imported(catalogue(record | {"identifier": "lain"}), factories.Organization()["name"])
    again = datajson.entry(act("package_show", id="penempatan-pmi-menurut-negara-tujuan"), site)
    apart = {"identifier": None, "distribution": None}
    assert again | apart == record | apart
    urls = [str(one.get("downloadURL")).replace(" ", "%20") for one in record["distribution"]]
    assert [str(one.get("downloadURL")) for one in again["distribution"]] == urls


def test_activity_of_indah_becomes_a_dataset_that_gives_the_form_back():
    answers = {
        "judul_kegiatan": "Kompilasi Penempatan",
        "tahun": "2024",
        "jenis_statistik": "STATISTIK_SEKTORAL",
        "cara_pengumpulan_data": "KOMPILASI_PRODUK_ADMINISTRASI",
        "blok_i": {"instansi_penyelanggara": "BP2MI", "catatan_lain": "tetap ada"},
        "blok_vi": {"apakah_melakukan_uji_coba": False},
    }
    report = imported(json.dumps([answers]).encode(), factories.Organization()["name"])
    assert [one.title for one in report.created] == ["Kompilasi Penempatan 2024"]
    dataset = act("package_show", id=report.created[0].name)
    found = forms.described(dataset, "ms_keg", "indah", "id")["document"]
    assert found["blok_i"]["instansi_penyelanggara"] == "BP2MI"
    assert found["blok_vi"]["apakah_melakukan_uji_coba"] is False
    assert json.loads(dataset["wire_extra"])["blok_i"] == {"catatan_lain": "tetap ada"}


def test_answer_of_indah_that_is_no_option_is_kept_and_told_by_the_form():
    activity = {"judul_kegiatan": "X", "tahun": "2024", "jenis_statistik": "LAIN", "blok_i": {}}
    report = imported(json.dumps(activity).encode(), factories.Organization()["name"])
    found = forms.described(act("package_show", id=report.created[0].name), "ms_keg", "indah", "id")
    assert ("jenis_statistik", "not_an_option") in [(one["question"], one["kind"]) for one in found["problems"]]


def run(*arguments):
    return CliRunner().invoke(cli.satudata, ["metadata", "import", *arguments])


def test_command_says_by_its_exit_code_how_it_went(tmp_path):
    owner = factories.Organization()["name"]
    file = tmp_path / "data.csv"
    file.write_bytes(table([good(1), good(2, issued="x")]))
    done = run(str(file), "--organization", owner, "--json")
    assert done.exit_code == 1
    report = json.loads(done.output)
    assert (len(report["created"]), report["failed"][0]["row"]) == (1, 3)
    file.write_bytes(table([good(1)]))
    done = run(str(file), "--organization", owner)
    assert done.exit_code == 0 and "left as it is: data-1" in done.output
    stranger = factories.User()["name"]
    for wrong in (["--organization", "tidak-ada"], ["--organization", owner, "--user", stranger], []):
        assert run(str(file), *wrong).exit_code == 2
    file.write_bytes(b"{")
    assert run(str(file), "--organization", owner).exit_code == 2


def upload(content, name="d.csv"):
    return FileStorage(io.BytesIO(content), filename=name)


def test_api_takes_files_from_those_who_may_create_datasets(app, monkeypatch):
    import ckan.plugins.toolkit as tk

    editor, stranger = factories.User(), factories.User()
    owner = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])["name"]

    def send(user, content=None):
        context = {"user": user["name"], "ignore_auth": False}
        return helpers.call_action(
            "satudata_metadata_import", context, organization=owner, upload=upload(content or table([good(1)]))
        )

    assert len(send(editor)["created"]) == 1
    with pytest.raises(tk.NotAuthorized):
        send(stranger)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.import.max_rows", 1)
    with pytest.raises(tk.ValidationError, match="at most 1"):
        send(editor, table([good(1), good(2)]))
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.import.max_bytes", 10)
    with pytest.raises(tk.ValidationError, match="larger"):
        send(editor)


def test_page_takes_a_file_and_shows_what_became_of_it(app):
    editor = factories.UserWithToken()
    headers = {"Authorization": editor["token"]}
    assert app.get("/metadata/impor").status_code == 403
    assert app.get("/metadata/impor", headers=headers).status_code == 403
    owner = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])["name"]
    assert owner in app.get("/metadata/impor", headers=headers).body
    form = {"organization": owner, "upload": (io.BytesIO(table([good(1), good(2, issued="<b>x")])), "d.csv")}
    page = app.post("/metadata/impor", headers=headers, data=form, content_type="multipart/form-data").body
    assert "/dataset/data-1" in page and "&lt;b&gt;x" in page and "<b>x" not in page
    empty = app.post("/metadata/impor", headers=headers, data={"organization": owner}).body
    assert 'role="alert"' in empty
