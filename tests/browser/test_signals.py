"""A signal from the list to its closure, by two people with different duties; pages that everybody can use."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hands import Keyboard, Mouse
from tests.browser.test_approval import signed_in
from tests.browser.test_pages import looks
from tests.browser.visiting import Misdeeds, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST = "/pusat-kendali/sinyal"
FOUND = {"axe": [], "too wide": []}


def test_a_signal_is_walked_to_its_closure_by_two_people(browser: Browser, portal: Portal, misdeeds: Misdeeds):
    editor = signed_in(browser, portal, misdeeds, Mouse, "editor")
    page = editor.page
    page.goto(portal.at(f"{LIST}?method=c1"))
    page.locator(f"a[href$='{LIST}/{portal.names['signal']}']").click()
    expect(page.locator("dl.fields")).to_contain_text("226 dibanding 103,3 + 3 × 19,3 = 161,4")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert looks(page, width) == FOUND
    editor.write("reason", "Pengaduan menumpuk setelah Lebaran")
    editor.press("Usulkan penutupan")
    expect(page.locator("dl.fields")).to_contain_text("diusulkan ditutup")
    expect(page.get_by_role("button", name="Tutup", exact=True)).to_have_count(0)

    walidata = signed_in(browser, portal, misdeeds, Keyboard, "walidata")
    walidata.page.goto(page.url)
    expect(walidata.page.locator(".review-events")).to_contain_text("Pengaduan menumpuk setelah Lebaran")
    walidata.write("reason", "Benar")
    walidata.press("Tutup")
    expect(walidata.page.locator("dl.fields")).to_contain_text("ditutup")
    expect(walidata.page.locator(".review-events li")).to_have_count(3)
    assert (misdeeds.console, misdeeds.elsewhere) == ([], [])


def test_a_visitor_reads_them_without_scripts_and_sees_no_person(browser: Browser, portal: Portal):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(portal.at(f"{LIST}/{portal.names['signal']}"))
    expect(page.locator("#figures")).to_be_visible()
    expect(page.locator("main form[method=post]")).to_have_count(0)
    assert portal.names["editor"] not in page.content()
    page.goto(portal.at(LIST, "en"))
    page.get_by_label("Method").select_option("corridor")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("Cambodia")
    context.close()
