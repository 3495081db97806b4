"""The page on which a table's description is confirmed: without JavaScript, doubtful things first, nothing by accident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.catalogue.actors import Cast
from tests.catalogue.conftest import pembina_data
from tests.catalogue.test_table_descriptions import (
    CSV,
    DESCRIPTION,
    in_datastore,
    publishers,
    replaced,
    uploaded,
    versions,
)
from tests.one_portal import portal

__all__ = ["pembina_data", "portal"]
pytestmark = [pytest.mark.usefixtures("pembina_data"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))


@pytest.fixture(scope="module")
def actors(portal) -> Cast:
    return publishers()


def address_of(actors: Cast, resource: str) -> str:
    package = actors.act("produsen", "resource_show", id=resource)["package_id"]
    return f"/dataset/{package}/resource/{resource}/tabel"


def opened(app, actors: Cast, address: str) -> BeautifulSoup:
    return BeautifulSoup(app.get(address, headers=actors.headers("produsen")).body, "html.parser")


def filled(page: BeautifulSoup) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    form = page.select_one("form.review-form")
    assert form is not None
    sent = {one["name"]: one.get("value", "") for one in form.select("input")}
    sent |= {one["name"]: one.text.removeprefix("\n") for one in form.select("textarea")}
    for one in form.select("select"):
        chosen = one.select_one("option[selected]") or one.option
        sent[one["name"]] = chosen["value"]
    return sent


def send(app, actors: Cast, address: str, form: dict[str, str], step: str, **more: Any):
    return app.post(address, data=form | {"step": step}, headers=actors.headers("produsen"), **more)


def test_page_shows_both_tables_and_is_confirmed_as_it_stands(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    page = opened(app, actors, address)
    printed, tidy = page.select(".side-by-side table")
    assert printed.select("tbody tr")[2].text == "3Malaysia1020"
    assert [cell.text for cell in tidy.select("tbody tr")[0].select("td")][:3] == ["MYS", "Malaysia", "2023"]
    answer = send(app, actors, address, filled(page), "confirm", follow_redirects=False)
    assert answer.status_code == 302 and len(in_datastore(resource)) == 4
    link = opened(app, actors, address.removesuffix("/tabel")).select_one('a[href$="/tabel"]')
    assert link is not None


def test_every_field_has_a_label_and_every_id_is_one(app, actors):
    page = opened(app, actors, address_of(actors, uploaded(actors)))
    ids = [one["id"] for one in page.select("[id]")]
    assert len(ids) == len(set(ids))
    fields = page.select(".review-form select, .review-form input:not([type=hidden]), .review-form textarea")
    assert fields and {one["id"] for one in fields} <= {one["for"] for one in page.select(".review-form label")}
    for one in page.select("[aria-describedby], [aria-labelledby]"):
        named = one.get("aria-describedby", "").split() + one.get("aria-labelledby", "").split()
        assert set(named) <= set(ids)


def test_doubtful_decision_stands_first_and_is_corrected_by_its_field(app, actors):
    resource = uploaded(actors, CSV.replace("Tabel 2. Penempatan PMI (orang)", "Tabel 2"))
    address = address_of(actors, resource)
    page = opened(app, actors, address)
    first = page.select(".review-form label")[0]
    assert first["for"] == "satuan" and first.strong is not None
    assert page.select('#facet option[value="bp2mi_placement"]') and not page.select(
        'option[value="hong_kong_helpers"]'
    )
    answer = send(app, actors, address, filled(page) | {"satuan": "orang", "facet": "bp2mi_placement"}, "look")
    again = BeautifulSoup(answer.body, "html.parser")
    assert json.loads(filled(again)["base"]) == DESCRIPTION | {"facet": "bp2mi_placement"}
    assert again.select(".review-form label")[0].strong is None
    assert versions(resource) == []


def test_column_is_given_another_field(app, actors):
    resource = uploaded(actors, CSV.replace("Negara;", "Isian;"))
    address = address_of(actors, resource)
    form = filled(opened(app, actors, address))
    assert form["heading-0"] == "Isian" and form["column-0"] == "negara"
    page = BeautifulSoup(send(app, actors, address, form | {"column-0": "lembaga"}, "look").body, "html.parser")
    assert json.loads(filled(page)["base"])["columns"] == {"Isian": "lembaga"}
    assert filled(page)["column-0"] == "lembaga"


def test_what_was_not_looked_at_is_not_confirmed(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    form = filled(opened(app, actors, address))
    changed = {"satuan": "perusahaan"}, {"yaml": "unpivot: tahun\r\nsatuan: perusahaan\r\n"}
    for change in changed:
        page = BeautifulSoup(send(app, actors, address, form | change, "confirm").body, "html.parser")
        assert page.select_one("[role=alert]") is not None and versions(resource) == []
        assert json.loads(filled(page)["base"])["satuan"] == "perusahaan"


def test_wrong_yaml_is_told_and_stays_as_written(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    form = filled(opened(app, actors, address)) | {"yaml": "unpiwot: tahun"}
    answer = send(app, actors, address, form, "look")
    page = BeautifulSoup(answer.body, "html.parser")
    assert answer.status_code == 422 and "unpiwot" in page.select_one("[role=alert]").text
    assert page.select_one("#yaml").text.strip() == "unpiwot: tahun"


def test_changed_layout_is_told_on_the_page(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    send(app, actors, address, filled(opened(app, actors, address)), "confirm")
    assert versions(resource) == [1]
    replaced(actors, resource, CSV.replace("2024\n", "2024;Jumlah\n").replace("20\n", "20;30\n"))
    page = opened(app, actors, address)
    told = page.select_one(".alert-warning li")
    assert told is not None and "tabel.csv" in told.text and "_T" not in told.text


def test_file_that_is_not_loaded_is_told_on_its_page_and_among_the_tasks(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    send(app, actors, address, filled(opened(app, actors, address)), "confirm")
    file_page = address.removesuffix("/tabel")
    assert opened(app, actors, file_page).select_one(".alert-warning") is None
    replaced(actors, resource, CSV.replace("(orang)", "(ribu orang)"))
    told = opened(app, actors, file_page).select_one(".alert-warning")
    assert told is not None and told.a is not None and told.a["href"].endswith(f"/resource/{resource}/tabel")
    seen = BeautifulSoup(app.get(file_page, headers=actors.headers("member")).body, "html.parser")
    assert seen.select_one(".alert-warning") is not None and seen.select_one(".alert-warning a") is None
    assert opened(app, actors, "/tugas").select_one(f'a[href$="/resource/{resource}/tabel"]') is not None


def test_page_is_for_those_who_may_update_the_resource(app, actors):
    resource = uploaded(actors)
    address = address_of(actors, resource)
    assert app.get(address, follow_redirects=False).status_code == 302
    # The dataset is not published yet: outsiders do not see it at all.
    for role, status in (("outsider", 404), ("member", 403)):
        for call in (app.get, app.post):
            assert call(address, headers=actors.headers(role)).status_code == status
    assert app.get(address.replace(resource, "tidak-ada"), headers=actors.headers("produsen")).status_code == 404
    assert '/tabel"' not in app.get(address.removesuffix("/tabel"), headers=actors.headers("member")).body
