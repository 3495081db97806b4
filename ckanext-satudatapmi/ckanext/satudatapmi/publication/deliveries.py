"""What left the portal: which consumer fetched which part of which feed, when, and what has changed since.

A row for each consumer, feed and part holds the last fetch. A part is a page of a feed, or, where a feed answers
questions, a single dataset. With it stands the snapshot of the database out of which the answer came (PostgreSQL's
pg_snapshot): whether a change was in it is no question of clocks, but of transactions. No address of a network and no
name of a person is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudatapmi.publication import moments
from ckanext.satudatapmi.publication.published import PLACES, PUBLICATION, VERSION

DELIVERY = sa.table(
    "satudatapmi_delivery",
    *(sa.column(name) for name in ("consumer", "feed", "part", "first_place", "end_place", "organization_id")),
    *(sa.column(name) for name in ("snapshot", "happened", "status", "times")),
)
"""The last fetch.

    consumer, feed, part      who, of which feed, which page of which selection, or the id of a single dataset
    first_place, end_place    of the datasets that the part holds (published.py); a single dataset has one place
    organization_id           whose datasets alone were asked for, or null
    snapshot                  of the database, as text
    happened, status          when, and 200 or 304: the consumer had it already
    times                     how often so far
"""
KEY = ("consumer", "feed", "part")
PACKAGE = model.package_table
PRODUCT = re.compile(r"^[\w.+-]{1,60}", re.ASCII)
BROWSER, UNKNOWN = "browser", "unknown"
NATIONAL = "/feed/bappenas/data.json"
"""The feed that holds more than what is public."""


@dataclass(frozen=True)
class Part:
    """The part of a feed that an answer holds.

    Attributes:
        feed: its address.
        name: of the part, the same each time.
        places: the first place of its datasets, and the first behind them.
        organization_id: whose datasets alone are in it.
    """

    feed: str
    name: str
    places: tuple[int, int] = (0, PLACES)
    organization_id: str | None = None


def consumer_name(agent: str) -> str:
    """Return by what name a consumer is known: one of the settings, else the product that its user agent names.

    >>> consumer_name("python-requests/2.31.0")
    'python-requests'
    """
    known: Mapping[str, str] = dict(
        line.split("=", 1) for line in tk.config["ckanext.satudatapmi.consumers"] if "=" in line
    )
    for name, pattern in known.items():
        if pattern.strip().lower() in agent.lower():
            return name.strip()
    if agent.startswith("Mozilla/"):
        return BROWSER
    found = PRODUCT.match(agent)
    return found.group() if found else UNKNOWN


def is_delivered(response: Response) -> bool:
    """Tell whether the answer to this request brings what was asked for (a file or a part of it), or says that the
    client's copy is current."""
    return request.method != "HEAD" and response.status_code in (200, 206, 304)


def keep(part: Part, snapshot: str, status: int, consumer: str | None = None) -> None:
    """Keep that a part was fetched by the consumer of this request.

    Args:
        part: of a feed.
        snapshot: out of which it came.
        status: of the answer.
        consumer: its name; without one the request tells it.
    """
    _keep([part], snapshot, status, consumer)


def keep_datasets(feed: str, ids: Iterable[str], snapshot: str, status: int) -> None:
    """Keep that datasets were fetched one by one, by the consumer of this request.

    Args:
        feed: its address.
        ids: of the datasets in the answer.
        snapshot: out of which it came, or an earlier one.
        status: of the answer.
    """
    # In one order: two requests of a consumer at once would wait for each other's rows.
    parts = [Part(feed, one, (_place(one), _place(one) + 1)) for one in sorted(set(ids))]
    if parts:
        _keep(parts, snapshot, status)


def _keep(parts: Sequence[Part], snapshot: str, status: int, consumer: str | None = None) -> None:
    fetch = {
        "consumer": consumer or consumer_name(request.user_agent.string),
        "snapshot": snapshot,
        "happened": datetime.now(UTC),
        "status": status,
        "times": 1,
    }
    rows = [fetch | _columns(part) for part in parts]
    statement = insert(DELIVERY).values(rows)
    replaced: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name not in (*KEY, "times")}
    replaced["times"] = DELIVERY.c.times + 1
    with model.ensure_engine().begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=KEY, set_=replaced))


def _columns(part: Part) -> dict[str, Any]:
    first, end = part.places
    return {
        "feed": part.feed,
        "part": part.name,
        "first_place": first,
        "end_place": end,
        "organization_id": part.organization_id,
    }


def _place(package_id: str) -> int:
    """Return where a dataset stands among the pages (published.py)."""
    return int(hashlib.md5(package_id.encode(), usedforsecurity=False).hexdigest()[:8], 16)


