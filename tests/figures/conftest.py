"""The single data with all that the demo partners publish, in the database of the tests."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import partial

import pytest

TABLES = ("finding", "claim", "observation", "series", "figure_load", "facet", "definition")
RETRIEVED = date(2026, 1, 31)
PLACEMENTS = {"facet": "bp2mi_placement", "satuan": "orang", "unpivot": "tahun"}


@pytest.fixture(scope="module")
def single_data(site, demo):
    """The tables of all demo partners, loaded; what a load returned, by source. Gone after the file's last test."""
    yield load_demo(demo)
    empty()


def load_demo(demo):
    """Load the tables of all demo partners in place of what is there; return what a load returned, by source."""
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import registry

    empty()
    loaded = {}
    for entry in registry.load(placeholders={"demo": "demo:/"}).sources:
        if entry.table and entry.url.startswith("demo:/"):
            loaded[entry.name] = load_file(entry, demo / entry.url.removeprefix("demo:/").lstrip("/"))
    model.Session.commit()
    return loaded


def empty():
    import ckan.model as model
    import sqlalchemy as sa

    for name in TABLES:
        model.Session.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))
    mine = "LIKE 'dataset-%'"
    model.Session.execute(sa.text(f"DELETE FROM resource WHERE package_id {mine} AND id LIKE 'file-%'"))
    model.Session.execute(sa.text(f"DELETE FROM package WHERE id {mine} AND id = name"))
    model.Session.commit()


def load_file(entry, path, retrieved=RETRIEVED):
    from ckanext.satudatapmi.tables.reader import read_table
    from ckanext.satudatapmi.tables.tidy import tidy_table

    content = path.read_bytes()
    tidy = tidy_table(read_table(content, entry.table, path.name), entry.table)
    return load_tidy(entry.name, entry.table, tidy, path.name, content, entry.organization, retrieved)


def make_dataset(connection, package_id, *resource_ids):
    """Have a public dataset of this id with these files: figures of a file that is not there show nowhere."""
    import sqlalchemy as sa

    connection.execute(
        sa.text(
            "INSERT INTO package (id, name, title, state, type, private, metadata_created, metadata_modified) "
            "VALUES (:id, :id, :id, 'active', 'dataset', false, now(), now()) ON CONFLICT DO NOTHING"
        ),
        {"id": package_id},
    )
    for resource_id in resource_ids:
        connection.execute(
            sa.text(
                "INSERT INTO resource (id, package_id, url, state, position, created) "
                "VALUES (:id, :package, '', 'active', 0, now()) ON CONFLICT DO NOTHING"
            ),
            {"id": resource_id, "package": package_id},
        )


def load_tidy(name, description, tidy, file, content, publisher, retrieved=RETRIEVED):
    """Have the single data grow by a tidy table as the harvest does, within the session's transaction."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store.growing import grow
    from ckanext.satudatapmi.figures.store.loads import Source

    sheet = description.sheet and str(description.sheet)
    source = Source(f"dataset-{name}", f"file-{name}", file, sheet, hashlib.sha256(content).hexdigest(), retrieved)
    make_dataset(model.Session.connection(), source.package_id, source.resource_id)
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


@pytest.fixture
def grow(ckan_config):
    """A function that loads rows of a table, and returns the vintages that there are then; all is taken back."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.figures.store import reading
    from ckanext.satudatapmi.figures.store.growing import grow as grow_by
    from ckanext.satudatapmi.figures.store.loads import Source
    from ckanext.satudatapmi.tables.description import parse_description
    from tests.tables import building

    model.Session.rollback()
    connection = model.Session.connection()
    for name in ("finding", "claim", "observation", "series", "figure_load"):
        connection.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))

    def load(text, retrieved="2026-01-31", publisher="bp2mi", place="paket", sha256=None, **settings):
        entry = {name: value for name, value in (PLACEMENTS | settings).items() if value is not None}
        description, tidy = parse_description(entry), building.tidy(text, entry)
        digest = sha256 or hashlib.sha256(text.encode()).hexdigest()
        source = Source(place, f"berkas-{place}", "tabel.csv", None, digest, date.fromisoformat(retrieved))
        make_dataset(connection, place, source.resource_id)
        grown = grow_by(connection, description, tidy, source, publisher)
        selection = reading.Selection(("placement",), {"destination": None})
        rows = reading.vintages(connection, selection)
        return grown, [
            (row["destination"], str(row["vintage"]), row["value"] and int(row["value"]), row["obs_status"])
            for row in rows
        ]

    yield load
    model.Session.rollback()


@pytest.fixture
def review():
    """A function that lets a review hold a dataset back."""
    import ckan.model as model
    import sqlalchemy as sa

    def hold_back(package_id):
        statement = "INSERT INTO satudatapmi_review (package_id, state, published) VALUES (:id, 'draft', false)"
        model.Session.execute(sa.text(statement), {"id": package_id})

    return hold_back


@pytest.fixture
def show():
    """A function that lets a dataset that was held back be seen again."""
    import ckan.model as model
    import sqlalchemy as sa

    def let_go(package_id):
        model.Session.execute(sa.text("DELETE FROM satudatapmi_review WHERE package_id = :id"), {"id": package_id})

    return let_go


def dated(day):
    return {"constants": {"tanggal_terbit": day}}
