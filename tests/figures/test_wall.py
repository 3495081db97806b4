"""The wall of the Command Center: its screens from published figures, the age of each tile, and what is not there."""

from __future__ import annotations

import io
from datetime import date

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from ckanext.satudatapmi.portal.command import report, wall
from ckanext.satudatapmi.portal.memory import ask_as_anybody, forget

pytestmark = pytest.mark.usefixtures("single_data")
TODAY = date(2025, 3, 1)


@pytest.fixture(autouse=True)
def nothing_remembered():
    forget()


def tiles(number, today=TODAY):
    return wall.screen(number, ask_as_anybody, today).tiles


def test_figures_are_shown_with_their_age():
    placement = tiles(1)[0]
    assert placement.told.first["value"] == 297_434
    assert (placement.day, placement.age, placement.is_stale) == (date(2025, 2, 15), 14, False)


def test_a_tile_is_stale_when_nothing_new_came_for_longer_than_it_may_take():
    assert not tiles(1, date(2026, 3, 22))[0].is_stale
    assert tiles(1, date(2026, 3, 23))[0].is_stale


def test_what_nobody_published_is_no_zero():
    nothing = {"pmi_query": {"preferred": [], "facets": []}, "pmi_claim_list": {"groups": []}, "pmi_change_list": []}
    nothing |= {"pmi_finding_list": {"count": {}, "findings": []}, "pmi_surge_list": {"series": []}}
    nothing |= {"pmi_corridor_risk": {"corridors": []}, "satudata_source_search": {"all": 0, "sources": []}}
    screens = range(1, len(wall.titles()) + 1)
    shown = [wall.screen(number, lambda name, _asked: nothing[name], TODAY) for number in screens]
    assert {tile.told for screen in shown for tile in screen.tiles} == {None}
    assert {tile.is_stale for screen in shown for tile in screen.tiles} == {False}


def test_signals_are_told_with_what_was_judged():
    corridors, surges = tiles(4)
    assert corridors.told["corridors"][0]["destination"]["code"] == "KHM"
    assert [one["month"] for one in surges.told["alarms"]] == ["2024-05"]
    assert surges.told["judged"] + surges.told["left"] == 12


def test_screens_follow_each_other_in_a_ring():
    number, seen = 1, []
    for _turn in wall.titles():
        screen = wall.screen(number, ask_as_anybody, TODAY)
        seen.append(number)
        assert wall.screen(screen.after, ask_as_anybody, TODAY).before == number
        number = screen.after
    assert (number, sorted(seen)) == (1, list(range(1, len(seen) + 1)))


@pytest.mark.parametrize("number", [0, 99])
def test_there_is_no_other_screen(number):
    with pytest.raises(KeyError):
        wall.screen(number, ask_as_anybody, TODAY)


@pytest.mark.parametrize(("prefix", "told"), [("", "297.434"), ("/en", "297,434")])
def test_page_shows_a_screen_in_both_languages(app, prefix, told):
    page = BeautifulSoup(app.get(f"{prefix}/pusat-kendali", status=200).body, "html.parser")
    assert told in page.main.text and page.select_one(f".wall-screens a[aria-current][href*='{prefix}/pusat-kendali']")


def test_what_the_checks_found_is_told_in_the_language_of_the_page(app):
    told = [app.get(f"{prefix}/pusat-kendali?layar=3", status=200).body for prefix in ("", "/en", "")]
    assert told[0] != told[1] and "Unusual jump" not in told[2]


def test_without_scripts_the_next_screen_comes_only_when_asked_for(app):
    assert "http-equiv" not in app.get("/pusat-kendali").body
    page = BeautifulSoup(app.get("/pusat-kendali?putar=1&layar=5").body, "html.parser")
    assert page.select_one("noscript meta[http-equiv=refresh]")["content"] == "20;url=/pusat-kendali?layar=1&putar=1"


@pytest.mark.parametrize("number", ["0", "99", "x", ""])
def test_no_screen_is_told(app, number):
    assert "/pusat-kendali" in app.get(f"/pusat-kendali?layar={number}", status=404).body


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("", ("Laporan harian Pusat Kendali", "297.434 orang", "4.700.000", "Kamboja", "Mei 2024")),
        ("/en", ("Daily report of the Command Center", "297,434 people", "4,700,000", "Cambodia", "May 2024")),
    ],
)
def test_report_of_the_day_has_what_the_wall_shows(app, prefix, told):
    answer = app.get(f"{prefix}/pusat-kendali/laporan.pdf", status=200)
    reader = PdfReader(io.BytesIO(answer.data))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert answer.mimetype == "application/pdf" and [one for one in told if one not in text] == []


def test_report_says_where_nothing_is_published(app):
    empty = wall.Tile("changes", {"id": "Angka yang diralat", "en": "Figures restated"}, None, None, None, False)
    with app.flask_app.test_request_context("/"):
        (section,) = report.sections([wall.Screen(1, 1, {"id": "x"}, [empty])], "id")
    assert (section.title, section.rows) == ("Angka yang diralat", [])
