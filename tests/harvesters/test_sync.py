"""The registry's organisations and sources on the site; feeds that an operator names."""

from __future__ import annotations

import uuid

import pytest

from ckanext.satudatapmi.harvesters.feeds import with_feeds
from ckanext.satudatapmi.harvesters.registry import Registry, parse

YAML = """
organizations:
- {{name: {name}, title: Dinas Contoh, kind: kabupaten, kode_wilayah: "35.06"}}
sources:
- {{name: {name}-katalog, title: {title}, url: "https://data.example.go.id/{name}.json", organization: {name}}}
- name: {name}-tabel
  title: Penempatan
  url: "https://data.example.go.id/{name}.csv"
  organization: {name}
  table: {{unpivot: tahun}}
- {{name: {name}-demo, url: "{{demo}}/data.json", organization: {name}}}
"""


def test_feed_has_an_organisation_and_a_source_named_after_its_file():
    registry = with_feeds(Registry(), ["http://127.0.0.1:5001/feeds1/Kota_Contoh2.json"])
    (organization,), (source,) = registry.organizations, registry.sources
    assert (organization.name, organization.title) == ("kota-contoh2", "Kota Contoh2")
    assert (source.name, source.organization, source.type) == ("kota-contoh2", "kota-contoh2", "data_json")
    assert dict(source.config) == {"mirror": True}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://satudata.example.go.id/data.json", "satudata-example-go-id"),
        ("https://satudata.example.go.id/", "satudata-example-go-id"),
        ("https://example.go.id/api/kota-x.json?page=0", "kota-x"),
        ("https://example.go.id/4.json", "feed-4"),
        ("https://example.go.id/badan__data.json", "badan-data"),
    ],
)
def test_name_of_a_feed(address, name):
    assert with_feeds(Registry(), [address]).sources[0].name == name
    assert dict(with_feeds(Registry(), [address]).sources[0].config) == {}


def test_feeds_never_share_a_name():
    registry = with_feeds(
        parse("organizations: [{name: kota-x}]"),
        ["https://a.go.id/kota_x.json", "https://b.go.id/kota-x.json", "https://c.go.id/KOTA X.json"],
    )
    assert [source.name for source in registry.sources] == ["kota-x-2", "kota-x-3", "kota-x-4"]


@pytest.fixture
def registry(with_plugins):
    return lambda title="Katalog Contoh": parse(YAML.format(name=name, title=title))


name = f"dinas-{uuid.uuid4().hex[:8]}"


def test_registry_is_brought_in_once_and_kept(registry):
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    from ckanext.harvest.model import HarvestSource

    from ckanext.satudatapmi.harvesters.sync import sync_sources

    planned = [(change.action, change.name) for change in sync_sources(registry(), dry_run=True)]
    assert planned == [
        ("create", name),
        ("create", f"{name}-katalog"),
        ("create", f"{name}-tabel"),
        ("left out", f"{name}-demo"),
    ]
    assert model.Group.get(name) is None
    assert [(change.action, change.name) for change in sync_sources(registry())] == planned
    again = [change.action for change in sync_sources(registry())]
    assert again == ["keep", "keep", "keep", "left out"]
    shown = tk.get_action("organization_show")({"ignore_auth": True}, {"id": name})
    assert (shown["title"], shown["kind"], shown["kode_wilayah"]) == ("Dinas Contoh", "kabupaten", "35.06")
    source = HarvestSource.get(model.Package.get(f"{name}-tabel").id)
    assert (source.type, source.config, source.frequency) == (
        "published_table",
        '{"table": {"unpivot": "tahun"}}',
        "MANUAL",
    )
    assert model.Package.get(f"{name}-tabel").owner_org == shown["id"]


def test_change_of_the_registry_is_taken(registry):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters.sync import sync_sources

    sync_sources(registry())
    changes = {change.name: change.action for change in sync_sources(registry("Judul baru"))}
    assert (changes[f"{name}-katalog"], changes[f"{name}-tabel"]) == ("update", "keep")
    assert model.Package.get(f"{name}-katalog").title == "Judul baru"


def test_what_was_deleted_on_the_site_stays_deleted(registry):
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters.sync import sync_sources
    from tests.harvesters.conftest import site_context

    sync_sources(registry())
    source = model.Package.get(f"{name}-tabel")
    tk.get_action("package_delete")(site_context(), {"id": source.id})
    changes = {change.name: change.action for change in sync_sources(registry())}
    assert changes[f"{name}-tabel"] == "left out"
    assert model.Package.get(f"{name}-tabel").state == "deleted"
