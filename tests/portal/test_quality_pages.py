"""The pages under /mutu: they hold the numbers, sort, and stand without JavaScript."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import measuring, quality
from ckanext.satudatapmi.portal import chart
from ckanext.satudatapmi.publication import store
from tests.publication.datasets import act, make

MONDAY, TUESDAY = date(2025, 6, 2), date(2025, 6, 3)


@pytest.fixture
def measured(empty_history):
    """Two publishers; the dataset of the first became better on Tuesday."""
    first, second = (
        factories.Organization(title=title, name=title[-1].lower() * 3) for title in ("Dinas Z", "Dinas B")
    )
    dataset = make(owner_org=first["id"], name="penempatan")
    make(owner_org=second["id"], name="pengaduan")
    measuring.measure(store.read_all(), MONDAY)
    act("package_patch", id=dataset["id"], tags=[{"name": "pmi"}])
    measuring.measure(store.read_all(), TUESDAY)
    return act("satudata_quality_show", id=dataset["id"])["points"]


def page(app, address):
    return BeautifulSoup(app.get(address, status=200).body, "html.parser")


def rows(table):
    return [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_portal_page_holds_the_figures(app, measured):
    found = page(app, "/mutu")
    figures = [one.get_text(strip=True) for one in found.select(".counts dd")]
    assert figures == [str(measured - 15), str(measured - 15), "2"]
    days = rows(found.select_one(".quality-history table"))
    assert [row[1:] for row in days[-2:]] == [[str(measured - 15), "2"], [str(measured - 30), "2"]]
    assert days[-1][0] == "2 Juni 2025"
    svg = found.select_one(".quality-history svg")
    assert svg["role"] == "img" and svg.title.get_text(strip=True) and svg.select_one("path")["d"].startswith("M56")
    (keyword,) = [row for row in rows(found.select_one(".mend")) if "Isi kata kunci." in row[0]]
    assert keyword[1:] == ["1", "30", "30", "+15"]
    assert found.select_one('.mend a[href="/dataset/pengaduan"]')


def test_publishers_are_sorted_by_links(app, measured):
    for order, first in (("", "Z"), ("score", "Z"), ("name", "B"), ("datasets", "B"), ("x", "Z")):
        table = page(app, f"/mutu?sort={order}").select_one("table.sources")
        assert rows(table)[0][0] == f"Dinas {first}"
        shown = {link["href"] for link in table.select("thead a")} | {f"/mutu?sort={order}#publishers"}
        assert shown >= {"/mutu?sort=name#publishers", "/mutu?sort=datasets#publishers"}
        assert table.select_one("th[aria-sort]").get_text(strip=True)


def test_publisher_page_has_its_own_figures(app, measured):
    found = page(app, "/mutu/zzz")
    assert found.select_one(".counts dd").get_text(strip=True) == str(measured)
    assert not found.select("table.sources")
    assert "Dinas Z" in found.h1.get_text()
    assert app.get("/mutu/tidak-ada", status=404)


def test_pages_lead_to_each_other(app, measured):
    assert page(app, "/organization/zzz").select_one('a[href="/mutu/zzz"]')
    assert page(app, "/about").select_one('footer a[href="/mutu"]')


def test_dataset_page_has_its_changes(app, measured):
    changes = [one.get_text(" ", strip=True) for one in page(app, "/dataset/penempatan").select(".quality-changes li")]
    assert len(changes) == 2
    assert changes[0].startswith("3 Juni 2025") and str(measured - 30) in changes[0] and str(measured) in changes[0]


def test_every_metric_has_a_page(app, measured):
    for profile in quality.PROFILES:
        of = quality.profile(profile)
        everything = page(app, f"/mutu/metrik/{profile}")
        links = {link["href"] for link in everything.select("#content a")}
        names = {"total", *of.metrics, *(dimension.name for dimension in of.dimensions)}
        assert {f"/mutu/metrik/{profile}/{name}" for name in names} <= links
        assert all(everything.find(id=dimension.name) for dimension in of.dimensions)
    found = page(app, "/en/mutu/metrik/mqa/keyword")
    assert "The dataset has at least one keyword." in found.get_text()
    assert [link["href"] for link in found.select("#content section li a")] == ["/en/dataset/pengaduan"]
    assert not page(app, "/mutu/metrik/mqa/keyword?organization=zzz").select("#content section li a")


def test_metric_that_is_none_is_missing(app, measured):
    for wrong in ("mqa/tidak-ada", "lain/keyword", "lain", "mqa/keyword?page=9", "mqa/keyword?organization=x"):
        assert app.get(f"/mutu/metrik/{wrong}", status=404)


def test_figures_come_as_csv(app, measured):
    assert app.get("/mutu/riwayat.csv").body.splitlines()[:2] == [
        "day,mean,datasets",
        f"2025-06-02,{measured - 30}.0,2",
    ]
    assert app.get("/mutu/zzz/riwayat.csv").body.splitlines()[2] == f"2025-06-03,{measured}.0,1"
    assert app.get("/mutu/penerbit.csv").body.splitlines()[1].startswith(f"zzz,Dinas Z,1,{measured}.0")


def test_portal_without_measurements_says_so(app, empty_history):
    assert page(app, "/mutu").select_one(".empty-state")
    assert page(app, "/mutu?profile=sdi").select_one(".empty-state")


@given(
    st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.floats(0, 405)), unique_by=lambda one: one[0])
)
@settings(max_examples=50)
def test_chart_stays_within_its_field(values):
    drawn = chart.steps(sorted(values), 405, [("bad", 0)])
    assert all(drawn.left <= x <= drawn.right and drawn.top <= y <= drawn.bottom for x, y in drawn.dots)
    assert bool(drawn.path) == (len(values) > 1)
    assert [y for _name, _value, y in drawn.levels] == [drawn.bottom]
