"""Those who are responsible enter the kiosk's content: with and without script, on a desktop and on a phone."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_entry import SERIOUS, sign_in
from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST, FORM, ITEM = "/aim-isi", "/aim-job-order/new", "/aim-guide/aim-panduan-syarat"


@pytest.fixture(scope="module")
def stocked(request: pytest.FixtureRequest, portal: Portal) -> Portal:
    """The portal with the content that it ships with."""
    ini = str(Path(request.config.getoption("--ckan-ini")).resolve())
    command = [str(Path(sys.executable).with_name("ckan")), "-c", ini, "satudata", "kiosk", "seed"]
    subprocess.run([*command, "--organization", "dinas-contoh"], check=True, env=os.environ | {"CKAN_INI": ini})
    return portal


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def editor(request: pytest.FixtureRequest, browser: Browser, stocked: Portal, misdeeds: Misdeeds) -> Iterator[Page]:
    """A page of somebody who may enter items."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=request.param)
    page = watched(context.new_page(), stocked, misdeeds)
    sign_in(page, stocked)
    yield page
    context.close()


def test_an_item_is_entered_mended_and_found_in_the_list(editor: Page, stocked: Portal, misdeeds: Misdeeds):
    title = f"Negara contoh {secrets.token_hex(4)}"
    address = f"/aim-country/{title.lower().replace(' ', '-')}"
    editor.goto(stocked.at(LIST))
    editor.locator("a[href$='/aim-country/new']").click()
    editor.get_by_label("Judul (Indonesia)").fill(title)
    editor.locator("#field-country").select_option("MYS")
    editor.get_by_label("TERTUTUP").check()
    editor.get_by_role("button", name="Simpan").click()
    expect(editor.get_by_role("alert")).to_contain_text("Keputusan: Ini wajib diisi.")
    editor.locator("#field-decree").fill("Keputusan contoh 1/2026")
    editor.locator("#field-verified_on").fill("2026-01-05")
    editor.locator("#field-verified_by").fill("Direktorat contoh")
    editor.locator("#field-source_title").fill("Keputusan contoh")
    editor.get_by_role("button", name="Simpan").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text(title)
    expect(editor.get_by_role("main")).to_contain_text("TERTUTUP")
    editor.goto(stocked.at(LIST))
    expect(editor.get_by_role("link", name=title, exact=True)).to_be_visible()
    editor.locator(f"a[href$='{address.replace('aim-country', 'aim-country/edit')}']").click()
    expect(editor.locator("#field-decree")).to_have_value("Keputusan contoh 1/2026")
    editor.goto(stocked.at(address))
    editor.get_by_role("link", name="Hapus").click()
    editor.locator("button[name=delete]").click()
    editor.wait_for_url("**/aim-isi**")
    assert (misdeeds.elsewhere, [text for text in misdeeds.console if "422" not in text]) == ([], [])


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_pages_are_accessible_and_fit(browser: Browser, stocked: Portal, misdeeds: Misdeeds, language: str):
    context = browser.new_context()
    page = watched(context.new_page(), stocked, misdeeds)
    sign_in(page, stocked)
    faults = {}
    for path in (LIST, FORM, ITEM):
        page.goto(stocked.at(path, language))
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            broken = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS]
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults |= {(path, width): (broken, wide)} if broken or wide > width else {}
    context.close()
    assert (faults, misdeeds.elsewhere, misdeeds.console) == ({}, [], [])
