"""The register of placement companies is asked by name or number."""

from __future__ import annotations

import pytest
from ckan.tests import factories

from ckanext.satudatapmi.portal.kiosk import agencies, telling
from tests.portal.kiosk.items import item

NAMES = ("PT. Karya Abadi", "CV Maju-Mundur", "PT Karyá Bersama Tbk")


@pytest.fixture
def known(portal):
    owner = factories.Organization()["id"]
    for number, name in enumerate(NAMES):
        item("aim-agency", owner, title=name, licence_number=f"SIP3MI {400 + number}/2025")
    return telling.known().items["aim-agency"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("karya", {0, 2}),
        ("PT KARYA ABADI", {0}),
        ("pt. karya-abadi", {0}),
        ("abadi karya", {0}),
        ("kar aba", {0}),
        ("karyá", {0, 2}),
        ("401", {1}),
        ("SIP3MI 401/2025", {1}),
        ("2025", {0, 1, 2}),
        ("maju karya", set()),
        ("arya", set()),
        ("PT", set()),
        ("", set()),
        (" - ", set()),
        ("<script>", set()),
    ],
)
def test_words_of_a_name_or_a_number_find_it(known, asked, found):
    assert {one.title["id"] for one in agencies.find(known, asked)} == {NAMES[number] for number in found}


def test_register_holds_what_is_needed_to_ask_it_without_a_network(known):
    told = {one["title"]: one for one in agencies.register(known)}
    assert told["PT. Karya Abadi"] | {"name": ""} == {
        "name": "",
        "title": "PT. Karya Abadi",
        "status": "active",
        "words": ["karya", "abadi", "sip3mi", "400", "2025"],
    }
