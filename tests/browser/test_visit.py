"""What visitors do: search, open, preview, download, change the language; with the keyboard, on a phone, without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_searching_finds_the_dataset_and_opens_it(page: Page, portal, misdeeds):
    page.goto(portal.at("/"))
    page.locator("#field-main-search").fill("penempatan kabupaten")
    page.get_by_role("button", name="Cari").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("penempatan kabupaten")
    page.get_by_role("main").get_by_role("link", name="Penempatan PMI menurut kabupaten").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Penempatan PMI menurut kabupaten")
    expect(page.get_by_role("main")).to_contain_text("Bidang Penempatan")
    assert misdeeds.console == []


def test_filter_narrows_the_results_and_can_be_taken_off(page: Page, portal):
    page.goto(portal.at("/dataset/"))
    everything = page.locator(".dataset-item").count()
    page.locator("#search-facets").get_by_role("link", name="CSV").click()
    expect(page.locator(".filtered")).to_have_count(1)
    narrowed = page.locator(".dataset-item").count()
    assert 0 < narrowed < everything
    page.locator(".filtered a.remove").click()
    expect(page.locator(".filtered")).to_have_count(0)
    expect(page.locator(".dataset-item")).to_have_count(everything)


def test_preview_shows_the_rows_in_both_tables(page: Page, portal, misdeeds):
    page.goto(portal.at(portal.pages["resource"]))
    first_rows = page.locator("table.first-rows tbody tr")
    expect(first_rows).to_have_count(portal.names["rows"])
    expect(first_rows.last).to_contain_text("10.020")
    view = page.frame_locator("iframe")
    expect(view.locator("table#dtprv tbody tr")).to_have_count(portal.names["rows"])
    expect(view.locator("table#dtprv tbody tr").first).to_contain_text("Kab. Kediri")
    page.wait_for_load_state("networkidle")
    assert misdeeds == type(misdeeds)()


def test_numbers_are_written_as_the_language_does(page: Page, portal):
    page.goto(portal.at(portal.pages["resource"], "en"))
    expect(page.locator("table.first-rows tbody tr").last).to_contain_text("10,020")


def test_download_gives_the_very_bytes(page: Page, portal, tmp_path: Path):
    page.goto(portal.at(portal.pages["dataset"]))
    with page.expect_download() as started:
        page.get_by_role("link", name="Unduh penempatan.csv").click()
    target = tmp_path / "download"
    started.value.save_as(target)
    assert target.read_bytes() == portal.names["csv"].encode()


def test_table_is_downloaded_from_its_page(page: Page, portal, tmp_path: Path):
    page.goto(portal.at(portal.pages["resource"]))
    for name in ("CSV", "XLSX", "JSON", "Parquet"):
        with page.expect_download() as started:
            page.get_by_role("region", name="Unduh tabel").get_by_role("link", name=name, exact=True).click()
        target = tmp_path / started.value.suggested_filename
        started.value.save_as(target)
        assert target.suffix == f".{name.lower()}" and target.stat().st_size > 100
    table = next(path for path in tmp_path.iterdir() if path.suffix == ".csv").read_text()
    assert len(table.splitlines()) == portal.names["rows"] + 1


def test_language_switch_keeps_the_page(page: Page, portal):
    page.goto(portal.at(portal.pages["dataset"]))
    expect(page.locator("html")).to_have_attribute("lang", "id")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith(portal.pages["dataset"])
    expect(page.get_by_role("heading", name="Files and tables")).to_be_visible()
    page.get_by_role("link", name="Bahasa Indonesia").click()
    expect(page.get_by_role("heading", name="Berkas dan tabel")).to_be_visible()


def test_provenance_is_told_in_words(page: Page, portal):
    page.goto(portal.at(portal.pages["dataset"]))
    origin = page.get_by_role("region", name="Asal dataset")
    expect(origin).to_contain_text("-000001-11-29T")
    expect(origin.get_by_role("link", name="Layanan Contoh")).to_be_visible()
    copies = page.get_by_role("region", name="Kemungkinan salinan")
    expect(copies.get_by_role("link")).to_have_count(1)
    assert "{" not in page.locator(".field-group").all_inner_texts().__str__()


def test_the_home_page_compares_figures_of_the_catalogue(page: Page, portal):
    page.goto(portal.at("/"))
    figures = page.locator(".compared-figure").all_inner_texts()
    assert sorted(text.split()[0] for text in figures) == ["4.500.000", "4.700.000"]


def test_sources_page_counts_and_strikes_out_contacts(page: Page, portal):
    page.goto(portal.at("/sumber"))
    page.get_by_role("link", name="Layanan Contoh").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("2×")
    expect(main).to_contain_text("[…@…]")
    assert "nobody@" not in page.content()
    assert "secret" not in page.content()


def test_keyboard_alone_leads_from_search_to_the_table(page: Page, portal):
    page.goto(portal.at("/dataset/"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Langsung ke isi utama")
    page.keyboard.press("Enter")
    tab_to(page, "Cari data")
    page.keyboard.type("penempatan kabupaten")
    page.keyboard.press("Enter")
    expect(page.locator(".search-count")).to_contain_text("penempatan kabupaten")
    tab_to(page, "Penempatan PMI menurut kabupaten", exactly=portal.names["dataset"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Penempatan PMI menurut kabupaten")
    tab_to(page, "penempatan.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("penempatan.csv")
    expect(page.locator("table.first-rows")).to_be_visible()


def tab_to(page: Page, name: str, exactly: str = "") -> None:
    """Press Tab until the focused element has a name; its focus must then be visible."""
    describe = """() => {
        const at = document.activeElement, label = at.labels && at.labels[0];
        const style = getComputedStyle(at);
        return {name: (label ? label.innerText : at.innerText || '').trim(), href: at.getAttribute('href') || '',
                outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none'};
    }"""
    for _press in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(describe)
        if at["name"] == name and at["href"].endswith(exactly):
            assert at["outline"], f"the focus on {name!r} cannot be seen"
            return
    raise AssertionError(f"80 times Tab did not reach {name!r}")


def test_without_javascript_search_open_and_download_work(browser: Browser, portal, tmp_path: Path):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(portal.at("/"))
    page.locator("#field-main-search").fill("penempatan kabupaten")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator("#search-facets")).to_be_visible()
    page.locator(f".dataset-heading a[href$='{portal.names['dataset']}']").click()
    page.get_by_role("link", name="penempatan.csv", exact=True).click()
    expect(page.locator("table.first-rows tbody tr")).to_have_count(portal.names["rows"])
    with page.expect_download() as started:
        page.get_by_role("link", name="Unduh CSV").click()
    started.value.save_as(tmp_path / "download")
    assert (tmp_path / "download").read_bytes() == portal.names["csv"].encode()
    context.close()


def test_private_dataset_is_not_for_visitors(page: Page, portal):
    response = page.goto(portal.at("/dataset/tertutup"))
    assert response is not None
    assert response.status == 404
    assert "Data tertutup" not in page.content()
