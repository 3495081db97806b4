"""How a source can be harvested: on a page for partners, and beside the form of a source."""

from __future__ import annotations

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
    import json

    for protocol in base.protocols():
        for option in (*protocol.options, *configuration.COMMON):
            required = {one.key: configuration.example_of(one) for one in protocol.options if one.required}
            text = json.dumps(required | {option.key: configuration.example_of(option)})
            assert configuration.check(text, protocol.options), text


def test_form_of_a_source_explains_options_and_names_the_wrong_key(app):
    headers = headers_of(factories.Sysadmin()["name"])
    page = BeautifulSoup(app.get("/harvest/new", headers=headers).body, "html.parser")
    assert len(page.select("details.protocol-help")) == len(base.protocols()) + 1
    data = {"name": "sumber", "title": "Sumber", "url": "https://x.example/", "source_type": "data_json"}
    data |= {"frequency": "MANUAL", "config": '{"salah": 1}', "owner_org": factories.Organization()["id"]}
    answer = app.post("/harvest/new", data=data, headers=headers)
    assert "salah" in BeautifulSoup(answer.body, "html.parser").select_one(".error-explanation, .alert").text


def test_list_of_protocols_is_open_to_programs(with_plugins):
    found = tk.get_action("satudata_protocol_list")({"user": "", "ignore_auth": False}, {})
    assert {one["name"] for one in found["protocols"]} == set(base.pipeline_types())
    assert {one["key"] for one in found["common"]} == {"policy", "proposed"}
