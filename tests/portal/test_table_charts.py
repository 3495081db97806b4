"""Charts of real tables: the right one is drawn, for those who may see the table, and nothing that misleads."""

from __future__ import annotations

import time
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action
from ckanext.datastore.backend.postgres import get_write_engine, identifier
from lxml import etree

from ckanext.satudatapmi.catalogue import table_rows, table_sums
from ckanext.satudatapmi.portal import table_chart_pages
from ckanext.satudatapmi.portal.charts import outlines, table_charts
from ckanext.satudatapmi.portal.charts.outline_import import import_outlines
from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.tables.loader import load_table
from tests.one_portal import portal
from tests.portal.charts.test_outlines import SOURCE, collection, held, provinces
from tests.tables import building

__all__ = ["held", "portal"]
pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]

PROVINCES = "Provinsi;2022;2023\nNTB;60.916;65.916\nBali;3.216;4.216\nJawa Timur;51.348;68.069\n"
COUNTRIES = "Negara;2022;2023\nMalaysia;43.163;72.260\nHong Kong;60.096;65.916\nTaiwan;53.459;83.216\n"
YEARS = {"header": [1], "unpivot": "tahun", "satuan": "orang"}
SVG, PNG = "image/svg+xml", b"\x89PNG\r\n"


def make(**values: Any) -> tuple[str, str]:
    """Make a dataset with a resource; return the id of the resource and the address of its page."""
    owner = factories.Organization(title="Dinas Contoh")["id"]
    resources = [{"url": "https://data.example.go.id/tabel.csv", "name": "Tabel rapi"}]
    dataset = factories.Dataset(owner_org=owner, resources=resources, **{"title": "Penempatan PMI", **values})
    found = dataset["resources"][0]["id"]
    return found, f"/dataset/{dataset['name']}/resource/{found}"


def printed(text: str, description: dict[str, Any] | None = None, **values: Any) -> str:
    """Return the address of a resource with a table that was printed so."""
    resource, address = make(**values)
    load_table(resource, building.tidy(text, YEARS | (description or {})))
    return address


def stored(fields: dict[str, str], rows: list[tuple[Any, ...]], **info: Any) -> str:
    """Return the address of a resource with a table of these columns and rows; `info` is of the columns."""
    resource, address = make()
    columns = [{"id": name, "type": kind, "info": info.get(name, {})} for name, kind in fields.items()]
    records = [dict(zip(fields, row, strict=True)) for row in rows]
    wanted = {"resource_id": resource, "fields": columns, "records": records, "force": True}
    call_action("datastore_create", {"user": factories.Sysadmin()["name"]}, **wanted)
    return address


def pictures(address: str) -> list[table_charts.Picture]:
    with table_rows.opened(address.rsplit("/", 1)[1]) as found:
        return table_charts.pictures_of(found)


def kinds(address: str) -> list[tuple[str, str]]:
    return [(one.name, one.kind) for one in pictures(address)]


def words_of(content: bytes) -> list[str]:
    return [" ".join("".join(one.itertext()).split()) for one in etree.fromstring(content).iter("{*}text")]


def test_table_of_provinces_has_lines_and_a_map_of_tiles(app):
    address = printed(PROVINCES)
    assert kinds(address) == [("waktu", "lines"), ("kode_wilayah", "tiles")]
    [lines, tiles] = pictures(address)
    assert [(one.code, one.value) for one in tiles.groups] == [("35", 68069.0), ("52", 65916.0), ("51", 4216.0)]
    assert [one.value for one in lines.groups][:2] == [51348.0, 68069.0]


