"""The web form in steps: what is shown and posted back is what was stored; drafts are kept; faults stand at their field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ckan.tests import factories, helpers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.logic.validators import HARVEST_CONTEXT
from ckanext.satudatapmi.portal import entry
from ckanext.satudatapmi.portal.entry import Asked
from ckanext.satudatapmi.schemas import convert, form, shapes, wire
from tests.portal.entering import STEPS, package_of, posted, real_records
from tests.publication.datasets import make
from tests.schemas.form_answers import answers

in_portal = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
FIELDS = {field["field_name"]: field for field in wire.dataset_schema()["dataset_fields"]}


def asked_questions(name: str) -> list[Asked]:
    by_key = {field["wire_key"]: field for field in FIELDS.values() if "wire_key" in field}
    return [Asked(by_key[one.portal], one) for one in form.load(name).questions if one.portal in by_key]


def stored(asked: Asked, value: Any) -> str:
    if value in (None, "", []):
        return ""
    return (
        wire.encode_json(value)
        if asked.is_json
        else convert.clean_text(wire.json_text(value) if not isinstance(value, str) else value)
    )


def as_sent(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """Ends of lines as browsers send them."""
    return {name: [re.sub(r"\r\n|\r|\n", "\r\n", one) for one in given] for name, given in values.items()}


@pytest.mark.parametrize("name", ["ms_keg", "ms_ind"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_untouched_answers_change_nothing(name: str, data: st.DataObject):
    document = shapes.write(form.load(name), shapes.PORTAL, data.draw(answers(form.load(name))))
    for asked in asked_questions(name):
        text = stored(asked, document[asked.question.portal])
        assert entry.changed(asked, text, as_sent(entry.control(asked, text, "id").posted())) is None, asked.name


@given(st.text(max_size=40))
@settings(max_examples=25, deadline=None)
def test_untouched_odd_values_change_nothing(text: str):
    for name in ("ms_keg", "ms_ind"):
        for asked in asked_questions(name):
            kept = convert.clean_text(text)
            assert entry.changed(asked, kept, as_sent(entry.control(asked, kept, "id").posted())) is None, asked.name


@pytest.mark.parametrize("name", ["ms_keg", "ms_ind"])
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_answers_entered_from_nothing_are_the_answers(name: str, data: st.DataObject):
    """What one form shows, typed into an empty one, is stored as the same answer."""
    document = shapes.write(form.load(name), shapes.PORTAL, data.draw(answers(form.load(name))))
    for asked in asked_questions(name):
        text = stored(asked, document[asked.question.portal])
        control = entry.control(asked, text, "id")
        if control.kind == "raw":
            continue
        entered = entry.changed(asked, "", as_sent(control.posted()))
        again = entry.control(asked, entered or "", "id")
        assert trimmed(asked, again) == trimmed(asked, control), asked.name


def trimmed(asked: Asked, control: entry.Control) -> Any:
    """What a control says, without the blanks that typing cannot keep and the order that ticking does not have."""
    said = entry.answer(asked, as_sent(control.posted()))
    if asked.kind == "rows":
        rows = [
            tuple("\n".join(part.strip() for part in cell.split("\n") if part.strip()) for cell in row)
            for _n, row in said
        ]
        return [row for row in rows if any(row)]
    if asked.kind in ("texts", "dates"):
        return [one.strip() for one in said]
    return (said[0], said[1].strip()) if isinstance(said, tuple) else said.strip()


class TestPages:
    pytestmark = in_portal

    @pytest.fixture
    def editor(self) -> dict[str, str]:
        return {"Authorization": factories.UserWithToken(name="penyunting")["token"]}

    @pytest.fixture
    def body(self, editor: dict[str, str]) -> str:
        return factories.Organization(users=[{"name": "penyunting", "capacity": "editor"}])["id"]

    def test_real_records_come_back_unchanged(self, app, editor, body, shared: Path):
        for record in real_records(shared):
            created = harvested(record, body)
            for number in STEPS:
                address = f"/dataset/edit/{created['id']}/{number}"
                form_of_page = posted(app.get(address, headers=editor).body)
                app.post(address, headers=editor, data=form_of_page | {"save": "draft"}, follow_redirects=False)
            after = helpers.call_action("package_show", id=created["id"])
            times = {"metadata_modified"}
            assert {k: v for k, v in after.items() if k not in times} == {
                k: v for k, v in created.items() if k not in times
            }
            given = convert.restore(after, wire.dataset_fields(), strict=False)
            for key, value in record.items():
                if key not in ("@type", "distribution"):
                    assert convert.same_json(given[key], value), key

    def test_a_real_record_typed_into_an_empty_form_is_the_same_record(self, app, editor, body, shared: Path):
        for record in real_records(shared):
            model = harvested(record, body)
            pages = [posted(app.get(f"/dataset/edit/{model['id']}/{number}", headers=editor).body) for number in STEPS]
            pages[0]["name"] = ["ketikan"]
            app.post("/dataset/new", headers=editor, data=pages[0] | {"save": "next"}, follow_redirects=False)
            for number, page in enumerate(pages[1:], 2):
                app.post(
                    f"/dataset/edit/ketikan/{number}",
                    headers=editor,
                    data=page | {"save": "next"},
                    follow_redirects=False,
                )
            typed = helpers.call_action("package_show", id="ketikan")
            assert typed["state"] == "draft"
            names = [
                name
                for name, field in FIELDS.items()
                if field["group"] != "asal" and name not in ("name", "tag_string", "kegiatan", "publishing_status")
            ]
            wrong = {name: (model.get(name), typed.get(name)) for name in names if not same(name, model, typed)}
            assert wrong == {}
            helpers.call_action("dataset_purge", id="ketikan")

    def test_draft_is_kept_and_faults_stand_at_their_field(self, app, editor, body):
        page = app.post(
            "/dataset/new",
            headers=editor,
            data={"title": "Uji coba", "owner_org": body, "issued": "kemarin", "save": "next"},
        ).body
        draft = helpers.call_action("package_show", id="uji-coba")
        assert draft["state"] == "draft"
        assert posted(page)["issued"] == ["kemarin"]
        assert "kemarin bukan tanggal" in page and 'href="#field-issued"' in page and 'aria-invalid="true"' in page

    def test_contradiction_is_told_at_its_field_and_saved(self, app, editor, body):
        app.post("/dataset/new", headers=editor, data={"title": "Uji", "owner_org": body, "save": "draft"})
        page = app.post(
            "/dataset/edit/uji/4", headers=editor, data={"apakah_indikator_komposit": "Ya", "save": "next"}
        ).body
        assert helpers.call_action("package_show", id="uji")["apakah_indikator_komposit"] == "Ya"
        assert re.search(r'id="field-indikator_pembangun-error"><p>11 Indikator pembangun: perlu dijawab', page)
        assert "/dataset/edit/" in page and "Lanjut" in page or "Go on" in page

    def test_draft_is_nobodys_business(self, app, editor, body):
        app.post("/dataset/new", headers=editor, data={"title": "Rahasia dulu", "owner_org": body, "save": "draft"})
        assert app.get("/dataset/rahasia-dulu").status_code in (403, 404)
        assert app.get("/dataset/edit/rahasia-dulu/2").status_code in (403, 404)
        assert "Rahasia dulu" not in app.get("/dataset/").body
        assert helpers.call_action("package_search", q="rahasia")["count"] == 0

    def test_visitor_may_not_enter(self, app):
        assert app.get("/dataset/new").status_code == 403

    def test_without_a_title_nothing_typed_is_lost(self, app, editor, body):
        page = app.post(
            "/dataset/new", headers=editor, data={"title": "", "owner_org": body, "kategori": "Tenaga", "save": "next"}
        ).body
        assert posted(page)["kategori"] == ["Tenaga"]
        assert 'id="field-title-error"' in page

    def test_second_dataset_of_a_title_gets_an_address_of_its_own(self, app, editor, body):
        for _time in range(2):
            app.post("/dataset/new", headers=editor, data={"title": "Sama", "owner_org": body, "save": "draft"})
        found = helpers.call_action(
            "package_search", {"ignore_auth": True}, include_drafts=True, include_private=True, q="title:Sama"
        )
        assert len({one["name"] for one in found["results"]}) == 2

    def two_of_an_activity(self, body):
        made = [make(owner_org=body, judul_kegiatan="Kompilasi", tahun="2025") for _one in range(2)]
        return [one["id"] for one in made]

    def test_change_of_the_activity_holds_for_one_dataset_unless_it_is_for_all(self, app, editor, body):
        ids = self.two_of_an_activity(body)
        address = f"/dataset/edit/{ids[0]}/5"

        def years():
            return [helpers.call_action("package_show", id=one)["tahun"] for one in ids]

        assert 'name="for_all"' in app.get(address, headers=editor).body
        app.post(address, headers=editor, data={"tahun": "2026", "for_all": "1", "save": "draft"})
        assert years() == ["2026", "2026"]
        app.post(address, headers=editor, data={"tahun": "2027", "save": "draft"})
        assert years() == ["2027", "2026"]
        assert 'name="for_all"' not in app.get(address, headers=editor).body

    def test_page_of_an_activity_lists_its_datasets(self, app, body):
        ids = self.two_of_an_activity(body)
        activity = helpers.call_action("package_show", id=ids[0])["kegiatan"]
        shown = app.get(f"/kegiatan/{activity}").body
        names = [helpers.call_action("package_show", id=one)["name"] for one in ids]
        assert len(set(names)) == 2 and all(f'<li><a href="/dataset/{name}">' in shown for name in names)
        assert "Kompilasi" in shown
        app.get("/kegiatan/tidak-ada", status=404)

    def test_codes_are_suggested(self, app):
        offers = app.get("/dataset/saran/wilayah/code.json?q=Banyuwangi").json
        assert {"value": "35.10", "label": "Kab. Banyuwangi"} in offers or any(
            one["value"] == "35.10" for one in offers
        )
        assert app.get("/dataset/saran/tidak-ada/code.json?q=x").status_code == 404


def harvested(record: Any, body: str) -> dict[str, Any]:
    user = helpers.call_action("get_site_user")["name"]
    return helpers.call_action("package_create", {HARVEST_CONTEXT: True, "user": user}, **package_of(record, body))


def same(name: str, first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether two datasets hold the same in a field; a list in JSON may have been typed anew."""
    one, other = first.get(name) or "", second.get(name) or ""
    if FIELDS[name].get("wire_type") == "json" and one != other:
        one, other = wire.decode_json(one), wire.decode_json(other)
        return one == other or one in ([other], []) or (one == [] and other == "")
    return one == other
