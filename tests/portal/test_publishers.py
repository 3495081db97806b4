"""The page of publishers: bodies with data first, found by name, kind and province."""

from __future__ import annotations

import uuid

import pytest
from bs4 import BeautifulSoup

WORD = f"kata{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def bodies(site):
    """Three bodies that share a word: a district without data, a city with a dataset, a training centre of its own."""
    import ckan.plugins.toolkit as tk

    from tests.harvesters.conftest import site_context

    for name, kind, code in (
        ("satu", "kabupaten", "52.02"),
        ("dua", "kota", "52.71"),
        ("tiga", "lembaga_pelatihan", ""),
    ):
        body = {"name": f"{name}-{WORD}", "title": f"Zz {name} {WORD}", "kind": kind, "kode_wilayah": code}
        tk.get_action("organization_create")(site_context(), body | {"formerly": "Nama Lama" if name == "tiga" else ""})
    tk.get_action("package_create")(
        site_context(), {"name": f"data-{WORD}", "title": "Data", "owner_org": f"dua-{WORD}"}
    )


def listed(**asked):
    import ckan.plugins.toolkit as tk

    found = tk.get_action("satudata_publisher_list")({}, {"q": WORD, **asked})
    return [one["name"].removesuffix(f"-{WORD}") for one in found["publishers"]]


def test_bodies_with_data_stand_before_those_without(bodies):
    assert listed() == ["dua", "satu", "tiga"]
    assert listed(sort="name") == ["dua", "satu", "tiga"]
    assert listed(with_data=True) == ["dua"]


def test_bodies_are_found_by_kind_province_and_former_name(bodies):
    assert listed(kind="kabupaten") == ["satu"]
    assert listed(province="52") == ["dua", "satu"]
    assert listed(province="35") == []
    assert listed(q=f"lama {WORD[:7]}") == ["tiga"]


def test_list_is_cut_into_pages_and_counts_all(bodies):
    import ckan.plugins.toolkit as tk

    found = tk.get_action("satudata_publisher_list")({}, {"q": WORD, "offset": 1, "limit": 1})
    assert (found["count"], found["with_data"], len(found["publishers"])) == (3, 1, 1)
    with pytest.raises(tk.ValidationError):
        listed(sort="size")


def page(app, address):
    return BeautifulSoup(app.get(address, status=200).body, "html.parser")


def test_page_keeps_what_was_chosen_and_shows_empty_bodies_apart(bodies, app):
    shown = page(app, f"/organization/?q={WORD}&province=52")
    assert shown.select_one("#body-province option[selected]")["value"] == "52"
    lists = [[tile.text for tile in tiles.select(".tile-title")] for tiles in shown.select("ul.tiles")]
    assert lists == [[f"Zz dua {WORD}"], [f"Zz satu {WORD}"]]
    assert shown.select_one(f'a[href="/organization/dua-{WORD}"]')


def test_address_with_unknown_choices_shows_the_list(bodies, app):
    shown = page(app, f"/organization/?q={WORD}&sort=size&with_data=perhaps&kind=x&page=1")
    assert len(shown.select(".tile-title")) == 3
    assert page(app, f"/organization/?q={WORD}zzz").select_one(".empty-state a")


def test_page_of_a_body_names_the_body_above_it(bodies, app):
    import ckan.plugins.toolkit as tk

    from tests.harvesters.conftest import site_context

    for name, parent in (("anak", f"satu-{WORD}"), ("yatim", "tidak-terdaftar")):
        body = {"name": f"{name}-{WORD}", "title": name, "parent": parent}
        tk.get_action("organization_create")(site_context(), body)
    assert f"Zz satu {WORD}" in page(app, f"/organization/anak-{WORD}").select_one(".dataset-duties").text
    assert "tidak-terdaftar" in page(app, f"/organization/yatim-{WORD}").select_one(".dataset-duties").text