@pytest.mark.usefixtures("held")
def test_map_of_provinces_has_official_outlines_where_the_site_holds_them(app):
    address = printed(PROVINCES)
    found = import_outlines(collection(provinces()), SOURCE)
    outlines.keep(found.level, found.topology)
    try:
        drawn = app.get(f"{address}/bagan.svg?by=kode_wilayah", status=200).data
        assert len(etree.fromstring(drawn).findall(".//{*}path")) == 38 and "Penempatan PMI" in words_of(drawn)
        page = BeautifulSoup(app.get(address, status=200).body, "html.parser")
        assert len(page.select("svg.tile-map a path")) == 38 and SOURCE in page.get_text()
    finally:
        outlines.remove(found.level)
    assert b"<path" not in app.get(f"{address}/bagan.svg?by=kode_wilayah", status=200).data


def test_unit_is_in_the_visitors_language(app):
    address = printed(PROVINCES)
    for prefix, unit in (("", "orang"), ("/en", "people")):
        assert unit in words_of(app.get(f"{prefix}{address}/bagan.svg?by=kode_wilayah", status=200).data)


def test_table_of_countries_has_a_map_of_the_world(app):
    address = printed(COUNTRIES)
    assert kinds(address) == [("waktu", "lines"), ("kode_negara", "map")]
    said = words_of(app.get(f"{address}/bagan.svg?by=kode_negara", status=200).data)
    assert {"Taiwan", "Hong Kong", "Malaysia"} <= set(said)
    assert any("Penempatan PMI" in one for one in said) and any("Dinas Contoh" in one for one in said)


def test_districts_are_ranked(app):
    rows = [(f"35.{number:02}", 2023, number) for number in range(1, 30)]
    address = stored({"kode_wilayah": "text", "tahun": "int4", "jumlah": "int4"}, rows, jumlah={"unit": "orang"})
    [bars] = pictures(address)
    assert (bars.kind, bars.name, bars.found) == ("bars", "kode_wilayah", 29)
    said = words_of(app.get(f"{address}/bagan.svg", status=200).data)
    assert "Kabupaten Banyuwangi" in said and any("20" in one and "29" in one for one in said)


def test_whole_and_parts_are_never_in_one_chart():
    rows = [(code, year, value) for year in (2022, 2023) for code, value in (("_T", 30), ("MYS", 20), ("HKG", 10))]
    address = stored({"kode_negara": "text", "tahun": "int4", "jumlah": "int4"}, rows)
    lines, bars = pictures(address)
    assert [one.value for one in lines.groups] == [30.0, 30.0] and lines.dimension is None
    assert {one.code for one in bars.groups} == {"MYS", "HKG"}


@pytest.mark.parametrize("unit", ["orang", "persen", ""])
def test_only_figures_of_units_that_add_up_are_added_up(unit):
    halves = [(code, value / 2) for code, value in (("MYS", 20), ("HKG", 10), ("TWN", 30))]
    rows = [(code, kind, 2023, value) for code, value in halves for kind in ("Formal", "Informal")]
    fields = {"kode_negara": "text", "jenis": "text", "tahun": "int4", "nilai": "numeric"}
    told = [(one.name, one.kind, one.groups[0].value) for one in pictures(stored(fields, rows, nilai={"unit": unit}))]
    assert told == ([("kode_negara", "map", 30.0), ("jenis", "bars", 30.0)] if unit == "orang" else [])


def test_line_is_of_the_dimension_with_the_fewest_values():
    rows = [
        (f"35.{place:02}", kind, year, 5)
        for place in range(1, 10)
        for kind in ("Formal", "Informal")
        for year in (2021, 2022, 2023)
    ]
    fields = {"kode_wilayah": "text", "jenis": "text", "tahun": "int4", "jumlah": "int4"}
    lines = pictures(stored(fields, rows, jumlah={"unit": "orang"}))[0]
    assert lines.dimension and lines.dimension.name == "jenis"
    assert [one.value for one in lines.groups] == [45.0] * 6


def test_period_of_which_little_is_published_yet_is_passed_over():
    rows = [(f"35.{place:02}", year, place) for place in range(1, 10) for year in (2022, 2023)]
    rows += [("35.01", 2024, 1), ("35.02", 2024, 2)]
    address = stored({"kode_wilayah": "text", "tahun": "int4", "jumlah": "int4"}, rows, jumlah={"unit": "orang"})
    bars = pictures(address)[-1]
    assert len(bars.groups) == 9 and {one.period[0].year for one in bars.groups if one.period} == {2023}


