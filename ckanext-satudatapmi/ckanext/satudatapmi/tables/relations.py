"""What PostgreSQL itself says of a DataStore table: its columns and indexes. A caller gives the connection."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import identifier
from sqlalchemy.engine import Connection


class Index(NamedTuple):
    """An index: its name, its access method, and the statement that makes it again."""

    name: str
    method: str
    statement: str


def columns_of(connection: Connection, table: str) -> list[tuple[str, str]] | None:
    """Return names and types of a table's columns, CKAN's own ones aside; None if there is no such table."""
    found = connection.execute(
        sa.text(
            "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = :table AND c.relkind = 'r' AND n.nspname = 'public' "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        ),
        {"table": table},
    ).all()
    return [(name, kind) for name, kind in found if not name.startswith("_")] if found else None


def indexes_of(connection: Connection, table: str) -> list[Index]:
    """Return the indexes of a table but that of its row numbers."""
    found = connection.execute(
        sa.text(
            "SELECT c.relname, m.amname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam "
            "WHERE i.indrelid = CAST(:table AS regclass) AND NOT i.indisprimary"
        ),
        {"table": identifier(table)},
    )
    return [Index(*row) for row in found]


def drop_index(connection: Connection, index: Index) -> None:
    """Drop an index, if it is still there."""
    connection.execute(sa.text(f"DROP INDEX IF EXISTS {identifier(index.name)}"))


def make_index(connection: Connection, index: Index) -> None:
    """Make an index again that was dropped."""
    connection.execute(sa.text(index.statement.replace(":", r"\:")))


def drop_key(connection: Connection, table: str) -> None:
    """Let a table go without the key of its row numbers."""
    names = connection.execute(
        sa.text("SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND contype = 'p'"),
        {"table": identifier(table)},
    ).scalars()
    for name in list(names):
        connection.execute(sa.text(f"ALTER TABLE {identifier(table)} DROP CONSTRAINT {identifier(name)}"))


def make_key(connection: Connection, table: str, rows: int) -> None:
    """Make the row numbers of a table its key, and have the next row numbered after the last one.

    Args:
        connection: to the DataStore.
        table: its name.
        rows: how many it has, numbered from 1.
    """
    connection.execute(sa.text(f"ALTER TABLE {identifier(table)} ADD PRIMARY KEY (_id)"))
    if rows:
        sequence = sa.func.pg_get_serial_sequence(identifier(table), "_id")
        connection.execute(sa.select(sa.func.setval(sequence, rows)))
