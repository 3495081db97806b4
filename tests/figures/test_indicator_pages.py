"""Indicators, places and charts of the single data, as a visitor meets them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.portal.memory import forget

pytestmark = pytest.mark.usefixtures("single_data")
SVG = {"svg": "http://www.w3.org/2000/svg"}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def fresh():
    forget()
    yield
    forget()


def page_of(answer):
    return BeautifulSoup(answer.body, "html.parser").find("main")


def text_of(answer):
    return " ".join(page_of(answer).get_text(" ").split())


def words_of(chart):
    return [" ".join(one.itertext()) for one in etree.fromstring(chart).iter("{http://www.w3.org/2000/svg}text")]


def test_all_indicators_are_listed_with_their_last_figure(app):
    said = text_of(app.get("/indikator", status=200))
    assert "297.434" in said and "Penempatan PMI" in said
    links = [one["href"] for one in page_of(app.get("/indikator")).select(".indicator-list a")]
    assert links == [f"/indikator/{name}" for name in indicators()]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("name", [*indicators()])
def test_every_indicator_has_a_page(app, prefix, name):
    page = page_of(app.get(f"{prefix}/indikator/{name}", status=200))
    assert page.find("h1").get_text() == indicators()[name].label["en" if prefix else "id"]
    assert all(image["alt"] for image in page.find_all("img"))


def test_indicator_shows_its_series_with_source_and_what_was_restated(app):
    page = page_of(app.get("/indikator/placement"))
    said = " ".join(page.get_text(" ").split())
    assert "2011" in said and "586.802" in said and "baris" in said
    restated = " ".join(page.find(id="restated").parent.get_text(" ").split())
    assert "274.965" in restated and "→ 297.108" in restated
    assert "Hong Kong" in said and "99.773" in said


def test_indicator_without_a_figure_of_the_whole_says_so(app, monkeypatch):
    from ckanext.satudatapmi.portal import indicators as shown

    monkeypatch.setattr(shown, "_latest", lambda _answer: None)
    assert "tidak ada angka keseluruhan" in text_of(app.get("/indikator/placement"))


def test_page_that_is_not_there(app):
    for address in ("/indikator/none", "/indikator/none/sematan", "/wilayah/99", "/negara/XXX"):
        app.get(address, status=404)


def test_map_of_provinces_has_a_link_and_a_figure_for_each(app):
    tiles = page_of(app.get("/indikator/placement")).select(".tile-map a")
    assert len(tiles) == 38 and len({one["href"] for one in tiles}) == 38
    named = {one["aria-label"] for one in tiles}
    assert any(one.startswith("Provinsi Jawa Timur: ") for one in named) or any("Jawa Timur: " in one for one in named)


def test_bundle_holds_all_figures_of_an_indicator_and_their_checksums(app):
    answer = app.get("/angka/unduh/complaint.zip", status=200)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in held.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    rows = held["figures.csv"].decode().splitlines()
    assert len(rows) > 1 and all(row.startswith("complaint,") for row in rows[1:])
    metadata = json.loads(held["metadata.json"])
    assert metadata["indicator"]["id"] == "complaint" and metadata["series"] and metadata["definitions"]


@pytest.mark.parametrize("asked", ["indicator=placement", "indicator=remittance&width=360", "origin=35"])
def test_line_over_time_is_drawn_with_title_and_source(app, asked):
    answer = app.get(f"/angka.svg?{asked}", status=200)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    said = " | ".join(words_of(answer.body.encode()))
    assert "Sumber: " in said and "2024" in said


def test_line_marks_what_was_restated_and_where_the_definition_changes(app):
    said = words_of(app.get("/angka.svg?indicator=placement").body.encode())
    assert "definisi berubah" in said and "297.434" in said
    assert "definition changes" in words_of(app.get("/en/angka.svg?indicator=placement").body.encode())


def test_bars_map_and_tiles_say_the_figures_that_pmi_query_gives(app):
    bars = words_of(app.get("/angka.svg?by=destination&time=2024").body.encode())
    assert "Hong Kong" in bars and "99.773" in bars
    assert "Hong Kong" in words_of(app.get("/angka.svg?by=destination&time=2024&as=map").body.encode())
    tiles = words_of(app.get("/angka.svg?by=origin&time=2023&as=tiles").body.encode())
    assert "Jatim" in tiles and "68.069" in tiles


@pytest.mark.parametrize("look", ["", "by=destination", "by=destination&as=map", "by=origin&as=tiles"])
def test_each_chart_is_there_as_png(app, look):
    assert app.get(f"/angka.png?time=2023&{look}", status=200).data.startswith(PNG)


def test_chart_for_a_page_leaves_title_and_source_to_it(app):
    said = words_of(app.get("/angka.svg?indicator=placement&title=0").body.encode())
    assert not any("Sumber" in one for one in said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("as=pie", "lines"),
        ("as=map", "negara tujuan"),
        ("as=tiles&by=destination", "provinsi asal"),
        ("as=tiles&by=origin&origin=35", "provinsi asal"),
        ("by=origin,destination", "satu dimensi"),
        ("indicator=x", "placement"),
        ("origin=94.05&time=1990", "memublikasikan"),
    ],
)
def test_what_gives_no_chart_is_told_why(app, asked, said):
    assert said in app.get(f"/angka.svg?{asked}", status=409).body


def test_chart_is_sent_once_and_may_run_nothing(app):
    answer = app.get("/angka.svg?indicator=placement")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    app.get("/angka.svg?indicator=placement", headers={"If-None-Match": answer.headers["ETag"]}, status=304)


def test_pages_do_without_charts_where_nobody_draws(app, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.url", "http://127.0.0.1:1/")
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.assets", "")
    assert "586.802" in text_of(app.get("/indikator/placement"))
    away = app.get("/angka.svg?indicator=placement&width=401", status=503)
    assert int(away.headers["Retry-After"]) > 0
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.charts.url", "")
    page = page_of(app.get("/indikator/placement"))
    assert not page.find_all("img") and page.find("details", open=True)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_places_say_what_is_known_of_them(app, prefix):
    thousands = "," if prefix else "."
    assert f"79{thousands}001" in text_of(app.get(f"{prefix}/wilayah", status=200))
    assert f"99{thousands}773" in text_of(app.get(f"{prefix}/negara", status=200))
    east_java = text_of(app.get(f"{prefix}/wilayah/35", status=200))
    assert f"79{thousands}001" in east_java and "Kabupaten Kediri" in east_java
    district = page_of(app.get(f"{prefix}/wilayah/52.02", status=200))
    assert f"9{thousands}948" in district.get_text() and district.find("a", href=f"{prefix}/negara/MYS")
    hong_kong = text_of(app.get(f"{prefix}/negara/HKG", status=200))
    assert f"99{thousands}773" in hong_kong


def test_place_of_which_nothing_is_known_says_so(app):
    said = text_of(app.get("/wilayah/94.05"))
    assert "Belum ada yang memublikasikan" in said and "Tidak ada dataset" in said


def test_nation_leads_to_its_provinces(app):
    assert app.get("/wilayah/IDN", follow_redirects=False).headers["Location"].endswith("/wilayah")


def test_frame_for_other_pages_may_stand_in_them(app):
    answer = app.get("/indikator/placement/sematan", status=200)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers and "<script" not in answer.body


def test_other_years_of_a_breakdown_are_a_link_away(app):
    years = page_of(app.get("/indikator/placement")).select(".years a[href$='#origins']")
    assert "2023" in [one.get_text() for one in years] and years[0]["aria-current"] == "true"
    page = page_of(app.get("/indikator/placement?time=2023"))
    assert "68.069" in page.find(id="origins").parent.get_text()
    assert app.get("/indikator/placement?time=abc", status=200)


def test_home_shows_where_they_come_from_and_go(app):
    page = page_of(app.get("/", status=200))
    assert len(page.select(".tile-map a")) == 38
    assert page.find("a", href="/negara/HKG") and page.select_one("img[src^='/angka.svg']")["alt"]


def test_page_that_is_shared_shows_its_chart(app):
    head = BeautifulSoup(app.get("/indikator/placement").body, "html.parser").head
    image = head.find("meta", property="og:image")["content"]
    asked = urlsplit(image)
    assert app.get(f"{asked.path}?{asked.query}", status=200).data.startswith(PNG)
    assert head.find("meta", property="og:title")["content"].startswith("Penempatan PMI")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Lombok Tengah ke Malaysia 2022", "9.948"),
        ("pengaduan 2024", "1.500"),
        ("berapa penempatan dari Jawa Timur tahun 2023?", "68.069"),
        ("penempatan Zambia 1990", "tidak diterbitkan oleh siapa pun"),
    ],
)
def test_search_for_a_figure_is_answered_with_it(app, asked, said):
    answer = page_of(app.get("/dataset/", params={"q": asked}, status=200)).select_one(".search-answer")
    assert said in " ".join(answer.get_text(" ").split())
    assert answer.find("a")["href"].startswith("/angka?")


@pytest.mark.parametrize("asked", ["", "2022", "perempuan", "kamus data", "rata-rata penempatan", "Kediri", "x" * 5000])
def test_search_for_something_else_is_no_question(app, asked):
    assert not page_of(app.get("/dataset/", params={"q": asked}, status=200)).select_one(".search-answer")


def test_only_the_first_page_of_results_is_headed_by_an_answer(app):
    assert not page_of(app.get("/dataset/", params={"q": "pengaduan 2024", "page": 2})).select_one(".search-answer")


@pytest.mark.parametrize("asked", ["indicator=placement", "by=destination&time=2024", "by=destination&as=map"])
def test_specification_holds_its_figures_and_draws_the_same(app, asked):
    import vl_convert

    specification = app.get(f"/angka.vl.json?{asked}", status=200).json
    assert specification["$schema"].endswith("/v6.json")
    drawn = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    assert words_of(drawn.encode()) == words_of(app.get(f"/angka.svg?{asked}").body.encode())
    assert "SVG" in app.get("/angka.vl.json?by=origin&as=tiles", status=409).json["detail"]
