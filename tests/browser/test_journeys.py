"""What visitors come for, from the first page to the answer: by mouse, finger and keyboard, in both languages, on three sizes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from ckanext.satudatapmi.publication.subscriptions import tokens
from tests.browser.hands import Finger, Keyboard, Mouse
from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESKTOP, TABLET, PHONE = (1280, 800), (820, 1180), (360, 760)
LANGUAGES = ("id", "en")
USUAL = {(Mouse, DESKTOP, "id"), (Finger, PHONE, "en"), (Keyboard, TABLET, "id"), (Keyboard, DESKTOP, "en")}
"""These are walked each time; all others where tests are thorough."""
SUBSCRIBED = {
    "id": ("Anda berlangganan", "Anda sudah berhenti berlangganan"),
    "en": ("You are subscribed", "You are unsubscribed"),
}
Hand = Mouse | Finger | Keyboard
Walked = tuple[Page, Hand, str]


def ways() -> Iterator[object]:
    """Yield each way to walk: by which hand, on which size, in which language."""
    for hand, size, language in product((Mouse, Finger, Keyboard), (DESKTOP, TABLET, PHONE), LANGUAGES):
        marks = [] if (hand, size, language) in USUAL else [pytest.mark.thorough]
        yield pytest.param((hand, size, language), marks=marks, id=f"{hand.__name__}-{size[0]}-{language}")


@pytest.fixture(params=ways(), scope="module")
def walked(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> Iterator[Walked]:
    """A page, who uses it, and the language; what it did wrong is asserted at the end."""
    hand, (width, height), language = request.param
    misdeeds = Misdeeds()
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=hand is Finger)
    page = watched(context.new_page(), portal, misdeeds)
    yield page, hand(page), language
    context.close()
    assert (misdeeds.console, misdeeds.elsewhere) == ([], [])


def number(value: int, language: str) -> str:
    """A number as a language writes it."""
    written = f"{value:,}"
    return written if language == "en" else written.replace(",", ".")


def test_from_the_home_page_to_its_figure_and_to_a_province(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/", language))
    hand.follow(page.locator(".key-figure h3 a").first)
    expect(page.locator("main")).to_contain_text(number(297_434, language))
    page.goto(portal.at("/", language))
    hand.follow(page.locator("main svg a[href$='/wilayah/35']").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Jawa Timur")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_from_the_list_to_an_indicator_and_its_data(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/indikator", language))
    hand.follow(page.locator("main a[href$='/indikator/placement']").first)
    expect(page.locator("main")).to_contain_text(number(297_434, language))
    with page.expect_download() as started:
        hand.go_to(page.locator("main a[href$='.zip']").first)
    assert started.value.path().read_bytes().startswith(b"PK")


def test_from_the_list_to_a_country(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/negara", language))
    hand.follow(page.locator("main a[href$='/negara/HKG']").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hong Kong")


def test_a_question_is_answered_and_its_reading_changed(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/angka", language))
    hand.enter(page.locator("#figure-words"), "penempatan 2023 per 2024-06-30")
    expect(page.locator("main")).to_contain_text(number(274_965, language))
    hand.follow(page.locator(".chips a:not([href*='vintage'])"))
    expect(page.locator("main")).to_contain_text(number(297_108, language))


def test_from_the_brief_to_the_query_of_a_sentence(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/kabar", language))
    hand.follow(page.locator("main a[href$='/kabar/2025-02']").first)
    hand.follow(page.locator(".brief-sentence a[href*='/angka?']").first)
    expect(page.locator("main table").first).to_be_visible()


def test_from_the_search_to_the_bytes_of_a_table(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at("/", language))
    hand.enter(page.locator("#field-main-search"), "penempatan kabupaten")
    hand.follow(page.locator(f".dataset-heading a[href$='/{portal.names['dataset']}']"))
    hand.follow(page.get_by_role("link", name="penempatan.csv", exact=True).first)
    name = {"id": "Unduh CSV", "en": "Download CSV"}[language]
    with page.expect_download() as started:
        hand.go_to(page.get_by_role("link", name=name).first)
    assert started.value.path().read_bytes() == portal.names["csv"].encode()


def test_from_the_table_to_its_rows_and_back_to_its_dataset(walked: Walked, portal: Portal):
    page, hand, language = walked
    page.goto(portal.at(f"/dataset/{portal.names['dataset']}/resource/{portal.names['resource']}", language))
    hand.follow(page.locator("main a[href*='/baris']").first)
    expect(page.locator("main table tbody tr")).to_have_count(portal.names["rows"])
    hand.follow(page.locator(f"a[href$='/dataset/{portal.names['dataset']}']").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Penempatan PMI menurut kabupaten")


def test_an_indicator_is_followed_by_mail_and_left_again(walked: Walked, portal: Portal):
    page, hand, language = walked
    reader = f"pembaca-{secrets.token_hex(8)}@example.go.id"
    page.goto(portal.at("/indikator/placement", language))
    hand.follow(page.locator("main a[href*='/langganan?']").first)
    hand.enter(page.locator("#email"), reader)
    assert urlsplit(page.url).path.endswith("/langganan/terkirim")
    # What the mail says: tests/publication/test_subscriptions.py reads it from a mail server.
    wanted = tokens.Wanted(reader, "indicator", "placement", language, weekly=False)
    links = (f"/langganan/konfirmasi/{tokens.confirming(wanted)}", f"/henti/{tokens.ending_all(reader)}")
    for link, done in zip(links, SUBSCRIBED[language], strict=True):
        page.goto(portal.at(link, language))
        hand.follow(page.locator("main button[type=submit]"))
        expect(page.get_by_role("heading", level=1)).to_have_text(done)
