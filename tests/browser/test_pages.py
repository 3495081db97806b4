"""Every kind of page, in both languages and on two widths: accessible, quiet, self-contained, no sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERIOUS = ("serious", "critical")
WIDTHS = (1280, 360)
FRAMED = ("interactive table", "indicator in a frame")
"""Pages that stand in a frame of another one."""


# Each page is loaded once in a language, and looked at on both widths; it is loaded on a desktop and on a phone.
@pytest.mark.parametrize(
    ("language", "widths"), [("id", WIDTHS), pytest.param("en", WIDTHS[::-1], marks=pytest.mark.thorough)]
)
def test_pages_are_accessible_quiet_and_fit(browser: Browser, portal: Portal, language: str, widths: tuple[int, ...]):
    context = browser.new_context()
    faults: dict[str, Any] = {}
    for name, path in portal.pages.items():
        misdeeds = Misdeeds()
        page = watched(context.new_page(), portal, misdeeds)
        page.set_viewport_size({"width": widths[0], "height": 800})
        page.goto(portal.at(path, language))
        page.wait_for_load_state("networkidle")
        found = {
            "language": [] if page.locator("html").get_attribute("lang") == language else ["wrong"],
            "headings": [] if name in FRAMED or page.locator("h1").count() == 1 else ["not one h1"],
            "landmarks": [] if name in FRAMED or page.get_by_role("main").count() == 1 else ["not one main"],
        }
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            found |= {f"{kind} at {width}": values for kind, values in looks(page, width).items()}
        found |= {
            "console": [text for text in misdeeds.console if name != "not found" or "404" not in text],
            "elsewhere": misdeeds.elsewhere,
        }
        faults |= {f"{name}: {kind}": values for kind, values in found.items() if values}
        page.close()
    context.close()
    assert faults == {}


def looks(page: Page, width: int) -> dict[str, list[Any]]:
    """What is wrong with a page on a width."""
    return {
        "axe": [
            f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
            for rule in Axe().run(page).response["violations"]
            if rule["impact"] in SERIOUS
        ],
        "too wide": page.evaluate(
            "w => document.documentElement.scrollWidth > w ? [document.documentElement.scrollWidth] : []", width
        ),
    }


def test_what_is_pressed_is_large_enough(browser: Browser, portal: Portal):
    page = browser.new_page()
    small: dict[str, list[str]] = {}
    for name, path in portal.pages.items():
        if name in FRAMED:
            continue
        page.goto(portal.at(path))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate(
                """() => [...document.querySelectorAll('button, .btn, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, summary')]
                    .filter(at => at.offsetParent !== null && at.getBoundingClientRect().height < 43.5)
                    .map(at => at.outerHTML.slice(0, 90))"""
            )
            if found:
                small[f"{name} at {width}"] = found
    page.close()
    assert small == {}
