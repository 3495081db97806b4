"""Makes the modules beside the tests importable, and a resource in a DataStore without tables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def empty_datastore(portal):
    """A portal without contents, the DataStore included."""
    from ckanext.datastore.backend.postgres import get_write_engine, identifier

    with get_write_engine().begin() as connection:
        names = (
            connection.execute(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        )
        for name in names:
            if not name.startswith("_"):
                connection.execute(sa.text(f"DROP TABLE {identifier(name)} CASCADE"))
        connection.execute(sa.text("DELETE FROM _table_stats"))


@pytest.fixture
def resource(empty_datastore) -> str:
    """The id of a resource, whose table is to be made."""
    from ckan.tests import factories

    organization = factories.Organization()
    dataset = factories.Dataset(owner_org=organization["id"])
    return factories.Resource(package_id=dataset["id"], url="https://data.example.go.id/tabel.csv")["id"]
