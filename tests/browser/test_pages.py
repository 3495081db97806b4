"""Every kind of page, in both languages and on two widths: accessible, quiet, self-contained, no sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERIOUS = ("serious", "critical")
WIDTHS = (1280, 360)
FRAMED = ("interactive table",)
"""Pages that stand in a frame of another one."""


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_quiet_and_fit(browser: Browser, portal: Portal, language: str, width: int):
    context = browser.new_context(viewport={"width": width, "height": 800})
    faults: dict[str, Any] = {}
    for name, path in portal.pages.items():
        misdeeds = Misdeeds()
        page = watched(context.new_page(), portal, misdeeds)
        page.goto(portal.at(path, language))
        page.wait_for_load_state("networkidle")
        found = {
            "axe": [
                f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
                for rule in Axe().run(page).response["violations"]
                if rule["impact"] in SERIOUS
            ],
            "console": [text for text in misdeeds.console if name != "not found" or "404" not in text],
            "elsewhere": misdeeds.elsewhere,
            "language": [] if page.locator("html").get_attribute("lang") == language else ["wrong"],
            "headings": [] if name in FRAMED or page.locator("h1").count() == 1 else ["not one h1"],
            "landmarks": [] if name in FRAMED or page.get_by_role("main").count() == 1 else ["not one main"],
            "too wide": page.evaluate(
                "w => document.documentElement.scrollWidth > w ? [document.documentElement.scrollWidth] : []", width
            ),
        }
        faults |= {f"{name}: {kind}": values for kind, values in found.items() if values}
        page.close()
    context.close()
    assert faults == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_pressed_is_large_enough(browser: Browser, portal: Portal, width: int):
    page = browser.new_page(viewport={"width": width, "height": 800})
    small: dict[str, list[str]] = {}
    for name, path in portal.pages.items():
        if name in FRAMED:
            continue
        page.goto(portal.at(path))
        found = page.evaluate(
            """() => [...document.querySelectorAll('button, .btn, input:not([type=hidden]):not([type=checkbox]), select, summary')]
                .filter(at => at.offsetParent !== null && at.getBoundingClientRect().height < 43.5)
                .map(at => at.outerHTML.slice(0, 90))"""
        )
        if found:
            small[name] = found
    page.close()
    assert small == {}
