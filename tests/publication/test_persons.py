"""Names of persons are shown to those who may edit a dataset, and to nobody else."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudatapmi.publication.datajson import without_persons
from ckanext.satudatapmi.publication.persons import hide_from_visitors, hide_persons
from tests.publication.datasets import FULL, act, make

pytestmark = pytest.mark.usefixtures("portal")


def named(context):
    package = act("package_show", id=make(**FULL)["id"])
    assert "Fulan" in str(package)
    hide_from_visitors(context, package)
    return "Fulan" in str(package), "fulan@" in str(package)


def test_visitor_does_not_see_them():
    assert named({"user": ""}) == (False, False)


def test_member_of_another_organisation_does_not_see_them():
    assert named({"user": factories.User()["name"]}) == (False, False)


def test_editor_sees_them():
    editor = factories.User()
    owner = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])
    package = act("package_show", id=make(owner_org=owner["id"], **FULL)["id"])
    hide_from_visitors({"user": editor["name"]}, package)
    assert package["ii_pj_nama"] == "Fulan bin Fulan"


def test_site_itself_sees_them():
    assert named({"ignore_auth": True}) == (True, True)


@pytest.mark.parametrize("action", ["package_search", "current_package_list_with_resources"])
def test_no_search_of_the_api_names_them(app, action):
    make(**FULL)
    text = app.get(f"/api/3/action/{action}").body
    assert "penempatan" in text
    assert "fulan" not in text.lower()


def test_dataset_in_the_form_of_the_default_schema_is_emptied_too():
    package = {
        "extras": [
            {"key": "ii_pj_nama", "value": "Fulan"},
            {"key": "wire_extra", "value": '{"II_PJ_Email": "fulan@example.go.id", "x": 1}'},
            {"key": "satuan", "value": "orang"},
        ]
    }
    hide_persons(package)
    assert [extra["key"] for extra in package["extras"]] == ["wire_extra", "satuan"]
    assert json.loads(package["extras"][0]["value"]) == {"II_PJ_Email": None, "x": 1}


def test_package_show_of_the_api_names_nobody(app):
    dataset = make(**FULL)
    text = app.get("/api/3/action/package_show", query_string={"id": dataset["id"]}).body
    assert "penempatan" in text
    assert "fulan" not in text.lower()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("satudata@example.go.id", True),
        ("Pusdatin.Data@bp2mi.go.id", True),
        ("mailto:humas2@kemnaker.go.id", True),
        ("bp3mi-umum@bp2mi.go.id", True),
        ("fulan@example.go.id", False),
        ("data.fulan@example.go.id", False),
        ("satudata@gmail.com", False),
        ("satudata@example.go.id.evil.com", False),
        ("Fulan <satudata@example.go.id>", False),
        ("fulan@x.go.id, satudata@example.go.id", False),
        ("@example.go.id", False),
        ("Fulan", False),
    ],
)
def test_only_mailboxes_of_offices_are_shown(address, shown):
    expected = address if shown else None
    assert without_persons({"ii_pj_email": address, "II_PJ_Email": address, "i_email": "x"}) == {
        "ii_pj_email": expected,
        "II_PJ_Email": expected,
        "i_email": "x",
    }
    package = {"ii_pj_email": address, "ii_pj_nama": "Fulan"}
    hide_persons(package)
    assert package == {"ii_pj_email": expected, "ii_pj_nama": None}


def test_export_for_indah_names_officials_to_those_who_may_edit():
    dataset = make(**FULL, ii_pj_email="fulan@example.go.id")
    document = act("satudata_form_show", id=dataset["id"], form="ms_keg", shape="indah")["document"]
    assert "Fulan bin Fulan" in str(document) and "fulan@example.go.id" in str(document)
    visitor = {"user": factories.User()["name"], "ignore_auth": False}
    shown = tk.get_action("satudata_form_show")(visitor, {"id": dataset["id"], "form": "ms_keg", "shape": "indah"})
    assert "fulan" not in str(shown["document"]).lower()
