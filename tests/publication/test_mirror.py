"""What a portal that harvests us by package_search finds, and what nobody else gets to see of it."""

from __future__ import annotations

import json

import pytest
from ckan import model
from ckan.logic.schema import default_create_package_schema
from ckan.tests import factories, helpers

from ckanext.satudatapmi.publication.mirror import EXTRA_MAX_BYTES, mirror
from ckanext.satudatapmi.schemas import wire
from tests.publication.datasets import FULL, act, make

pytestmark = pytest.mark.usefixtures("portal")


def searched(app, **parameters):
    response = app.get("/api/3/action/package_search", query_string=parameters)
    return response.json["result"]["results"]


def extras_of(package):
    keys = [extra["key"] for extra in package["extras"]]
    assert len(keys) == len(set(keys)), "a stock CKAN refuses a key that comes twice"
    return {extra["key"]: extra["value"] for extra in package["extras"]}


def test_every_filled_field_is_repeated_as_text(app):
    dataset = make(**FULL)
    (found,) = searched(app)
    extras = extras_of(found)
    core = default_create_package_schema()
    for field in wire.dataset_schema()["dataset_fields"]:
        name = field["field_name"]
        if name in core or not dataset.get(name) or name in ("spatial", "wire_extra") or field.get("personal"):
            continue
        assert extras[name] == dataset[name]
    assert all(isinstance(value, str) for value in extras.values())
    assert not set(extras) & set(core)


def test_stock_schema_accepts_a_result(app):
    """What the stock ckan harvester does with a result, but for writing it."""
    import ckan.plugins.toolkit as tk

    make(**FULL)
    (found,) = searched(app)
    schema = default_create_package_schema()
    schema["id"] = schema["name"] = [tk.get_validator("unicode_safe")]
    schema["__junk"] = [tk.get_validator("ignore")]
    for resource in found["resources"]:
        resource["id"] = ""
    context = {"model": model, "session": model.Session, "user": act("get_site_user")["name"], "ignore_auth": True}
    kept, errors = tk.navl_validate(found, schema, context)
    assert not errors
    assert extras_of(kept) == extras_of(found)


def test_area_that_is_no_geometry_does_not_pass_for_one(app):
    owner = factories.Organization()["id"]
    shape = {"type": "Point", "coordinates": [112.7, -7.2]}
    make(owner_org=owner, title="Bernama", spatial="Jawa Timur")
    make(owner_org=owner, title="Bertitik", spatial=json.dumps(shape))
    named, pointed = (extras_of(searched(app, q=f"title:{title}")[0]) for title in ("Bernama", "Bertitik"))
    assert (named.get("spatial"), named["spatial_text"]) == (None, "Jawa Timur")
    assert json.loads(pointed["spatial"]) == shape


def test_package_show_and_internal_searches_are_as_they_were(app):
    dataset = make(**FULL)
    shown = app.get("/api/3/action/package_show", query_string={"id": dataset["id"]}).json["result"]
    assert not shown.get("extras")
    (found,) = helpers.call_action("package_search")["results"]
    assert not found.get("extras")


def test_what_package_show_gives_can_be_sent_back(app):
    dataset = make(**FULL)
    shown = act("package_show", id=dataset["id"])
    assert act("package_update", **shown)["satuan"] == "orang"


@pytest.mark.parametrize("parameters", [{"fl": "id,title"}, {"use_default_schema": "true"}, {"rows": "0"}])
def test_other_forms_of_a_search_still_answer(app, parameters):
    make(**FULL)
    for package in searched(app, **parameters):
        assert package
        if "extras" in package:
            assert extras_of(package)["satuan"] == "orang"


def test_no_person_is_named(app):
    make(**FULL)
    text = app.get("/api/3/action/package_search").body
    assert "fulan" not in text.lower()


def test_our_own_harvest_marks_stay_with_us():
    package = {
        "type": "dataset",
        "satuan": "orang",
        "extras": [
            {"key": "harvest_source_id", "value": "x"},
            {"key": "harvest_object_id", "value": "y"},
            {"key": "harvest_source_title", "value": "z"},
            {"key": "lain", "value": "1"},
        ],
    }
    mirror(package)
    assert extras_of(package) == {"lain": "1", "satuan": "orang"}


def test_text_too_long_for_a_search_index_is_not_repeated():
    package = {"rumus": "é" * (EXTRA_MAX_BYTES // 2), "interpretasi": "é" * (EXTRA_MAX_BYTES // 2 + 1)}
    mirror(package)
    assert set(extras_of(package)) == {"rumus"}
