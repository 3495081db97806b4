"""The reconciliation board on a phone, a desk and a wall: in place by htmx, and in full without JavaScript."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOARD = "/pusat-kendali/rekonsiliasi"
SIZES = ((360, 800), (1280, 800), (1920, 1080))
PAGES = (
    BOARD,
    f"{BOARD}?destination=HKG&time=2022",
    f"{BOARD}/metode/combine?case=hkg-combine",
    f"{BOARD}/metode/combine?case=mys-combine",
    f"{BOARD}/metode/loglinear?case=uk-lists",
    f"{BOARD}/hasil",
)


@pytest.mark.parametrize("language", ["id", "en"])
def test_board_and_methods_are_accessible_and_fit_a_phone_a_desk_and_a_wall(
    browser: Browser, portal: Portal, language: str
):
    faults = {}
    for address in PAGES:
        misdeeds = Misdeeds()
        page = watched(browser.new_page(), portal, misdeeds)
        page.goto(portal.at(address, language))
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            serious = [
                f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
                for rule in Axe().run(page).response["violations"]
                if rule["impact"] in ("serious", "critical")
            ]
            wide = page.evaluate("w => document.documentElement.scrollWidth > w", width)
            if serious or wide or misdeeds.console or misdeeds.elsewhere:
                faults[address, width] = (serious, wide, misdeeds.console, misdeeds.elsewhere)
        page.close()
    assert faults == {}


def test_board_changes_in_place_and_its_address_with_it(browser: Browser, portal: Portal):
    page = browser.new_page()
    page.goto(portal.at(BOARD))
    page.evaluate("window.stayed = true")
    page.get_by_label("Negara penempatan").fill("HKG")
    page.get_by_label("Tahun").fill("2022")
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_role("heading", name="Hong Kong, 2022")).to_be_visible()
    assert page.evaluate("window.stayed") and "destination=HKG" in page.url
    mirror = page.get_by_role("link", name="rasio 2,38")
    mirror.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistik cermin")
    expect(page.get_by_text("ρ = x / y").first).to_be_visible()
    page.close()


def test_board_works_without_javascript_by_keyboard(browser: Browser, portal: Portal):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.at(BOARD))
    page.get_by_label("Negara penempatan").fill("Malaysia")
    page.get_by_label("Tahun").fill("2022")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Malaysia, 2022")).to_be_visible()
    expect(page.get_by_text("1.670.000")).to_be_visible()
    context.close()
