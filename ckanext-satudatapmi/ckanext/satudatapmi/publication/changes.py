"""What came, changed and went in the public catalogue, in an order that a reader can follow without missing a change.

A change gets its number before its transaction ends, and transactions end in any order: a reader that stood behind a
number could be passed by a smaller one. So changes stand in the order of their transactions, and are told once no
transaction that began before them still runs. Of each dataset the last change is kept; it stands behind whoever was
told of an earlier one.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.publication.published import PUBLICATION

Kind = Literal["created", "updated", "deleted"]

PACKAGE = model.package_table
MOST = 2**63
DATABASE = sa.text(
    "SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), "
    "pg_relation_filepath('satudatapmi_publication')) FROM pg_control_system()"
)
"""Cluster, timeline and place of the table: one of them is another after a restore, whichever way it was made."""
SNAPSHOT = sa.func.pg_current_snapshot()
LAST = sa.func.coalesce(sa.func.max(PUBLICATION.c.xid), 0)


def _number(transaction: sa.Function[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.cast(transaction, sa.Text), sa.BigInteger)


OLDEST_RUNNING = sa.text(
    "SELECT coalesce(min(running::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint) "
    "FROM pg_snapshot_xip(pg_current_snapshot()) running WHERE NOT EXISTS (SELECT FROM pg_locks held "
    "JOIN pg_stat_activity session ON session.pid = held.pid WHERE held.locktype = 'transactionid' AND held.granted "
    "AND held.transactionid::text::bigint = running::text::bigint % 4294967296 "
    "AND held.mode = 'ExclusiveLock' AND session.datname <> current_database())"
)
"""The oldest transaction that may still write here. Those of other databases of the server hold nothing back."""
FIRST_UNUSED = _number(sa.func.pg_snapshot_xmax(SNAPSHOT))


class OtherDatabase(LookupError):
    """The position is of a database that is not this one any more."""


@dataclass(frozen=True)
class Position:
    """Up to where a reader was told.

    Attributes:
        xid, seq: transaction and number of the last change it was told of.
        known: it knows all datasets that became public in this transaction or an earlier one.
    """

    xid: int = 0
    seq: int = 0
    known: int = -1


BEGINNING = Position()


@dataclass(frozen=True)
class Change:
    """The last change of a dataset.

    Attributes:
        package_id: of the dataset.
        kind: created if the reader may not know the dataset yet, deleted if it is no longer public.
        changed: when.
        name, title: of the dataset; None if it is no longer public.
    """

    package_id: str
    kind: Kind
    changed: datetime
    name: str | None
    title: str | None


@dataclass(frozen=True)
class Changes:
    """Changes in their order, up to where they tell, and whether there are more already."""

    changes: tuple[Change, ...]
    position: Position
    more: bool


def database(connection: sa.Connection) -> str:
    """Return what tells this database from others, and from itself before a restore."""
    return hashlib.sha256(connection.execute(DATABASE).scalar_one().encode()).hexdigest()[:12]


def token(position: Position, of: str) -> str:
    """Return a position in a database as a text for readers, who understand nothing of it."""
    text = f"{position.xid} {position.seq} {position.known} {of}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(text: str, of: str) -> Position:
    """Return the position that a token means.

    Args:
        text: the token.
        of: the database, as `database` tells.

    Raises:
        ValueError: it is no token.
        OtherDatabase: it is one of another database.
    """
    try:
        given = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        *numbers, database_then = given.split(" ")
        xid, seq, known = map(int, numbers)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise ValueError(text) from error
    if not all(-1 <= number < MOST for number in (xid, seq, known)):
        raise ValueError(text)
    if database_then != of:
        raise OtherDatabase(text)
    return Position(xid, seq, known)


def read(connection: sa.Connection, since: Position, limit: int) -> Changes:
    """Return the changes behind a position.

    Args:
        connection: of a snapshot (store.snapshot).
        since: where the reader stands.
        limit: how many changes to return at most.

    Raises:
        OtherDatabase: the reader was told of transactions that are yet to come, so this is a copy of an earlier day.
    """
    last, unused = connection.execute(sa.select(LAST, FIRST_UNUSED)).one()
    running = connection.execute(OLDEST_RUNNING).scalar_one()
    if since.xid >= unused:
        raise OtherDatabase
    behind = sa.tuple_(PUBLICATION.c.xid, PUBLICATION.c.seq) > sa.tuple_(sa.literal(since.xid), sa.literal(since.seq))
    rows = connection.execute(
        sa.select(PUBLICATION, PACKAGE.c.name, PACKAGE.c.title)
        .outerjoin(PACKAGE, sa.and_(PACKAGE.c.id == PUBLICATION.c.package_id, PUBLICATION.c.is_public))
        .where(behind, PUBLICATION.c.xid < running)
        .order_by(PUBLICATION.c.xid, PUBLICATION.c.seq)
        .limit(limit + 1)
    ).all()
    more, rows = len(rows) > limit, rows[:limit]
    xid, seq = (rows[-1].xid, rows[-1].seq) if rows else (since.xid, since.seq)
    # Only who was told of all there is knows every dataset: one that became public earlier may have changed since, and
    # then its change stands further on.
    told_all = not more and last < running
    reached = Position(xid, seq, xid if told_all else since.known)
    return Changes(tuple(_change(row, since) for row in rows), reached, more)


def snapshot(found: Changes) -> str:
    """Return the snapshot (pg_snapshot) in which all that a reader was told has ended, and nothing else.

    Args:
        found: what it was told last.
    """
    # A page may end within a transaction, whose other changes stand on the next one.
    end = max(found.position.xid + (not found.more), 1)
    return f"{end}:{end}:"


def _change(row: sa.Row[Any], since: Position) -> Change:
    kind: Kind = "deleted" if not row.is_public else "created" if row.born_xid > since.known else "updated"
    return Change(row.package_id, kind, row.changed, row.name, row.title)


def is_restored(connection: sa.Connection) -> bool:
    """Tell whether there are changes of transactions that are yet to come: those of a database that was restored here.

    Args:
        connection: of a snapshot.
    """
    last, unused = connection.execute(sa.select(LAST, FIRST_UNUSED)).one()
    return last >= unused


def take_over() -> None:
    """Let the changes that were restored from another database be older than each transaction of this one."""
    numbers = (PUBLICATION.c.first_xid, PUBLICATION.c.born_xid, PUBLICATION.c.xid)
    foreign = sa.func.greatest(*numbers) >= FIRST_UNUSED
    with model.ensure_engine().begin() as connection:
        # Without the lock, a change that is made meanwhile would be taken for one of those.
        connection.execute(sa.text(f"LOCK TABLE {PUBLICATION.name} IN EXCLUSIVE MODE"))
        connection.execute(sa.update(PUBLICATION).where(foreign).values({column.name: 0 for column in numbers}))
