"""A moment of the catalogue: what changed since is found by transactions, not by clocks or numbers."""

from __future__ import annotations

import dataclasses

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.publication import iso_records
from tests.publication.datasets import act, make

pytestmark = pytest.mark.usefixtures("portal")
RENAME = sa.text("UPDATE package SET title = title || '.' WHERE id = :id")


def test_only_what_changed_since_counts():
    dataset = make()
    moment = iso_records.now()
    assert not iso_records.changed_since(moment)
    act("package_patch", id=dataset["id"], title="Judul baru")
    assert iso_records.changed_since(moment) and not iso_records.changed_since(iso_records.now())


def test_change_that_went_on_at_the_moment_counts_once_it_has_ended():
    first, second = make()["id"], make()["id"]
    with model.ensure_engine().connect() as slow:
        slow.execute(RENAME, {"id": first})
        with model.ensure_engine().begin() as quick:
            quick.execute(RENAME, {"id": second})
        moment = iso_records.now()
        assert not iso_records.changed_since(moment)
        slow.commit()
    assert iso_records.changed_since(moment)


def test_another_database_has_changed_as_a_whole():
    make()
    assert iso_records.changed_since(dataclasses.replace(iso_records.now(), database="lain"))
