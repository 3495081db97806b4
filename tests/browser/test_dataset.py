"""The page of a dataset by a visitor: charts without configuration, code that runs, rows and history without scripts."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import Misdeeds, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NODE = shutil.which("node")
SERIOUS = ("serious", "critical")
SECONDS = 60


def address(portal: Portal, what: str = "") -> str:
    return f"/dataset/{portal.names['dataset']}{what}"


def table(portal: Portal, what: str = "") -> str:
    return address(portal, f"/resource/{portal.names['resource']}{what}")


def test_table_has_charts_that_answer_to_the_pointer(page: Page, portal: Portal, misdeeds: Misdeeds):
    page.goto(portal.at(table(portal)))
    figures = page.locator("figure.chart")
    expect(figures).to_have_count(2)
    for number in range(2):
        picture = figures.nth(number).locator("img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    figures.nth(1).get_by_role("button").click()
    expect(figures.nth(1).locator("svg .mark-rect path").first).to_be_visible()
    assert (misdeeds.console, misdeeds.elsewhere, misdeeds.failed) == ([], [], [])


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_pages_of_a_dataset_are_accessible_and_fit_without_scripts(
    browser: Browser, portal: Portal, language: str, width: int
):
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in (address(portal), table(portal), table(portal, "/baris?tampil=jumlah"), address(portal, "/riwayat")):
        answer = page.goto(portal.at(path, language))
        assert answer is not None and answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in (table(portal, "/baris?tampil=jumlah&urut=jumlah"), address(portal, "/riwayat"), address(portal)):
        page.goto(portal.at(path, language))
        found = Axe().run(page).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] in SERIOUS] == [], path
    context.close()


def test_rows_are_filtered_and_sorted_by_keyboard_without_scripts(browser: Browser, portal: Portal):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.at(table(portal)))
    page.get_by_role("link", name="Semua baris: saring, urutkan, pilih kolom").press("Enter")
    page.get_by_label("Hanya baris dengan").select_option("tahun")
    page.get_by_label("bernilai").fill("2023")
    page.get_by_label("Urutkan menurut").select_option("jumlah")
    page.get_by_label("Arah").select_option("desc")
    page.get_by_role("button", name="Tampilkan").press("Enter")
    found = page.locator("table.first-rows tbody tr")
    expect(found).to_have_count(3)
    expect(found.first).to_contain_text("10.020")
    context.close()


def test_page_of_a_table_prints_its_chart_and_rows(page: Page, portal: Portal):
    page.goto(portal.at(table(portal)))
    page.emulate_media(media="print")
    expect(page.locator("figure.chart img").first).to_be_visible()
    expect(page.locator("table.first-rows")).to_be_visible()
    for hidden in (".site-footer", ".resource-actions", "details.samples", ".resource-view"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()


@pytest.fixture
def code(page: Page, portal: Portal) -> dict[str, str]:
    """The code on the page of a table, by language."""
    page.goto(portal.at(table(portal)))
    texts = page.locator("details.samples pre").all_text_contents()
    return dict(zip(("curl", "Python", "R", "JavaScript"), texts, strict=True))


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_code_for_the_shell_runs(code: dict[str, str], portal: Portal, tmp_path: Path):
    assert "Kab. Banyuwangi" in run(["sh", "-ec", code["curl"]], tmp_path)
    rows = list(csv.DictReader((tmp_path / "tabel.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == portal.names["rows"]


def test_code_in_python_runs(code: dict[str, str], portal: Portal, tmp_path: Path):
    said = run([sys.executable, "-c", code["Python"]], tmp_path).splitlines()
    assert "Kab. Kediri" in said[0] and said[-1] == str(portal.names["rows"])


@pytest.mark.skipif(NODE is None, reason="no Node on this machine")
def test_code_in_javascript_runs(code: dict[str, str], tmp_path: Path):
    assert "Kab. Banyuwangi" in run([str(NODE), "--input-type=module", "--eval", code["JavaScript"]], tmp_path)
