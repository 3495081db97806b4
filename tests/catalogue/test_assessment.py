"""Scores of datasets on the site: by the API, on their page, for those who may see them."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


def make(**fields):
    owner = factories.Organization()["id"]
    values = {"title": "Penempatan", "notes": "Uraian", "license_id": "cc-by", "owner_org": owner} | fields
    return factories.Dataset(**values)


def score_of(dataset, **asked):
    return helpers.call_action("satudata_quality_show", {"ignore_auth": False}, id=dataset["id"], **asked)


def test_score_counts_what_the_dataset_has():
    bare, better = make(), make(tags=[{"name": "pmi"}], temporal="2024-01-01/2024-12-31")
    assert score_of(better)["points"] - score_of(bare)["points"] == 50
    assert "keyword" in {metric["name"] for metric in score_of(bare)["missed"]}
    assert (score_of(bare)["of"], score_of(bare, profile="sdi")["of"]) == (405, 505)


def test_table_bound_to_reference_codes_has_five_stars(app):
    dataset = make()
    resource = factories.Resource(package_id=dataset["id"], format="CSV", url="https://data.example.go.id/a.csv")
    fields = [{"id": "kode_wilayah", "type": "text", "info": {"label": "Kode", "codes": "wilayah"}}]
    user = helpers.call_action("get_site_user")["name"]
    helpers.call_action("datastore_create", {"user": user}, resource_id=resource["id"], force=True, fields=fields)
    assert score_of(dataset)["stars"] == 5
    assert "/kode/wilayah" in app.get(f"/dataset/{dataset['name']}").body


def test_page_says_what_to_mend(app):
    page = app.get(f"/dataset/{make()['name']}").body
    assert "405" in page and "Isi kata kunci." in page
    assert "Fill in keywords." in app.get(f"/en/dataset/{make()['name']}").body


def test_private_dataset_is_scored_for_those_who_may_see_it_alone(app):
    dataset = make(private=True)
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_quality_show", {"ignore_auth": False, "user": ""}, id=dataset["id"])
    assert score_of_site(dataset)["points"] > 0
    assert app.get(f"/api/3/action/satudata_quality_show?id={dataset['id']}").status_code == 403


def score_of_site(dataset):
    return helpers.call_action("satudata_quality_show", {"ignore_auth": True}, id=dataset["id"])


@pytest.mark.parametrize("wrong", [{}, {"id": "x", "profile": "lain"}])
def test_wrong_question_is_refused(wrong):
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_quality_show", **wrong)
