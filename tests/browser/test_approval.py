"""From the empty form to the approved dataset, by two people: with a mouse, and with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hands import Keyboard, Mouse
from tests.browser.visiting import Misdeeds, Portal, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANSWERS = {
    1: [("write", "title", ""), ("write", "notes", "Jumlah layanan, per bulan.")],
    2: [("choose", "accessRights", "Terbuka")],
    3: [
        ("write", "satuan", "orang"),
        ("write", "ukuran", "jumlah"),
        ("write", "kodereferensi", "ISO 3166-1"),
        ("write", "id_sds", "15219"),
    ],
    4: [
        ("write", "interpretasi", "Semakin besar, semakin banyak."),
        ("write", "metode_perhitungan", "Pencacahan"),
        ("choose", "apakah_indikator_komposit", "Tidak"),
        ("write", "variabel_pembangun", "Layanan"),
    ],
    5: [
        ("write", "judul_kegiatan", "Kompilasi layanan"),
        ("write", "tahun", "2026"),
        ("choose", "cara_pengumpulan_data", "Kompilasi Produk Administrasi"),
        ("write", "i_instansi_penyelanggara", "Dinas Contoh"),
    ],
    6: [
        ("write", "iii_latar_belakang_kegiatan", "Amanat undang-undang"),
        ("write", "iii_tujuan_kegiatan", "Menghitung layanan"),
        ("write", "iii_variabel_yang_dikumpulkan", "Negara tujuan"),
        ("choose", "iv_kegiatan_ini_dilakukan", "Berulang"),
        ("choose", "iv_frekuensi_penyelanggara", "Bulanan"),
    ],
    7: [],
    8: [],
}


def signed_in(browser: Browser, portal: Portal, misdeeds: Misdeeds, hand_of: type, person: str):
    """Return the hand of somebody who has just signed in."""
    page = watched(browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), portal, misdeeds)
    page.goto(portal.at("/user/login"))
    hand = hand_of(page)
    hand.write("field-login", portal.names[person])
    hand.write("field-password", portal.names["password"])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return hand


@pytest.mark.parametrize("hand_of", [Mouse, Keyboard], ids=["mouse", "keyboard"])
def test_from_the_empty_form_to_the_approved_dataset(browser: Browser, portal: Portal, misdeeds: Misdeeds, hand_of):
    title = f"Layanan dengan {hand_of.__name__}"
    produsen = signed_in(browser, portal, misdeeds, hand_of, "editor")
    page = produsen.page
    page.goto(portal.at("/dataset/new"))
    for number, answers in ANSWERS.items():
        expect(page.locator(".entry-place")).to_have_text(f"Langkah {number} dari 9")
        for act, field, value in answers:
            if act == "write":
                produsen.write(f"field-{field}", value or title)
            else:
                produsen.choose(field, value)
        produsen.press("Simpan dan lanjutkan")
    produsen.use("resource-link-button")
    page.keyboard.type("https://data.example.go.id/layanan.csv")
    produsen.write("field-name", "layanan.csv")
    produsen.press("Simpan berkas dan lihat draf")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    address = page.url
    produsen.press("Ajukan untuk diperiksa")
    produsen.press("Ajukan untuk diperiksa")
    expect(page.locator(".review-state")).to_contain_text("Diperiksa")

    visitor = browser.new_context().new_page()
    assert visitor.goto(address).status == 404
    walidata = signed_in(browser, portal, misdeeds, hand_of, "walidata")
    walidata.page.goto(portal.at("/tugas"))
    walidata.press(title)
    walidata.press("Setujui")
    expect(walidata.page.locator(".review-state")).to_contain_text("Disetujui")
    assert visitor.goto(address).status == 200
    expect(visitor.get_by_role("heading", level=1)).to_have_text(title)
    assert misdeeds.console == [one for one in misdeeds.console if "404" in one]
