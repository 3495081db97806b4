"""The kiosk AIM in a real browser: set up by its operator, then without a network, by touch, mouse and keys, on three sizes."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import CHECKOUT
from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STANDING, LYING, PHONE = (1080, 1920), (1366, 768), (390, 844)
SIZES = (STANDING, LYING, PHONE)
SESSIONS = 30
TOUCH = 64
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
SETTLED = "() => document.readyState === 'complete'"
Device = Callable[..., Page]


@pytest.fixture(scope="module")
def operator(request: pytest.FixtureRequest, portal: Portal) -> dict[str, str]:
    """The content of the kiosk, and who operates it."""
    ini = Path(request.config.getoption("--ckan-ini")).resolve()
    environment = os.environ | {"CKAN_INI": str(ini), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "tests.browser.kiosk_filling"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def desk(browser: Browser, portal: Portal, operator: dict[str, str]) -> Iterator[Page]:
    """The operator, logged in, before the list of kiosks."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(portal.at("/user/login"))
    page.locator("#field-login").fill(operator["operator"])
    page.locator("#field-password").fill(operator["password"])
    page.locator("#field-password").press("Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)
    yield page
    page.close()


def add_kiosk(
    desk: Page, portal: Portal, name: str, *, slip: str = "80", tongues: tuple[str, ...] = ("id", "en", "sas")
) -> str:
    """Add a kiosk by the form, and return the address by which its device is set up."""
    desk.goto(portal.at("/tugas/anjungan"))
    desk.get_by_text("Tambahkan anjungan", exact=True).click()
    desk.locator("#id").fill(name)
    desk.locator("#place-new").fill("Disnaker Lombok Tengah")
    desk.locator("#wilayah-new").fill("52.02")
    for tongue in ("id", "en", "jv", "mad", "sas", "su"):
        desk.locator(f"#tongue-new-{tongue}").set_checked(tongue in tongues)
    desk.locator("#first-new").select_option(tongues[0])
    desk.locator("#slip-new").select_option(slip)
    desk.get_by_role("button", name="Tambahkan anjungan ini", exact=True).click()
    return desk.locator(".alert-success code").inner_text()


@pytest.fixture(scope="module")
def address(desk: Page, portal: Portal) -> str:
    """Where a device becomes the kiosk of these tests: several devices may be one."""
    return add_kiosk(desk, portal, "lombok-tengah-1")


@pytest.fixture
def device(browser: Browser, portal: Portal, address: str, misdeeds: Misdeeds) -> Iterator[Device]:
    """Sets up a device of a size, and takes its network away; what it does wrong is asserted at the end."""
    contexts: list[BrowserContext] = []

    def set_up(size: tuple[int, int] = STANDING, *, clock: bool = False, online: bool = False) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True)
        contexts.append(context)
        page = watched(context.new_page(), portal, misdeeds)
        page.goto(address)
        page.wait_for_url(portal.at("/aim/"))
        page.wait_for_function(SETTLED)
        context.set_offline(not online)
        if clock:
            page.clock.install()
            page.reload()
        return page

    yield set_up
    for context in contexts:
        context.close()
    assert (misdeeds.console, misdeeds.elsewhere) == ([], [])


def screen(page: Page) -> str:
    return page.locator("body").get_attribute("data-screen") or ""


def go(page: Page, target: str, by: str = "tap") -> None:
    """Touch or click a link, and wait for the screen that it leads to."""
    link = page.locator(target).first
    former = page.evaluate("() => { window.former = document.body; return document.body.dataset.screen; }")
    link.tap() if by == "tap" else link.click()
    page.wait_for_function("() => document.body !== window.former || !window.former")
    assert former is not None


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("() => fetch('/aim/keadaan.json').then((answer) => answer.json())")


def ways() -> Iterator[object]:
    """Yield each size with each language; the usual ones are walked each time, all where tests are thorough."""
    usual = {(STANDING, "id"), (LYING, "en"), (PHONE, "id")}
    for way in product(SIZES, ("id", "en")):
        yield pytest.param(*way, marks=[] if way in usual else [pytest.mark.thorough], id=f"{way[0][0]}-{way[1]}")


# ---- set up, offline, every answer ---------------------------------------------------------------------------------------------


