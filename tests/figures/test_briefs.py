"""The monthly brief: what was published in a month, in sentences whose every number a question answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from ckanext.satudatapmi.figures.months import Month, month_of, time_of
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.portal import brief_sentences, briefs
from ckanext.satudatapmi.portal.memory import forget
from tests.figures.test_revision_feed import ATOM, links, restate

__all__ = ["restate"]

pytestmark = pytest.mark.usefixtures("single_data")
FEBRUARY = Month(2025, 2)
SHA = "0" * 64


@pytest.fixture(autouse=True)
def fresh():
    forget()
    yield
    forget()


def page_of(app, address):
    return BeautifulSoup(app.get(address, status=200).body, "html.parser").find("main")


def text_of(element):
    return " ".join(element.get_text(" ").split())


def brief_of(app, month, prefix=""):
    return json.loads(app.get(f"{prefix}/api/3/action/satudata_brief_show?month={month}", status=200).body)["result"]


def said(brief, part):
    return [one["text"] for found in brief["parts"] if found["id"] == part for one in found["sentences"]]


def months_of(app):
    return [one["month"] for one in json.loads(app.get("/api/3/action/satudata_brief_list").body)["result"]]


def test_figure_stands_beside_that_of_the_year_before(app):
    assert said(brief_of(app, "2025-02"), "placement")[0] == (
        "Penempatan PMI 2024: 297.434 orang, 0,1% lebih banyak daripada 2023 (297.108)."
    )
    assert said(brief_of(app, "2025-02", "/en"), "placement")[0] == (
        "Placements of PMI, 2024: 297,434 people, 0.1% more than in 2023 (297,108)."
    )


def test_no_rate_is_given_across_a_change_of_definition(app):
    [sentence] = [one for one in said(brief_of(app, "2024-12"), "placement") if "295.439" in one]
    assert "274.965" in sentence and "%" not in sentence
    assert "yang dihitung berbeda: Layanan penempatan termasuk perpanjangan di luar negeri" in sentence


def test_no_rate_is_given_between_editions(app):
    [sentence] = [one for one in said(brief_of(app, "2023-03"), "placement") if "200.761" in one]
    assert "72.624" in sentence and "%" not in sentence
    assert "terbit 7 Maret 2023 dan 6 Maret 2022" in sentence


def test_restated_figures_are_told_in_the_month_of_their_publication(app):
    told = " ".join(said(brief_of(app, "2025-02"), "restated"))
    assert "Penempatan PMI, 2023: dari 274.965 menjadi 297.108 orang. Definisinya berubah" in told
    assert said(brief_of(app, "2024-02"), "restated") == []


@pytest.mark.parametrize(("prefix", "separator"), [("", "."), ("/en", ",")])
def test_every_number_of_every_brief_is_answered_by_its_query(app, prefix, separator):
    checked = 0
    for month in months_of(app):
        for sentence in (one for part in brief_of(app, month, prefix)["parts"] for one in part["sentences"]):
            app.get(f"/angka?{urlencode(sentence['asked'])}", status=200)
            answer = ask(app, "pmi_query", sentence["asked"])
            known = {one["value"] for cell in answer["cells"] for one in cell["figures"]}
            known |= {one["value"] for one in vintages(app, sentence["asked"])}
            known |= {abs(one - other) for one in known for other in known if None not in (one, other)}
            for number in re.findall(rf"\d{{1,3}}(?:\{separator}\d{{3}})+", sentence["text"]):
                assert int(number.replace(separator, "")) in known, sentence
                checked += 1
            assert sentence["sources"] and all(one["file"] and one["vintage"] for one in sentence["sources"])
    assert checked > 50


def ask(app, action, asked):
    return json.loads(app.get(f"/api/3/action/{action}?{urlencode(asked)}", status=200).body)["result"]


def vintages(app, asked):
    found = ask(app, "pmi_revision_list", asked)
    return [one for triangle in found for period in triangle["periods"] for one in period["vintages"]]


def test_brief_does_not_change_when_something_is_published_later(app, restate):  # noqa: F811
    restate(100, "2020-06-30")
    before = {month: brief_of(app, month) for month in months_of(app) if month >= "2020-06"}
    assert "2021-06" not in before and "100 orang" not in json.dumps(before)
    restate(125, "2021-06-30")
    forget()
    assert {month: brief_of(app, month) for month in before} == before
    assert said(brief_of(app, "2021-06"), "restated") == [
        "Penempatan PMI · Zimbabwe, 2019: dari 100 menjadi 125 orang (+25)."
    ]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_page_of_a_month_links_every_sentence(app, prefix):
    page = page_of(app, f"{prefix}/kabar/2025-02")
    sentences = page.select(".brief-sentence")
    shown = brief_of(app, "2025-02", prefix)
    asked = [dict(parse_qsl(urlsplit(one.find("a")["href"]).query)) for one in sentences]
    assert asked == [one["asked"] for part in shown["parts"] for one in part["sentences"]]
    assert all(len(one.find_all("a")) > 1 for one in sentences)
    assert page.find("h1").get_text() == ("Brief of February 2025" if prefix else "Kabar Februari 2025")
    beside = [one["href"] for one in page.select("nav.pager a")]
    assert f"{prefix}/kabar/2025-01" in beside and f"{prefix}/kabar" in beside


def test_all_months_are_listed_and_the_running_one_is_not(app):
    page = page_of(app, "/kabar")
    links_shown = [one["href"] for one in page.select("section a")]
    assert (
        links_shown[:1] != [] and "/kabar/2025-02" in links_shown and links_shown == sorted(links_shown, reverse=True)
    )
    assert f"/kabar/{datetime.now(UTC):%Y-%m}" not in links_shown


@pytest.mark.parametrize("month", ["2025-13", "1999-01", "kemarin", "9999-12"])
def test_month_without_a_brief_is_not_there(app, month):
    app.get(f"/kabar/{month}", status=404)
    app.get(f"/api/3/action/satudata_brief_show?month={month}", status=404 if Month.of(month) else 409)


def test_home_page_and_sitemap_lead_to_the_brief(app):
    newest = next(month for month in months_of(app) if brief_of(app, month)["parts"])
    assert f"/kabar/{newest}" in app.get("/", status=200).body
    pages = etree.fromstring(app.get("/sitemap-pages-1.xml", status=200).data)
    found = {urlsplit(one.findtext("{*}loc")).path: one.findtext("{*}lastmod") for one in pages}
    assert found["/kabar/2025-02"] == "2025-02-28T23:59:59+00:00" and "/en/kabar/2025-02" in found


def test_feed_has_an_entry_a_month_that_stays_the_same(app):
    feed = etree.fromstring(app.get("/kabar.atom", status=200).data)
    entries = feed.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}id").rpartition("/")[2] for one in entries] == months_of(app)[:12]
    [entry] = [one for one in entries if one.findtext(f"{ATOM}id").endswith("/2025-02")]
    assert entry.findtext(f"{ATOM}updated") == "2025-02-28T23:59:59Z" and "297.434" in entry.findtext(f"{ATOM}content")
    assert urlsplit(links(entry)["alternate"]).path == "/kabar/2025-02"


def test_card_for_sharing_has_the_chart_of_what_was_known(app):
    head = BeautifulSoup(app.get("/kabar/2025-02").body, "html.parser").find("head")
    assert head.find("meta", property="og:title")["content"].startswith("Kabar Februari 2025")


def figure(value, start="2024-01-01", end="2024-12-31", published="2025-02-15", **about):
    codes = {name: {"code": code, "label": {"id": code}} for name, code in about.pop("codes", {}).items()}
    source = {"sha256": SHA, "file": "t.csv", "row": 1, "sheet": None, "package_id": "p", "resource_id": "r", "url": ""}
    return {
        "value": value,
        "unit": "orang",
        "ref_start": start,
        "ref_end": end,
        "vintage": published,
        "vintage_assumed": False,
        "facet": "bp2mi_placement",
        "definition": "layanan_penempatan_dengan_perpanjangan",
        "codes": codes,
        "source": source,
    } | about


def last_year(value, **about):
    return figure(value, "2023-01-01", "2023-12-31", **about)


def answer(*figures):
    facet = {"id": "bp2mi_placement", "rank": 1, "publisher": "bp2mi", "title": {"id": "x"}}
    cells = [{"figures": [one]} for one in figures]
    question = {"label": {"id": "x"}}
    return {"preferred": list(figures), "cells": cells, "facets": [facet], "question": question, "availability": []}


def sentences(site, wanted, *figures):
    """What is said in English of figures, all of which are published."""

    def asked(_action, parameters):
        time = parameters.get("time", "2024")
        return answer(*figures) if ":" in time else answer(*(one for one in figures if one["ref_end"][:4] == time))

    with site.test_request_context(environ_overrides={"CKAN_LANG": "en"}):
        return [one.text for one in brief_sentences.sentences(wanted, FEBRUARY, asked)]


WHOLE = {"say": "year", "ask": {"indicator": "placement"}}
ROSE = {"say": "rose", "ask": {"indicator": "placement", "by": "destination"}}


@pytest.mark.parametrize(
    ("former", "words"),
    [
        (None, "100 people."),
        (last_year(50), "100% more than in 2023 (50)."),
        (last_year(125), "20% less than in 2023 (125)."),
        (last_year(100), "the same as in 2023."),
        (last_year(0), "2023: 0."),
        (last_year(None), "100 people."),
        (last_year(50, facet="other", published="2024-02-15"), "100 people."),
        (last_year(50, published="2024-02-15"), "different editions, published 15 February 2025 and 15 February 2024."),
        (last_year(50, source=figure(1)["source"] | {"sha256": "1" * 64}), "different editions"),
        (last_year(50, definition="layanan_penempatan"), "count different things"),
    ],
)
def test_what_is_said_of_the_year_before(site, former, words):
    [sentence, *others] = sentences(site, WHOLE, *filter(None, [former]), figure(100))
    assert words in sentence and ("%" in sentence) == ("more" in sentence or "less" in sentence)
    assert others == []


def test_nothing_is_said_of_what_was_published_in_another_month(site):
    assert sentences(site, WHOLE, figure(1, published="2025-01-31"), last_year(2, published="2024-02-28")) == []


def to(place, value, make=figure, **about):
    return make(value, codes={"destination": place}, **about)


def test_who_rose_most_is_the_one_with_the_greatest_difference(site):
    figures = [to("MYS", 90), to("TWN", 70), to("JPN", 9), to("MYS", 80, last_year), to("TWN", 40, last_year)]
    [sentence] = sentences(site, ROSE, *figures)
    assert sentence == (
        "Beside 2023, TWN rose most: from 40 to 70 people (+30). Compared are the 2 of which both periods are published."
    )


def test_nobody_is_said_to_have_risen_who_fell(site):
    [sentence] = sentences(site, ROSE, to("MYS", 80), to("MYS", 90, last_year))
    assert sentence == "None rose beside 2023, of the 1 of which both periods are published."


@pytest.mark.parametrize(
    ("about", "words"),
    [({"published": "2024-02-15"}, "different editions"), ({"definition": "layanan_penempatan"}, "different things")],
)
def test_why_it_cannot_be_said_who_rose_most(site, about, words):
    [sentence] = sentences(site, ROSE, to("MYS", 90), to("MYS", 80, last_year, **about))
    assert sentence.startswith("Who rose most since 2023 cannot be said") and words in sentence


def test_patterns_are_whole_in_both_languages_and_hold_no_number():
    document = brief_sentences.document()
    for name, words in document["patterns"].items():
        names = [set(re.findall(r"{(\w+)}", words[language])) for language in ("id", "en")]
        assert names[0] == names[1] and not re.search(r"\d", "".join(words.values())), name
    wanted = [one for part in document["parts"] for one in part["sentences"]]
    assert {one["say"] for one in wanted} == brief_sentences.SAID.keys()
    assert all(one["ask"]["indicator"] in indicators() for one in wanted)
    assert {part.get("chart", "") for part in document["parts"]} <= {briefs.LINES, briefs.BARS, ""}


def test_months_are_those_of_the_calendar():
    assert (Month(2024, 2).last, Month(2024, 12).following) == (date(2024, 2, 29), Month(2025, 1))
    assert [Month.of(text) for text in ("2024-1", "24-01", "2024-00", "x2024-01")] == [None] * 4
    assert (
        month_of("2024-01-01", "2024-12-31") is None and time_of("2024-01-01", "2024-06-30") == "2024-01-01:2024-06-30"
    )
