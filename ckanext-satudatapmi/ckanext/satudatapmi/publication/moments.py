"""A moment of the catalogue that is kept, to ask later what changed since: without reading what did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.satudatapmi.publication import changes, published


@dataclass(frozen=True)
class Moment:
    """What a transaction could see.

    Attributes:
        database: in which (changes.database); another one, or this one restored, has other transactions.
        snapshot: which transactions had ended (pg_snapshot).
    """

    database: str
    snapshot: str


def now(connection: sa.Connection) -> Moment:
    """Return the moment that a transaction sees.

    Args:
        connection: of a snapshot (store.snapshot).
    """
    return Moment(changes.database(connection), published.snapshot(connection))


def is_of(connection: sa.Connection, moment: Moment) -> bool:
    """Tell whether a moment is one of this database."""
    return changes.database(connection) == moment.database


def came_after(xid: sa.ColumnElement[int], moment: Moment) -> sa.ColumnElement[bool]:
    """Return the condition that a transaction had not ended at a moment of this database.

    Args:
        xid: its number; an index on it is used.
        moment: that was kept.
    """
    oldest = int(moment.snapshot.partition(":")[0])
    return sa.and_(xid >= oldest, sa.not_(was_in(xid, moment.snapshot)))


def was_in(xid: Any, snapshot: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a transaction had ended when a snapshot was taken."""
    return sa.func.pg_visible_in_snapshot(
        sa.cast(sa.cast(xid, sa.Text), _Named("xid8")), sa.cast(snapshot, _Named("pg_snapshot"))
    )


class _Named(sa.types.UserDefinedType[str]):
    """A type of PostgreSQL's that SQLAlchemy has no word for."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_values: Any) -> str:
        return self.name
