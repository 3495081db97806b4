"""Claims into the database and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.claims import Claim
from ckanext.satudatapmi.figures.store.loading import Source, record_load
from ckanext.satudatapmi.figures.store.reading import is_public
from ckanext.satudatapmi.figures.store.tables import CLAIM, FIGURE_LOAD, fill_registry


def load_claims(connection: Connection, claims: Sequence[Claim], source: Source) -> int:
    """Add claims, in the connection's transaction; those that are known already are left alone.

    Returns:
        How many are new.
    """
    fill_registry(connection)
    key = (CLAIM.c.publisher, CLAIM.c.said_on, CLAIM.c.definition, CLAIM.c.value)
    known = {tuple(row) for row in connection.execute(sa.select(*key))}
    new = [one for one in claims if (one.publisher, one.said_on, one.definition, one.value) not in known]
    if not new:
        return 0
    load_id = record_load(connection, None, source)
    rows = [{("source_row" if name == "row" else name): value for name, value in asdict(one).items()} for one in new]
    statement = insert(CLAIM).values([row | {"load_id": load_id} for row in rows])
    connection.execute(statement.on_conflict_do_nothing(constraint="satudatapmi_claim_key"))
    return len(new)


def all_claims(connection: Connection) -> list[dict[str, Any]]:
    """Return the claims that everybody may see, the latest first, each with the file that lists it."""
    statement = (
        sa.select(CLAIM, FIGURE_LOAD.c.package_id, FIGURE_LOAD.c.resource_id, FIGURE_LOAD.c.file, FIGURE_LOAD.c.sha256)
        .join_from(CLAIM, FIGURE_LOAD, FIGURE_LOAD.c.id == CLAIM.c.load_id)
        .where(is_public())
        .order_by(CLAIM.c.said_on.desc(), CLAIM.c.publisher)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
