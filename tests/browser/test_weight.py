"""What a visitor's page loads: little, once, and CKAN's scripts only where something in it needs them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_policy import log_in
from tests.browser.visiting import Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_BYTES = 300_000
PHONE = {"width": 390, "height": 844}
VENDOR = "/webassets/vendor/"


@pytest.mark.parametrize("name", ["home", "search", "dataset", "indicator", "province", "country"])
def test_a_page_weighs_little_on_the_way(browser: Browser, portal: Portal, name: str):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sent: list[float] = []
    network.on("Network.loadingFinished", lambda told: sent.append(told["encodedDataLength"]))
    page.goto(portal.at(portal.pages[name]))
    # Pictures further down come when one gets there.
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    context.close()
    assert 10_000 < sum(sent) < MOST_BYTES, name


def test_what_a_page_has_loaded_the_next_one_does_not_ask_for(page: Page, portal: Portal):
    page.goto(portal.at("/"), wait_until="networkidle")
    page.goto(portal.at("/dataset/"), wait_until="networkidle")
    sent = page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType("resource")
            .filter((one) => one.name.endsWith(".css")).map((one) => [one.name, one.transferSize]))"""
    )
    assert len(sent) > 1 and not any(sent.values()), sent


def test_scripts_of_ckan_come_where_a_page_needs_them(page: Page, portal: Portal):
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(portal.at("/"), wait_until="networkidle")
    assert not [url for url in loaded if VENDOR in url]
    page.goto(portal.at("/dataset/"), wait_until="networkidle")
    assert [url.rpartition("_")[2] for url in loaded if VENDOR in url] == ["htmx.js"]
    loaded.clear()
    page.goto(portal.at(portal.pages["interactive table"]), wait_until="networkidle")
    assert {"jquery.js", "vendor.js"} <= {url.rpartition("_")[2] for url in loaded if VENDOR in url}
    loaded.clear()
    log_in(page, portal)
    page.goto(portal.at("/"), wait_until="networkidle")
    assert page.evaluate("() => Boolean(window.ckan && ckan.module && window.jQuery)")


def test_filters_lie_over_the_list_on_a_phone(browser: Browser, portal: Portal):
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(portal.at("/dataset/"))
    expect(page.locator("#search-facets")).to_be_hidden()
    page.locator(".show-filters").click()
    expect(page.locator("#search-facets")).to_be_visible()
    page.locator(".hide-filters").click()
    expect(page.locator("#search-facets")).to_be_hidden()
    page.locator(".show-filters").click()
    page.locator("#search-facets").get_by_role("link", name="CSV").click()
    expect(page.locator(".filtered")).to_have_count(1)
    page.context.close()


def test_a_filter_that_is_refused_is_asked_for_as_a_page(page: Page, portal: Portal):
    def refuse(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            route.fulfill(status=503, body="away")
        else:
            route.continue_()

    page.route("**/dataset/**", refuse)
    page.goto(portal.at("/dataset/"))
    page.locator("#search-facets").get_by_role("link", name="CSV").click()
    expect(page).to_have_url(re.compile("res_format=CSV"))
    expect(page.locator(".filtered")).to_have_count(1)


def test_icons_can_be_seen(page: Page, portal: Portal):
    page.goto(portal.at(portal.pages["dataset"]))
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(".icon")].filter((icon) => icon.getClientRects().length).map((icon) => {
            const style = getComputedStyle(icon);
            return style.maskImage.startsWith("url(") && icon.clientWidth >= 10 && style.backgroundColor !== "rgba(0, 0, 0, 0)";
        })"""
    )
    assert drawn and all(drawn)
