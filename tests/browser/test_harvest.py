"""An operator decides about a frozen source, by keyboard, on a phone, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import looks
from tests.browser.visiting import Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 360, "height": 800}
PAGES = (
    "/sumber",
    "/sumber/usulan",
    "/sumber/layanan-beku",
    "/sumber/layanan-beku/perbedaan",
    "/tugas",
    "/tugas/nama",
    "/harvest/new",
)


def log_in(page: Page, portal: Portal, name: str) -> None:
    """Log in as somebody of the filled portal."""
    page.goto(portal.at("/user/login"))
    page.locator("#field-login").fill(portal.names[name])
    page.locator("#field-password").fill(portal.names["password"])
    page.locator("#field-password").press("Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)


@pytest.mark.parametrize("language", ["id", "en"])
def test_pages_of_operators_are_accessible_and_fit(browser: Browser, portal: Portal, language: str):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    log_in(page, portal, "walidata")
    faults: dict[str, Any] = {}
    for path in PAGES:
        page.goto(portal.at(path, language))
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            faults |= {f"{path} at {width}: {kind}": found for kind, found in looks(page, width).items() if found}
    context.close()
    assert faults == {}


def test_difference_is_refused_with_a_reason_without_javascript(browser: Browser, portal: Portal):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    log_in(page, portal, "walidata")
    page.goto(portal.at("/tugas"))
    page.get_by_role("link", name="Layanan Beku").click()
    expect(page.get_by_text("Penempatan <baru>")).to_be_visible()
    page.locator("button[value=refuse]").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#reason").fill("Katalog tidak lengkap")
    page.locator("button[value=refuse]").press("Enter")
    page.goto(portal.at("/sumber/layanan-beku/perbedaan"))
    expect(page.get_by_text("Katalog tidak lengkap")).to_be_visible()
    context.close()


@pytest.mark.parametrize("script", [True, False])
def test_form_of_a_source_shows_the_options_of_the_chosen_type(browser: Browser, portal: Portal, script: bool):
    context = browser.new_context(viewport=PHONE, java_script_enabled=script)
    page = context.new_page()
    log_in(page, portal, "walidata")
    page.goto(portal.at("/harvest/new"))
    page.locator("input[name=source_type][value=bps_webapi]").check()
    section = page.locator("[data-protocol=bps_webapi]")
    if not script:
        section.locator("summary").press("Enter")
    expect(section.locator("#field-option-bps_webapi-key")).to_be_visible()
    expect(page.locator("[data-protocol=sdmx]")).to_be_visible(visible=not script)
    expect(page.locator("[data-protocol=common]")).to_be_visible()
    context.close()
