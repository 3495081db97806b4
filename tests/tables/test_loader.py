"""Loading into the DataStore, on a real CKAN with a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ckan.plugins.toolkit as tk
import pandas as pd
import pytest
import sqlalchemy as sa
from building import tidy
from ckan.tests import factories
from ckan.tests.helpers import call_action
from ckanext.datastore.backend.postgres import get_read_engine, identifier
from sqlalchemy.exc import OperationalError
from stored import indexes, search

from ckanext.satudatapmi.harvesters import registry
from ckanext.satudatapmi.tables import batches, loader
from ckanext.satudatapmi.tables.loader import LoadError, load_table
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import Field, TidyTable

YEARS = {
    "unpivot": "tahun",
    "satuan": "orang",
    "constants": {"sumber": "BP2MI: laporan", "tanggal_terbit": "2024-02-05"},
}


def two_years() -> TidyTable:
    return tidy("Negara;2023;2024\nHongkong;65.916;99.773\nTaiwan;83.216;…\n", YEARS)


def test_a_table_arrives_typed_counted_and_explained(resource: str):
    table = two_years()
    assert load_table(resource, table) == 4
    found = search(resource, sort="kode_negara, tahun")
    assert found["total"] == 4
    assert found["records"][0] == {
        "_id": 1,
        "kode_negara": "HKG",
        "nama_negara": "Hong Kong",
        "tahun": 2023,
        "periode_awal": "2023-01-01",
        "periode_akhir": "2023-12-31",
        "nilai": 65916,
        "satuan": "orang",
        "status": "A",
        "alasan_kosong": None,
        "sumber": "BP2MI: laporan",
        "tanggal_terbit": "2024-02-05",
        "baris_sumber": 2,
        "kolom_sumber": "2023",
    }
    assert found["records"][3]["nilai"] is None
    assert found["records"][3]["alasan_kosong"] == "tidak_tersedia"
    info = {field["id"]: field for field in call_action("datastore_info", id=resource)["fields"]}
    assert {name: field["type"] for name, field in info.items()} == {
        field.name: {"text": "text", "integer": "int8", "date": "date"}[field.type] for field in table.fields
    }
    wanted = {"label": "Kode negara", "notes": table.fields[0].notes, "codes": "negara"}
    assert info["kode_negara"]["info"] == wanted
    assert call_action("resource_show", id=resource)["datastore_active"] is True


def test_words_and_figures_are_found_and_indexed(resource: str):
    load_table(resource, two_years())
    assert [row["nilai"] for row in search(resource, q="taiwan 2023")["records"]] == [83216]
    assert [row["tahun"] for row in search(resource, q="99773")["records"]] == [2024]
    assert search(resource, q="laporan")["total"] == 4
    assert search(resource, q="malaysia")["total"] == 0
    assert {"gin (_full_text)", "btree (kode_negara)", "btree (tahun)"} <= indexes(resource)


def test_rows_added_later_by_ckans_api_are_found_as_well(resource: str):
    load_table(resource, two_years())
    call_action(
        "datastore_upsert", resource_id=resource, method="insert", force=True, records=[{"nama_negara": "Zambia"}]
    )
    assert search(resource, q="zambia")["total"] == 1


def test_a_second_load_replaces_the_rows_and_only_the_rows(resource: str):
    load_table(resource, two_years())
    before = indexes(resource)
    assert load_table(resource, tidy("Negara;2025\nMalaysia;1\n", YEARS)) == 1
    found = search(resource)
    assert found["total"] == 1
    assert (found["records"][0]["_id"], found["records"][0]["kode_negara"]) == (1, "MYS")
    assert search(resource, q="taiwan")["total"] == 0
    assert indexes(resource) == before


def test_a_second_load_may_have_other_columns_and_types(resource: str):
    load_table(resource, two_years())
    other = tidy("Provinsi;Tahun;Nilai\nBali;2024;1,5\n", {"satuan": "juta US$"})
    load_table(resource, other)
    found = search(resource)
    assert [field["id"] for field in found["fields"]] == ["_id", *(field.name for field in other.fields)]
    assert found["records"][0]["nilai"] == 1.5
    assert {"btree (kode_wilayah)", "btree (tahun)", "gin (_full_text)"} <= indexes(resource)
    assert search(resource, q="bali")["total"] == 1
    labels = {field["id"]: field["info"]["label"] for field in call_action("datastore_info", id=resource)["fields"]}
    assert labels["nama_wilayah"] == "Provinsi"


def broken() -> TidyTable:
    table = two_years()
    return replace(table, frame=table.frame.assign(tahun=["2023", "x", "2023", "2024"]))


def test_a_load_that_fails_leaves_the_table_as_it_was(resource: str):
    load_table(resource, two_years())
    before = search(resource), indexes(resource)
    with pytest.raises(LoadError, match="column tahun"):
        load_table(resource, broken())
    assert (search(resource), indexes(resource)) == before


def test_a_first_load_that_fails_leaves_no_table(resource: str):
    with pytest.raises(LoadError, match="column tahun"):
        load_table(resource, broken())
    with pytest.raises(tk.ObjectNotFound):
        search(resource)
    assert not call_action("resource_show", id=resource).get("datastore_active")


def test_a_failure_while_columns_change_brings_the_old_ones_back(resource: str, monkeypatch: pytest.MonkeyPatch):
    load_table(resource, two_years())
    before = search(resource), indexes(resource)

    def fail(*_: object) -> list[str]:
        raise RuntimeError("power cut")

    monkeypatch.setattr(loader, "drop_key", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        load_table(resource, tidy("Provinsi;Tahun;Jumlah\nBali;2024;1\n", {"satuan": "orang"}))
    assert (search(resource), indexes(resource)) == before


def test_readers_see_the_old_rows_or_wait_and_never_half_a_table(resource: str, monkeypatch: pytest.MonkeyPatch):
    load_table(resource, two_years())
    seen: list[int | str] = []

    def look() -> None:
        with get_read_engine().begin() as connection:
            connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            try:
                count = connection.execute(sa.text(f"SELECT count(*) FROM {identifier(resource)}")).scalar_one()
            except OperationalError:
                seen.append("waits")
            else:
                seen.append(count)

    replace_rows, copy = loader._replace_rows, loader._copy
    monkeypatch.setattr(loader, "_replace_rows", lambda *given: (look(), replace_rows(*given))[1])
    monkeypatch.setattr(loader, "_copy", lambda *given: (copy(*given), look())[0])
    load_table(resource, tidy("Negara;2025\nMalaysia;1\n", YEARS))
    look()
    assert seen == [4, "waits", 1]


def test_who_may_not_write_to_the_resource_is_refused_before_anything_changes(resource: str):
    load_table(resource, two_years())
    with pytest.raises(tk.NotAuthorized):
        load_table(resource, tidy("Negara;2025\nMalaysia;1\n", YEARS), {"user": factories.User()["name"]})
    assert search(resource)["total"] == 4


def test_a_resource_that_is_not_there_is_said(portal):
    with pytest.raises(tk.ValidationError, match="Resource not found: 00000000"):
        load_table("00000000-0000-0000-0000-000000000000", two_years())


def test_awkward_texts_arrive_as_they_are(resource: str):
    texts = ['say "no"', "a,b;c\td", "back\\slash \\N", "line\nbreak", "100% :name", "\u0130stanbul"]
    frame = pd.DataFrame(
        {"isi:x": pd.Series([*texts, None], dtype="object"), "urut": pd.Series(range(7), dtype="Int64")}
    )
    load_table(resource, TidyTable(frame, (Field("isi:x", "text", "Isi"), Field("urut", "integer", "Urut"))))
    assert [row["isi:x"] for row in search(resource, sort="urut")["records"]] == [*texts, None]


@pytest.mark.slow
def test_many_rows_arrive_in_their_order(resource: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 1000)
    frame = pd.DataFrame(
        {"urut": pd.Series(range(25_500), dtype="Int64"), "nilai": pd.Series([0.1] * 25_500, dtype="Float64")}
    )
    fields = (Field("urut", "integer", "Urut", indexed=True), Field("nilai", "number", "Nilai"))
    assert load_table(resource, TidyTable(frame, fields)) == 25_500
    found = search(resource, sort="_id desc", limit=1)
    assert (found["total"], found["records"][0]["_id"], found["records"][0]["urut"]) == (25_500, 25_500, 25_499)


def test_the_demo_table_of_jatim_arrives_whole(resource: str, demo: Path):
    entries = registry.load(None, {"demo": "http://demo"}).sources
    source = next(entry for entry in entries if entry.name == "jawa-timur-penempatan")
    path = demo / source.url.removeprefix("http://demo/")
    assert source.table is not None
    table = tidy_table(read_table(path.read_bytes(), source.table, path.name), source.table)
    assert load_table(resource, table) == 38 * 15
    kediri = search(resource, filters={"kode_wilayah": "35.06", "tahun": 2011})["records"]
    city = search(resource, filters={"kode_wilayah": "35.71", "tahun": 2011})["records"]
    assert [row["nilai"] for row in kediri + city] == [6126, 69]


def test_what_ms_var_says_of_a_column_outlives_the_next_load(resource: str):
    document = {"nama": "Negara penempatan", "alias": "nama_negara", "definisi": "Tujuan", "tipe_data": "CHARACTER"}
    # A link to a file would be fetched, and held against the dictionary.
    context = {"user": factories.Sysadmin()["name"]}
    page = {"url": "https://data.example.go.id/halaman", "format": "HTML"}
    call_action("resource_patch", context, id=resource, **page, ms_var=[document])
    for _turn in range(2):
        load_table(resource, two_years())
        info = {one["id"]: one.get("info") for one in search(resource, limit=0)["fields"]}
        assert (info["nama_negara"]["label"], info["nama_negara"]["ms_var"]) == ("Negara penempatan", document)
        assert info["kode_negara"]["codes"] == "negara"
