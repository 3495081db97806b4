"""How a source can be harvested: on a page for partners, and beside the form of a source."""

from __future__ import annotations

import json
import uuid

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudatapmi.harvesters import base, configuration
from tests.portal.operators import headers_of

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


def test_every_protocol_and_option_is_explained_to_everybody(app):
    page = BeautifulSoup(app.get("/sumber/protokol").body, "html.parser")
    keys = {one.text for one in page.select("table.options th code")}
    for protocol in base.protocols():
        assert page.find(id=protocol.name), protocol.name
        assert {option.key for option in protocol.options} <= keys
    assert {"policy", "proposed"} <= keys


def test_every_example_is_a_valid_configuration(with_plugins):
    for protocol in base.protocols():
        for option in (*protocol.options, *configuration.COMMON):
            required = {one.key: configuration.example_of(one) for one in protocol.options if one.required}
            text = json.dumps(required | {option.key: configuration.example_of(option)})
            assert configuration.check(text, protocol.options), text


@pytest.fixture
def form(app):
    """What a system administrator sends with the form of a new source, and a function that sends it."""
    headers = headers_of(factories.Sysadmin()["name"])
    name = f"sumber-{uuid.uuid4().hex[:8]}"
    data = {"name": name, "title": "Sumber", "url": f"https://x.example/{name}", "source_type": "satudata_ckan"}
    data |= {"frequency": "MANUAL", "owner_org": factories.Organization()["id"], "option_fields": "1"}

    def send(address="/harvest/new", **values):
        answer = app.post(address, data=data | values, headers=headers, follow_redirects=False)
        return answer.status_code, BeautifulSoup(answer.body, "html.parser")

    send.name, send.headers = name, headers
    return send


def config_of(name):
    context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    return json.loads(tk.get_action("harvest_source_show")(context, {"id": name})["config"] or "{}")


def test_form_of_a_source_has_a_field_for_every_option(app, form):
    page = BeautifulSoup(app.get("/harvest/new", headers=form.headers).body, "html.parser")
    named = {one["name"] for one in page.select("[name^='option.']")}
    for protocol in base.protocols():
        assert {f"option.{protocol.name}.{option.key}" for option in protocol.options} <= named
    assert {"option.common.policy.max_deletions", "option.common.proposed"} <= named
    labelled = {one["for"] for one in page.select("label[for]")}
    assert {one["id"] for one in page.select("[name^='option.'][id]")} <= labelled


def test_fields_of_the_chosen_type_make_the_configuration_and_come_back_filled_in(app, form):
    sent = {
        "option.satudata_ckan.tags": "migran\r\npmi",
        "option.satudata_ckan.rows": "50",
        "option.bps_webapi.key": "tidak dipakai",
    }
    sent |= {"option.satudata_ckan.api_key": "rahasia", "option.common.policy.grace_days": "3"}
    status, page = form(**sent)
    assert status == 302, page.select_one(".error-explanation, .alert")
    wanted = {"tags": ["migran", "pmi"], "rows": 50, "api_key": "rahasia", "policy": {"grace_days": 3}}
    assert config_of(form.name) == wanted
    page = BeautifulSoup(app.get(f"/harvest/edit/{form.name}", headers=form.headers).body, "html.parser")
    assert page.find(id="field-option-satudata_ckan-tags").text == "migran\npmi"
    assert page.find(id="field-option-satudata_ckan-rows")["value"] == "50" and "rahasia" not in page.text
    assert not page.find(id="field-option-satudata_ckan-api_key")["value"]
    assert page.find(attrs={"data-protocol": "satudata_ckan"}).has_attr("open")
    assert form(f"/harvest/edit/{form.name}", **{"option.satudata_ckan.fq": "res_format:CSV"})[0] == 302
    assert config_of(form.name) == {"fq": "res_format:CSV", "api_key": "rahasia"}


