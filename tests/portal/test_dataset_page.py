"""The page of a dataset: a sentence, what is akin, whom to tell, rows without scripts, and what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudatapmi.catalogue import dataset_history
from ckanext.satudatapmi.publication.table_samples import samples
from ckanext.satudatapmi.tables import editions
from ckanext.satudatapmi.tables.loader import load_table
from tests.one_portal import portal
from tests.tables import building

__all__ = ["portal"]
pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]

YEARS = {"header": [1], "unpivot": "tahun", "satuan": "orang"}
PROVINCES = "Provinsi;2022;2023\nNTB;60.916;65.916\nBali;3.216;4.216\n"


def make(**values: Any) -> tuple[dict[str, Any], str]:
    owner = factories.Organization(title="Dinas Contoh")["id"]
    resources = [{"url": "https://data.example.go.id/tabel.csv", "name": "Tabel rapi"}]
    dataset = factories.Dataset(owner_org=owner, resources=resources, **values)
    return dataset, dataset["resources"][0]["id"]


def load(resource: str, text: str = PROVINCES, description: dict[str, Any] | None = None) -> None:
    load_table(resource, building.tidy(text, YEARS | (description or {})))


def patch(dataset: dict[str, Any], **values: Any) -> None:
    context = {"user": factories.Sysadmin()["name"], "ignore_auth": False}
    call_action("package_patch", context, id=dataset["id"], **values)


def page(app, address: str, status: int = 200) -> BeautifulSoup:
    return BeautifulSoup(app.get(address, status=status).data, "html.parser")


@pytest.fixture(scope="module")
def table(portal) -> tuple[dict[str, Any], str]:  # noqa: F811
    dataset, resource = make(title="Penempatan PMI", notes="Jumlah penempatan menurut provinsi. Angka tahunan.")
    load(resource)
    return dataset, resource


@pytest.mark.parametrize(
    ("values", "lead", "more"),
    [
        (
            {"notes": "Jumlah penempatan menurut provinsi. Angka tahunan."},
            "Jumlah penempatan menurut provinsi.",
            "Angka tahunan.",
        ),
        (
            {"notes": "Jumlah **penempatan** menurut provinsi."},
            "Jumlah penempatan menurut provinsi.",
            "Jumlah penempatan",
        ),
        ({"notes": "Tanpa titik"}, "Tanpa titik", None),
        ({"notes": "", "satuan": "orang"}, "Unit: orang; Published by Dinas Contoh.", None),
        ({"notes": "kata " * 100}, "Published by Dinas Contoh.", "kata kata"),
    ],
)
def test_page_says_in_one_sentence_what_the_dataset_is(app, values, lead, more):
    dataset, _resource = make(**values)
    found = page(app, f"/en/dataset/{dataset['name']}")
    assert found.select(".dataset-head .lead")[0].get_text() == lead
    notes = found.select_one(".notes")
    assert (notes is None) if more is None else (notes is not None and notes.get_text().strip().startswith(more))


def test_page_of_the_dataset_shows_first_rows_and_code(app, table):
    dataset, _resource = table
    found = page(app, f"/dataset/{dataset['name']}")
    assert found.select("table.first-rows") and found.select("figure.chart")
    assert len(found.select("details.samples")) == 4


def test_code_asks_for_this_table_in_four_languages():
    code = samples("abc", "http://localhost/dataset/x/tabel.csv", "http://localhost")
    assert list(code) == ["curl", "Python", "R", "JavaScript"]
    assert all("datastore_search" in text and "abc" in text for text in code.values())
    r = code["R"]
    assert r.startswith("library(httr2)") and r.count("(") == r.count(")") and r.count('"') % 2 == 0


def test_related_data_are_those_with_like_words_that_the_visitor_may_see(app):
    owner = factories.Organization()["id"]
    first = factories.Dataset(title="Remitansi triwulanan Kalimantan", owner_org=owner)
    like = factories.Dataset(title="Remitansi tahunan Kalimantan", owner_org=owner)
    hidden = factories.Dataset(title="Remitansi bulanan Kalimantan", owner_org=owner, private=True)
    other = factories.Dataset(title="Pengaduan menurut media", owner_org=owner)
    links = {one["href"] for one in page(app, f"/dataset/{first['name']}").select('[aria-labelledby="related"] a')}
    assert f"/dataset/{like['name']}" in links
    assert not links & {f"/dataset/{one['name']}" for one in (first, hidden, other)}


@pytest.mark.parametrize(
    ("mailbox", "told"),
    [
        ("pusdatin.data@bp2mi.go.id", True),
        ("fulan.bin.fulan@bp2mi.go.id", False),
        ("fulan@gmail.com", False),
        ("", False),
    ],
)
def test_problem_goes_to_an_office_and_never_to_a_person(app, mailbox, told):
    dataset, _resource = make(title="Penempatan & <lain>", maintainer_email=mailbox)
    section = page(app, f"/en/dataset/{dataset['name']}").select_one('[aria-labelledby="report"]')
    assert section is not None
    links = [one["href"] for one in section.select("a")]
    assert any(str(one).startswith(f"mailto:{mailbox}?subject=Problem%20with") for one in links) is told
    assert told or not mailbox or mailbox not in str(section)
    assert all("<" not in str(one) for one in links)


def rows_of(found: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in row.select("td")] for row in found.select("table.first-rows tbody tr")]


def address_of(table: tuple[dict[str, Any], str]) -> str:
    dataset, resource = table
    return f"/dataset/{dataset['name']}/resource/{resource}/baris"


def test_rows_are_filtered_sorted_and_shown_by_the_columns_one_chooses(app, table):
    asked = "kolom=kode_wilayah&nilai=52&urut=tahun&arah=desc&tampil=tahun&tampil=nilai"
    found = page(app, f"{address_of(table)}?{asked}")
    assert rows_of(found) == [["2023", "65.916"], ["2022", "60.916"]]
    assert found.select_one('th[aria-sort="descending"]')
    assert {one["value"] for one in found.select('input[name="tampil"][checked]')} == {"tahun", "nilai"}
    assert len(rows_of(page(app, f"{address_of(table)}?q=Bali"))) == 2
    assert len(rows_of(page(app, address_of(table)))) == 4


@pytest.mark.parametrize("asked", ["kolom=tahun&nilai=abc", "kolom=periode_awal&nilai=kemarin"])
def test_value_that_a_column_cannot_have_is_told(app, table, asked):
    found = page(app, f"{address_of(table)}?{asked}")
    assert found.select(".alert-warning") and not rows_of(found)


@pytest.mark.parametrize("asked", ["kolom=x&nilai=1", "urut=x;drop", "tampil=x", "page=99999999", "arah=x", "urut=_id"])
def test_what_is_no_column_or_page_is_passed_over(app, table, asked):
    assert len(rows_of(page(app, f"{address_of(table)}?{asked}"))) == 4


def test_pages_of_rows_keep_the_question(app):
    dataset, resource = make()
    lines = "".join(f"Kategori {number};{number}\n" for number in range(60))
    load(
        resource,
        f"Kelas;Jumlah\n{lines}",
        {
            "unpivot": None,
            "constants": {"tahun": 2023},
            "value": "Jumlah",
            "columns": {"Kelas": {"field": "kelas", "role": "key"}},
        },
    )
    found = page(app, f"{address_of((dataset, resource))}?urut=nilai&arah=desc&tampil=nilai")
    following = found.select_one('a[rel="next"]')
    assert following is not None and rows_of(found)[0] == ["59"]
    assert rows_of(page(app, str(following["href"]).split("#")[0]))[-1] == ["0"]


def test_rows_of_a_private_table_are_not_there(app):
    dataset, resource = make(private=True)
    load(resource)
    app.get(address_of((dataset, resource)), status=404)
    app.get(f"/dataset/{dataset['name']}/riwayat", status=404)


def test_history_says_what_changed_in_the_metadata(app):
    dataset, _resource = make(title="Judul lama", maintainer_email="fulan@example.go.id")
    patch(dataset, title="Judul baru", maintainer_email="lain@example.go.id", tags=[{"name": "remitansi"}])
    patch(dataset, resources=[{"url": "https://data.example.go.id/baru.csv", "name": "Tabel baru"}])
    found = page(app, f"/en/dataset/{dataset['name']}/riwayat")
    told = [[cell.get_text() for cell in row.select("th, td")] for row in found.select(".differences tbody tr")]
    assert ["Title", "Judul lama", "Judul baru"] in told and ["Tags", "–", "remitansi"] in told
    assert ["File", "Tabel rapi", "–"] in told and ["File", "–", "Tabel baru"] in told
    assert "fulan@" not in found.get_text() and "lain@" not in found.get_text()


def test_versions_from_before_it_was_public_are_not_told(app):
    dataset, _resource = make(title="Judul rahasia", private=True)
    patch(dataset, title="Judul terbuka", private=False)
    patch(dataset, title="Judul kedua")
    told = page(app, f"/dataset/{dataset['name']}/riwayat").get_text()
    assert "Judul rahasia" not in told and "Judul terbuka" in told


def editions_of(resource: str) -> list[tuple[Any, ...]]:
    found = call_action("satudata_table_edition_list", id=resource)
    return [(one["rows"], one["former"], one["added"], one["removed"]) for one in found]


def test_loads_of_a_table_are_compared_row_by_row(app):
    dataset, resource = make()
    load(resource)
    load(resource)
    load(resource, PROVINCES.replace("60.916", "60.917"))
    # A row that only moved on paper is the same.
    load(resource, PROVINCES.replace("60.916", "60.917").replace("NTB", "DKI Jakarta;1;2\nNTB"))
    assert editions_of(resource) == [(6, 4, 2, 0), (4, 4, 1, 1), (4, None, None, None)]
    told = page(app, f"/dataset/{dataset['name']}/riwayat").select("table")[0].get_text()
    assert "pemuatan pertama" in told


def test_columns_that_came_and_went_are_told(app):
    dataset, resource = make()
    load(resource)
    load(resource, "Negara;2023\nMalaysia;1\n")
    [newest, _first] = call_action("satudata_table_edition_list", id=resource)
    assert newest["columns_added"] == ["kode_negara", "nama_negara"]
    assert newest["columns_removed"] == ["kode_wilayah", "nama_wilayah"]
    assert page(app, f"/dataset/{dataset['name']}/riwayat").select("ins code")[0].get_text() == "kode_negara"


def test_large_tables_are_told_by_their_number_of_rows_alone(monkeypatch):
    monkeypatch.setattr(editions, "MOST_ROWS", 3)
    _dataset, resource = make()
    load(resource)
    load(resource, PROVINCES.replace("60.916", "60.917"))
    load(resource, PROVINCES + "Jawa Timur;1;2\n")
    assert editions_of(resource) == [(6, 4, None, None), (4, None, None, None)]


def test_old_editions_are_forgotten(monkeypatch):
    monkeypatch.setattr(editions, "KEPT", 2)
    _dataset, resource = make()
    for number in range(4):
        load(resource, PROVINCES.replace("60.916", str(number)))
    assert len(editions_of(resource)) == 2


def test_changes_of_files_and_fields_of_old_versions_never_fail():
    empty: dict[str, Any] = {}
    assert list(dataset_history.changes(empty, empty)) == []
    file = {"id": "1", "name": None, "url": "x", "hash": "a"}
    changed = list(dataset_history.changes({"resources": [file]}, {"resources": [file | {"hash": "b"}]}))
    assert [(one.field, one.file) for one in changed] == [("hash", "x")]
