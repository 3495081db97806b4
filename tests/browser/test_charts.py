"""A chart is a picture of the server, and answers to the pointer where somebody asks for that."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import Misdeeds, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
INDICATOR = "/indikator/placement"


def test_live_chart_takes_the_place_of_the_picture(page: Page, portal: Portal, misdeeds: Misdeeds):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(portal.at(INDICATOR))
    page.wait_for_load_state("networkidle")
    assert not any("live-chart.js" in url or "vl.json" in url for url in asked), "loaded before anybody asked"
    figures = page.locator("figure.chart[data-script]")
    assert figures.count() == 2
    for number in range(2):
        figure = figures.nth(number)
        told = figure.locator("img").get_attribute("alt")
        figure.get_by_role("button").click()
        drawn = figure.get_by_role("img", name=told)
        expect(drawn.locator("svg")).to_be_visible()
        expect(figure.locator("picture")).to_have_count(0)
    assert (misdeeds.console, misdeeds.elsewhere) == ([], [])


def test_live_chart_says_the_figure_under_the_pointer(page: Page, portal: Portal):
    page.goto(portal.at("/angka?by=destination&time=2024"))
    page.get_by_role("button", name="Tampilkan grafik interaktif").click()
    bar = page.locator("figure.chart svg .mark-rect path").first
    expect(bar).to_be_visible()
    bar.hover()
    expect(page.locator("figure.chart [title]")).to_have_attribute("title", "Hong Kong: 99.773 orang")


def test_picture_stays_where_the_live_chart_fails(page: Page, portal: Portal):
    page.route("**/angka.vl.json*", lambda route: route.abort())
    page.goto(portal.at(INDICATOR))
    figure = page.locator("figure.chart[data-script]").first
    figure.get_by_role("button").click()
    expect(figure.get_by_role("button")).to_contain_text("Coba lagi")
    expect(figure.locator("img")).to_be_visible()


def test_charts_are_there_without_scripts(browser: Browser, portal: Portal):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(portal.at(INDICATOR))
    picture = page.locator("figure.chart img").first
    expect(picture).to_be_visible()
    assert "width=360" in picture.evaluate("image => image.currentSrc")
    assert picture.evaluate("image => image.naturalWidth") > 0 and not page.locator(".live-chart").count()
    context.close()
