"""What the database keeps by itself of each change: which datasets are public, and what went."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.tests import factories

from ckanext.satudatapmi.catalogue import history, measuring, reviews
from ckanext.satudatapmi.publication import fragments, published, rendering, store, upkeep
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = pytest.mark.usefixtures("portal")


def rows():
    with model.ensure_engine().connect() as connection:
        return {row.package_id: row for row in connection.execute(sa.select(published.PUBLICATION))}


def number(dataset):
    return rows()[dataset["id"]].seq


def public_by_the_rule():
    with model.ensure_engine().connect() as connection:
        return {*connection.scalars(sa.select(model.package_table.c.id).where(reviews.is_public()))}


def public_by_the_triggers():
    return {name for name, row in rows().items() if row.is_public}


def change_resource(dataset):
    act("resource_patch", id=dataset["resources"][0]["id"], description="lain")


def measure(dataset):
    measuring.measure(store.read_all(), history.today())


def rename_publisher(dataset):
    act("organization_patch", id=dataset["owner_org"], title="Nama lain")


CHANGES = {
    "field": lambda dataset: act("package_patch", id=dataset["id"], satuan="jiwa"),
    "tag": lambda dataset: act("package_patch", id=dataset["id"], tags=[{"name": "lain"}]),
    "resource": change_resource,
    "resource deleted": lambda dataset: act("resource_delete", id=dataset["resources"][0]["id"]),
    "publisher": rename_publisher,
    "quality": measure,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_what_is_told_has_a_number_greater_than_all_before(change):
    dataset = make(owner_org=factories.Organization()["id"], **FULL)
    other = make(owner_org=factories.Organization()["id"])
    before, untouched = max(number(dataset), number(other)), number(other)
    change(dataset)
    assert number(dataset) > before
    assert change is measure or number(other) == untouched


def test_dataset_is_not_changed_by_another_of_the_same_activity():
    owner = factories.Organization()["id"]
    one, other = (make(owner_org=owner, judul_kegiatan="Kompilasi", tahun="2026") for _ in range(2))
    assert one["kegiatan"] == other["kegiatan"]
    before = number(other)
    act("package_patch", id=one["id"], satuan="jiwa")
    assert number(other) == before


def test_dataset_that_goes_leaves_a_tombstone_and_is_born_again(portal):
    dataset = make(owner_org=factories.Organization()["id"])
    born = rows()[dataset["id"]]
    for hide, show in (({"private": True}, {"private": False}), ({"state": "deleted"}, {"state": "active"})):
        act("package_patch", id=dataset["id"], **hide)
        gone = rows()[dataset["id"]]
        assert not gone.is_public and gone.seq > born.seq
        act("package_patch", id=dataset["id"], **show)
        born = rows()[dataset["id"]]
        assert born.is_public and born.born_seq > gone.seq
    act("dataset_purge", id=dataset["id"])
    assert not rows()[dataset["id"]].is_public


def test_what_was_never_public_is_not_known(portal):
    owner = factories.Organization()["id"]
    hidden = make_hidden(owner)
    assert not {hidden["private"], hidden["draft"]} & set(rows())
    assert public_by_the_triggers() == public_by_the_rule()


def test_rule_and_triggers_agree_whatever_happens(portal):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner) for _ in range(4)]
    make_hidden(owner)
    act("package_patch", id=made[0]["id"], private=True)
    act("package_delete", id=made[1]["id"])
    act("dataset_purge", id=made[2]["id"])
    assert public_by_the_triggers() == public_by_the_rule() == {made[3]["id"]}


def test_version_tells_of_a_transaction_that_ends_after_a_later_one(portal):
    one, other = (make(owner_org=factories.Organization()["id"]) for _ in range(2))
    change = sa.text("UPDATE package SET notes = 'x' WHERE id = :id")
    versions = []
    with model.ensure_engine().connect() as slow, model.ensure_engine().connect() as quick:
        slow.execute(change, {"id": one["id"]})
        quick.execute(change, {"id": other["id"]})
        quick.commit()
        with store.snapshot() as connection:
            versions.append(published.version(connection))
        slow.commit()
        with store.snapshot() as connection:
            versions.append(published.version(connection))
    assert versions[0] != versions[1]


def test_only_the_dataset_that_was_changed_is_written_again(portal, monkeypatch):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner) for _ in range(3)]
    written = []
    true_written = rendering.written

    def note(packages, notation):
        written.extend(one["id"] for one in packages)
        return true_written(packages, notation)

    monkeypatch.setattr(rendering, "written", note)

    def read(notation):
        with store.snapshot() as connection:
            page = published.read_page(connection, 1, 10)
            return list(fragments.bodies(connection, page.datasets, notation))

    for notation in ("json", "ttl", "xml", "jsonld"):
        read(notation)
    assert sorted(written) == sorted(4 * [one["id"] for one in made])
    written.clear()
    act("package_patch", id=made[0]["id"], satuan="jiwa")
    for notation in ("json", "ttl", "xml", "jsonld", "json"):
        read(notation)
    assert written == 4 * [made[0]["id"]]


def test_what_was_written_of_a_dataset_goes_with_it(portal):
    made = [make(owner_org=factories.Organization()["id"]) for _ in range(2)]
    upkeep.renew()
    assert written() == {one["id"]: 5 for one in made}
    act("package_patch", id=made[0]["id"], private=True)
    assert written() == {made[1]["id"]: 5}


def written():
    with model.ensure_engine().connect() as connection:
        names = sa.select(fragments.FRAGMENT.c.package_id, sa.func.count().label("notations"))
        return {row.package_id: row.notations for row in connection.execute(names.group_by("package_id"))}


def test_renewal_is_asked_for_once_for_each_state(portal):
    def waiting():
        return sum(job.meta.get("title") == upkeep.TITLE for job in jobs.get_queue().jobs)

    before = waiting()
    for count in (1, 2):
        make(owner_org=factories.Organization()["id"])
        for _time in range(2):
            upkeep.ask_for_renewal()
        assert waiting() == before + count
    for job in jobs.get_queue().jobs:
        if job.meta.get("title") == upkeep.TITLE:
            job.delete()