def test_operator_sets_a_device_up_and_sees_what_it_holds(desk: Page, portal: Portal, browser: Browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(add_kiosk(desk, portal, "kediri-1", tongues=("jv", "id")))
    page.wait_for_url(portal.at("/aim/jv/"))
    assert "#" not in page.url
    expect(page.get_by_text("Priksa agen (P3MI)")).to_be_visible()
    desk.goto(portal.at("/tugas/anjungan"))
    row = desk.get_by_role("row", name="kediri-1")
    expect(row).not_to_contain_text("belum pernah")
    assert desk.locator(".alert-success").count() == 0, "the secret is shown again"
    found = Axe().run(desk).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
    context.close()


def test_link_without_a_secret_and_with_a_wrong_one(browser: Browser, portal: Portal, operator: dict[str, str]):
    page = browser.new_page()
    page.goto(portal.at("/aim/pasang"))
    expect(page.locator("#no-link")).to_be_visible()
    page.goto(portal.at("/aim/pasang#salah"))
    page.reload()
    expect(page.locator("#failed")).to_contain_text("403")
    page.close()


@pytest.mark.parametrize(("size", "language"), ways())
def test_every_tile_answers_without_a_network(device: Device, portal: Portal, size: tuple[int, int], language: str):
    page = device(size)
    by = "click" if size == LYING else "tap"
    if language == "en":
        go_in_english(page, by)
    seen = []
    for more in (False, True):
        if more:
            go(page, ".other-tiles a", by)
        for number in range(6):
            go(page, f".tiles li:nth-child({number + 1}) a", by)
            assert page.locator("html").get_attribute("lang") == language
            expect(page.locator("main h1")).to_be_visible()
            seen.append(screen(page))
            if page.locator(".choices-list a").count():
                go(page, ".choices-list a", by)
                assert screen(page).startswith(seen[-1])
                go(page, "#back", by)
            go(page, "#back", by)
    assert len(set(seen)) == 12
    assert fits(page)


def go_in_english(page: Page, by: str) -> None:
    page.locator(".choices summary").tap() if by == "tap" else page.locator(".choices summary").click()
    go(page, ".sheet a[lang=en]", by)


def fits(page: Page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_keys_of_a_number_pad_lead_everywhere(device: Device):
    page = device(LYING)
    for keys, shown in (
        ("1", "p3mi"),
        ("0", ""),
        ("5", "hak"),
        ("1", "hak/"),
        ("*", "hak"),
        ("*", ""),
        ("7", "lainnya"),
        ("6", "angka"),
        ("9", "bantuan"),
    ):
        page.keyboard.press(keys)
        page.wait_for_function(
            "wanted => document.body.dataset.screen.startsWith(wanted[0]) && (wanted[1] || document.body.dataset.screen === wanted[0])",
            arg=[shown, shown.endswith("/")],
        )
    page.keyboard.press("/")
    expect(page.locator(".sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_be_hidden()


def test_tab_reaches_all_in_order_and_is_seen(device: Device):
    page = device(LYING)
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.innerText.split('\\n')[0].trim()"))
        width = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 3 or reached[-1] == ""
    assert reached[1] == "Cek agen (P3MI)" and "Bantuan" in reached


def test_register_is_asked_without_network_and_keyboard(device: Device, browser: Browser, portal: Portal):
    page = device()
    go(page, ".tiles a")
    for letter in "MAJU":
        page.locator(f"[data-letter={letter}]").tap()
    expect(page.locator("#found li")).to_have_count(1)
    expect(page.locator("#found")).to_contain_text("IZIN DICABUT")
    go(page, "#found a")
    expect(page.locator(".licence.is-known")).to_contain_text("Jangan bayar")
    go(page, "#back")
    for asked in ("karya", "pt. KARYA-abadi", "401", "2025", "abadi maju", "pt", "tidak ada", "é", "x" * 100):
        other = browser.new_page(java_script_enabled=False)
        other.goto(portal.at("/aim/p3mi"))
        other.locator("#q").fill(asked)
        other.locator("#q").press("Enter")
        page.locator("#q").fill(asked)
        page.locator("#q").press("Enter")
        expect(page.locator("#found a b")).to_have_text(other.locator("#found a b").all_inner_texts())
        expect(page.locator("#none")).to_be_visible(visible=other.locator("#none").is_visible())
        other.close()


# ---- looks ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_screens_are_accessible_large_and_low(device: Device, size: tuple[int, int]):
    page = device(size)
    faults: dict[str, Any] = {}
    for name, path in SHOWN.items():
        page.goto(f"{page.url.split('/aim/')[0]}{path}")
        for look in ("", "contrast", "large") if name in ("home", "list", "agency") else ("",):
            if look:
                page.evaluate("look => document.documentElement.classList.add(look)", look)
            found = Axe().run(page, options=AXE).response["violations"]
            wrong = [
                f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
                for rule in found
                if rule["impact"] in ("serious", "critical")
            ]
            small = page.evaluate(SMALL, TOUCH)
            wide = [] if fits(page) else ["too wide"]
            faults |= {f"{name} {look} {size}": one for one in [wrong + small + wide] if one}
            page.evaluate("look => document.documentElement.classList.remove(look)", look or "x")
    assert faults == {}


SHOWN = {
    "home": "/aim/",
    "more": "/aim/en/lainnya",
    "list": "/aim/hak",
    "agency": "/aim/p3mi",
    "country": "/aim/en/negara/MYS",
    "area": "/aim/angka/52",
    "areas": "/aim/angka",
    "help": "/aim/en/bantuan",
    "in Sasak": "/aim/sas/mengadu",
}
SMALL = """(least) => [...document.querySelectorAll('.tiles a, .bar a, .bar summary, .choices-list a, .action, .find button, .find input, .above a, details.item summary, .quick-exit')]
    .filter((one) => one.offsetParent !== null || getComputedStyle(one).position === 'fixed')
    .filter((one) => one.getBoundingClientRect().height < least - .5 && one.getBoundingClientRect().height > 0)
    .map((one) => `small: ${one.outerHTML.slice(0, 80)}`)"""


def test_what_is_touched_stands_in_the_lower_two_thirds(device: Device):
    page = device()
    for link in page.locator(".tiles a, .bar > a, .bar summary").all():
        box = link.bounding_box()
        assert box is not None and box["y"] >= STANDING[1] / 3


def test_letters_grow_to_twice_their_size(device: Device):
    page = device(PHONE)
    size = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    former = page.evaluate(size)
    page.locator(".choices summary").tap()
    page.locator("[data-look=large]").tap()
    assert page.evaluate(size) >= 1.4 * former and fits(page)
    page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }")
    assert fits(page)


# ---- forgetting ----------------------------------------------------------------------------------------------------------------


def test_idle_visitor_is_asked_and_then_forgotten(device: Device):
    page = device(clock=True)
    page.keyboard.press("5")
    page.wait_for_function("() => document.body.dataset.screen === 'hak'")
    page.clock.run_for(59_000)
    expect(page.locator("#idle")).to_be_hidden()
    page.clock.run_for(2_000)
    expect(page.get_by_role("dialog", name="Masih di sana?")).to_be_visible()
    page.get_by_role("button", name="Ya, lanjutkan").tap()
    page.clock.run_for(59_000)
    assert screen(page) == "hak"
    page.clock.run_for(2_000)
    page.clock.run_for(21_000)
    page.wait_for_function("() => document.body.dataset.screen === ''")


def test_pictures_invite_when_nobody_is_there(device: Device):
    page = device(clock=True)
    page.clock.run_for(91_000)
    expect(page.locator("#attract")).to_be_visible()
    first = page.locator(".attract-words").inner_text()
    page.clock.run_for(5_100)
    assert page.locator(".attract-words").inner_text() != first
    page.touchscreen.tap(500, 900)
    expect(page.locator("#attract")).to_be_hidden()
    assert screen(page) == "", "the touch that wakes the kiosk chooses nothing"


LEFT = """async () => ({
  session: sessionStorage.length, local: localStorage.length, cookie: document.cookie, history: history.length,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).filter((name) => !name.startsWith('aim-')),
  typed: [...document.querySelectorAll('input')].map((one) => one.value).join(''), look: document.documentElement.className,
  screen: document.body.dataset.screen, address: location.pathname + location.search + location.hash,
})"""


def test_thirty_random_visitors_leave_nothing(device: Device):
    page = device(clock=True)
    chance = random.Random(8)
    before = page.evaluate(LEFT)
    shown_before = state(page)["shown"]
    for _ in range(SESSIONS):
        for _ in range(chance.randint(2, 6)):
            one_touch(page, chance)
        if not page.locator("#attract").is_visible():
            page.clock.run_for(61_000)
            page.clock.run_for(22_000)
        page.wait_for_function("() => document.body.dataset.screen === '' && document.readyState === 'complete'")
        assert page.evaluate(LEFT) == before
    told = state(page)
    assert set(told) <= {"device", "edition", "home", "synced_at", "tried_at", "reported_at", "shown"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00Z [a-z0-9]*", key) for key in told["shown"])
    assert sum(told["shown"].values()) > sum(shown_before.values())
    assert page.context.cookies() == []


def one_touch(page: Page, chance: random.Random) -> None:
    """Do what a visitor might: follow a link, look otherwise, type, listen."""
    if page.locator("#q").count() and chance.random() < 0.5:
        page.locator("#q").fill("Siti 3201234567890001")
        page.locator("#q").press("Enter")
        return
    if chance.random() < 0.3:
        page.locator(".choices summary").tap()
        page.locator("[data-look]").nth(chance.randrange(3)).tap()
        page.locator(".choices summary").tap()
        return
    links = page.locator("main a[href^='/aim']:visible, .bar a:visible:not(#aloud)")
    links.nth(chance.randrange(links.count())).tap()
    page.wait_for_timeout(60)


def test_visitors_own_phone_is_no_kiosk(browser: Browser, portal: Portal, operator: dict[str, str]):
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.clock.install()
    page.goto(portal.at("/aim/hak"))
    page.clock.run_for(120_000)
    assert screen(page) == "hak" and not page.locator("#idle").is_visible()
    assert page.evaluate("() => navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    context.close()


# ---- editions ------------------------------------------------------------------------------------------------------------------


def test_old_edition_says_so_and_then_hides_licences(device: Device, portal: Portal):
    page = device()
    made = dt.datetime.fromisoformat(state(page)["edition"]["made_at"])
    page.goto(portal.at("/aim/p3mi"))
    agency = page.evaluate(
        "() => fetch('/aim/data/p3mi.json').then((answer) => answer.json()).then((all) => all[0].name)"
    )
    for days, warned, hidden in ((6, False, False), (8, True, False), (31, True, True)):
        page.clock.set_fixed_time(made + dt.timedelta(days))
        page.goto(portal.at(f"/aim/p3mi/{agency}"))
        expect(page.locator(".data-of time")).to_have_attribute("datetime", state(page)["edition"]["day"])
        expect(page.locator("#outdated")).to_be_visible(visible=warned)
        expect(page.locator(".licence.is-known")).to_be_visible(visible=not hidden)
        expect(page.locator(".licence.is-hidden")).to_be_visible(visible=hidden)


def test_what_ended_is_gone_also_without_a_network(device: Device, portal: Portal):
    page = device()
    for day, there in ((dt.datetime(2027, 6, 30, 16, 59), 1), (dt.datetime(2027, 6, 30, 17, 1), 0)):
        page.clock.set_fixed_time(day.replace(tzinfo=dt.UTC))  # midnight in Jakarta is 17:00 in Greenwich
        page.goto(portal.at("/aim/biaya"))
        expect(page.get_by_text("Tiket berangkat")).to_have_count(there)


def database(request: pytest.FixtureRequest) -> sa.Engine:
    ini = Path(request.config.getoption("--ckan-ini")).read_text()
    found = re.search(r"^sqlalchemy\.url = (.+)$", ini, re.MULTILINE)
    assert found is not None
    return sa.create_engine(found[1])


FORCED = "() => navigator.serviceWorker.controller.postMessage({kind: 'shown', every: {sync: 0, heartbeat: 0}})"


def test_kiosk_takes_no_edition_that_was_tampered_with(device: Device, request: pytest.FixtureRequest, portal: Portal):
    page = device(online=True)
    held = state(page)["edition"]["number"]
    with database(request).begin() as connection:
        connection.execute(sa.text(COPY_EDITION))
        changed = connection.execute(sa.text(SPOIL)).scalar_one()
    try:
        told = []
        page.context.on("console", lambda message: told.append(message.text))
        page.evaluate(FORCED)
        page.wait_for_timeout(3_000)
        assert state(page)["edition"]["number"] == held
        page.goto(portal.at("/aim/bantuan"))
        assert "palsu" not in page.content()
    finally:
        with database(request).begin() as connection:
            connection.execute(sa.text("DELETE FROM satudatapmi_kiosk_edition WHERE number > :held"), {"held": held})
            connection.execute(
                sa.text("DELETE FROM satudatapmi_kiosk_file WHERE sha256 = :spoilt"), {"spoilt": changed}
            )


def test_device_takes_nothing_that_another_key_signed(browser: Browser, portal: Portal, address: str):
    context = browser.new_context()
    page = context.new_page()
    key = Ed25519PrivateKey.generate().public_key()
    other = base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def with_other_key(route: Route) -> None:
        answer = route.fetch()
        text, exchanged = re.subn(r'data-key="[^"]+"', f'data-key="{other}"', answer.text())
        assert exchanged == 1
        route.fulfill(response=answer, body=text)

    page.route("**/aim/pasang", with_other_key)
    page.goto(address)
    expect(page.locator("#failed")).to_contain_text("not signed by the portal")
    assert page.evaluate("caches.keys()") in ([], ["aim-state"])
    context.close()


# A later edition lists a file whose bytes are not those of its digest.
COPY_EDITION = """
    INSERT INTO satudatapmi_kiosk_edition (made_at, day, files)
    SELECT now(), day, jsonb_set(files, '{id,/aim/bantuan}', to_jsonb(repeat('a', 64)))
    FROM satudatapmi_kiosk_edition ORDER BY number DESC LIMIT 1"""
SPOIL = """
    INSERT INTO satudatapmi_kiosk_file (sha256, media_type, body)
    VALUES (repeat('a', 64), 'text/html', convert_to('palsu', 'UTF8')) RETURNING sha256"""


def test_kiosk_follows_its_operator_to_another_edition_and_back(
    device: Device, desk: Page, request: pytest.FixtureRequest, portal: Portal
):
    page = device(online=True)
    held = state(page)["edition"]["number"]
    with database(request).begin() as connection:
        later = connection.execute(sa.text(LATER_EDITION)).scalar_one()
    for press, number in ((None, later), (f"Pakai edisi {held} di anjungan", held), ("Lanjut ke yang terbaru", later)):
        if press:
            desk.goto(portal.at("/tugas/anjungan"))
            desk.get_by_role("button", name=press, exact=True).click()
        page.evaluate(FORCED)
        page.wait_for_function(
            "async (number) => (await (await fetch('/aim/keadaan.json')).json()).edition.number === number", arg=number
        )
        kept = "async (names) => (await caches.keys()).sort().join() === names.join()"
        page.wait_for_function(kept, arg=[f"aim-edition-{number}", "aim-state"])
    with database(request).begin() as connection:
        connection.execute(sa.text("DELETE FROM satudatapmi_kiosk_edition WHERE number = :later"), {"later": later})


LATER_EDITION = """
    INSERT INTO satudatapmi_kiosk_edition (made_at, day, files)
    SELECT now(), day, files FROM satudatapmi_kiosk_edition ORDER BY number DESC LIMIT 1 RETURNING number"""


# ---- heard, printed, taken along -------------------------------------------------------------------------------------------------


def test_screen_is_read_aloud_without_a_network(device: Device):
    page = device()
    go(page, ".tiles li:nth-child(5) a")
    page.evaluate(
        "() => { const play = Audio.prototype.play; HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); }; }"
    )
    page.locator("#aloud").tap()
    expect(page.locator("#aloud")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => window.heard && window.heard.duration > 1")
    page.locator("#aloud").tap()
    expect(page.locator("#aloud")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("slip", "millimetres"), [("80", 80), ("58", 58), ("a6", 105)])
def test_slip_has_the_width_of_the_printers_paper(
    desk: Page, portal: Portal, browser: Browser, slip: str, millimetres: int
):
    context = browser.new_context()
    page = context.new_page()
    page.goto(add_kiosk(desk, portal, f"pencetak-{slip}", slip=slip, tongues=("id",)))
    page.wait_for_url(portal.at("/aim/"))
    page.goto(portal.at("/aim/bantuan"))
    page.wait_for_function("slip => document.documentElement.dataset.slip === slip", arg=slip)
    printed = page.pdf(prefer_css_page_size=True)
    width = float(re.search(rb"/MediaBox \[\s*0 0 ([0-9.]+)", printed)[1])
    assert abs(width / 72 * 25.4 - millimetres) < 1
    page.emulate_media(media="print")
    assert page.locator(".qr svg").is_visible() and not page.locator(".bar").is_visible()
    assert page.locator("main").get_by_text("Layanan contoh").is_visible()
    context.close()


def test_screens_can_be_read_without_scripts(browser: Browser, portal: Portal, operator: dict[str, str]):
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(portal.at("/aim/en/"))
    page.get_by_role("link", name="My rights").click()
    page.get_by_role("link", name="The passport is yours").click()
    expect(page.get_by_text("Nobody may keep it.")).to_be_visible()
    page.locator(".choices summary").click()
    page.locator(".sheet a[lang=id]").click()
    expect(page.get_by_text("Mintalah kembali.")).to_be_visible()
    heard = page.request.get(portal.url + (page.locator("#aloud").get_attribute("href") or ""))
    assert heard.ok and heard.headers["content-type"] == "audio/ogg"
    assert not page.locator(".needs-script").first.is_visible()
    context.close()