def test_key_of_a_source_is_nowhere_shown_to_visitors(app, form):
    assert form(**{"option.satudata_ckan.api_key": "rahasia-sekali", "option.satudata_ckan.tags": "migran"})[0] == 302
    addresses = (
        f"/api/3/action/package_show?id={form.name}",
        f"/api/3/action/harvest_source_show?id={form.name}",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=100",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=100&fl=name&fl=extras_config",
        "/api/3/action/package_search?fq=dataset_type:harvest&rows=100&fl=name&fl=x:validated_data_dict",
        "/api/3/action/harvest_source_list",
        f"/harvest/{form.name}",
        f"/sumber/{form.name}",
    )
    for address in addresses:
        answer = app.get(address)
        assert form.name in answer.body and "rahasia-sekali" not in answer.body, address
    found = app.get("/api/3/action/package_search?q=%22rahasia-sekali%22&fq=dataset_type:harvest")
    assert json.loads(found.body)["result"]["count"] == 0, "nobody finds it by its key"


def test_field_that_holds_nonsense_is_told_where_it_stands_and_nothing_typed_is_lost(form):
    status, page = form(**{"option.satudata_ckan.rows": "banyak", "option.satudata_ckan.tags": "migran"})
    assert status == 200 and "banyak" in page.select_one(".error-explanation").text
    field = page.find(id="field-option-satudata_ckan-rows")
    assert field["value"] == "banyak" and field["aria-invalid"] == "true"
    assert "banyak" in field.find_parent().select_one(".error-block").text
    assert page.find(id="field-option-satudata_ckan-tags").text == "migran"


def test_key_is_not_printed_where_harvesters_of_other_extensions_are(app, form, monkeypatch):
    form(**{"option.satudata_ckan.api_key": "rahasia-sekali"})
    original = base.pipeline_types()
    monkeypatch.setattr(base, "pipeline_types", lambda: [one for one in original if one != "sdmx"])
    page = app.get(f"/harvest/edit/{form.name}", headers=form.headers).body
    assert "field-config" in page and "rahasia-sekali" not in page


def test_wish_to_forget_a_key_survives_a_refused_form(form):
    form(**{"option.satudata_ckan.api_key": "rahasia"})
    forget = {"option.satudata_ckan.api_key.forget": "1"}
    page = form(f"/harvest/edit/{form.name}", **forget, **{"option.satudata_ckan.rows": "banyak"})[1]
    assert page.find(attrs={"name": "option.satudata_ckan.api_key.forget"}).has_attr("checked")
    assert form(f"/harvest/edit/{form.name}", **forget)[0] == 302 and config_of(form.name) == {}


def test_option_that_is_required_is_asked_for(form):
    status, page = form(source_type="bps_webapi")
    assert status == 200 and "key" in page.select_one(".source-options").find_previous(class_="alert").text


def test_configuration_without_fields_is_taken_as_it_is(app, form):
    answer = form(option_fields=[], config='{"salah": 1}')
    assert answer[0] == 200 and "salah" in answer[1].select_one(".error-explanation, .alert").text


def test_list_of_protocols_is_open_to_programs(with_plugins):
    found = tk.get_action("satudata_protocol_list")({"user": "", "ignore_auth": False}, {})
    assert {one["name"] for one in found["protocols"]} == set(base.pipeline_types())
    assert {one["key"] for one in found["common"]} == {"policy", "proposed"}


@pytest.mark.parametrize("path", ["delete/{}", "delete/{}?clear=True", "clear/{}", "refresh/{}"])
def test_link_that_changes_a_source_asks_first(app, form, path):
    form()
    shown = tk.get_action("harvest_source_show")({"ignore_auth": True, "user": ""}, {"id": form.name})
    address = f"/harvest/{path.format(shown['id'])}"
    page = BeautifulSoup(app.get(address, headers=form.headers).body, "html.parser")
    question = page.select_one("main form[method=post]")
    assert question["action"] == address and question.find("button").text
    source = tk.get_action("harvest_source_show")({"ignore_auth": True, "user": ""}, {"id": form.name})
    assert source["state"] == "active" and not source["status"]["job_count"]
    assert app.get(address, follow_redirects=False, expect_errors=True).status_code in (302, 403)
    assert app.post(address, headers=form.headers, follow_redirects=False).status_code == 302
    source = tk.get_action("harvest_source_show")({"ignore_auth": True, "user": ""}, {"id": form.name})
    assert (source["state"] == "deleted") == path.startswith("delete")
    assert source["status"]["job_count"] == (1 if path.startswith("refresh") else 0)
