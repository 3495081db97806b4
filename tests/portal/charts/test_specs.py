"""Specifications are Vega-Lite, and what is drawn of them says the figures as the language writes them."""

from __future__ import annotations

from datetime import date

import pytest
import vl_convert
from lxml import etree

from ckanext.satudatapmi.portal.charts import specs

LAND = {"type": "FeatureCollection", "features": []}
WHOLE = specs.Frame("id", 720, "Judul", "Sumber: x", "orang")
BARE = specs.Frame("en", 360, "", "", "persons")


def words_of(specification):
    drawn = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    return [
        " ".join(one.itertext()) for one in etree.fromstring(drawn.encode()).iter("{http://www.w3.org/2000/svg}text")
    ]


def lines_of(specification):
    drawn = etree.fromstring(vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]).encode())
    marks = drawn.iterfind(".//{*}g[@class]")
    paths = [one for group in marks if "mark-line" in group.get("class") for one in group.iter("{*}path")]
    return [one for one in paths if one.get("d", "").count("L")]


def point(year, value, piece=0, former=False, series="a"):
    return specs.Point(date(year, 1, 1), value, series, piece, former)


def test_line_breaks_where_a_piece_ends():
    joined = specs.over_time(WHOLE, [point(2011, 1), point(2012, 2), point(2013, 3), point(2014, 4)])
    apart = specs.over_time(WHOLE, [point(2011, 1), point(2012, 2), point(2013, 3, 1), point(2014, 4, 1)])
    assert (len(lines_of(joined)), len(lines_of(apart))) == (1, 2)


@pytest.mark.parametrize(("frame", "number"), [(WHOLE, "1.234.567,5"), (BARE, "1,234,567.5")])
def test_numbers_are_written_as_the_language_has_them(frame, number):
    assert number in words_of(specs.over_time(frame, [point(2020, 1), point(2021, 1234567.5)]))
    assert number in words_of(specs.ranked(frame, [specs.Bar("x", 1234567.5)]))


def test_marks_titles_and_sources_are_written():
    said = words_of(specs.over_time(WHOLE, [point(2020, 1)], [specs.Mark(date(2020, 6, 1), "definisi berubah")]))
    assert {"definisi berubah", "Judul", "2020"} <= set(said) and any("Sumber: x" in one for one in said)
    assert "Judul" not in words_of(specs.over_time(BARE, [point(2020, 1)]))


def test_months_are_in_the_language_of_the_chart():
    points = [specs.Point(date(2024, month, 1), month, "a") for month in (4, 5, 6)]
    assert "Mei 2024" in words_of(specs.over_time(WHOLE, points, yearly=False))
    assert "May 2024" in words_of(specs.over_time(BARE, points, yearly=False))


def test_bars_are_as_many_as_can_be_read_the_largest_first():
    bars = [specs.Bar(f"n{i}", i) for i in range(50)]
    said = [one for one in words_of(specs.ranked(BARE, bars)) if one.startswith("n")]
    assert said[0] == "n49" and len(said) == specs.MOST_BARS


@pytest.mark.parametrize("frame", [WHOLE, BARE])
def test_circles_have_areas_as_their_figures(frame):
    bubbles = [specs.Bubble("Hong Kong", 400, 114.1, 22.4), specs.Bubble("Zambia", 100, 28, -13)]
    specification = specs.world(frame, bubbles, LAND)
    areas = {row["name"]: row["area"] for row in specification["layer"][1]["data"]["values"]}
    assert areas["Hong Kong"] == pytest.approx(4 * areas["Zambia"])
    assert {"Hong Kong", "Zambia"} <= set(words_of(specification))


def test_nothing_to_draw_is_drawn_all_the_same():
    assert words_of(specs.ranked(BARE, [])) == [] and words_of(specs.world(BARE, [], LAND)) == []
