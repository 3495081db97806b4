"""A tidy table into the DataStore: the one module of this room that knows CKAN.

CKAN makes the table, its permissions and its data dictionary (`datastore_create`). The rows go in by COPY, and old and
new rows change places in one transaction: readers see the one table or the other, and a failure leaves the old one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from io import StringIO
from typing import Any, cast

import ckan.plugins.toolkit as tk
import pandas as pd
import psycopg2
import sqlalchemy as sa
from ckan.types import Context
from ckanext.datastore.backend.postgres import get_write_engine, identifier
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ckanext.satudatapmi.schemas import datastore_dictionary, wire
from ckanext.satudatapmi.tables.values import Field, TidyTable
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

COLUMN_TYPES = {"text": "text", "integer": "int8", "number": "numeric", "date": "date", "boolean": "bool"}
STAGING = "satudata_staging"
ROWS_AT_ONCE = 50_000
LOCK_TIMEOUT = "60s"


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
    context = context or _site_context()
    tk.check_access("datastore_create", tk.fresh_context(context), {"resource_id": resource_id})
    there = _columns_in_place(resource_id)
    if there is None:
        _describe(resource_id, tidy.fields, context, with_indexes=True)
    try:
        with get_write_engine().begin() as connection:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            _replace_rows(connection, resource_id, tidy)
    except Exception as error:
        if there is None:
            tk.get_action("datastore_delete")(tk.fresh_context(context), {"resource_id": resource_id, "force": True})
        if isinstance(error, (psycopg2.Error, DBAPIError)):
            raise LoadError(resource_id, str(getattr(error, "orig", error)).strip()) from error
        raise
    if there is not None:
        _describe(resource_id, tidy.fields, context, with_indexes=there != _wanted_columns(tidy.fields))
    _count_rows(resource_id)
    log.info("datastore table loaded: resource=%s rows=%d columns=%d", resource_id, len(tidy.frame), len(tidy.fields))
    return len(tidy.frame)


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


def _replace_rows(connection: Connection, resource_id: str, tidy: TidyTable) -> None:
    _stage(connection, tidy)
    table = identifier(resource_id)
    connection.execute(sa.text(f"TRUNCATE {table} RESTART IDENTITY"))
    if _columns_in_place(resource_id, connection) != _wanted_columns(tidy.fields):
        _change_columns(connection, resource_id, tidy.fields)
    # Indexes are built faster over rows that are there than row by row.
    indexes = _drop_indexes(connection, resource_id)
    columns = ", ".join(identifier(one.name) for one in tidy.fields)
    # CKAN's trigger makes the text to search in row by row unless it is there already; here all rows get it at once.
    words = ", ".join(f"{identifier(one.name)}::text" for one in tidy.fields if not one.name.startswith("_"))
    connection.execute(
        sa.text(
            f"INSERT INTO {table} ({columns}, _full_text) "
            f"SELECT {columns}, to_tsvector(concat_ws(' ', {words})) FROM {STAGING} ORDER BY _row".replace(":", r"\:")
        )
    )
    for statement in indexes:
        connection.execute(sa.text(statement.replace(":", r"\:")))
    connection.execute(sa.text("SELECT update_cached_table_row_count(:table)"), {"table": resource_id})


def _stage(connection: Connection, tidy: TidyTable) -> None:
    """Copy the rows into a table that only this transaction sees. The old table stays readable meanwhile."""
    columns = ", ".join(f"{identifier(one.name)} {COLUMN_TYPES[one.type]}" for one in tidy.fields)
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE {STAGING} (_row int8, {columns}) ON COMMIT DROP"))
    with closing(cast(Any, connection.connection.cursor())) as cursor:
        for start in range(0, len(tidy.frame), ROWS_AT_ONCE):
            rows = tidy.frame.iloc[start : start + ROWS_AT_ONCE]
            cursor.copy_expert(f"COPY {STAGING} FROM STDIN WITH (FORMAT csv)", _as_csv(rows, start))


def _as_csv(rows: pd.DataFrame, start: int) -> StringIO:
    """Return rows as COPY reads them: numbered, nothing for what is missing."""
    buffer = StringIO()
    numbered = rows.set_axis(range(start, start + len(rows)), axis=0)
    numbered.to_csv(buffer, header=False, index=True, na_rep="", lineterminator="\n")
    buffer.seek(0)
    return buffer


def _change_columns(connection: Connection, resource_id: str, fields: Sequence[Field]) -> None:
    """Give an empty table other columns, in the order of the fields."""
    old = [name for name, _type in _columns_in_place(resource_id, connection) or []]
    changes = [f"DROP COLUMN {identifier(name)}" for name in old]
    changes += [f"ADD COLUMN {identifier(one.name)} {COLUMN_TYPES[one.type]}" for one in fields]
    connection.execute(sa.text(f"ALTER TABLE {identifier(resource_id)} {', '.join(changes)}"))


def _drop_indexes(connection: Connection, resource_id: str) -> list[str]:
    """Drop the table's indexes but that of its key, and return the statements that make them again."""
    found = connection.execute(
        sa.text(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = CAST(:table AS regclass) AND NOT i.indisprimary"
        ),
        {"table": identifier(resource_id)},
    ).all()
    for name, _definition in found:
        connection.execute(sa.text(f"DROP INDEX {identifier(name)}"))
    return [definition for _name, definition in found]


def _wanted_columns(fields: Sequence[Field]) -> list[tuple[str, str]]:
    return [(one.name, COLUMN_TYPES[one.type]) for one in fields]


def _columns_in_place(resource_id: str, connection: Connection | None = None) -> list[tuple[str, str]] | None:
    """Return names and types of the columns that a resource's table has, CKAN's own ones aside; None for no table."""
    if connection is None:
        with get_write_engine().connect() as own:
            return _columns_in_place(resource_id, own)
    found = connection.execute(
        sa.text(
            "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = :table AND c.relkind = 'r' AND n.nspname = 'public' "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        ),
        {"table": resource_id},
    ).all()
    return [(name, kind) for name, kind in found if not name.startswith("_")] if found else None


def _count_rows(resource_id: str) -> None:
    """Refresh the row count that CKAN keeps beside a table, and the planner's statistics."""
    with get_write_engine().begin() as connection:
        connection.execute(sa.text("SELECT update_cached_table_row_count(:table)"), {"table": resource_id})
        connection.execute(sa.text("SELECT update_table_stats(:table)"), {"table": resource_id})
