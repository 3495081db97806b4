"""Whether the search index holds the public catalogue: one that is behind answers with less than there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import Context

from ckanext.satudatapmi.publication import feed, store
from ckanext.satudatapmi.publication.published import PUBLICATION, VERSION

INDEXED_AFTER = timedelta(minutes=5)
"""When at the latest a dataset that became public is in the index."""
EVERYTHING = {"fq": "+dataset_type:dataset", "rows": 0, "facet": "false"}


def refuse_behind() -> None:
    """Do nothing if the index has as many public datasets as have been there for some time.

    Raises:
        Problem: 503, it lacks some: it was emptied, is being rebuilt, or nobody writes to it.
        SearchError, SolrConnectionError, OperationalError: it does not answer, or the database does not.
    """
    public, settled = _public(datetime.now(UTC) - INDEXED_AFTER)
    indexed = tk.get_action("package_search")(visitor(), dict(EVERYTHING))["count"]
    if indexed < settled or (public and not indexed):
        raise feed.away()


def visitor() -> Context:
    """Return the context of a question that everybody may ask."""
    return {"user": "", "auth_user_obj": None, "ignore_auth": False}


def _public(moment: datetime) -> tuple[int, int]:
    """Return how many datasets are public, and how many of them have been so since a moment, changed or not."""
    came_later = sa.exists().where(
        VERSION.c.package_id == PUBLICATION.c.package_id,
        VERSION.c.xid == PUBLICATION.c.born_xid,
        VERSION.c.changed >= moment,
    )
    settled = sa.func.count().filter(sa.or_(PUBLICATION.c.changed < moment, ~came_later))
    query = sa.select(sa.func.count(), settled).where(PUBLICATION.c.is_public)
    with store.snapshot() as connection:
        public, there = connection.execute(query).one()
    return public, there
