"""What was revised, as an Atom feed and for programs: each change once, with what it was before."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from ckan.lib.redis import connect_to_redis
from lxml import etree

from ckanext.satudatapmi.tables.description import parse_description
from tests.figures.conftest import dated, load_tidy
from tests.tables import building

pytestmark = pytest.mark.usefixtures("single_data")
ATOM = "{http://www.w3.org/2005/Atom}"
SETTINGS = {"facet": "bp2mi_placement", "satuan": "orang", "unpivot": "tahun"}
FEED = "/angka/revisi.atom?since=2020-01-01"


@pytest.fixture
def restate():
    """A function that loads one figure as it was published on a day; all is taken back."""
    import ckan.model as model
    import sqlalchemy as sa

    def load(value, published):
        entry = SETTINGS | dated(published)
        text = f"Negara;2019\nZimbabwe;{value}\n"
        table = building.tidy(text, entry)
        day = date.fromisoformat(published)
        load_tidy(f"revisi-{published}", parse_description(entry), table, "tabel.csv", text.encode(), "bp2mi", day)
        model.Session.commit()

    yield load
    model.Session.rollback()
    mine = "(SELECT id FROM satudatapmi_figure_load WHERE package_id LIKE 'dataset-revisi-%')"
    for statement in (
        f"DELETE FROM satudatapmi_finding WHERE load_id IN {mine}",
        f"DELETE FROM satudatapmi_observation WHERE load_id IN {mine}",
        f"DELETE FROM satudatapmi_figure_load WHERE id IN {mine}",
    ):
        model.Session.execute(sa.text(statement))
    model.Session.commit()


def read(app, address=FEED):
    answer = app.get(address, status=200)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    return etree.fromstring(answer.data)


def texts(element, *names):
    return [element.findtext(f"{ATOM}{name}") for name in names]


def links(element):
    return {one.get("rel", "alternate"): one.get("href") for one in element.findall(f"{ATOM}link")}


def entry_of(feed, word):
    (found,) = (one for one in feed.findall(f"{ATOM}entry") if word in one.findtext(f"{ATOM}title"))
    return found


def test_feed_has_what_rfc_4287_asks_of_it(app):
    feed = read(app)
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed" and entries
    for element in (feed, *entries):
        assert all(texts(element, "id", "title", "updated")), etree.tostring(element)
        assert element.findtext(f"{ATOM}author/{ATOM}name")
        assert element.findtext(f"{ATOM}updated").endswith(("Z", "+00:00"))
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    assert len(set(ids)) == len(ids)
    assert [links(one).keys() >= {"alternate", "related"} for one in entries] == [True] * len(entries)
    assert links(feed)["self"].endswith(FEED)
    updated = [one.findtext(f"{ATOM}updated") for one in entries]
    assert updated == sorted(updated, reverse=True) and feed.findtext(f"{ATOM}updated") == updated[0]


def test_restated_figure_shows_after_the_second_load_and_keeps_its_id(app, restate):
    restate(100, "2020-06-30")
    assert not any("Zimbabwe" in one.findtext(f"{ATOM}title") for one in read(app).findall(f"{ATOM}entry"))
    restate(125, "2021-06-30")
    feed = read(app)
    entry = entry_of(feed, "Zimbabwe")
    title, content = texts(entry, "title", "content")
    assert title == "Penempatan PMI · Zimbabwe, 2019: 100 → 125"
    for said in ("100 orang", "30 Juni 2020", "125 orang", "30 Juni 2021", "+25 (+25%)", "baris 2"):
        assert said in content
    restate(130, "2022-06-30")
    again = read(app).findall(f"{ATOM}entry")
    ids = [one.findtext(f"{ATOM}id") for one in again if "Zimbabwe" in one.findtext(f"{ATOM}title")]
    assert len(ids) == 2 and entry.findtext(f"{ATOM}id") in ids


def test_feed_speaks_the_language_of_its_address(app, restate):
    restate(1000, "2020-06-30")
    restate(1250, "2021-06-30")
    feed = read(app, f"/en{FEED}")
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    entry = entry_of(feed, "Zimbabwe")
    assert "1,000 → 1,250" in entry.findtext(f"{ATOM}title")
    assert "Before: 1,000" in entry.findtext(f"{ATOM}content")


def test_changed_definition_is_told(app):
    entry = entry_of(read(app), "274.965")
    assert "297.108" in entry.findtext(f"{ATOM}title")
    assert "Definisi" in entry.findtext(f"{ATOM}content")


def test_link_of_an_entry_asks_for_the_restated_figure(app, restate):
    restate(100, "2020-06-30")
    restate(125, "2021-06-30")
    found = links(entry_of(read(app), "Zimbabwe"))
    asked = urlsplit(found["alternate"])
    assert parse_qs(asked.query)["destination"] == ["ZWE"]
    page = BeautifulSoup(app.get(f"{asked.path}?{asked.query}", status=200).body, "html.parser")
    assert "125" in page.find("main").find("table").get_text()
    assert found["related"].endswith("/dataset/dataset-revisi-2021-06-30")


def test_feed_has_pages(app, monkeypatch):
    from ckanext.satudatapmi.publication import revision_feed

    everything = [one.findtext(f"{ATOM}id") for one in read(app).findall(f"{ATOM}entry")]
    monkeypatch.setattr(revision_feed, "PAGE", 1)
    seen, address = [], FEED
    while address:
        feed = read(app, address)
        seen += [one.findtext(f"{ATOM}id") for one in feed.findall(f"{ATOM}entry")]
        following = links(feed).get("next")
        address = following and following[following.index("/angka") :]
    assert seen == everything and len(seen) > 1


def test_reader_that_has_the_feed_gets_it_once(app):
    first = app.get(FEED)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = app.get(FEED, headers={"If-None-Match": first.headers["ETag"]}, status=304)
    assert again.data == b""


def test_days_and_pages_that_are_asked_for_leave_nothing_in_redis(app):
    def kept():
        return set(connect_to_redis().keys(b"*satudatapmi:feed:*"))

    assert "Last-Modified" in app.get("/angka/revisi.atom").headers
    before = kept()
    for number in range(1, 6):
        assert "Last-Modified" not in app.get(f"/angka/revisi.atom?since=2020-01-0{number}").headers
        app.get(f"/angka/revisi.atom?page={number + 1}")
    assert kept() == before


def test_feed_without_a_change_is_a_feed(app):
    feed = read(app, "/angka/revisi.atom?since=2099-01-01")
    assert feed.findall(f"{ATOM}entry") == [] and all(texts(feed, "id", "title", "updated"))


@pytest.mark.parametrize("query", ["since=kemarin", "page=x"])
def test_question_that_is_not_understood_is_a_problem(app, query):
    answer = app.get(f"/angka/revisi.atom?{query}", status=400)
    assert "problem+json" in answer.headers["Content-Type"]


def test_page_leads_readers_to_the_feed(app):
    head = BeautifulSoup(app.get("/angka/revisi?since=2020-01-01").body, "html.parser").head
    found = [one["href"] for one in head.find_all("link", type="application/atom+xml")]
    assert "/angka/revisi.atom" in found
    english = BeautifulSoup(app.get("/en/angka/revisi").body, "html.parser").head
    assert "/en/angka/revisi.atom" in [one["href"] for one in english.find_all("link", type="application/atom+xml")]


def test_programs_get_difference_percent_and_key(app, restate):
    restate(100, "2020-06-30")
    restate(80, "2021-06-30")
    found = json.loads(app.get("/api/3/action/pmi_change_list?since=2020-01-01").body)["result"]
    (change,) = (one for one in found if one["destination"] == "ZWE")
    told = ("former_value", "value", "difference", "percent", "redefined", "publisher")
    assert [change[name] for name in told] == [100, 80, -20, -20, False, "bp2mi"]
    assert change["key"] == "bp2mi_placement;destination=ZWE;2019-01-01;2019-12-31;2021-06-30"
    one = json.loads(app.get("/api/3/action/pmi_change_list?since=2020-01-01&offset=1&limit=1").body)["result"]
    assert one == found[1:2]


def test_feed_of_an_indicator_has_its_changes_alone(app):
    everything, mine, other = (
        read(app, f"{FEED}{of}") for of in ("", "&indicator=placement", "&indicator=p3mi_licensed")
    )
    assert 0 < len(mine.findall(f"{ATOM}entry")) <= len(everything.findall(f"{ATOM}entry"))
    assert not other.findall(f"{ATOM}entry")
    assert len({one.findtext(f"{ATOM}id") for one in (everything, mine, other)}) == 3
    assert "Penempatan PMI" in mine.findtext(f"{ATOM}title")
    assert all("indicator=" in link.get("href") for link in mine.findall(f"{ATOM}link"))
    app.get(f"{FEED}&indicator=x", status=400)


def test_page_of_what_was_revised_can_be_of_one_indicator(app):
    page = BeautifulSoup(app.get("/angka/revisi?since=2020-01-01&indicator=placement").body, "html.parser")
    assert page.find("a", href="/angka/revisi.atom?indicator=placement")
    app.get("/angka/revisi?indicator=x", status=404)