def test_sum_that_lacks_a_figure_is_not_drawn():
    rows = [("MYS", "a", 2023, 1), ("MYS", "b", 2023, None), ("HKG", "a", 2023, 2), ("HKG", "b", 2023, 2)]
    rows += [("TWN", "a", 2023, 3), ("TWN", "b", 2023, 3)]
    address = stored(
        {"kode_negara": "text", "jenis": "text", "tahun": "int4", "nilai": "int4"}, rows, nilai={"unit": "orang"}
    )
    assert [{one.code for one in each.groups} for each in pictures(address) if each.name == "kode_negara"] == [
        {"HKG", "TWN"}
    ]


def test_same_figure_twice_is_not_added_to_itself():
    rows = [("MYS", 2023, 5), ("MYS", 2023, 6), ("HKG", 2023, 7)]
    address = stored({"kode_negara": "text", "tahun": "int4", "jumlah": "int4"}, rows, jumlah={"unit": "orang"})
    assert pictures(address) == []


def test_of_restated_figures_the_last_published_counts(app):
    rows = [(2022, "2023-03-07", 200761), (2023, "2024-02-05", 274965), (2023, "2025-02-15", 297108)]
    address = stored({"tahun": "int4", "tanggal_terbit": "date", "jumlah": "int4"}, rows, jumlah={"unit": "orang"})
    [lines] = pictures(address)
    assert [one.value for one in lines.groups] == [200761.0, 297108.0] and lines.is_newest
    page = BeautifulSoup(app.get(f"/en{address}").data, "html.parser")
    assert "restated" in page.select("figure.chart")[0].get_text()


@pytest.mark.parametrize(
    ("ending", "media_type"), [("svg", SVG), ("png", "image/png"), ("vl.json", "application/json")]
)
def test_each_chart_has_an_address_of_its_own(app, ending, media_type):
    address = printed(COUNTRIES)
    answer = app.get(f"{address}/bagan.{ending}?by=waktu", status=200)
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    app.get(f"{address}/bagan.{ending}?by=waktu", headers={"If-None-Match": answer.headers["ETag"]}, status=304)
    assert ending != "png" or answer.data.startswith(PNG)


def test_chart_changes_with_its_table(app):
    address = printed(COUNTRIES)
    before = app.get(f"{address}/bagan.svg?by=waktu").headers["ETag"]
    load_table(address.rsplit("/", 1)[1], building.tidy(COUNTRIES.replace("72.260", "99.260"), YEARS))
    answer = app.get(f"{address}/bagan.svg?by=waktu", headers={"If-None-Match": before}, status=200)
    assert "99.260" in words_of(answer.data)


def test_tiles_are_drawn_with_title_and_source(app):
    address = printed(PROVINCES)
    said = words_of(app.get(f"/en{address}/bagan.svg?by=kode_wilayah", status=200).data)
    assert "68,069" in said and any("Penempatan PMI" in one for one in said)
    assert app.get(f"{address}/bagan.png?by=kode_wilayah", status=200).data.startswith(PNG)


@pytest.mark.parametrize("asked", ["by=nilai", "by='", "by=kode_wilayah"])
def test_what_has_no_chart_is_told_with_what_has(app, asked):
    assert "kode_negara" in app.get(f"{printed(COUNTRIES)}/bagan.svg?{asked}", status=404).body


def test_table_without_a_right_chart_says_so(app):
    address = stored({"nama": "text", "keterangan": "text"}, [("a", "b")])
    app.get(f"{address}/bagan.svg", status=404)
    assert not BeautifulSoup(app.get(address).data, "html.parser").select("figure.chart")


