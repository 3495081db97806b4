"""What a dataset says of its access decides who sees it, however it was written."""

from __future__ import annotations

import pytest
from ckan.tests import factories, helpers

pytestmark = pytest.mark.usefixtures("portal")


@pytest.mark.parametrize(
    ("key", "value", "private"),
    [
        ("accessRights", "terbuka", False),
        ("accessRights", "terbatas", True),
        ("accessRights", "tertutup", True),
        ("accessLevel", "public", False),
        ("accessLevel", "restricted public", True),
        ("accessLevel", "non-public", True),
    ],
)
def test_limited_access_makes_a_dataset_private(key, value, private):
    dataset, user = create(private=False, **{key: value})
    assert dataset["private"] is private
    changed = helpers.call_action("package_patch", {"user": user}, id=dataset["id"], private=False, title="Lain")
    assert changed["private"] is private


def test_open_access_never_makes_a_private_dataset_public():
    dataset, _user = create(private=True, accessRights="terbuka")
    assert dataset["private"] is True


def create(**values):
    user = factories.Sysadmin()["name"]
    body = helpers.call_action("organization_create", {"user": user}, name="dinas", title="Dinas")
    fields = {"name": "data", "title": "Data", "owner_org": body["id"]} | values
    return helpers.call_action("package_create", {"user": user}, **fields), user


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sumber/%00", 400),
        ("/dataset?sort=,", 200),
        ("/dataset?sort=title_string+asc,+metadata_modified+desc", 200),
        ("/dataset?sort=score+desc,", 200),
        ("/api/3/action/package_search?sort=%3B", 200),
        ("/catalog.foo", 404),
        ("/dataset/x.foo", 404),
    ],
)
def test_odd_address_is_no_failure_of_the_server(app, address, status):
    assert app.get(address, expect_errors=True).status_code == status
