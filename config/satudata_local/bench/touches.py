"""Touches the screens of the kiosk in a real browser and prints how many seconds each took to be painted.

python touches.py ADDRESS    of `/aim/pasang#SECRET`: as a kiosk, offline once it is set up; of `/aim/`: as pages
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1080, 1920
ROUNDS = 3
TILES, ANSWERS, HOME = ".tiles li a", ".choices-list a", ".bar a"
TOUCHED = """(link) => {
    window.former = document.body;
    window.name = String(performance.timeOrigin + performance.now());
    link.click();
}"""
ARRIVED = "() => document.readyState === 'complete' && document.body && document.body !== window.former"
PAINTED = """() => new Promise((tell) => {
    const since = Number(window.name);
    const page = performance.getEntriesByName("first-contentful-paint")[0];
    const asPage = page && performance.timeOrigin + page.startTime;
    if (asPage > since) return tell((asPage - since) / 1000);
    tell((window.painted - since) / 1000);
})"""
WATCH = """addEventListener("DOMContentLoaded", () => {
    // A frame after the one in which a screen took the place of another, that one has been painted.
    new MutationObserver(() => {
        requestAnimationFrame(() => requestAnimationFrame(() => {
            window.painted = performance.timeOrigin + performance.now();
        }));
    }).observe(document.documentElement, {childList: true});
});"""
ARE_PAINTED = """() => {
    const page = performance.getEntriesByName("first-contentful-paint")[0];
    const since = Number(window.name);
    return window.painted > since || (page && performance.timeOrigin + page.startTime > since);
}"""


def touch(page: Page, target: str, number: int = 0) -> float:
    """Touch a link and return the seconds until what it leads to was painted."""
    page.locator(target).nth(number).evaluate(TOUCHED)
    page.wait_for_function(ARRIVED)
    page.wait_for_function(ARE_PAINTED)
    return page.evaluate(PAINTED)


def walk(page: Page) -> Iterator[float]:
    """Touch each tile, the first answer below it if there are several, and the way home."""
    for number in range(page.locator(TILES).count()):
        yield touch(page, TILES, number)
        if page.locator(ANSWERS).count():
            yield touch(page, ANSWERS)
        yield touch(page, HOME)


def main(address: str) -> None:
    """Set the device up, walk, and print."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = os.environ.get("SATUDATA_CHROMIUM", CHROMIUM)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto(address)
        if "#" in address:
            page.wait_for_url("**/aim/")
            context.set_offline(True)
        page.wait_for_load_state("networkidle")
        for _round in range(ROUNDS):
            for seconds in walk(page):
                print(f"{seconds:.4f}")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