def test_chart_of_another_dataset_or_of_a_private_one_is_not_there(app):
    address = printed(COUNTRIES)
    other = printed(COUNTRIES).split("/resource/")[0]
    app.get(f"{other}/resource/{address.rsplit('/', 1)[1]}/bagan.svg", status=404)
    package = call_action("package_show", id=address.split("/")[2])
    call_action("package_patch", {"user": factories.Sysadmin()["name"]}, id=package["id"], private=True)
    app.get(f"{address}/bagan.svg", status=404)


def test_page_shows_charts_beside_the_table_in_both_languages(app):
    address = printed(COUNTRIES)
    for prefix, number in (("", "83.216"), ("/en", "83,216")):
        page = BeautifulSoup(app.get(f"{prefix}{address}").data, "html.parser")
        figures = page.select("figure.chart")
        assert len(figures) == 2 and all(one.select_one("figcaption") for one in figures)
        assert any(number in str(one["alt"]) for one in page.select("figure.chart img"))
        assert page.select("table.first-rows") and page.select('figure.chart a[href*="bagan.png"]')


def test_page_does_without_charts_where_nobody_draws(app, ckan_config, monkeypatch):
    address = printed(COUNTRIES)
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.url", "http://127.0.0.1:1/")
    away = app.get(f"{address}/bagan.svg?width=401", status=503)
    assert int(away.headers["Retry-After"]) > 0
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.url", "")
    page = BeautifulSoup(app.get(address).data, "html.parser")
    assert not page.select("figure.chart") and page.select("table.first-rows")


def test_page_of_a_large_table_does_not_wait_for_its_charts(app, monkeypatch):
    asked: list[Any] = []
    monkeypatch.setattr(table_chart_pages, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(tk, "enqueue_job", lambda job, arguments, **_more: asked.append((job, arguments)))
    address = printed(COUNTRIES)
    for _visit in range(2):
        assert not BeautifulSoup(app.get(address).data, "html.parser").select("figure.chart")
    [(job, arguments)] = asked
    job(*arguments)
    assert len(BeautifulSoup(app.get(address).data, "html.parser").select("figure.chart")) == 2


def test_world_is_bars_where_there_are_no_outlines(app, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.assets", "")
    said = words_of(app.get(f"{printed(COUNTRIES)}/bagan.svg?by=kode_negara", status=200).data)
    assert "83.216" in said


COLUMNS = {"kode_wilayah": "text", "kode_negara": "text", "tahun": "int4", "jumlah": "int4"}


def fill(address: str, years: int) -> None:
    """Have a table hold a figure of every district for 190 countries and some years."""
    table = identifier(address.rsplit("/", 1)[1])
    places = {
        "areas": [code for code in wilayah.areas() if "." in code],
        "countries": sorted(negara.countries())[:190],
    }
    insert = (
        f"INSERT INTO {table} (kode_wilayah, kode_negara, tahun, jumlah) "
        "SELECT area, country, year, 1 FROM unnest(CAST(:areas AS text[])) area, "
        "unnest(CAST(:countries AS text[])) country, generate_series(2001, 2000 + :years) year"
    )
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(insert), {**places, "years": years})


@pytest.mark.thorough
def test_table_of_a_million_rows_has_its_charts_in_seconds(app, monkeypatch):
    address = stored(COLUMNS, [], jumlah={"unit": "orang"})
    fill(address, 11)
    started = time.monotonic()
    found = pictures(address)
    assert time.monotonic() - started < 30
    assert [(one.name, one.kind, one.found) for one in found] == [
        ("waktu", "lines", 190),
        ("kode_wilayah", "bars", 514),
        ("kode_negara", "map", 190),
    ]
    assert {one.value for one in found[1].groups} == {190.0} and {one.value for one in found[2].groups} == {514.0}
    # What does not answer in time is not drawn, and the page does without it.
    monkeypatch.setattr(table_sums, "MILLISECONDS", 1)
    assert pictures(address) == []


def test_questions_to_a_table_end_together(monkeypatch):
    address = printed(COUNTRIES)
    monkeypatch.setattr(table_sums, "IN_ALL", 0)
    assert pictures(address) == []