def of_dataset(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who fetched a dataset last, a row for each consumer and feed, the latest first.

    Args:
        package: its `id`, `owner_org` and `metadata_modified`, as package_show gives them.

    Returns:
        `consumer`, `feed`, `happened`, `status`, `times`; `got`, when what the consumer got was changed last (None: the
        dataset was not in the feed then); and `behind`, whether that is no longer what the feed says.
    """
    last = (
        sa.select(DELIVERY)
        .distinct(DELIVERY.c.consumer, DELIVERY.c.feed)
        .where(
            _holds(DELIVERY, sa.literal(package["id"]), sa.literal(_place(package["id"]))),
            sa.or_(DELIVERY.c.organization_id.is_(None), DELIVERY.c.organization_id == package["owner_org"]),
        )
        .order_by(DELIVERY.c.consumer, DELIVERY.c.feed, DELIVERY.c.happened.desc())
        .subquery("last")
    )
    seen = (
        sa.select(VERSION.c.changed, VERSION.c.is_public, VERSION.c.seq)
        .where(VERSION.c.package_id == package["id"], moments.was_in(VERSION.c.xid, last.c.snapshot))
        .order_by(VERSION.c.seq.desc())
        .limit(1)
        .lateral("seen")
    )
    now = sa.select(PUBLICATION.c.seq).where(PUBLICATION.c.package_id == package["id"]).scalar_subquery()
    statement = (
        sa.select(last, seen.c.changed, seen.c.is_public, seen.c.seq, now.label("now"))
        .join_from(last, seen, sa.true(), isouter=True)
        .order_by(last.c.happened.desc())
    )
    with model.ensure_engine().connect() as connection:
        return [_told(dict(row), package) for row in connection.execute(statement).mappings()]


def consumers() -> list[dict[str, Any]]:
    """Return for each consumer and feed what it fetched last and how many datasets it is behind, the latest first.

    Each mapping has `consumer`, `feed`, `happened` (the last fetch), `datasets` (that are public in the parts which it
    fetched) and `behind`: those that were changed, came or went since.
    """
    part = (
        sa.select(DELIVERY, PUBLICATION.c.package_id, PUBLICATION.c.xid, PUBLICATION.c.is_public)
        .distinct(DELIVERY.c.consumer, DELIVERY.c.feed, PUBLICATION.c.package_id)
        .join_from(DELIVERY, PUBLICATION, _holds(DELIVERY, PUBLICATION.c.package_id, PUBLICATION.c.place))
        .join(PACKAGE, PACKAGE.c.id == PUBLICATION.c.package_id, isouter=True)
        .where(sa.or_(DELIVERY.c.organization_id.is_(None), DELIVERY.c.organization_id == PACKAGE.c.owner_org))
        .order_by(DELIVERY.c.consumer, DELIVERY.c.feed, PUBLICATION.c.package_id, DELIVERY.c.happened.desc())
    )
    each = part.subquery("each")
    statement = (
        sa.select(
            each.c.consumer,
            each.c.feed,
            sa.func.max(each.c.happened).label("happened"),
            sa.func.count().filter(each.c.is_public).label("datasets"),
            sa.func.count().filter(sa.not_(moments.was_in(each.c.xid, each.c.snapshot))).label("behind"),
        )
        .group_by(each.c.consumer, each.c.feed)
        .order_by(sa.desc("happened"))
    )
    with model.ensure_engine().connect() as connection:
        rows = connection.execute(statement).mappings().all()
    return [dict(row) | {"happened": row["happened"].isoformat()} for row in rows]


def _holds(part: Any, package_id: Any, place: Any) -> Any:
    """Return the condition that a dataset with a place is in a part."""
    # Two datasets may have one place; a part of one place is named after the one that it holds.
    is_meant = sa.or_(part.c.end_place - part.c.first_place > 1, part.c.part == package_id)
    return sa.and_(part.c.first_place <= place, part.c.end_place > place, is_meant)


def _told(row: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("consumer", "feed", "status", "times")}
    shown["happened"] = row["happened"].isoformat()
    if row["feed"] == NATIONAL and not row["is_public"]:
        # What is not for everybody has no number of its changes: the clock has to tell.
        changed = datetime.fromisoformat(package["metadata_modified"]).replace(tzinfo=UTC)
        got = changed if changed <= row["happened"] else None
        return shown | {"got": got and got.isoformat(), "behind": got is None}
    got = row["changed"].isoformat() if row["is_public"] else None
    return shown | {"got": got, "behind": row["seq"] != row["now"]}
