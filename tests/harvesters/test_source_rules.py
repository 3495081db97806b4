"""Keys of the site go to their own servers alone, and a source keeps its name."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudatapmi.harvesters import configuration
from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record
from tests.partners.ckan_partner import CkanPartner

VARIABLE = "SATUDATA_UJI_KEY"
KEY = "kunci-portal-mitra"


@pytest.fixture
def ckan_site(partner, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    return CkanPartner(partner)


def editor_of(*harvests):
    user = factories.User()
    for one in harvests:
        member = {"id": one.organization, "username": user["name"], "role": "editor"}
        tk.get_action("organization_member_create")(site_context(), member)
    return {"user": user["name"], "model": model, "session": model.Session}


def secret(name):
    return json.dumps({"api_key": f"env:{name}"})


def declare(monkeypatch, server):
    monkeypatch.setitem(tk.config, configuration.KEYS, [f"{VARIABLE}={server}"])


def test_editor_can_send_no_variable_of_the_workers_anywhere(harvest_of, monkeypatch, ckan_site):
    declare(monkeypatch, ckan_site.url)
    keyed = harvest_of(ckan_site.url, "satudata_ckan", {"api_key": f"env:{VARIABLE}"})
    plain = harvest_of("https://attacker.example", "satudata_ckan")
    editor = editor_of(keyed, plain)
    new = {
        "name": "curang",
        "title": "Curang",
        "url": "https://attacker.example/x",
        "source_type": "satudata_ckan",
        "owner_org": plain.organization,
        "frequency": "MANUAL",
        "config": '{"api_key": "\\u0065nv:CKAN_SQLALCHEMY_URL"}',
    }
    shown = tk.get_action("harvest_source_show")(site_context(), {"id": plain.source_id})
    for action, values in (
        ("harvest_source_create", new),
        ("package_create", new | {"type": "harvest"}),
        ("harvest_source_update", shown | {"config": secret("CKAN_SQLALCHEMY_URL")}),
        ("harvest_source_patch", {"id": plain.source_id, "config": secret(VARIABLE)}),
        ("package_patch", {"id": plain.source_id, "config": secret(VARIABLE)}),
        ("harvest_source_patch", {"id": keyed.source_id, "url": "https://attacker.example/y"}),
        ("package_patch", {"id": keyed.source_id, "config": secret("CKAN_SQLALCHEMY_URL")}),
    ):
        with pytest.raises(tk.ValidationError, match="system administrator"):
            tk.get_action(action)(dict(editor), dict(values))
        model.Session.rollback()
    patch = {"id": keyed.source_id, "title": "Judul lain"}
    assert tk.get_action("harvest_source_patch")(dict(editor), patch)["title"] == "Judul lain"


@pytest.mark.parametrize("declared", [True, False])
def test_key_goes_to_the_server_that_it_is_declared_for_alone(partner, harvest_of, monkeypatch, ckan_site, declared):
    ckan_site.add()
    declare(monkeypatch, ckan_site.url if declared else "https://data.example.go.id")
    harvest = harvest_of(ckan_site.url, "satudata_ckan", {"api_key": f"env:{VARIABLE}"})
    harvest.run()
    sent = [headers.get("Authorization") for _path, headers in partner.requests]
    if declared:
        assert set(sent) == {KEY} and len(harvest.datasets()) == 1
    else:
        assert sent == []
        (told,) = harvest.errors()
        assert VARIABLE in told and configuration.KEYS in told


@pytest.mark.parametrize(
    "url",
    [
        "https://data.example.go.id.attacker.example/api",
        "https://data.example.go.id@attacker.example/",
        "https://data.example.go.id:8443/api",
        "http://data.example.go.id/api",
        "https://attacker.example/https://data.example.go.id/",
    ],
)
def test_address_that_only_looks_like_the_declared_server_gets_no_key(with_plugins, monkeypatch, url):
    from ckanext.satudatapmi.harvesters.protocols.ckan import CkanProtocol

    monkeypatch.setenv(VARIABLE, KEY)
    keys = [f"{VARIABLE}=https://data.example.go.id", f"{VARIABLE}=https:", f"{VARIABLE}="]
    with pytest.raises(configuration.ConfigurationError, match=VARIABLE):
        configuration.values(secret(VARIABLE), CkanProtocol.options, url, keys)
    good = configuration.values(secret(VARIABLE), CkanProtocol.options, "https://Data.example.go.id/katalog", keys)
    assert good["api_key"] == KEY


@pytest.fixture
def harvest(partner, harvest_of):
    partner.serve("/data.json", catalogue(*(record(one) for one in "abc")))
    return harvest_of(partner.url + "/data.json")


@pytest.mark.parametrize("action", ["harvest_source_patch", "package_update"])
def test_source_with_datasets_keeps_its_name(harvest, action):
    harvest.run()
    shown = tk.get_action("harvest_source_show")(site_context(), {"id": harvest.source_id})
    values = {"id": harvest.source_id, "name": f"{harvest.name}-baru"}
    with pytest.raises(tk.ValidationError) as refused:
        tk.get_action(action)(site_context(), values if "patch" in action else shown | values)
    assert harvest.name in refused.value.error_dict["name"][0]


def test_source_that_was_renamed_all_the_same_doubles_nothing(harvest):
    harvest.run()
    before = {one["id"] for one in harvest.datasets().values()}
    model.Session.get_one(model.Package, harvest.source_id).name = f"{harvest.name}-baru"
    model.Session.commit()
    report = harvest.run()
    assert {one["id"] for one in harvest.datasets().values()} == before
    assert (report["created"], report["updated"]) == (0, 3)
