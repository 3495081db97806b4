"""Subscriptions in the database: an address stands there as long as one of its subscriptions does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.publication.subscriptions.tokens import Wanted, address_key

TABLE = sa.table(
    "satudatapmi_subscription",
    sa.column("id", sa.BigInteger),
    sa.column("address", sa.Text),
    sa.column("address_key", sa.Text),
    sa.column("kind", sa.Text),
    sa.column("target", sa.Text),
    sa.column("language", sa.Text),
    sa.column("weekly", sa.Boolean),
    sa.column("told", sa.DateTime),
)
EARLY = timedelta(hours=12)
"""How much sooner than a day or a week after the last mail the next may come: the tick is not by the minute."""


@dataclass(frozen=True)
class Subscription:
    """A subscription.

    Attributes:
        id: its number.
        address: to which it is mailed.
        kind, target, language: as they were asked for.
        told: until when its reader knows what is new, in UTC.
    """

    id: int
    address: str
    kind: str
    target: str
    language: str
    told: datetime


def keep(connection: Connection, wanted: Wanted, now: datetime) -> None:
    """Keep a subscription; one to the same thing takes over how often and in which language it is mailed.

    Args:
        connection: to the site's database.
        wanted: what was confirmed.
        now: in UTC; what is new is told from here on.
    """
    about = {"language": wanted.language, "weekly": wanted.weekly}
    thing = {"kind": wanted.kind, "target": wanted.target, "address_key": address_key(wanted.address)}
    statement = insert(TABLE).values(address=wanted.address, told=now, **thing, **about)
    connection.execute(statement.on_conflict_do_update(index_elements=list(thing), set_=about))


def end(connection: Connection, which: int | str) -> None:
    """Forget a subscription by its number, or all by the key of their address; with the last one the address goes."""
    connection.execute(sa.delete(TABLE).where(_those(which)))


def things(connection: Connection, which: int | str) -> list[tuple[str, str]]:
    """Return kind and target of a subscription, or of all of an address, as far as they are there."""
    rows = connection.execute(sa.select(TABLE.c.kind, TABLE.c.target).where(_those(which)).order_by(TABLE.c.id))
    return [(row.kind, row.target) for row in rows]


def _those(which: int | str) -> sa.ColumnElement[bool]:
    return TABLE.c.id == which if isinstance(which, int) else TABLE.c.address_key == which


def due(connection: Connection, now: datetime) -> list[list[Subscription]]:
    """Return the subscriptions whose next mail is due, those of one address and language together.

    Args:
        connection: to the site's database.
        now: in UTC.
    """
    since = sa.case((TABLE.c.weekly, now - timedelta(days=7) + EARLY), else_=now - timedelta(days=1) + EARLY)
    statement = (
        sa.select(TABLE).where(TABLE.c.told <= since).order_by(TABLE.c.address_key, TABLE.c.language, TABLE.c.id)
    )
    found: dict[tuple[str, str], list[Subscription]] = {}
    for row in connection.execute(statement):
        one = Subscription(row.id, row.address, row.kind, row.target, row.language, row.told)
        found.setdefault((row.address_key, row.language), []).append(one)
    return list(found.values())


def note_told(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Keep until when the readers of some subscriptions know what is new."""
    connection.execute(sa.update(TABLE).where(TABLE.c.id.in_(ids)).values(told=now))
