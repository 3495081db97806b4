"""The search page on a real Solr: filters, better spellings, what matched and why, suggestions; for visitors alone."""

from __future__ import annotations

import json
import uuid

import pytest
from bs4 import BeautifulSoup

BODY = f"badan-{uuid.uuid4().hex[:8]}"
SECRET = "krisantemum"


@pytest.fixture(scope="module")
def catalogue(site):
    """Two public datasets and a limited one, whose words nobody else's have."""
    import ckan.plugins.toolkit as tk

    from tests.harvesters.conftest import site_context

    def make(action, **values):
        return tk.get_action(action)(site_context(), values)

    make("organization_create", name=BODY, title="Badan Pencarian")
    columns = [{"nama": "Jenis belimbing", "alias": "jenis", "definisi": "Jenis.", "tipe_data": "CHARACTER"}]
    table = {"url": "https://data.example.go.id/a.csv", "format": "CSV", "name": "a", "ms_var": json.dumps(columns)}
    make(
        "package_create",
        name="cari-belimbing",
        title="Belimbing <script>alert(1)</script> PMI asal Jawa Timur",
        notes="Menurut **kabupaten** & kota: a < b.",
        owner_org=BODY,
        kategori="Perkebunan",
        temporal="2021-01-01/2022-12-31",
        spatial="Malaysia",
        accrualPeriodicity="R/P1Y",
        resources=[table],
    )
    make("package_create", name="cari-manggis", title="Manggis buruh migran 2019", owner_org=BODY)
    make("package_create", name="cari-rahasia", title=f"Manggis {SECRET}", owner_org=BODY, private=True)
    yield
    for name in ("cari-belimbing", "cari-manggis", "cari-rahasia"):
        make("dataset_purge", id=name)
    make("organization_purge", id=BODY)


def page(app, address, **headers):
    return BeautifulSoup(app.get(address, status=200, headers=headers).body, "html.parser")


def found(app, address):
    return [link["href"].rpartition("/")[2] for link in page(app, address).select(".dataset-heading a")]


@pytest.mark.parametrize(
    ("facet", "value", "label", "english"),
    [
        ("theme", "Perkebunan", "Perkebunan", "Perkebunan"),
        ("organization", BODY, "Badan Pencarian", "Badan Pencarian"),
        ("place", "35", "Jawa Timur", "Jawa Timur"),
        ("place", "MYS", "Malaysia", "Malaysia"),
        ("year", "2021", "2021", "2021"),
        ("res_format", "CSV", "CSV", "CSV"),
        ("access", "terbuka", "Terbuka", "Open"),
        ("accrualPeriodicity", "R/P1Y", "Tahunan", "Yearly"),
    ],
)
def test_filters_are_named_in_both_languages(app, catalogue, facet, value, label, english):
    for language, name in (("", label), ("/en", english)):
        shown = page(app, f"{language}/dataset/?q=belimbing")
        link = next(
            one for one in shown.select("details.facet-box a") if one.find(class_="item-label").get_text() == name
        )
        assert link.find(class_="item-count").get_text() == "1"
        chosen = page(app, link["href"])
        assert [one["href"].rpartition("/")[2] for one in chosen.select(".dataset-heading a")] == ["cari-belimbing"]
        assert name in chosen.select_one(".filtered").get_text() and facet in link["href"]


def test_filters_without_a_dataset_show_their_names_and_how_to_remove_each(app, catalogue):
    shown = page(app, "/en/dataset/?q=belimbing&place=KOR&access=tertutup&year=2021")
    chips = [one.get_text(" ", strip=True) for one in shown.select(".filtered")]
    assert [chip.split(" Remove")[0] for chip in chips] == [
        "Province or country: South Korea",
        "Access: Closed",
        "Year: 2021",
    ]
    links = {one.get_text(): one["href"] for one in shown.select(".empty-state a")}
    assert "place" not in links["search without the filter “South Korea”"]


def test_misspelt_search_is_offered_what_finds_something(app, catalogue):
    shown = page(app, "/en/dataset/?q=belimbng+jawa")
    link = shown.select_one(".better-spelling a")
    assert link.get_text() == "belimbing jawa" and "1 dataset" in link.parent.get_text()
    assert found(app, link["href"]) == ["cari-belimbing"]


