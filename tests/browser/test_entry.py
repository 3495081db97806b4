"""From the empty form to a saved draft with a file, with and without script; accessible at every step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SERIOUS = ("serious", "critical")
STEPS = 8


@pytest.fixture
def editor(context: BrowserContext, portal: Portal, misdeeds: Misdeeds) -> Page:
    """A page of somebody who may enter datasets."""
    page = watched(context.new_page(), portal, misdeeds)
    sign_in(page, portal)
    return page


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "penempatan.csv"
    path.write_text("tahun,jumlah\n2024,17\n")
    return path


def sign_in(page: Page, portal: Portal) -> None:
    page.goto(portal.at("/user/login"))
    page.locator("#field-login").fill(portal.names["editor"])
    page.locator("#field-password").fill(portal.names["password"])
    page.locator("#field-password").press("Enter")
    page.wait_for_load_state("networkidle")


def place(page: Page) -> str:
    return page.locator(".entry-place").inner_text()


def test_by_mouse_from_nothing_to_a_draft_with_a_file(editor: Page, portal: Portal, table: Path, misdeeds: Misdeeds):
    editor.goto(portal.at("/dataset/new"))
    assert place(editor) == "Langkah 1 dari 9"
    editor.get_by_label("Judul").fill("Penempatan dengan tetikus")
    editor.get_by_label("Deskripsi").fill("Jumlah penempatan.")
    editor.get_by_label("Wilayah, nomor 1").fill("Banyuwangi")
    expect(editor.locator("#field-spatial-codes option[value='35.10']")).to_have_count(1)
    editor.get_by_label("Wilayah, nomor 1").fill("35.10")
    go_on(editor)
    editor.get_by_label("Terbuka").check()
    go_on(editor)
    editor.get_by_label("Satuan").fill("orang")
    editor.get_by_label("Ukuran").fill("jumlah")
    go_on(editor)
    building = editor.locator("#entry-indikator_pembangun")
    expect(building).to_be_hidden()
    editor.locator("#entry-apakah_indikator_komposit").get_by_label("Ya").check()
    expect(building).to_be_visible()
    go_on(editor)
    expect(editor.get_by_role("alert")).to_contain_text("Indikator pembangun")
    editor.get_by_label("Nama, baris 1").first.fill("tujuan")
    building.get_by_role("button").click()
    expect(building.locator("tbody tr")).to_have_count(3)
    building.locator("tbody tr").nth(2).locator("input").first.fill("Indikator ketiga")
    editor.get_by_role("button", name="Simpan sebagai draf").click()
    expect(building.locator("tbody tr").first.locator("input").first).to_have_value("Indikator ketiga")
    for _step in range(5):
        go_on(editor)
    assert place(editor) == "Langkah 9 dari 9"
    editor.locator("#resource-upload-button").click()
    editor.locator("input[type=file]").set_input_files(table)
    editor.get_by_role("button", name="Simpan berkas dan lihat draf").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Penempatan dengan tetikus")
    expect(editor.get_by_role("main")).to_contain_text("penempatan.csv")
    expect(editor.get_by_role("main")).to_contain_text("Draf")
    assert misdeeds.console == []
    editor.goto(portal.at("/dashboard/datasets"))
    expect(editor.get_by_role("main")).to_contain_text("Penempatan dengan tetikus")


def go_on(page: Page) -> None:
    """Save and go on; where answers need mending, go on all the same."""
    before = place(page)
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    page.wait_for_load_state("networkidle")
    if place(page) == before and "Indikator pembangun" not in page.get_by_role("alert").inner_text():
        page.get_by_role("link", name="Lanjut ke langkah berikutnya").click()
        page.wait_for_load_state("networkidle")


@pytest.fixture
def draft(editor: Page, portal: Portal) -> Iterator[str]:
    editor.goto(portal.at("/dataset/new"))
    editor.get_by_label("Judul").fill("Draf untuk diperiksa")
    editor.get_by_role("button", name="Simpan sebagai draf").click()
    yield editor.url.split("?")[0].rsplit("/", 1)[0]


@pytest.mark.parametrize("width", [1280, 360])
def test_steps_are_accessible_and_fit(editor: Page, draft: str, width: int):
    editor.set_viewport_size({"width": width, "height": 800})
    faults = {}
    for number in range(1, STEPS + 1):
        editor.goto(f"{draft}/{number}?checked=1")
        found = [
            f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
            for rule in Axe().run(editor).response["violations"]
            if rule["impact"] in SERIOUS
        ]
        wide = editor.evaluate("document.documentElement.scrollWidth")
        found += [f"{wide} wide"] if wide > width else []
        faults |= {number: found} if found else {}
    assert faults == {}


def test_without_javascript_rules_stand_in_words(browser: Browser, portal: Portal):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, portal)
    page.goto(portal.at("/dataset/new"))
    page.get_by_label("Judul").fill("Tanpa skrip")
    page.get_by_role("button", name="Simpan sebagai draf").click()
    page.goto(page.url.split("?")[0].rsplit("/", 1)[0] + "/4")
    building = page.locator("#entry-indikator_pembangun")
    expect(building).to_be_visible()
    expect(building).to_contain_text("berlaku jika")
    building.locator("input").first.fill("Penempatan formal")
    page.get_by_role("button", name="Simpan sebagai draf").click()
    expect(building.locator("tbody tr")).to_have_count(3)
    context.close()
