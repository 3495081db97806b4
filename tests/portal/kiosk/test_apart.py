"""The kiosk's content is no data: it stands in no catalogue, feed, list or count of datasets."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories

from ckanext.satudatapmi import daily
from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.publication import iso_records
from ckanext.satudatapmi.publication.published import PUBLICATION
from tests.portal.kiosk.items import item
from tests.publication.datasets import make

WORD, BESIDE = "zamrud", "safir"
"""In every item, and in a dataset beside them."""

SURFACES = (
    "/",
    "/dataset/",
    f"/dataset/?q={WORD}+OR+{BESIDE}",
    "/data.json",
    "/catalog.ttl",
    "/catalog.jsonld",
    "/feeds/dataset.atom",
    "/ogc/collections/pmi/items",
    "/organization/permata",
    "/feeds/organization/permata.atom",
    "/mutu",
)
ACTIONS = ("package_search", "package_list", "current_package_list_with_resources", "package_autocomplete")


@pytest.fixture
def items(portal) -> list[str]:
    """An item of each kind and one dataset, of one organisation; return the names of the items."""
    owner = factories.Organization(name="permata", title="Permata")["id"]
    made = [item(kind, owner, title=f"{WORD} {kind}", name=f"satu-{WORD}-{kind}")["name"] for kind in fields.types()]
    make(owner_org=owner, name=f"{BESIDE}-satu", title=f"{BESIDE} satu")
    daily.measure_quality()
    iso_records.renew()
    return made


def test_no_page_and_no_feed_shows_an_item(app, items):
    for address in SURFACES:
        answer = app.get(address)
        assert answer.status_code == 200, address
        assert f"{WORD} aim" not in answer.text, address
        assert not [name for name in items if name in answer.text], address


def test_the_dataset_beside_them_is_where_they_are_not(app, items):
    for address in SURFACES[1:]:
        if address != "/mutu":
            assert BESIDE in app.get(address).text, address


@pytest.mark.parametrize("action", ACTIONS)
def test_no_list_of_datasets_holds_an_item(items, action):
    asked = {"q": "satu"} if action == "package_autocomplete" else {}
    said = json.dumps(tk.get_action(action)({"user": "", "auth_user_obj": None}, asked), default=str)
    assert BESIDE in said
    assert not [name for name in items if name in said]


def test_counts_are_of_datasets_alone(items):
    asked = {"facet.field": ["organization"], "rows": 0}
    found = tk.get_action("package_search")({"user": "", "auth_user_obj": None}, asked)
    organization = tk.get_action("organization_show")({"user": ""}, {"id": "permata"})
    (publisher,) = tk.get_action("satudata_publisher_list")({"user": ""}, {"q": "permata"})["publishers"]
    assert (found["count"], found["facets"]["organization"], organization["package_count"], publisher["datasets"]) == (
        1,
        {"permata": 1},
        1,
        1,
    )


def test_system_administrators_search_the_catalogue_without_them(items):
    user = factories.Sysadmin()["name"]
    assert tk.get_action("package_search")({"user": user}, {"include_private": True})["count"] == 1


def test_who_asks_for_a_type_finds_it(items):
    asked = {"fq": "dataset_type:aim-cost"}
    assert tk.get_action("package_search")({"user": "", "auth_user_obj": None}, asked)["count"] == 1


def test_items_are_neither_published_nor_measured_nor_checked(items):
    ids = set(model.Session.scalars(sa.select(model.Package.id).where(model.Package.type.in_(fields.types()))))
    assert len(ids) == len(fields.types())
    assert not ids & set(model.Session.scalars(sa.select(PUBLICATION.c.package_id)))
    for table, column in (("quality", "dataset_id"), ("review", "package_id"), ("iso_record", "package_id")):
        named = sa.table(f"satudatapmi_{table}", sa.column(column))
        assert not ids & set(model.Session.scalars(sa.select(named.c[column]))), table


def test_the_sitemap_does_not_name_them(app, items):
    said = app.get("/sitemap-datasets-1.xml").text
    assert BESIDE in said
    assert not [name for name in items if name in said]
