"""Descriptions of tables that a person has confirmed: the storage. The last version of a resource holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.tables.layout import Layout

TABLE = sa.table(
    "satudatapmi_table_description",
    sa.column("resource_id"),
    sa.column("version"),
    sa.column("package_id"),
    sa.column("description", JSONB),
    sa.column("layout", JSONB),
    sa.column("confirmed_by"),
    sa.column("confirmed"),
    sa.column("sha256"),
)
LOCK = "satudatapmi:table-description:"


@dataclass(frozen=True)
class Kept:
    """A confirmed description.

    Attributes:
        resource_id, package_id: of the file.
        version: counted from 1; former versions stay as a record.
        description: as `parse_description` takes it.
        layout: the layout that it was confirmed for.
        confirmed_by: id of the user; confirmed: when, in UTC.
        sha256: of the file that it was confirmed on.
    """

    resource_id: str
    version: int
    package_id: str
    description: Mapping[str, Any]
    layout: Layout
    confirmed_by: str
    confirmed: datetime
    sha256: str


def of_resource(resource_id: str) -> Kept | None:
    """Return the description of a resource's table that holds, or None if none was confirmed."""
    query = sa.select(TABLE).where(TABLE.c.resource_id == resource_id).order_by(TABLE.c.version.desc()).limit(1)
    row = model.Session.execute(query).mappings().first()
    return Kept(**{**row, "layout": Layout.from_dict(row["layout"])}) if row else None


def keep(
    connection: Connection,
    resource: Mapping[str, Any],
    description: Mapping[str, Any],
    layout: Layout,
    user_id: str,
    sha256: str,
) -> int:
    """Keep a description as the one that holds from now on, in the connection's transaction; return its version.

    Args:
        connection: of the site's database.
        resource: in the shape of resource_show.
        description: plain values, see `plain`.
        layout: that it is confirmed for.
        user_id: who confirmed it.
        sha256: of the file that it was confirmed on.
    """
    resource_id = resource["id"]
    # Two people may confirm at once: the second waits and becomes the next version.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(LOCK + resource_id))))
    last = sa.select(sa.func.max(TABLE.c.version)).where(TABLE.c.resource_id == resource_id)
    version = (connection.execute(last).scalar() or 0) + 1
    connection.execute(
        sa.insert(TABLE).values(
            resource_id=resource_id,
            version=version,
            package_id=resource["package_id"],
            description=dict(description),
            layout=layout.as_dict(),
            confirmed_by=user_id,
            confirmed=datetime.now(UTC).replace(tzinfo=None),
            sha256=sha256,
        )
    )
    return version


def plain(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description as JSON keeps it: keys and days as texts.

    Raises:
        ValueError: it holds what JSON cannot say.
    """
    return json.loads(json.dumps(description, allow_nan=False, default=_day))


def _day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(repr(value))
