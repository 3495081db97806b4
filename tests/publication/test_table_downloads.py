"""Tables as files: whole, typed and in order, for those who may see them, and as they were printed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
import yaml
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action
from ckanext.datastore.backend.postgres import get_write_engine, identifier

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.tables import loader
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.exports import xlsx_file
from ckanext.satudatapmi.tables.exports.csv_file import write_csv
from ckanext.satudatapmi.tables.exports.table import About, Table
from ckanext.satudatapmi.tables.loader import load_table
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from tests.harvesters.conftest import harvest_of, partner
from tests.one_portal import portal
from tests.tables import building

__all__ = ["harvest_of", "partner", "portal"]

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]

PRINTED = (
    "Tabel 3. Penempatan menurut daerah (orang);;\nProvinsi;2023 1);2024\nNTB;65.916;99.773*\nBali;83.216;…\n"
    "Jumlah;149.132;99.773\n\n1) Databoks, 5 Februari 2024\n*) Sementara\nSumber: BP2MI\n"
)
DESCRIPTION = {
    "header": [2],
    "unpivot": "tahun",
    "satuan": "orang",
    "footnotes": {"1": {"sumber": "Databoks", "tanggal_terbit": "2024-02-05"}, "*": {"status": "P"}},
}
FORMS = ("csv", "xlsx", "json", "parquet")


def make(**values: Any) -> tuple[dict[str, Any], str]:
    """Make a dataset with one resource; return it and the address of the resource."""
    organization = values.pop("owner_org", None) or factories.Organization()["id"]
    resources = [{"url": "https://data.example.go.id/tabel.csv", "name": "Tabel rapi"}]
    dataset = factories.Dataset(owner_org=organization, resources=resources, **values)
    return dataset, f"/dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}"


@pytest.fixture
def placements() -> str:
    """The address of a resource with a table that was printed."""
    dataset, address = make(title="Penempatan PMI", license_id="cc-by")
    load_table(dataset["resources"][0]["id"], building.tidy(PRINTED, DESCRIPTION))
    return address


def resource_id(address: str) -> str:
    return address.rsplit("/", 1)[1]


def fill(fields: list[dict[str, Any]], records: list[dict[str, Any]]) -> str:
    """Make a table as CKAN's API does; return the address of its resource."""
    dataset, address = make()
    wanted = {"resource_id": dataset["resources"][0]["id"], "fields": fields, "records": records, "force": True}
    call_action("datastore_create", {"user": factories.Sysadmin()["name"]}, **wanted)
    return address


def sheet(content: bytes, place: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[place].iter_rows(values_only=True)]


def test_csv_has_every_row_in_order_with_codes_as_texts(app, placements):
    answer = app.get(f"{placements}/unduh/tabel.csv", status=200)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode())))
    told = [(row["kode_wilayah"], row["tahun"], row["nilai"], row["periode_awal"], row["status"]) for row in rows]
    assert told == [
        ("52", "2023", "65916", "2023-01-01", "A"),
        ("52", "2024", "99773", "2024-01-01", "P"),
        ("51", "2023", "83216", "2023-01-01", "A"),
        ("51", "2024", "", "2024-01-01", "M"),
    ]
    assert "_id" not in rows[0] and "_full_text" not in rows[0]


def test_json_has_the_data_dictionary_and_null_for_what_is_missing(app, placements):
    found = json.loads(app.get(f"{placements}/unduh/tabel.json", status=200).data)
    assert found["dataset"]["title"] == "Penempatan PMI" and found["dataset"]["license"]
    fields = {field["name"]: field for field in found["fields"]}
    assert fields["kode_wilayah"]["codes"] == "wilayah" and fields["tahun"]["type"] == "integer"
    assert [row["nilai"] for row in found["records"]] == [65916, 99773, 83216, None]


def test_parquet_has_types(app, placements):
    found = pq.read_table(io.BytesIO(app.get(f"{placements}/unduh/tabel.parquet", status=200).data))
    rows = found.to_pylist()
    assert rows[0]["tanggal_terbit"] == date(2024, 2, 5) and rows[0]["nilai"] == 65916
    assert rows[3]["nilai"] is None and rows[0]["kode_wilayah"] == "52"


def test_xlsx_has_the_rows_and_a_sheet_that_explains_them(app, placements):
    content = app.get(f"/en{placements}/unduh/tabel.xlsx", status=200).data
    rows = sheet(content)
    shown = dict(zip(rows[0], rows[1], strict=True))
    assert (shown["kode_wilayah"], shown["tahun"], shown["nilai"]) == ("52", 2023, 65916)
    told = [" ".join(str(cell) for cell in row if cell) for row in sheet(content, 1)]
    assert "Dataset Penempatan PMI" in told and any(line.startswith("Licence ") for line in told)
    assert any(line.startswith("Cite as ") for line in told)
    assert any(line.startswith("kode_wilayah Kode provinsi") and line.endswith("wilayah") for line in told)


