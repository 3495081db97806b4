"""How long deliveries and former versions are kept: nobody is told another thing after the upkeep than before."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib import jobs
from ckan.tests import factories

from ckanext.satudatapmi import daily
from ckanext.satudatapmi.publication import retention
from ckanext.satudatapmi.publication.deliveries import DELIVERY
from ckanext.satudatapmi.publication.published import VERSION
from ckanext.satudatapmi.publication.retention import Forgotten
from tests.publication.datasets import act, make

pytestmark = pytest.mark.usefixtures("portal")
KEEP_DAYS = 400


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def dataset():
    return make(owner_org=factories.Organization()["id"])


def edit(dataset, *units):
    for unit in units:
        act("package_patch", id=dataset["id"], satuan=unit)


def fetch(client, consumer, address="/data.json"):
    answer = client.get(address, headers={"User-Agent": f"{consumer}/1"})
    assert answer.status_code == 200 and answer.data


def told(dataset):
    """What is said of who got what; without how often, which is of the rows."""
    rows = act("satudata_delivery_list", id=dataset["id"])
    return {(row["consumer"], row["feed"]): (row["got"], row["behind"], row["happened"]) for row in rows}


def age(table, column, days):
    """Have all rows of a table be older by so many days."""
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.update(table).values({column: table.c[column] - timedelta(days=days)}))


def versions(dataset):
    with model.ensure_engine().connect() as connection:
        found = connection.scalars(
            sa.select(VERSION.c.seq).where(VERSION.c.package_id == dataset["id"]).order_by(VERSION.c.seq)
        )
        return list(found)


def parts():
    with model.ensure_engine().connect() as connection:
        return set(connection.execute(sa.select(DELIVERY.c.consumer, DELIVERY.c.part)).all())


def test_versions_that_no_consumer_has_go_and_the_last_stays(client, dataset):
    edit(dataset, "a", "b")
    fetch(client, "one")
    edit(dataset, "c", "d")
    fetch(client, "two")
    edit(dataset, "e", "f")
    age(VERSION, "changed", retention.VERSION_DAYS + 1)
    before, had = told(dataset), versions(dataset)
    assert len(had) == 7
    retention.forget_old(KEEP_DAYS)
    # What each consumer has, what came next after its fetch, and what is now.
    assert set(versions(dataset)) >= {had[2], had[4], had[6]}
    assert len(versions(dataset)) < len(had) and had[0] not in versions(dataset)
    assert told(dataset) == before
    assert all(behind for _got, behind, _happened in before.values())


def test_nothing_that_is_young_goes(client, dataset):
    edit(dataset, "a", "b")
    assert retention.forget_old(KEEP_DAYS) == Forgotten(0, 0)
    assert len(versions(dataset)) == 3


def test_versions_of_what_nobody_fetches_go_but_for_the_last(client, dataset):
    edit(dataset, "a", "b", "c")
    age(VERSION, "changed", retention.VERSION_DAYS + 1)
    last = versions(dataset)[-1]
    assert retention.forget_old(KEEP_DAYS).versions == 3
    assert versions(dataset) == [last]
    act("package_delete", id=dataset["id"])
    age(VERSION, "changed", retention.VERSION_DAYS + 1)
    retention.forget_old(KEEP_DAYS)
    fetch(client, "late", "/api/pmi/changes")
    assert len(versions(dataset)) == 1


def test_version_in_the_hands_of_a_transaction_that_ran_beside_stays(client, dataset):
    """The snapshot of a fetch leaves out what another transaction was about to say."""
    edit(dataset, "a")
    with model.ensure_engine().connect() as slow:
        slow.execute(sa.text("UPDATE package SET notes = 'lambat' WHERE id = :id").bindparams(id=dataset["id"]))
        fetch(client, "one")
        slow.commit()
    edit(dataset, "b", "c")
    age(VERSION, "changed", retention.VERSION_DAYS + 1)
    before = told(dataset)
    retention.forget_old(KEEP_DAYS)
    assert told(dataset) == before
    assert next(iter(before.values()))[:2] == (next(iter(told(dataset).values()))[0], True)


def test_consumer_that_does_not_come_again_is_forgotten(client, dataset):
    fetch(client, "gone")
    age(DELIVERY, "happened", KEEP_DAYS + 1)
    fetch(client, "here")
    assert retention.forget_old(KEEP_DAYS).deliveries == 1
    assert set(told(dataset)) == {("here", "/data.json")}


def test_part_that_a_later_fetch_covers_goes_and_nothing_else(client, dataset):
    owner = act("organization_show", id=dataset["owner_org"])["name"]
    fetch(client, "one", f"/data.json?per_page=9&organization={owner}")
    fetch(client, "one", "/data.json?per_page=9&modified_since=2020-01-01")
    fetch(client, "other", f"/data.json?per_page=9&organization={owner}")
    fetch(client, "one", f"/ogc/collections/pmi/items/{dataset['id']}")
    fetch(client, "one", "/catalog.ttl")
    fetch(client, "one", "/data.json?page=all")
    fetch(client, "one", "/data.json?page=1&per_page=7")
    before = told(dataset)
    assert retention.forget_old(KEEP_DAYS).deliveries == 3
    assert parts() == {
        ("one", "1/1 per_page=7"),
        ("other", f"1/1 per_page=9 organization={owner}"),
        ("one", dataset["id"]),
        ("one", "1/1"),
    }
    assert told(dataset) == before


def test_wider_fetch_is_not_covered_by_a_narrower_one(client, dataset):
    owner = act("organization_show", id=dataset["owner_org"])["name"]
    fetch(client, "one")
    fetch(client, "one", f"/data.json?organization={owner}")
    assert retention.forget_old(KEEP_DAYS).deliveries == 0


def test_it_is_the_day_s_work(monkeypatch, ckan_config, client, dataset):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.deliveries.keep_days", 10)
    fetch(client, "gone")
    age(DELIVERY, "happened", 11)
    waiting = {job.id for job in jobs.get_queue().jobs}
    model.delete_system_info(daily.ASKED)
    daily.ask_for_measurement()
    asked = [job for job in jobs.get_queue().jobs if job.id not in waiting]
    assert [job.func for job in asked if job.meta["title"] == "Old deliveries"] == [daily.forget_old_deliveries]
    assert daily.forget_old_deliveries() == Forgotten(1, 0)
    for job in asked:
        job.delete()
