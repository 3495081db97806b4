"""Rows into the DataStore: the one module of this room that knows CKAN.

CKAN makes the table, its permissions and its data dictionary (`datastore_create`). The rows go in by COPY, and old and
new rows change places in one transaction: readers see the one table or the other, and a failure leaves the old one.
The words and statistics of a large table follow in the background (`fulltext`); until then `datastore_search` takes no
`q` there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import ckan.plugins.toolkit as tk
import psycopg2
import pyarrow as pa
import sqlalchemy as sa
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine, identifier
from redis.exceptions import RedisError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ckanext.satudatapmi.schemas import datastore_dictionary, wire
from ckanext.satudatapmi.tables import editions, fulltext, notes
from ckanext.satudatapmi.tables.batches import batches_of, csv_ahead
from ckanext.satudatapmi.tables.declared import read_declared
from ckanext.satudatapmi.tables.exports.printed import NOTHING, Printed, as_plain, printed_around
from ckanext.satudatapmi.tables.relations import columns_of, drop_index, drop_key, indexes_of, make_index, make_key
from ckanext.satudatapmi.tables.values import Field, TidyTable
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

COLUMN_TYPES = {"text": "text", "integer": "int8", "number": "numeric", "date": "date", "boolean": "bool"}
WORDS_AT_ONCE = 20_000
"""The most rows whose words are made together with them; to make those of more takes longer than anybody waits."""
WORDS_SECONDS = 3600
LOCK_TIMEOUT, INDEX_MEMORY = "60s", "256MB"
COPY_BYTES = 1024 * 1024


class LoadError(ValueError):
    """The database refused the rows of a table."""

    def __init__(self, resource_id: str, reason: str) -> None:
        super().__init__(
            _(
                "resource {resource}: the DataStore refused the rows, its table is as it was before: {reason}",
                resource=resource_id,
                reason=" ".join(reason.split()),
            )
        )
        self.resource_id = resource_id


def load_table(resource_id: str, tidy: TidyTable, context: Context | None = None) -> int:
    """Make the DataStore table of a resource hold exactly the rows of a tidy table.

    Args:
        resource_id: the resource whose table it is.
        tidy: the rows, the columns and what the data dictionary says of them.
        context: of the action that asks; without one the site itself does.

    Returns:
        The number of rows.

    Raises:
        ckan.logic.NotAuthorized: if the context's user may not write to the resource.
        ckan.logic.ValidationError: if CKAN refuses the columns.
        LoadError: if the database refuses the rows; the table is then as it was before.
    """
    return _load(resource_id, tidy.fields, batches_of(tidy), context, printed_around(tidy))


def load_csv(resource_id: str, path: Path, fields: Sequence[Field], context: Context | None = None) -> int:
    """Make the DataStore table of a resource hold exactly the rows of a CSV whose columns are declared.

    No more than a piece of the file is in memory at once.

    Args:
        resource_id: the resource whose table it is.
        path: of the CSV, see `declared.read_declared`.
        fields: its columns.
        context: of the action that asks; without one the site itself does.

    Returns:
        The number of rows.

    Raises:
        TableError: if the file does not hold what is declared; the table is then as it was before.
        ckan.logic.NotAuthorized, ckan.logic.ValidationError, LoadError: as `load_table`.
    """
    return _load(resource_id, fields, read_declared(path, fields, path.name), context)


def bring_words(resource_id: str, load: str) -> None:
    """Make the words of a load; nothing if a newer one has come, whose words another job makes."""
    started = time.monotonic()
    brought = fulltext.bring_words(get_write_engine(), resource_id, load)
    if brought:
        _take_statistics(resource_id)
    log.info("words of a table: resource=%s brought=%s seconds=%.1f", resource_id, brought, time.monotonic() - started)


def ask_for_words() -> None:
    """Ask once more for the words of every table that still lacks them: a job may have been lost."""
    with get_write_engine().connect() as connection:
        awaiting = fulltext.awaiting(connection)
    for resource_id, load in awaiting.items():
        _ask_for_words(resource_id, load)


def awaits_words(name: str) -> bool:
    """Tell whether the words of a table are still to come.

    Args:
        name: the id of its resource, or an alias.
    """
    with get_write_engine().connect() as connection:
        return bool(fulltext.awaiting(connection, resource_of(name)))


def resource_of(name: str) -> str:
    """Return the id of the resource whose table goes by a name: an id, or an alias of one."""
    _there, resource_id = DatastoreBackend.get_active_backend().resource_id_from_alias(name)
    return resource_id or name


def _ask_for_words(resource_id: str, load: str) -> None:
    title, timeout = f"Words of table {resource_id}", {"timeout": WORDS_SECONDS}
    try:
        tk.enqueue_job(bring_words, [resource_id, load], title=title, rq_kwargs=timeout)
    except RedisError as error:
        # The rows are there; the words are asked for once more within a day.
        log.warning("words of a table not asked for: resource=%s reason=%s", resource_id, error)


def _load(
    resource_id: str,
    fields: Sequence[Field],
    batches: Iterable[pa.RecordBatch],
    context: Context | None,
    printed: Printed = NOTHING,
) -> int:
    context = context or _site_context()
    tk.check_access("datastore_create", tk.fresh_context(context), {"resource_id": resource_id})
    with get_write_engine().connect() as connection:
        there = columns_of(connection, resource_id)
    if there is None:
        _describe(resource_id, fields, context, with_indexes=True)
    try:
        with get_write_engine().begin() as connection:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            former = editions.former_of(connection, resource_id, _wanted_columns(fields))
            rows, load = _replace_rows(connection, resource_id, fields, batches)
            editions.note(connection, resource_id, former, rows)
            # The printed form of the table is made of both (tables/exports/wide.py).
            notes.note(connection, resource_id, notes.PRINTED, as_plain(printed))
    except Exception as error:
        if there is None:
            tk.get_action("datastore_delete")(tk.fresh_context(context), {"resource_id": resource_id, "force": True})
        if isinstance(error, (psycopg2.Error, DBAPIError, pa.ArrowException)):
            raise LoadError(resource_id, str(getattr(error, "orig", error)).strip()) from error
        raise
    if there is not None:
        _describe(resource_id, fields, context, with_indexes=there != _wanted_columns(fields))
    _count_rows(resource_id)
    if load:
        # Until its statistics come with its words, PostgreSQL knows from its indexes how many rows the table has.
        _ask_for_words(resource_id, load)
    else:
        _take_statistics(resource_id)
    log.info("datastore table loaded: resource=%s rows=%d columns=%d", resource_id, rows, len(fields))
    return rows


def _site_context() -> Context:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"ignore_auth": True, "user": user["name"]}


def _describe(resource_id: str, fields: Sequence[Field], context: Context, *, with_indexes: bool) -> None:
    """Have CKAN make the table if it is not there, and write its data dictionary."""
    own = _own_dictionary(resource_id, context)
    request: dict[str, Any] = {
        "resource_id": resource_id,
        "force": True,
        "fields": [
            {"id": one.name, "type": COLUMN_TYPES[one.type], "info": _info(one) | own.get(one.name, {})}
            for one in fields
        ],
    }
    if with_indexes:
        request["indexes"] = [one.name for one in fields if one.indexed]
    tk.get_action("datastore_create")(tk.fresh_context(context), request)


def _own_dictionary(resource_id: str, context: Context) -> dict[str, dict[str, Any]]:
    """Return what the MS-Var of a resource says of its columns, by their name; it goes before what a loader knows."""
    try:
        resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    except tk.ObjectNotFound:
        return {}
    documents = wire.decode_json(resource.get("ms_var") or "[]")
    return {entry["id"]: entry["info"] for entry in datastore_dictionary.entries(documents)}


def _info(field: Field) -> dict[str, str]:
    """Return what the data dictionary says of a column; `codes` names the code list under /kode."""
    return {"label": field.label, "notes": field.notes} | ({"codes": field.codes} if field.codes else {})


def _replace_rows(
    connection: Connection, resource_id: str, fields: Sequence[Field], batches: Iterable[pa.RecordBatch]
) -> tuple[int, str]:
    """Put new rows in place of the old ones; return how many, and the load whose words follow ("" if they are there).

    Readers wait from here to the end of the transaction.
    """
    table = identifier(resource_id)
    connection.execute(sa.text(f"TRUNCATE {table} RESTART IDENTITY"))
    if columns_of(connection, resource_id) != _wanted_columns(fields):
        _change_columns(connection, resource_id, fields)
    # Indexes are built faster over rows that are there than row by row, and so are words.
    fulltext.drop_word_indexes(connection, resource_id)
    indexes = indexes_of(connection, resource_id)
    for index in indexes:
        drop_index(connection, index)
    drop_key(connection, resource_id)
    connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER zfulltext"))
    rows = _copy(connection, table, fields, batches)
    connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER zfulltext"))
    connection.execute(sa.text(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'"))
    make_key(connection, resource_id, rows)
    load = _words_of(connection, resource_id, rows)
    for index in indexes:
        make_index(connection, index)
    return rows, load


def _copy(connection: Connection, table: str, fields: Sequence[Field], batches: Iterable[pa.RecordBatch]) -> int:
    columns = ", ".join(identifier(name) for name in ("_id", *(one.name for one in fields)))
    rows = 0
    with closing(cast(Any, connection.connection.cursor())) as cursor:
        for piece, count in csv_ahead(batches):
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, FREEZE)", piece, COPY_BYTES)
            rows += count
    return rows


def _words_of(connection: Connection, resource_id: str, rows: int) -> str:
    """Make the words of a table, or note that they follow and return the name of the load."""
    if rows > WORDS_AT_ONCE:
        return fulltext.await_words(connection, resource_id)
    fulltext.write_words(connection, resource_id, 1, rows)
    fulltext.index_words(connection, resource_id)
    fulltext.has_words(connection, resource_id)
    return ""


def _change_columns(connection: Connection, resource_id: str, fields: Sequence[Field]) -> None:
    """Give an empty table other columns, in the order of the fields."""
    old = [name for name, _type in columns_of(connection, resource_id) or []]
    changes = [f"DROP COLUMN {identifier(name)}" for name in old]
    changes += [f"ADD COLUMN {identifier(one.name)} {COLUMN_TYPES[one.type]}" for one in fields]
    connection.execute(sa.text(f"ALTER TABLE {identifier(resource_id)} {', '.join(changes)}".replace(":", r"\:")))


def _wanted_columns(fields: Sequence[Field]) -> list[tuple[str, str]]:
    return [(one.name, COLUMN_TYPES[one.type]) for one in fields]


def _count_rows(resource_id: str) -> None:
    """Refresh the row count that CKAN keeps beside a table."""
    with get_write_engine().begin() as connection:
        connection.execute(sa.text("SELECT update_cached_table_row_count(:table)"), {"table": resource_id})


def _take_statistics(resource_id: str) -> None:
    """Refresh the statistics by which PostgreSQL plans questions to a table."""
    with get_write_engine().begin() as connection:
        # A table may have gone since its words were brought.
        there = "EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = :table)"
        connection.execute(sa.text(f"SELECT update_table_stats(:table) WHERE {there}"), {"table": resource_id})
