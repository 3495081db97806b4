"""The registry's organisations and sources on the site; feeds that an operator names."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

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


PROPOSED = """
organizations:
- {{name: {name}, title: Dinas Contoh, kind: kabupaten, kode_wilayah: "35.06"}}
sources:
- name: {name}-usulan
  url: "https://data.example.go.id/{name}-usulan.json"
  organization: {name}
  frequency: DAILY
  proposed: true
  config: {{paged: false}}
- {{name: {name}-lain, url: "https://data.example.go.id/{name}-lain", organization: {name}, type: sdmx}}
"""


@pytest.fixture
def usulan(with_plugins):
    """A proposed source: its name, the registry that has it, and what the site has of it."""
    import ckan.model as model
    from ckanext.harvest.model import HarvestSource

    from ckanext.satudatapmi.harvesters.sync import sync_sources

    body = f"dinas-{uuid.uuid4().hex[:8]}"
    entries = parse(PROPOSED.format(name=body))
    sync_sources(entries)
    return SimpleNamespace(
        name=f"{body}-usulan", entries=entries, source=HarvestSource.get(model.Package.get(f"{body}-usulan").id)
    )


def test_source_without_a_harvester_for_its_protocol_is_left_out(with_plugins, monkeypatch):
    from ckanext.satudatapmi.harvesters import sync

    monkeypatch.setattr(sync, "_protocols", lambda: {"data_json"})
    changes = {change.name: change.action for change in sync.sync_sources(parse(PROPOSED.format(name=name)))}
    assert changes[f"{name}-lain"] == "left out"


def test_proposed_source_is_never_started(usulan):
    import ckan.plugins.toolkit as tk
    from ckanext.harvest.logic.action.update import _make_scheduled_jobs
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import proposals, runs
    from tests.harvesters.conftest import site_context

    source_id = usulan.source.id
    assert usulan.source.config == '{"paged": false, "proposed": true}'
    assert source_id not in runs.sources_never_harvested()
    assert runs.active_sources([usulan.name]) == []
    assert runs.start_jobs([source_id]) == []
    with pytest.raises(proposals.SourceIsProposedError, match=usulan.name):
        tk.get_action("harvest_job_create")(site_context(), {"source_id": source_id})
    _make_scheduled_jobs(site_context(), {})
    assert HarvestJob.filter(source_id=source_id).first() is None


def test_proposed_source_is_not_shown_to_visitors(usulan):
    from ckanext.satudatapmi.portal import sources

    assert usulan.name not in {source["name"] for source in sources.source_list()}


def test_accepted_source_is_never_proposed_again(usulan):
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters import runs
    from ckanext.satudatapmi.harvesters.sync import sync_sources
    from ckanext.satudatapmi.portal import sources
    from tests.harvesters.conftest import site_context

    shown = tk.get_action("harvest_source_show")(site_context(), {"id": usulan.source.id})
    tk.get_action("harvest_source_update")(site_context(), shown | {"config": '{"paged": false}'})
    changes = {change.name: change.action for change in sync_sources(usulan.entries)}
    assert changes[usulan.name] == "keep"
    model.Session.expire_all()
    assert usulan.source.config == '{"paged": false}'
    assert runs.active_sources([usulan.name]) == [usulan.source.id]
    assert usulan.name in {source["name"] for source in sources.source_list()}


@pytest.mark.parametrize(
    ("config", "proposed"),
    [
        ('{"proposed": true}', True),
        ('{"paged": false,"proposed":true}', True),
        ('{"proposed": false}', False),
        ('{"paged": true}', False),
        ("", False),
        (None, False),
        ("{", False),
        ("[1]", False),
    ],
)
def test_proposed_is_read_from_the_configuration(config, proposed):
    from ckanext.satudatapmi.harvesters import proposals

    assert proposals.is_proposed(config) is proposed
