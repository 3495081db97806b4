"""The wall on large displays: it fits, is moved by keys, turns by itself, and says when it is cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FULL_HD, UHD = (1920, 1080), (3840, 2160)
SCREENS = range(1, 6)
LINES = 55
"""How many letters would stand above each other at most, from the top of the display to its foot."""


def opened(browser: Browser, portal: Portal, path: str, size: tuple[int, int] = FULL_HD) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(portal.at(path))
    return page


@pytest.mark.parametrize("size", [FULL_HD, UHD])
def test_each_screen_fits_the_display_and_is_read_from_afar(browser: Browser, portal: Portal, size: tuple[int, int]):
    for number in SCREENS:
        page = opened(browser, portal, f"/pusat-kendali?layar={number}", size)
        height, letters = page.evaluate(
            "[document.documentElement.scrollHeight, parseFloat(getComputedStyle(document.querySelector('.wall')).fontSize)]"
        )
        assert height <= size[1] and letters * LINES >= size[1], (number, height, letters)
        page.close()


def test_keys_move_the_wall(browser: Browser, portal: Portal):
    page = opened(browser, portal, "/pusat-kendali")
    shown = page.locator(".wall-screens a[aria-current]")
    first = shown.inner_text()
    page.keyboard.press("ArrowRight")
    expect(shown).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_text(first)
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Jeda")).to_be_visible()
    assert "putar=1" in page.url
    page.close()


def test_wall_turns_and_says_when_it_is_cut_off(browser: Browser, portal: Portal):
    page = browser.new_page(viewport={"width": FULL_HD[0], "height": FULL_HD[1]})
    page.clock.install()
    page.goto(portal.at("/pusat-kendali?putar=1"))
    shown = page.locator(".wall-screens a[aria-current]")
    first = shown.inner_text()
    page.clock.run_for(20_500)
    expect(shown).not_to_have_text(first)
    second = shown.inner_text()
    page.context.set_offline(True)
    page.clock.run_for(20_500)
    expect(page.get_by_role("status")).to_contain_text("Tidak tersambung")
    expect(shown).to_have_text(second)
    page.context.set_offline(False)
    page.clock.run_for(20_500)
    expect(page.get_by_role("status")).to_be_empty()
    expect(shown).not_to_have_text(second)
    page.close()
