"""The words of a DataStore table, among which `datastore_search` looks for `q`.

To make them takes several times as long as all else of a load, so those of a large table are made when its rows can
already be read. Until then a note of the table names the load whose words are still to come.
"""

from __future__ import annotations

import uuid
from typing import Any, cast

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import create_indexes, identifier
from sqlalchemy.engine import Connection, Engine

from ckanext.satudatapmi.tables import notes
from ckanext.satudatapmi.tables.relations import columns_of, drop_index, indexes_of

ROWS_AT_ONCE = 50_000
ORDERED = "btree"
"""The access method of indexes for filters and sorting; all others of a DataStore table are for words."""


def drop_word_indexes(connection: Connection, table: str) -> None:
    """Drop the indexes of words: rows are written faster without them."""
    for index in indexes_of(connection, table):
        if index.method != ORDERED:
            drop_index(connection, index)


def write_words(connection: Connection, table: str, first: int, last: int) -> None:
    """Write the words of those rows with these numbers that have none, as CKAN's trigger does row by row."""
    columns = [sa.column(name) for name, _type in columns_of(connection, table) or []]
    rows = sa.table(table, sa.column("_id"), sa.column("_full_text"), *columns)
    words = sa.func.to_tsvector(sa.func.concat_ws(" ", *(sa.cast(column, sa.Text) for column in columns)))
    without = sa.and_(rows.c["_id"].between(first, last), rows.c["_full_text"].is_(None))
    connection.execute(sa.update(rows).values(_full_text=words).where(without))


def index_words(connection: Connection, table: str) -> None:
    """Make the indexes of words that CKAN makes of a table, where they are missing."""
    create_indexes(cast(Any, {"connection": connection}), {"resource_id": table})


def await_words(connection: Connection, table: str) -> str:
    """Note that the words of a table are still to come, and return the name of the load that asks for them."""
    load = uuid.uuid4().hex
    notes.note(connection, table, notes.AWAITS, load)
    return load


def has_words(connection: Connection, table: str) -> None:
    """Note that a table has its words."""
    notes.note(connection, table, notes.AWAITS, None)


def awaiting(connection: Connection, table: str | None = None) -> dict[str, str]:
    """Return the tables whose words are still to come, each with the load that asks for them: all, or the one named."""
    return notes.noted(connection, notes.AWAITS, table)


def bring_words(engine: Engine, table: str, load: str) -> bool:
    """Make the words of a load, some rows in each transaction so that nobody waits long.

    Returns:
        False if a newer load has come, or the table is gone: the rest is not this load's any more.
    """
    with engine.begin() as connection:
        if not _is_awaited(connection, table, load, "ACCESS EXCLUSIVE"):
            return False
        drop_word_indexes(connection, table)
        last = connection.execute(sa.text(f"SELECT max(_id) FROM {identifier(table)}")).scalar_one() or 0
    for first in range(1, last + 1, ROWS_AT_ONCE):
        with engine.begin() as connection:
            if not _is_awaited(connection, table, load, "ROW EXCLUSIVE"):
                return False
            write_words(connection, table, first, first + ROWS_AT_ONCE - 1)
    with engine.begin() as connection:
        if not _is_awaited(connection, table, load, "SHARE ROW EXCLUSIVE"):
            return False
        index_words(connection, table)
        has_words(connection, table)
    return True


def _is_awaited(connection: Connection, table: str, load: str, mode: str) -> bool:
    """Lock a table against another load and tell whether the words of this one are still to come."""
    if awaiting(connection, table).get(table) != load:
        return False
    connection.execute(sa.text(f"LOCK TABLE {identifier(table)} IN {mode} MODE"))
    return awaiting(connection, table).get(table) == load
