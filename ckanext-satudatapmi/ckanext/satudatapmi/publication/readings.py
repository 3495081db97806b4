"""Who read the catalogue for the national portal, and when: rows are added, never changed."""

from __future__ import annotations

from datetime import UTC, datetime

import ckan.model as model
import sqlalchemy as sa

READING = sa.table(
    "satudatapmi_feed_reading",
    *(sa.column(name) for name in ("id", "happened", "user_id", "page", "datasets")),
)


def keep(user_id: str, page: str, datasets: int) -> None:
    """Keep that a page was read.

    Args:
        user_id: whose token it was read with.
        page: number of the page, or all.
        datasets: how many are on it.
    """
    happened = datetime.now(UTC).replace(tzinfo=None)
    row = {"happened": happened, "user_id": user_id, "page": page, "datasets": datasets}
    model.Session.execute(sa.insert(READING).values(row))
    model.Session.commit()
