"""The rows of a DataStore table, read piece by piece as they are stored: for files that hold the whole table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine, identifier
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.tables import notes
from ckanext.satudatapmi.tables.exports.printed import Printed, from_plain
from ckanext.satudatapmi.tables.exports.table import Column, Kind
from ckanext.satudatapmi.tables.values import Field

ROWS_AT_ONCE = 5_000
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    "numeric": "number",
    **dict.fromkeys(("float4", "float8"), "float"),
    "date": "date",
    "timestamp": "datetime",
    "bool": "boolean",
}
"""Kinds of columns by the name of their type in PostgreSQL; all others are read as texts."""
NESTED = "nested"
"""The type that CKAN makes for JSON."""
NOT_FINITE = "('NaN', 'Infinity', '-Infinity')"
COLUMNS = sa.text(
    "SELECT a.attname, t.typname, col_description(a.attrelid, a.attnum) FROM pg_attribute a "
    "JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = CAST(:table AS regclass) AND a.attnum > 0 "
    r"AND NOT a.attisdropped AND a.attname NOT LIKE '\_%' ORDER BY a.attnum"
)
"""A table's columns but CKAN's own ones, which alone begin with an underscore."""


@dataclass(frozen=True)
class StoredTable:
    """A table as it is while it is read, whatever is loaded meanwhile.

    Attributes:
        columns: as its data dictionary explains them.
        count: of its rows.
        edition: tells one state of its rows and of its dictionary from another.
        resource_id: of the resource; reads: how SQL reads each column.
    """

    columns: tuple[Column, ...]
    count: int
    edition: str
    connection: Connection
    resource_id: str
    reads: tuple[str, ...]

    def rows(self) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows in their order, some at a time; they stay in the database until then."""
        statement = _text(f"SELECT {', '.join(self.reads)} FROM {identifier(self.resource_id)} ORDER BY _id")
        streamed = self.connection.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
        with streamed.execute(statement) as result:
            yield from result.partitions(ROWS_AT_ONCE)

    def fields(self) -> tuple[Field, ...]:
        """Return the columns as those of a tidy table."""
        types = {"float": "number", "datetime": "text"}
        return tuple(
            Field(one.name, types.get(one.kind, one.kind), one.label or one.name, one.notes, one.codes or None)
            for one in self.columns
        )

    def printed(self) -> Printed:
        """Return what was printed around the table; nothing if it was read from no printed one."""
        return from_plain(notes.note_of(self.connection, self.resource_id, notes.PRINTED), self.fields())

    def measured(self) -> tuple[Column, ...]:
        """Return the columns with the digits that their numbers have."""
        return tuple(
            replace(one, digits=self._digits(read)) if one.kind == "number" else one
            for one, read in zip(self.columns, self.reads, strict=True)
        )

    def _digits(self, read: str) -> tuple[int, int]:
        longest = f"max(abs({read})), max(scale(trim_scale({read})))"
        statement = _text(f"SELECT {longest} FROM {identifier(self.resource_id)}")
        most, decimals = self.connection.execute(statement).one()
        whole = len(str(int(most or Decimal(0))))
        return whole + (decimals or 0), decimals or 0


@contextmanager
def opened(resource_id: str) -> Iterator[StoredTable]:
    """Open the DataStore table of a resource. Who may read it is for the caller to ask.

    Nothing can be loaded into the table before it is closed: read it into a file, not into a slow connection.

    Args:
        resource_id: of the resource, which has a table.

    Raises:
        sqlalchemy.exc.DBAPIError: it has none, or the database is away.
    """
    name = identifier(resource_id)
    with get_read_engine().connect() as fresh:
        connection = fresh.execution_options(isolation_level="REPEATABLE READ")
        # A load that ends after the transaction has seen the database for the first time would leave it no rows to see.
        connection.execute(sa.text(f"LOCK TABLE {name} IN ACCESS SHARE MODE"))
        found = connection.execute(COLUMNS, {"table": name}).tuples().all()
        columns = tuple(_column(*row) for row in found)
        reads = tuple(_read(identifier(column), stored_type) for column, stored_type, _comment in found)
        # xmin is the transaction that wrote a row.
        state = f"SELECT count(*), sum(CAST(CAST(xmin AS text) AS int8)) FROM {name}"
        count, written = connection.execute(sa.text(state)).one()
        told = json.dumps([int(count), str(written), [column.dictionary for column in columns]])
        edition = hashlib.sha256(told.encode()).hexdigest()[:32]
        yield StoredTable(columns, count, edition, connection, resource_id, reads)


def _column(name: str, stored_type: str, comment: str | None) -> Column:
    """Return a column; CKAN keeps what a data dictionary says of it as JSON in its comment."""
    document = json.loads(comment) if comment and comment.lstrip().startswith("{") else {}
    info = document.get("_info") or {}
    label, notes, unit, codes = (str(info.get(key) or "") for key in ("label", "notes", "unit", "codes"))
    return Column(name, KINDS.get(stored_type, "text"), label, notes, unit, codes)


def _read(name: str, stored_type: str) -> str:
    """Return how SQL reads a column: what is no number is missing, what has no kind of its own is text."""
    if stored_type == NESTED:
        return f"CAST(({name}).json AS text)"
    kind = KINDS.get(stored_type, "text")
    if kind in ("number", "float"):
        return f"CASE WHEN {name} NOT IN {NOT_FINITE} THEN {name} END"
    return f"CAST({name} AS text)" if kind == "text" else name


def _text(statement: str) -> sa.TextClause:
    """Return a statement without parameters; the name of a column may hold a colon."""
    return sa.text(statement.replace(":", r"\:"))


def seen_by_caller(reference: str, resource_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the dataset and the resource for those who may see them and the rows of the table, else end with 404."""
    try:
        resource = tk.get_action("resource_show")({}, {"id": resource_id})
        package = tk.get_action("package_show")({}, {"id": reference})
        if resource["package_id"] != package["id"] or not resource.get("datastore_active"):
            raise tk.ObjectNotFound
        tk.get_action("datastore_search")({}, {"resource_id": resource["id"], "limit": 0, "include_total": False})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("The resource has no table"))
    return package, resource
