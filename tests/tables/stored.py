"""What visitors see of a DataStore table, and what the database has of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine


def search(resource_id: str, **query: Any) -> dict[str, Any]:
    """Search as a visitor does who is not logged in."""
    return tk.get_action("datastore_search")({"user": ""}, {"resource_id": resource_id, **query})


def indexes(resource_id: str) -> set[str]:
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE tablename = :table")
    with get_write_engine().connect() as connection:
        definitions = connection.execute(query, {"table": resource_id}).scalars().all()
    return {definition.split(" USING ")[1] for definition in definitions}
