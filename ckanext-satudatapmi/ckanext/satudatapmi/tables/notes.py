"""What we note of a DataStore table: JSON in its comment, which no action of CKAN touches.

A note comes and goes with the transaction that writes it and vanishes with the table. CKAN keeps what a data dictionary
says in the comments of columns.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

MARK = "satudatapmi: "
"""What the comment begins with; any other comment is not ours."""
AWAITS, PRINTED, EDITIONS = "awaits", "printed", "editions"
"""The notes: the load whose words are still to come, what was printed around the table, and what loads changed."""


def note_of(connection: Connection, table: str, name: str) -> Any:
    """Return a note of a table, None if there is none."""
    return noted(connection, name, table).get(table)


def noted(connection: Connection, name: str, table: str | None = None) -> dict[str, Any]:
    """Return a note of all tables that have it, or of the one named, by table."""
    found = connection.execute(
        sa.text(
            "SELECT c.relname, d.description FROM pg_description d "
            "JOIN pg_class c ON c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = CAST('pg_class' AS regclass) "
            "WHERE starts_with(d.description, :mark) AND strpos(d.description, :name) > 0 "
            "AND (c.relname = :table OR CAST(:table AS text) IS NULL)"
        ),
        {"mark": MARK, "name": json.dumps(name), "table": table},
    )
    notes = {str(relation): _parsed(comment) for relation, comment in found}
    return {relation: note[name] for relation, note in notes.items() if name in note}


def note(connection: Connection, table: str, name: str, value: Any) -> None:
    """Note something of a table in place of what was noted under that name; None takes it away."""
    notes = {**_parsed(_comment(connection, table)), name: value}
    kept = {key: one for key, one in notes.items() if one is not None}
    text = MARK + json.dumps(kept, ensure_ascii=False) if kept else None
    commented = sa.Table(table, sa.MetaData(), comment=text)
    connection.execute(sa.schema.SetTableComment(commented) if text else sa.schema.DropTableComment(commented))


def _comment(connection: Connection, table: str) -> str:
    statement = (
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relname = :table AND n.nspname = 'public'"
    )
    return connection.execute(sa.text(statement), {"table": table}).scalar() or ""


def _parsed(comment: str) -> dict[str, Any]:
    try:
        found = json.loads(comment.removeprefix(MARK))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
