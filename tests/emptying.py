"""Empties the portal that the tests share, touching only what is not empty: hundreds of tests begin with it."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa
from ckan.lib import search
from ckan.lib.search.common import make_connection
from ckan.tests import helpers


def empty_portal() -> None:
    """Delete every row of the tables CKAN knows, every dataset of the index, and what the site remembers."""
    from ckanext.satudatapmi.portal import memory

    _empty_tables()
    if make_connection().search("*:*", rows=0).hits:
        search.clear_all()
    memory.forget()


def _empty_tables() -> None:
    """Do what CKAN's `reset_db` does to a database whose migrations were applied: rows go, tables stay."""
    helpers.close_all_sessions()
    model.repo.tables_created_and_initialised = True
    model.Session.remove()
    connection = model.Session.connection()
    there = set(sa.inspect(connection).get_table_names())
    tables = [table for table in model.repo.metadata.sorted_tables if table.name in there - {"alembic_version"}]
    filled = sa.select(*(sa.exists(sa.select(sa.literal(1)).select_from(table)).label(table.name) for table in tables))
    is_filled = connection.execute(filled).mappings().one()
    for table in reversed(tables):
        if is_filled[table.name]:
            connection.execute(sa.delete(table))
    # Datasets that went leave tombstones, which no deletion takes away.
    for name in ("publication", "publication_version", "fragment", "delivery"):
        connection.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))
    model.Session.commit()
    model.Session.remove()