def test_better_spelling_keeps_the_filters_and_finds_something_with_them(app, catalogue):
    link = page(app, "/dataset/?q=belimbng&year=2021").select_one(".better-spelling a")
    assert found(app, link["href"]) == ["cari-belimbing"] and "year=2021" in link["href"]
    for filters in ("year=2019", "res_format=XLSX", "theme=%22+OR+%2A%3A%2A+%22", "unknown=1"):
        assert page(app, f"/dataset/?q=belimbng&{filters}").select_one(".better-spelling") is None


@pytest.mark.parametrize("query", [SECRET[:-1] + "n", f"manggis {SECRET[:-2]}m", f"buruh migran manggis {SECRET}s"])
def test_words_of_limited_datasets_are_never_offered(app, catalogue, query):
    assert SECRET not in page(app, f"/dataset/?q={query}").get_text().replace(query, "")


@pytest.mark.parametrize(
    "query", ["title:belimbng", "{!term f=title}x", '"belimbng', "belimbng AND", "*:*", "(((", "\\", "!!", "é" * 300]
)
def test_odd_searches_are_answered(app, catalogue, query):
    assert app.get("/dataset/", query_string={"q": query}).status_code in (200, 400)


def test_what_matches_is_marked_and_nothing_of_it_is_markup(app, catalogue):
    shown = page(app, "/dataset/?q=belimbing+kabupaten")
    result = shown.select_one(".dataset-item")
    assert [mark.get_text() for mark in result.select("mark")] == ["Belimbing", "kabupaten", "belimbing"]
    assert result.select_one("h2").get_text().strip().startswith("Belimbing <script>alert(1)</script> PMI")
    assert "Menurut kabupaten & kota: a < b." in result.select_one(".dataset-notes").get_text()
    assert "Jenis belimbing" in result.select_one(".dataset-match").get_text()
    assert not result.select("script")


def test_synonym_that_matched_is_told(app, catalogue):
    for query, said in (
        ("TKI belimbing", "“TKI” also finds “PMI”"),
        ("TKW manggis", "“TKW” also finds “buruh migran”"),
    ):
        assert said in page(app, f"/en/dataset/?q={query}").select_one(".dataset-item").get_text()
    assert "also finds" not in page(app, "/en/dataset/?q=PMI belimbing").get_text()


def test_search_without_extra_answers_of_solr_is_a_search(app, catalogue, monkeypatch):
    import pysolr

    from ckanext.satudatapmi.portal import search_index

    def refuse():
        raise pysolr.SolrError("away")

    monkeypatch.setattr(search_index, "make_connection", refuse)
    assert found(app, "/dataset/?q=TKI+belimbing") == ["cari-belimbing"]
    assert page(app, "/dataset/?q=belimbng").select_one(".empty-state")


def test_suggestions_are_public_pages_by_kind(app, catalogue):
    from ckanext.satudatapmi.portal import memory

    memory.forget()
    answer = app.get("/en/saran?q=manggis")
    assert answer.json == {
        "groups": [
            {
                "title": "Datasets",
                "items": [{"title": "Manggis buruh migran 2019", "address": "/en/dataset/cari-manggis"}],
            }
        ]
    }
    assert "public" in answer.headers["Cache-Control"] and "Cookie" not in answer.headers.get("Vary", "")
    bodies = app.get("/saran?q=badan+penc").json["groups"]
    assert bodies == [
        {"title": "Instansi", "items": [{"title": "Badan Pencarian", "address": f"/organization/{BODY}"}]}
    ]
    assert app.get(f"/saran?q={SECRET}").json == {"groups": []}
    assert app.get("/saran").json == {"groups": []}


def test_script_of_the_page_gets_the_part_that_changes(app, catalogue):
    answer = app.get("/en/dataset/?q=belimbing", headers={"HX-Request": "true"})
    part = BeautifulSoup(answer.body, "html.parser")
    assert part.html is None and part.select_one("#search-results") and part.select_one("#search-facets")
    assert (
        part.find(attrs={"hx-swap-oob": "innerHTML:#search-status"}).get_text(strip=True) == "1 dataset for “belimbing”"
    )
    assert "HX-Request" in answer.headers["Vary"]
    assert page(app, "/en/dataset/").select_one("#search-status[role=status]").get_text() == ""
