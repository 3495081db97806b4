"""The pages on which the kiosk's content is entered, over HTTP."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudatapmi.catalogue.kiosk import fields
from tests.catalogue.actors import Cast, cast
from tests.portal.entering import posted
from tests.portal.kiosk.items import COMMON, NEEDED, item

FORM_OF = {"aim-right": {"wage_min": "4870", "wage_currency": "HKD"}}


@pytest.fixture
def people(portal) -> Cast:
    return cast()


def text_of(page: str) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split())


def filled(kind: str, organization: str, **values: object) -> dict[str, object]:
    return COMMON | NEEDED[kind] | FORM_OF.get(kind, {}) | {"owner_org": organization, "private": "False"} | values


@pytest.mark.parametrize("kind", fields.types())
def test_an_editor_enters_an_item_of_each_kind(app, people, kind):
    headers = people.headers("produsen")
    page = app.get(f"/{kind}/new", headers=headers).text
    soup = BeautifulSoup(page, "html.parser")
    for field in fields.kind(kind).fields[:-1]:
        assert soup.select(f'[name="{field["field_name"]}"]'), field["field_name"]
    given = filled(kind, people.organization["id"], title="Judul percobaan")
    answer = app.post(f"/{kind}/new", data=given, headers=headers, follow_redirects=False)
    assert answer.status_code == 302
    made = tk.get_action("package_show")({"ignore_auth": True}, {"id": "judul-percobaan"})
    assert (made["type"], made["state"], made["private"]) == (kind, "active", False)
    assert "Judul percobaan" in app.get(f"/{kind}/judul-percobaan").text


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(app, people):
    given = filled(
        "aim-country",
        people.organization["id"],
        title="Malaysia",
        valid_from="2026-02-01",
        valid_to="2026-01-01",
        source_url="peraturan.go.id",
        decree="",
        notes="Tetap ada",
    )
    answer = app.post("/en/aim-country/new", data=given, headers=people.headers("produsen"), status=422)
    said = text_of(answer.text)
    assert "The last day 2026-01-01 is before the first day 2026-02-01." in said
    assert "peraturan.go.id is no address that a link may lead to." in said
    assert "This is needed. Fill it in." in said
    assert posted(answer.text)["notes"] == ["Tetap ada"]
    assert not tk.get_action("satudata_kiosk_item_list")({"user": people.people["sysadmin"]}, {})["kinds"][2]["items"]


def test_a_form_that_nobody_touches_changes_nothing(app, people):
    made = item("aim-guide", people.organization["id"], topics=["complaint", "families"], steps=["Satu", "Dua"])
    before = tk.get_action("package_show")({"ignore_auth": True}, {"id": made["id"]})
    headers = people.headers("produsen")
    page = app.get(f"/aim-guide/edit/{made['name']}", headers=headers).text
    app.post(f"/aim-guide/edit/{made['name']}", data=posted(page), headers=headers)
    after = tk.get_action("package_show")({"ignore_auth": True}, {"id": made["id"]})
    assert {**after, "metadata_modified": ""} == {**before, "metadata_modified": ""}


def test_a_field_is_changed_and_emptied(app, people):
    made = item("aim-cost", people.organization["id"], cap="100", cap_currency="HKD", jobs=["cook"])
    headers = people.headers("produsen")
    form = posted(app.get(f"/aim-cost/edit/{made['name']}", headers=headers).text)
    app.post(f"/aim-cost/edit/{made['name']}", data=form | {"cap": [""], "jobs": ["", "gardener"]}, headers=headers)
    after = tk.get_action("package_show")({"ignore_auth": True}, {"id": made["id"]})
    assert ("cap" in after, after["jobs"], after["cap_currency"]) == (False, '["gardener"]', "HKD")


def test_two_items_may_bear_the_same_title(app, people):
    given = filled("aim-contact", people.organization["id"], title="KJRI")
    for _time in range(2):
        app.post("/aim-contact/new", data=given, headers=people.headers("produsen"))
    listed = tk.get_action("satudata_kiosk_item_list")({"user": people.people["sysadmin"]}, {})
    assert [one["title"] for one in listed["kinds"][-1]["items"]] == ["KJRI", "KJRI"]


@pytest.mark.parametrize("role", ["anonymous", "outsider", "member"])
def test_others_may_not_enter_items(app, people, role):
    headers = people.headers(role) if role != "anonymous" else {}
    given = filled("aim-country", people.organization["id"], title="Malaysia")
    assert app.get("/aim-country/new", headers=headers, status=None).status_code == 403
    assert app.post("/aim-country/new", data=given, headers=headers, status=None).status_code == 403


def test_an_editor_of_another_body_may_neither_enter_nor_change_nor_delete(app, people):
    other = factories.User()["name"]
    factories.Organization(users=[{"name": other, "capacity": "editor"}])
    headers = {"Authorization": factories.APIToken(user=other)["token"]}
    made = item("aim-country", people.organization["id"])
    assert app.get(f"/aim-country/edit/{made['name']}", headers=headers, status=None).status_code == 403
    given = filled("aim-country", people.organization["id"], title="Lain")
    assert app.post("/aim-country/new", data=given, headers=headers).status_code == 422
    for action in ("package_patch", "package_delete"):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(action)({"user": other, "ignore_auth": False}, {"id": made["id"], "title": "Lain"})


def test_an_editor_may_hide_show_and_delete_without_walidata(people):
    made = item("aim-country", people.organization["id"], user=people.people["produsen"], private=True)
    shown = people.act("produsen", "package_patch", id=made["id"], private=False)
    people.act("produsen", "package_delete", id=made["id"])
    assert shown["private"] is False


def test_there_are_no_datasets_of_other_types(people):
    with pytest.raises(tk.NotAuthorized):
        people.act("produsen", "package_create", name="lain", type="aim-nothing", owner_org=people.organization["id"])


def test_an_item_is_not_found_under_another_kind(app, people):
    made = item("aim-country", people.organization["id"])
    assert app.get(f"/aim-right/{made['name']}", status=None).status_code == 404


def test_all_content_is_listed_for_editors_with_what_is_missing(app, people):
    item("aim-country", people.organization["id"], title="Lama", verified_on="2020-01-01")
    item("aim-country", people.organization["id"], title="Habis", valid_to="2020-01-01")
    item("aim-guide", people.organization["id"], title="Mengadu", letter="k")
    said = text_of(app.get("/en/aim-isi", headers=people.headers("produsen")).text)
    assert "1 stale, 1 expired" in said
    assert "a. Rights and duties" in said
    assert "k. How to complain" not in said
    assert "Is this agency licensed?" in said
    assert "Nothing has been entered. The kiosk says so: not available yet." in said


def test_the_list_is_for_editors(app, people):
    assert app.get("/aim-isi", follow_redirects=False).status_code == 302
    assert app.get("/aim-isi", headers=people.headers("outsider"), status=None).status_code == 403


def test_editors_do_not_see_what_other_bodies_have_not_shown_yet(people):
    item("aim-country", factories.Organization()["id"], title="Rahasia", private=True)
    item("aim-country", people.organization["id"], title="Milik kami", private=True)
    listed = people.act("produsen", "satudata_kiosk_item_list")
    assert [(one["title"], one["state"], one["may_edit"]) for one in listed["kinds"][2]["items"]] == [
        ("Milik kami", "hidden", True)
    ]
