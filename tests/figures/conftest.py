"""The single data with all that the demo partners publish, in the database of the tests."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import partial

import pytest

TABLES = ("finding", "claim", "observation", "series", "figure_load", "facet", "definition")
RETRIEVED = date(2026, 1, 31)


@pytest.fixture(scope="module")
def single_data(site, demo):
    """The tables of all demo partners, loaded; what a load returned, by source. Gone after the file's last test."""
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import registry

    empty()
    loaded = {}
    for entry in registry.load(placeholders={"demo": "demo:/"}).sources:
        if entry.table and entry.url.startswith("demo:/"):
            loaded[entry.name] = load_file(entry, demo / entry.url.removeprefix("demo:/").lstrip("/"))
    model.Session.commit()
    yield loaded
    empty()


def empty():
    import ckan.model as model
    import sqlalchemy as sa

    for name in TABLES:
        model.Session.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))
    model.Session.execute(sa.text("DELETE FROM package WHERE id LIKE 'dataset-%' AND id = name"))
    model.Session.commit()


def load_file(entry, path, retrieved=RETRIEVED):
    from ckanext.satudatapmi.tables.reader import read_table
    from ckanext.satudatapmi.tables.tidy import tidy_table

    content = path.read_bytes()
    tidy = tidy_table(read_table(content, entry.table, path.name), entry.table)
    return load_tidy(entry.name, entry.table, tidy, path.name, content, entry.organization, retrieved)


def make_dataset(connection, package_id):
    """Have a public dataset of this id: figures of a dataset that is not there show nowhere."""
    import sqlalchemy as sa

    connection.execute(
        sa.text(
            "INSERT INTO package (id, name, title, state, type, private) "
            "VALUES (:id, :id, :id, 'active', 'dataset', false) ON CONFLICT DO NOTHING"
        ),
        {"id": package_id},
    )


def load_tidy(name, description, tidy, file, content, publisher, retrieved=RETRIEVED):
    """Have the single data grow by a tidy table as the harvest does, within the session's transaction."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store.growing import grow
    from ckanext.satudatapmi.figures.store.loading import Source

    sheet = description.sheet and str(description.sheet)
    source = Source(f"dataset-{name}", f"file-{name}", file, sheet, hashlib.sha256(content).hexdigest(), retrieved)
    make_dataset(model.Session.connection(), source.package_id)
    grown = grow(model.Session.connection(), description, tidy, source, publisher)
    assert grown.errors == ()
    return grown


@pytest.fixture
def ask(single_data):
    """A function that asks the single data: parameters as a request gives them, the answer as it is computed."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.answering import answer
    from ckanext.satudatapmi.figures.question import question_of
    from ckanext.satudatapmi.figures.store import reading

    def asked(**parameters):
        return answer(question_of(parameters), partial(reading.latest, model.Session.connection()))

    yield asked
    model.Session.rollback()