MEDIA_TYPES = {
    "tabel.csv": "text/csv; charset=utf-8; header=present",
    "tabel.json": "application/json",
    "tabel.parquet": "application/vnd.apache.parquet",
    "tabel.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "cetak.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_file_says_what_it_is_and_is_sent_once(app, placements, name):
    address = f"{placements}/unduh/{name}"
    first = app.get(address, headers={"Accept-Encoding": "gzip"}, status=200)
    assert first.headers["Content-Type"] == MEDIA_TYPES[name]
    kept = f"{placements.split('/')[2]}-tabel-rapi{'-cetak.xlsx' if name == 'cetak.xlsx' else name[5:]}"
    assert first.headers["Content-Disposition"] == f"attachment; filename={kept}"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert int(first.headers["Content-Length"]) == len(first.data)
    assert ("Content-Encoding" in first.headers) == (name in ("tabel.csv", "tabel.json"))
    assert app.get(address, headers={"If-None-Match": first.headers["ETag"]}, status=304).data == b""
    assert app.get(address, headers={"If-Modified-Since": first.headers["Last-Modified"]}, status=304).data == b""
    head = app.flask_app.test_client().head(address, headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.data) == (200, b"") and head.headers["Content-Length"] == first.headers[
        "Content-Length"
    ]


def test_changed_rows_and_a_changed_dictionary_are_another_edition(app, placements):
    def edition() -> str:
        return app.get(f"{placements}/unduh/tabel.csv").headers["ETag"]

    seen = [edition(), edition()]
    assert seen[0] == seen[1]
    table = resource_id(placements)
    call_action("datastore_upsert", resource_id=table, method="insert", force=True, records=[{"nama_wilayah": "x"}])
    seen.append(edition())
    fields = [{"id": "tahun", "type": "int8", "info": {"label": "Tahun data"}}]
    call_action("datastore_create", resource_id=table, force=True, fields=fields)
    seen.append(edition())
    load_table(table, building.tidy(PRINTED, DESCRIPTION))
    seen.append(edition())
    assert len(set(seen)) == 4


def test_values_of_every_type_are_what_they_were(app):
    fields = [
        {"id": name, "type": kind}
        for name, kind in {
            "teks": "text", "bulat": "int8", "angka": "numeric", "pecahan": "float8", "hari": "date", "saat": "timestamp",
            "zona": "timestamptz", "jam": "time", "ya": "bool", "dokumen": "json", "daftar": "_text",
            "Persen (%)": "numeric", "isi:x": "text",
        }.items()
    ]  # fmt: skip
    records = [
        {
            "teks": "0101", "bulat": 9007199254740993, "angka": "12345678901234567.25", "pecahan": 0.1,
            "hari": "2024-02-29", "saat": "2024-02-29T12:30:00", "zona": "2024-02-29T12:30:00+07", "jam": "12:30",
            "ya": False, "dokumen": {"a": [1]}, "daftar": ["x", "y"], "Persen (%)": "12.5", "isi:x": "100% :nama",
        },
        {"teks": "=1+1", "angka": "NaN", "pecahan": "Infinity", "isi:x": None},
    ]  # fmt: skip
    address = f"{fill(fields, records)}/unduh/tabel"
    found = json.loads(app.get(f"{address}.json").data, parse_float=Decimal)["records"]
    first = found[0]
    assert (first["teks"], first["bulat"], first["angka"]) == (
        "0101",
        9007199254740993,
        Decimal("12345678901234567.25"),
    )
    assert (first["pecahan"], first["hari"], first["saat"]) == (Decimal("0.1"), "2024-02-29", "2024-02-29T12:30:00")
    assert (first["ya"], json.loads(first["dokumen"]), first["daftar"]) == (False, {"a": [1]}, "{x,y}")
    assert first["zona"].startswith("2024-02-29 ") and first["jam"] == "12:30:00"
    assert (first["Persen (%)"], first["isi:x"]) == (Decimal("12.5"), "100% :nama")
    assert {name: value for name, value in found[1].items() if value is not None} == {"teks": "=1+1"}
    kept = pq.read_table(io.BytesIO(app.get(f"{address}.parquet").data)).to_pylist()
    assert kept[0]["angka"] == Decimal("12345678901234567.25") and kept[1]["pecahan"] is None
    assert list(csv.reader(io.StringIO(app.get(f"{address}.csv").data.decode())))[2][0] == "'=1+1"
    cells = sheet(app.get(f"{address}.xlsx").data)
    assert cells[1][1:4] == ["9007199254740993", "12345678901234567.25", 0.1] and cells[2][0] == "=1+1"


def test_table_too_long_for_a_sheet_is_refused_with_the_other_forms(app, placements, monkeypatch):
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    answer = app.get(f"/en{placements}/unduh/tabel.xlsx", status=404)
    assert "4 rows" in answer.body and "CSV, JSON or Parquet" in answer.body
    app.get(f"{placements}/unduh/tabel.csv", status=200)


@pytest.mark.parametrize("name", ["tabel.csv", "cetak.xlsx"])
def test_table_of_a_private_dataset_is_for_those_who_may_see_it(app, name):
    member = factories.UserWithToken()
    organization = factories.Organization(users=[{"name": member["name"], "capacity": "member"}])
    dataset, address = make(private=True, owner_org=organization["id"])
    load_table(dataset["resources"][0]["id"], building.tidy(PRINTED, DESCRIPTION))
    app.get(f"{address}/unduh/{name}", status=404)
    stranger = factories.UserWithToken()
    app.get(f"{address}/unduh/{name}", headers={"Authorization": stranger["token"]}, status=404)
    answer = app.get(f"{address}/unduh/{name}", headers={"Authorization": member["token"]}, status=200)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_table_of_a_dataset_that_is_held_back_is_not_found(app, placements):
    import ckan.model as model

    package_id = call_action("resource_show", id=resource_id(placements))["package_id"]
    hold = "INSERT INTO satudatapmi_review (package_id, state, published) VALUES (:id, 'draft', false)"
    model.Session.execute(sa.text("DELETE FROM satudatapmi_review WHERE package_id = :id"), {"id": package_id})
    model.Session.execute(sa.text(hold), {"id": package_id})
    model.Session.commit()
    assert app.get(placements).status_code in (403, 404)
    app.get(f"{placements}/unduh/tabel.csv", status=404)


def test_what_is_not_there_is_not_found(app, placements):
    _other, address = make()
    table = resource_id(placements)
    for path in (
        f"{placements}/unduh/tabel.exe",
        f"{placements}/unduh/tabel",
        f"{address}/unduh/tabel.csv",
        f"{address.rsplit('/', 1)[0]}/{table}/unduh/tabel.csv",
        f"{placements.rsplit('/', 1)[0]}/tidak-ada/unduh/tabel.csv",
    ):
        app.get(path, status=404)


def test_resource_whose_table_is_gone_is_not_found(app, placements):
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {identifier(resource_id(placements))} CASCADE"))
    app.get(f"{placements}/unduh/tabel.csv", status=404)


def test_reader_sees_one_edition_though_another_is_loaded_meanwhile(placements, monkeypatch):
    monkeypatch.setattr(table_rows, "ROWS_AT_ONCE", 1)
    table, new = resource_id(placements), building.tidy("Provinsi;2025\nBali;1\n", DESCRIPTION | {"header": [1]})
    load = threading.Thread(target=load_table, args=(table, new))
    with table_rows.opened(table) as stored:
        batches = stored.rows()
        rows = list(next(iter(batches)))
        load.start()
        load.join(0.5)
        rows += [row for batch in batches for row in batch]
    load.join(30)
    assert len(rows) == stored.count == 4
    with table_rows.opened(table) as stored:
        assert stored.count == 1


def test_reader_that_comes_while_a_table_is_loaded_gets_the_new_one_whole(placements, monkeypatch):
    table, found = resource_id(placements), []

    def read() -> None:
        with table_rows.opened(table) as stored:
            found.append((stored.count, sum(len(batch) for batch in stored.rows())))

    reader, drop = threading.Thread(target=read), loader.fulltext.drop_word_indexes

    def come_between(*given: Any) -> Any:
        reader.start()
        reader.join(0.5)
        return drop(*given)

    monkeypatch.setattr(loader.fulltext, "drop_word_indexes", come_between)
    load_table(table, building.tidy("Provinsi;2025\nBali;1\nNTB;2\n", DESCRIPTION | {"header": [1]}))
    reader.join(30)
    assert found == [(2, 2)]


def test_large_table_is_not_held_in_memory(placements):
    table, count = resource_id(placements), 60_000
    with get_write_engine().begin() as connection:
        insert = (
            f"INSERT INTO {identifier(table)} (nama_wilayah, tahun, nilai) "
            f"SELECT 'Wilayah ' || n, n, n FROM generate_series(1, {count}) n"
        )
        connection.execute(sa.text(insert))
    with table_rows.opened(table) as stored, open("/dev/null", "wb") as file:
        tracemalloc.start()
        write_csv(Table(stored.columns, stored.count, About(""), stored.rows), file)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # One row takes some 700 bytes as Python holds it; 60,000 of them would be 40 MB.
        assert stored.count == count + 4 and peak < 12 * 1024**2


def test_printed_form_is_offered_with_titles_names_totals_and_notes(app, placements):
    content = app.get(f"{placements}/unduh/cetak.xlsx", status=200).data
    shown = [[cell for cell in row if cell is not None] for row in sheet(content)]
    assert shown[0] == ["Tabel 3. Penempatan menurut daerah (orang)"]
    assert shown[3:7] == [
        ["Provinsi", "2023 1)", "2024"],
        ["Nusa Tenggara Barat", 65916, "99.773 2)"],
        ["Bali", 83216, "..."],
        ["Jumlah", 149132, 99773],
    ]
    assert shown[8:] == [["1) Databoks, 5 Februari 2024"], ["2) Sementara"], ["Sumber: BP2MI"]]


def test_printed_form_read_by_its_own_description_gives_the_rows_of_the_table(app, placements):
    content = app.get(f"/en{placements}/unduh/cetak.xlsx").data
    lines = [row[0] or "" for row in sheet(content, 1)]
    begin = next(place for place, line in enumerate(lines) if line.startswith("How the table is read"))
    description = parse_description(yaml.safe_load("\n".join(lines[begin + 1 :])))
    again = tidy_table(read_table(content, description, "cetak.xlsx"), description).frame
    rows = list(csv.DictReader(io.StringIO(app.get(f"{placements}/unduh/tabel.csv").data.decode())))
    names = ("kode_wilayah", "tahun", "nilai", "status", "sumber", "tanggal_terbit", "catatan", "alasan_kosong")
    told = again[list(names)].astype(object).where(again[list(names)].notna(), "")
    assert [tuple(map(str, row)) for row in told.itertuples(index=False, name=None)] == [
        tuple(row[name] for name in names) for row in rows
    ]


def test_table_that_was_never_printed_has_no_printed_form(app):
    address = fill([{"id": "a", "type": "text"}], [{"a": "x"}])
    assert "no printed one" in app.get(f"/en{address}/unduh/cetak.xlsx", status=404).body
    page = app.get(address).body
    assert f"{address}/unduh/tabel.csv" in page and "cetak.xlsx" not in page


def test_pages_lead_to_the_files(app, placements):
    page = BeautifulSoup(app.get(placements).body, "html.parser")
    section = page.find("section", attrs={"aria-labelledby": "downloads"})
    hrefs = [link["href"] for link in section.find_all("a")]
    assert hrefs == [f"{placements}/unduh/{name}" for name in (*(f"tabel.{one}" for one in FORMS), "cetak.xlsx")]
    assert "4 baris" in section.get_text()
    for href in hrefs:
        app.get(href, status=200)
    dataset = BeautifulSoup(app.get(placements.rsplit("/resource", 1)[0]).body, "html.parser")
    assert {link["href"] for link in dataset.select(".resource-item a")} >= set(hrefs[:4])


def test_page_does_not_lead_to_a_workbook_that_cannot_be_written(app, placements, monkeypatch):
    from ckanext.satudatapmi.portal import table_files

    monkeypatch.setattr(table_files, "MOST_ROWS", 3)
    page = app.get(placements).body
    assert "tabel.csv" in page and "tabel.xlsx" not in page


def test_only_workbooks_speak_the_language_of_their_address(app, placements):
    for name in MEDIA_TYPES:
        tags = {app.get(f"{prefix}{placements}/unduh/{name}").headers["ETag"] for prefix in ("", "/en")}
        assert len(tags) == (2 if name.endswith(".xlsx") else 1)


def test_harvested_table_leads_to_its_file_as_it_was_published(
    app, partner, harvest_of, tmp_path, monkeypatch, ckan_config
):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    partner.serve("/penempatan.csv", PRINTED.encode(), "text/csv")
    harvest = harvest_of(f"{partner.url}/penempatan.csv", "published_table", {"table": DESCRIPTION}, "Penempatan")
    harvest.run()
    (dataset,) = harvest.datasets().values()
    raw, table = dataset["resources"]
    address = f"/dataset/{dataset['name']}/resource/{table['id']}"
    section = BeautifulSoup(app.get(address).body, "html.parser").find(attrs={"aria-labelledby": "downloads"})
    assert hashlib.sha256(PRINTED.encode()).hexdigest() in section.get_text()
    original = next(link["href"] for link in section.find_all("a") if raw["id"] in link["href"])
    assert app.get(original[original.index("/dataset") :]).data == PRINTED.encode()
    shown = sheet(app.get(f"{address}/unduh/cetak.xlsx", status=200).data)
    assert shown[0][0] == "Tabel 3. Penempatan menurut daerah (orang)" and shown[6][0] == "Jumlah"
