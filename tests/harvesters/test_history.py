"""What becomes of a dataset over many harvests: grace days, changes made here, the activity stream, unchanged rows."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record
from tests.partners.every import EVERY


def files(*names):
    return [{"title": name, "downloadURL": f"https://x.go.id/{name}.csv", "format": "csv"} for name in names]


@pytest.fixture
def clock(monkeypatch):
    """The time of the harvest; returns a function that lets days pass."""
    from ckanext.satudatapmi.harvesters import ledger

    real, ahead = ledger.now, []
    monkeypatch.setattr(ledger, "now", lambda: real() + timedelta(days=sum(ahead)))
    return ahead.append


@pytest.fixture
def harvest(partner, harvest_of):
    """Datasets a and b, harvested; `serve` says what the partner has from now on."""
    source = harvest_of(partner.url + "/data.json", config={"paged": False, "policy": {"grace_days": 7}})
    source.serve = lambda *records: partner.serve("/data.json", catalogue(*records))
    source.serve(record("a"), record("b", distribution=files("satu", "dua", "tiga")))
    assert source.run()["created"] == 2
    return source


def state(dataset_id):
    from ckanext.satudatapmi.harvesters import ledger

    return tk.get_action("package_show")(site_context(), {"id": dataset_id})["state"], ledger.vanished_since(dataset_id)


def change(dataset_id, **values):
    tk.get_action("package_patch")(site_context(), {"id": dataset_id, **values})


def test_dataset_that_vanishes_stays_for_the_days_of_grace_and_may_come_back(harvest, clock):
    a = harvest.datasets()["a"]["id"]
    harvest.serve(record("b", distribution=files("satu", "dua", "tiga")))
    report = harvest.run()
    assert (report["vanished"], report["deleted"]) == (1, 0)
    first = state(a)[1]
    assert state(a) == ("active", first) and first is not None
    clock(3)
    report = harvest.run()
    assert (report["vanished"], report["deleted"], state(a)) == (0, 0, ("active", first))
    harvest.serve(record("a"), record("b", distribution=files("satu", "dua", "tiga")))
    report = harvest.run()
    assert (report["returned"], report["created"], report["updated"], state(a)) == (1, 0, 0, ("active", None))
    clock(30)
    harvest.serve(record("b", distribution=files("satu", "dua", "tiga")))
    assert harvest.run()["deleted"] == 0, "the days are counted from when it vanished last"
    clock(6)
    assert harvest.run()["deleted"] == 0
    clock(1.1)
    assert harvest.run()["deleted"] == 1
    assert state(a)[0] == "deleted" and set(harvest.datasets()) == {"b"}
    assert harvest.run()["deleted"] == 0
    harvest.serve(record("a", title="Kembali"), record("b", distribution=files("satu", "dua", "tiga")))
    harvest.run()
    back = harvest.datasets()["a"]
    assert (back["id"], back["title"], state(a)) == (a, "Kembali", ("active", None))
    found = tk.get_action("package_search")(site_context(), {"fq": f"organization:{harvest.name}"})
    assert found["count"] == 2


@pytest.mark.parametrize("kind", ["satudata_ckan", "satudata_dcat"])
def test_grace_goes_on_while_a_partner_says_that_nothing_changed(partner, harvest_of, clock, kind):
    each = EVERY[kind](partner)
    each.service.etags = True
    for number in (1, 2, 3):
        each.add(number)
    source = harvest_of(each.url, each.type, {**(each.config or {}), "policy": {"grace_days": 7}})
    source.run()
    gone = next(one["id"] for one in source.datasets().values() if one["title"] == each.title(3))
    each.remove(3)
    assert source.run()["vanished"] == 1
    since = state(gone)[1]
    clock(3)
    asked = len(partner.requests)
    report = source.run()
    assert (report["returned"], state(gone)) == (0, ("active", since))
    assert len(partner.requests) - asked == each.quiet_requests
    clock(5)
    assert source.run()["deleted"] == 1 and state(gone)[0] == "deleted"


def test_partner_that_takes_back_what_a_stopped_harvest_wrote_is_read_again(partner, harvest_of, monkeypatch):
    from ckanext.satudatapmi.harvesters import working, writing
    from ckanext.satudatapmi.harvesters.leases import Stopped

    each = EVERY["satudata_dcat"](partner)
    each.service.etags = True
    for number in (1, 2):
        each.add(number)
    source = harvest_of(each.url, each.type, each.config)
    source.run()
    titles = [each.title(1), each.title(2)]
    each.change(1)
    each.change(2)
    monkeypatch.setattr(working, "BATCH", 1)
    write, batches = writing.write_batch, []

    def stopped(writer, ids):
        if batches:
            raise Stopped("admin")
        batches.append(ids)
        return write(writer, ids)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_batch", stopped)
        assert source.run()["updated"] == 1
    for number, title in enumerate(titles, 1):
        each.service.change(each.ids[number], title=title)
    assert source.run()["updated"] == 1
    assert sorted(one["title"] for one in source.datasets().values()) == titles


def test_dataset_that_returns_changed_is_the_same_dataset(harvest, clock):
    a = harvest.datasets()["a"]["id"]
    harvest.serve(record("b", distribution=files("satu", "dua", "tiga")))
    harvest.run()
    clock(1)
    harvest.serve(record("a", title="Lain"), record("b", distribution=files("satu", "dua", "tiga")))
    report = harvest.run()
    assert (report["created"], report["updated"]) == (0, 1)
    assert harvest.datasets()["a"]["id"] == a and state(a) == ("active", None)


def test_field_that_was_changed_here_stays_and_the_others_follow_the_partner(harvest):
    a = harvest.datasets()["a"]["id"]
    change(a, title="Judul kami", satuan="", tags=[{"name": "kata kami"}], konsep="Konsep kami")
    for title, notes in (("Judul mitra", "Uraian kedua"), ("Judul mitra lagi", "Uraian ketiga")):
        harvest.serve(record("a", title=title, description=notes, keyword=["lain"]), record("b"))
        harvest.run()
        shown = harvest.datasets()["a"]
        assert (shown["title"], shown.get("satuan", ""), shown["notes"]) == ("Judul kami", "", notes)
        assert shown.get("konsep") == "Konsep kami"
        assert [tag["name"] for tag in shown["tags"]] == ["kata kami"]


def test_answers_of_the_forms_that_were_given_here_stay(harvest):
    a = harvest.datasets()["a"]["id"]
    field = "judul_kegiatan"
    change(a, **{field: "Jawaban kami"})
    given = tk.get_action("package_show")(site_context(), {"id": a})[field]
    harvest.serve(record("a", title="Lain"), record("b"))
    harvest.run()
    shown = harvest.datasets()["a"]
    assert (shown["title"], shown[field]) == ("Lain", given)


def test_changes_of_files_survive(harvest):
    b = harvest.datasets()["b"]
    one, two, three = b["resources"]
    changed = {"name": "Satu kami", "mediaType": "text/csv", "issued": "2024-05-01", "accessURL": "https://kami.go.id/"}
    ours = {"name": "berkas kami", "url": "https://kami.go.id/x.csv", "format": "CSV"}
    change(b["id"], resources=[three, {**one, **changed}, ours])
    harvest.serve(record("a"), record("b", title="Lain", distribution=files("satu", "dua", "tiga", "empat")))
    assert harvest.run()["failed"] == 0
    shown = harvest.datasets()["b"]
    names = {resource["name"]: resource["id"] for resource in shown["resources"]}
    assert set(names) == {"Satu kami", "tiga", "empat", "berkas kami"}, "what was removed here stays away"
    assert (names["Satu kami"], names["tiga"]) == (one["id"], three["id"])
    kept = next(resource for resource in shown["resources"] if resource["id"] == one["id"])
    assert {name: kept[name] for name in changed} == changed
    assert two["id"] not in names.values() and shown["title"] == "Lain"
    harvest.serve(record("a"), record("b", title="Lagi", distribution=files("dua", "tiga")))
    harvest.run()
    names = {resource["name"] for resource in harvest.datasets()["b"]["resources"]}
    assert names == {"tiga", "berkas kami"}, "a file that the partner took away is gone"


def activities(dataset_id):
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.activity.model import Activity

    model.Session.rollback()
    query = sa.select(Activity).where(Activity.object_id == dataset_id).order_by(Activity.timestamp)
    return [(one.activity_type, one.data["package"]["title"]) for one in model.Session.scalars(query)]


def test_every_change_is_in_the_stream_once_with_the_dataset_as_it_was(harvest, clock):
    a = harvest.datasets()["a"]["id"]
    harvest.serve(record("a", title="Kedua"), record("b"))
    harvest.run()
    harvest.run()
    harvest.serve(record("b"))
    harvest.run()
    clock(8)
    harvest.run()
    assert activities(a) == [
        ("new package", "Penempatan a"),
        ("changed package", "Kedua"),
        ("deleted package", "Kedua"),
    ]


def test_dataset_that_was_never_in_the_stream_gets_its_former_state_first(harvest):
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.activity.model import Activity

    a = harvest.datasets()["a"]["id"]
    model.Session.execute(sa.delete(Activity).where(Activity.object_id == a))
    model.Session.commit()
    harvest.serve(record("a", title="Kedua"), record("b"))
    harvest.run()
    assert activities(a) == [("changed package", "Penempatan a"), ("changed package", "Kedua")]


def test_import_of_stored_records_leaves_what_was_changed_or_deleted_here(harvest):
    found = harvest.datasets()
    change(found["a"]["id"], title="Judul kami")
    tk.get_action("harvest_objects_import")(site_context(), {"source_id": harvest.source_id})
    assert harvest.datasets()["a"]["title"] == "Judul kami"
    tk.get_action("package_delete")(site_context(), {"id": found["b"]["id"]})
    context = site_context() | {"join_datasets": False}
    tk.get_action("harvest_objects_import")(context, {"source_id": harvest.source_id})
    assert set(harvest.datasets()) == {"a"}
    harvest.serve(record("a", title="Kedua", description="Baru"), record("b"))
    harvest.run()
    dataset = harvest.datasets()["a"]
    assert (dataset["title"], dataset["notes"]) == ("Judul kami", "Baru")


def test_old_jobs_are_forgotten_but_the_latest_and_those_that_datasets_stem_from(harvest, clock, monkeypatch):
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.harvest.model import HarvestJob

    from ckanext.satudatapmi.harvesters import ledger, pruning
    from ckanext.satudatapmi.harvesters.report import harvest_report

    def kept():
        query = sa.select(HarvestJob.id).where(HarvestJob.source_id == harvest.source_id)
        return set(model.Session.scalars(query))

    (first,) = kept()
    harvest.serve(record("a", title="Kedua"), record("b"))
    second = harvest.run()["job"]
    harvest.serve(record("a", title="Ketiga"), record("b"))
    third, fourth = (harvest.run()["job"] for _time in range(2))
    monkeypatch.setattr(pruning, "KEPT", 1)
    pruning.forget_old_jobs(400)
    assert kept() == {first, second, third, fourth}
    clock(401)
    pruning.forget_old_jobs(400)
    assert kept() == {second, third, fourth}, "b stems from the second, a from the third"
    assert harvest_report(first) is None and ledger.run(first) is None
    assert len(harvest.datasets()) == 2 and harvest.run()["unchanged"] == 2


def versions():
    """Return the transaction that wrote each row of the tables of datasets."""
    import ckan.model as model
    import sqlalchemy as sa

    model.Session.rollback()
    tables = ("package", "resource", "package_tag", "member", "activity", "resource_view", "harvest_object")
    return {
        table: sorted(model.Session.execute(sa.text(f"SELECT ctid::text, xmin::text FROM {table}")).tuples())
        for table in (*tables, "satudatapmi_harvest_record")
    }


@pytest.mark.parametrize("partner_sends", ["the same bytes", "other bytes"])
def test_unchanged_harvest_writes_no_row_of_a_dataset(harvest, partner, partner_sends):
    harvest.run()
    if partner_sends == "other bytes":
        content = catalogue(record("b", distribution=files("satu", "dua", "tiga")), record("a")) + b"\n\n"
        partner.serve("/data.json", content)
    before = versions()
    report = harvest.run()
    assert (report["unchanged"], report["status"]) == (2, "Finished")
    assert versions() == before


def test_catalogue_full_of_rubbish_is_told_in_a_hundred_lines_and_one(harvest):
    from ckanext.satudatapmi.harvesters.gathering import REJECTIONS_TOLD

    harvest.serve(*(f"rusak {number}" for number in range(250)), record("a"))
    report = harvest.run()
    assert (report["rejected"], report["deleted"], len(report["rejections"])) == (250, 0, REJECTIONS_TOLD)
    assert any("150 more" in message for message in harvest.errors())
