"""Which screens there are, and how many touches they are away."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from dataclasses import replace

import pytest
from ckan.tests import factories

from ckanext.satudatapmi.portal.kiosk import rendering, screens, telling
from ckanext.satudatapmi.portal.kiosk.screens import paths, screen
from ckanext.satudatapmi.portal.kiosk.tongues import tongues
from tests.portal.kiosk.items import item

TOUCHES = 4
LINK = re.compile(r'href="(/aim/[^"?#]*)"')


@pytest.fixture
def known(portal) -> screens.Known:
    """A little of everything."""
    owner = factories.Organization()["id"]
    for kind in ("aim-right", "aim-agency", "aim-country", "aim-cost", "aim-guide", "aim-job-order", "aim-contact"):
        item(kind, owner)
    item("aim-right", owner, country="HKG", title="Upah")
    item("aim-contact", owner, country="MYS", title="KBRI")
    # One area stands for all: what is published of each is tested where places are.
    east_java = telling.numbers("35")
    return replace(telling.known(), numbers=lambda _code: east_java)


def rendered(path: str, known: screens.Known, language: str = "id") -> str:
    return rendering.page(screen(path, known), tongues()[language], known.day, lambda *_: False).html


def test_every_address_has_a_screen_and_no_other(known):
    for path in paths(known):
        assert screen(path, known).path == path
    for path in ("tidak-ada", "hak/tidak-ada", "angka/99", "negara/XXX", "lainnya/hak"):
        with pytest.raises(KeyError):
            screen(path, known)


@pytest.mark.usefixtures("with_request_context")
def test_every_screen_is_at_most_four_touches_away(known):
    away, waiting = {screens.HOME: 0}, deque([screens.HOME])
    while waiting:
        path = waiting.popleft()
        for link in LINK.findall(rendered(path, known)):
            (tongue, to) = next(iter(rendering.split(link.removeprefix("/aim/"))))
            if tongue.code == "id" and to not in away and not to.startswith(("suara", "data")):
                away[to] = away[path] + 1
                waiting.append(to)
    # A company is found by its name: a touch for the field, one for what was found.
    away |= {f"p3mi/{one.name}": away["p3mi"] + 2 for one in known.items["aim-agency"]}
    assert set(away) == set(paths(known))
    assert max(away.values()) <= TOUCHES


def test_country_tells_what_is_of_it_and_what_holds_everywhere(known):
    found = known.of_country("HKG")
    assert [one.title["id"] for one in found["aim-right"]] == ["Uji", "Upah"]
    assert [len(found[kind]) for kind in ("aim-country", "aim-cost", "aim-job-order", "aim-contact")] == [0, 1, 1, 0]
    assert known.countries() == ["HKG", "MYS"]


def test_help_names_those_who_serve_everywhere(known):
    assert [one.title["id"] for one in known.help_at_hand()] == ["Uji"]


@pytest.mark.usefixtures("with_request_context")
def test_what_is_not_held_is_said(known):
    empty = screens.Known(known.day, {}, known.numbers)
    for path in ("p3mi", "hak", "biaya", "lowongan", "pelatihan", "kontak", "negara"):
        assert "Belum tersedia." in rendered(path, empty), path
    assert "Not available yet." in rendered("pelatihan", known, "en")


@pytest.mark.usefixtures("with_request_context")
def test_stale_and_unverified_items_say_so(known):
    later = dt.date(2030, 1, 1)
    (agency,) = telling.content.current(later)["aim-agency"]
    shown = rendered(f"p3mi/{agency.name}", screens.Known(later, telling.content.current(later), known.numbers))
    assert "Sudah lama tidak diperiksa" in shown and "IZIN AKTIF" in shown


@pytest.mark.usefixtures("with_request_context")
def test_every_screen_is_shown_in_every_language(known):
    for language in tongues():
        for path in paths(known):
            if not path.startswith("angka/") or path.endswith("/35"):
                shown = rendered(path, known, language)
                assert f'<html lang="{language}"' in shown and shown.count("<h1>") == 1, (path, language)


@pytest.mark.usefixtures("with_request_context")
def test_qr_code_leads_to_the_screen_and_names_nobody(known, ckan_config):
    shown = rendered("hak", known, "en")
    assert f"{ckan_config['ckan.site_url']}/aim/en/hak" in shown and "<svg" in shown
    assert "<svg viewBox" not in rendered("", known)
