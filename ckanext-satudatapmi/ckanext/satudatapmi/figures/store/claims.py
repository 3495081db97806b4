"""Claims into the database and out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.claims import Claim
from ckanext.satudatapmi.figures.store.loads import Source, loads_beside, loads_of_table, record_load
from ckanext.satudatapmi.figures.store.reading import is_public
from ckanext.satudatapmi.figures.store.tables import CLAIM, FIGURE_LOAD, fill_registry

KEY = ("publisher", "said_on", "definition", "value")


def load_claims(connection: Connection, claims: Sequence[Claim], source: Source) -> int | None:
    """Add claims, in the connection's transaction; those that everybody may see already are left alone.

    Claims that a former reading of the same bytes made and this one does not go: they were misread.

    Returns:
        The id of the load, or None if nothing was changed.
    """
    removed = _remove_misread(connection, claims, source)
    seen = sa.select(*(CLAIM.c[name] for name in KEY)).where(CLAIM.c.load_id.in_(loads_beside(connection, source)))
    known = {tuple(row) for row in connection.execute(seen)}
    new = {_key(one): one for one in claims if _key(one) not in known}.values()
    if not new and not removed:
        return None
    fill_registry(connection)
    load_id = record_load(connection, None, source)
    rows = [{("source_row" if name == "row" else name): value for name, value in asdict(one).items()} for one in new]
    if rows:
        statement = insert(CLAIM).values([row | {"load_id": load_id} for row in rows])
        # One that stood in a hidden dataset alone is told by this file from now on.
        changed = {name: statement.excluded[name] for name in ("unit", "source", "source_row", "load_id")}
        connection.execute(statement.on_conflict_do_update(constraint="satudatapmi_claim_key", set_=changed))
    return load_id


def _remove_misread(connection: Connection, claims: Sequence[Claim], source: Source) -> int:
    same_bytes = CLAIM.c.load_id.in_(loads_of_table(connection, source, sha256=source.sha256))
    told = sa.tuple_(*(CLAIM.c[name] for name in KEY)).in_([_key(one) for one in claims])
    return connection.execute(sa.delete(CLAIM).where(same_bytes, ~told)).rowcount


def _key(claim: Claim) -> tuple[Any, ...]:
    return tuple(getattr(claim, name) for name in KEY)


def all_claims(connection: Connection) -> list[dict[str, Any]]:
    """Return the claims that everybody may see, the latest first, each with the file that lists it."""
    statement = (
        sa.select(CLAIM, FIGURE_LOAD.c.package_id, FIGURE_LOAD.c.resource_id, FIGURE_LOAD.c.file, FIGURE_LOAD.c.sha256)
        .join_from(CLAIM, FIGURE_LOAD, FIGURE_LOAD.c.id == CLAIM.c.load_id)
        .where(is_public())
        .order_by(CLAIM.c.said_on.desc(), CLAIM.c.publisher)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
