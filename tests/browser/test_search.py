"""The search: filters, suggestions while typing, better spellings, what matched; by keyboard, touch and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import looks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOX = "#field-giant-search"
OPTIONS = ".suggestions [role=option]"
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("language", ["id", "en"])
def test_filters_narrow_without_loading_the_page_anew(page: Page, portal, misdeeds, language: str):
    page.goto(portal.at("/dataset/", language))
    page.evaluate("window.stayed = true")
    page.locator("#search-facets").get_by_role("link", name="2023").click()
    chip = page.locator(".filtered")
    expect(chip).to_contain_text({"id": "Tahun:", "en": "Year:"}[language])
    expect(chip).to_contain_text("2023")
    assert "year=2023" in page.url
    expect(page.locator("#search-status")).to_have_text("1 dataset")
    expect(page.locator(":focus")).to_have_attribute("id", "facet-year-2023")
    page.locator(".filtered a.remove").click()
    expect(chip).to_have_count(0)
    expect(page.locator(":focus")).to_have_class("search-count")
    assert page.evaluate("window.stayed") is True
    assert misdeeds.console == []


def test_values_of_filters_are_named_in_the_language(page: Page, portal):
    for language, yearly, access in (("id", "Tahunan", "Terbuka"), ("en", "Yearly", "Open")):
        page.goto(portal.at("/dataset/", language))
        facets = page.locator("#search-facets")
        expect(facets.locator("details:has(#facet-place)")).to_contain_text("Nusa Tenggara Barat")
        expect(facets.locator("details:has(#facet-accrualPeriodicity)")).to_contain_text(yearly)
        expect(facets.locator("details:has(#facet-access)")).to_contain_text(access)


def test_a_filter_opens_and_closes_by_keyboard(page: Page, portal):
    page.goto(portal.at("/dataset/"))
    box = page.locator("details:has(#facet-accrualPeriodicity)")
    expect(box).not_to_have_attribute("open", "")
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(box.get_by_role("link", name="Tahunan")).to_be_visible()


def test_pages_of_results_lead_to_their_heading_and_back(page: Page, portal):
    page.goto(portal.at("/dataset/"))
    first = page.locator(".dataset-heading").first.inner_text()
    page.get_by_role("navigation", name="Halaman hasil").get_by_role("link", name="2", exact=True).click()
    expect(page.locator(":focus")).to_have_class("search-count")
    assert "page=2" in page.url
    expect(page.locator(".dataset-heading").first).not_to_have_text(first)
    page.go_back()
    expect(page.locator(".dataset-heading").first).to_have_text(first)
    expect(page.get_by_role("contentinfo")).to_be_visible()


def test_order_is_changed_in_place(page: Page, portal):
    page.goto(portal.at("/dataset/?q=pengaduan"))
    page.evaluate("window.stayed = true")
    first = page.locator(".dataset-heading").first.inner_text()
    page.locator("#field-order-by").focus()
    page.locator("#field-order-by").select_option("title_string desc")
    expect(page.locator(".dataset-heading").first).not_to_have_text(first)
    assert "sort=title_string" in page.url
    assert page.evaluate("window.stayed") is True
    expect(page.locator(":focus")).to_have_attribute("id", "field-order-by")


@pytest.mark.parametrize("path", ["/", "/dataset/", "/sumber"])
def test_suggestions_are_chosen_by_keyboard(page: Page, portal, misdeeds, path: str):
    page.goto(portal.at(path))
    box = page.locator("input[role=combobox]").first
    box.focus()
    page.keyboard.type("malays")
    country = page.locator(OPTIONS).get_by_text("Malaysia", exact=True)
    expect(country).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".suggestions").first).to_be_hidden()
    expect(box).to_have_value("malays")
    page.keyboard.press("ArrowDown")
    expect(country).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"{OPTIONS}[aria-selected=true]")).to_have_text("Malaysia")
    page.keyboard.press("Enter")
    page.wait_for_url(portal.at("/negara/MYS"))
    assert misdeeds.console == []


def test_enter_without_a_choice_searches(page: Page, portal):
    page.goto(portal.at("/dataset/"))
    page.locator(BOX).fill("pengaduan")
    expect(page.locator(OPTIONS).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("pengaduan")
    expect(page.locator(OPTIONS)).to_have_count(0)
    expect(page.locator(BOX)).to_be_focused()


def test_suggestions_are_touched_on_a_phone(browser: Browser, portal):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(portal.at("/", "en"))
    page.locator("#field-main-search").tap()
    page.keyboard.type("jawa tim")
    page.get_by_role("option", name="Jawa Timur").tap()
    page.wait_for_url(portal.at("/wilayah/35", "en"))
    page.goto(portal.at("/dataset/", "en"))
    page.get_by_role("link", name="Filter the results").tap()
    page.locator("#search-facets").get_by_role("link", name="2023").tap()
    page.get_by_role("button", name="Close").tap()
    expect(page.locator(".dataset-item")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_open_suggestions_are_accessible_and_fit(page: Page, portal, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/dataset/", "/sumber"):
        page.goto(portal.at(path))
        page.locator("input[role=combobox]").first.focus()
        page.keyboard.type("pen")
        expect(page.locator(OPTIONS).first).to_be_visible()
        page.keyboard.press("ArrowDown")
        assert looks(page, width) == {"axe": [], "too wide": []}


def test_filters_of_a_publisher_change_its_page_in_place(page: Page, portal):
    page.goto(portal.at(portal.pages["publisher"]))
    page.evaluate("window.stayed = true")
    page.locator("#search-facets").get_by_role("link", name="2023").click()
    expect(page.locator(".dataset-item")).to_have_count(1)
    expect(page.locator("#search-status")).to_have_text("1 dataset")
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("window.stayed") is True


@pytest.mark.parametrize("script", [True, False])
def test_a_misspelt_word_leads_to_what_was_meant(browser: Browser, portal, script: bool):
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(portal.at("/dataset/?q=penempatn+kabupten", "en"))
    expect(page.locator(".better-spelling")).to_contain_text("Did you mean penempatan kabupaten?")
    page.get_by_role("link", name="penempatan kabupaten", exact=True).click()
    expect(page.locator(".search-count")).to_contain_text("penempatan kabupaten")
    expect(page.locator(".dataset-item")).not_to_have_count(0)
    expect(page.locator(".better-spelling")).to_have_count(0)
    context.close()


def test_results_show_what_matches_and_why(page: Page, portal):
    page.goto(portal.at("/dataset/?q=TKI+kabupaten"))
    result = page.locator(".dataset-item").filter(has_text="Penempatan PMI menurut kabupaten").first
    assert result.locator("mark").all_inner_texts()[:2] == ["PMI", "kabupaten"]
    expect(result).to_contain_text("“TKI” juga menemukan “PMI”")


def test_a_figure_without_a_dataset_is_told_kindly(page: Page, portal):
    page.goto(portal.at("/dataset/?q=Lombok+Tengah+ke+Malaysia+2022", "en"))
    expect(page.locator(".search-count")).to_have_text(
        "No dataset for “Lombok Tengah ke Malaysia 2022”, but this figure"
    )
    expect(page.locator(".search-answer")).to_be_visible()


def test_without_javascript_filters_narrow_and_come_off(browser: Browser, portal):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(portal.at("/dataset/"))
    page.locator("#search-facets").get_by_role("link", name="2023").click()
    expect(page.locator(".dataset-item")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator(".filtered a.remove").click()
    expect(page.locator(".filtered")).to_have_count(0)
    page.goto(portal.at("/dataset/?q=zzzqqq&year=2023"))
    page.get_by_role("link", name="mencari tanpa saringan “2023”").click()
    expect(page).to_have_url(portal.at("/dataset/?q=zzzqqq"))
    context.close()
