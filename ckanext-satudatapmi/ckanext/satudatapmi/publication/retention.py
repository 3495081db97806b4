"""How long is kept what left the portal, and what datasets were before: each day, what nobody needs any more goes.

Which datasets are public, and the tombstones of those that went, are kept for ever: the change feed and the pages of
the catalogue stand on them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.publication.deliveries import DELIVERY
from ckanext.satudatapmi.publication.published import VERSION

log = logging.getLogger(__name__)

VERSION_DAYS = 30
"""How old a former version is at least when it goes: what is sent now is kept when the last byte of it is sent."""
LONGEST = 36_500
"""Days that a calendar can be turned back."""


@dataclass(frozen=True)
class Forgotten:
    """How many deliveries and former versions went."""

    deliveries: int
    versions: int


def forget_old(keep_days: int) -> Forgotten:
    """Delete what is not needed any more of deliveries and former versions.

    A delivery goes when its consumer has not come for its part again in so many days, or has fetched another part of
    the same feed since in which all of it is. A former version goes once it is `VERSION_DAYS` old, unless it may be
    what a consumer got in a delivery that is kept. The last version of a dataset stays.

    Args:
        keep_days: of deliveries.
    """
    now = datetime.now(UTC)
    with model.ensure_engine().begin() as connection:
        deliveries = [
            connection.execute(sa.delete(DELIVERY).where(_is_covered())).rowcount,
            connection.execute(
                sa.delete(DELIVERY).where(DELIVERY.c.happened < now - timedelta(days=min(keep_days, LONGEST)))
            ).rowcount,
        ]
        versions = connection.execute(DELETE_VERSIONS, {"before": now - timedelta(days=VERSION_DAYS)}).rowcount
    forgotten = Forgotten(sum(deliveries), versions)
    log.info("publication: deliveries forgotten=%d versions forgotten=%d", forgotten.deliveries, forgotten.versions)
    return forgotten


def _is_covered() -> sa.ColumnElement[bool]:
    """Return the condition that all of a part was fetched again later, as of another part."""
    old, later = DELIVERY.c, DELIVERY.alias("later").c
    has_all: list[Any] = [
        later.consumer == old.consumer,
        later.feed == old.feed,
        later.happened > old.happened,
        later.first_place <= old.first_place,
        later.end_place >= old.end_place,
        sa.or_(later.organization_id.is_(None), later.organization_id == old.organization_id),
    ]
    # Single datasets are parts of feeds that have no others.
    return sa.and_(old.end_place - old.first_place > 1, sa.exists().where(*has_all))


DELETE_VERSIONS = sa.text(f"""
WITH taken AS (
    SELECT pg_snapshot_xmin(snapshot::pg_snapshot)::text::bigint AS first,
        pg_snapshot_xmax(snapshot::pg_snapshot)::text::bigint AS last
    FROM (SELECT DISTINCT snapshot FROM {DELIVERY.name}) kept
),
seen AS (SELECT coalesce(range_agg(int8range(first, last, '[]')), '{{}}') AS moments FROM taken),
each AS (
    SELECT package_id, xid, changed, lead(xid) OVER (PARTITION BY package_id ORDER BY seq) AS following
    FROM {VERSION.name}
)
DELETE FROM {VERSION.name} former USING each, seen
WHERE former.package_id = each.package_id AND former.xid = each.xid AND each.following IS NOT NULL
    AND each.changed < :before
    AND NOT int8range(least(each.xid, each.following), greatest(each.xid, each.following), '[]') && seen.moments
""")
"""Deletes former versions that no delivery can have brought.

A consumer got one if the snapshot was taken after its transaction and before the next one's ended; of two transactions
on a dataset the one that began first may have ended last.
"""
