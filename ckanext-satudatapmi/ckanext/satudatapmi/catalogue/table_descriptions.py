"""Descriptions of tables that a person has confirmed: the storage. The last version of a resource holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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
    sa.column("refused", sa.Boolean),
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
        refused: whether the file was replaced by one that is not loaded.
    """

    resource_id: str
    version: int
    package_id: str
    description: Mapping[str, Any]
    layout: Layout
    confirmed_by: str
    confirmed: datetime
    sha256: str
    refused: bool


def of_resource(resource_id: str) -> Kept | None:
    """Return the description of a resource's table that holds, or None if none was confirmed."""
    query = sa.select(TABLE).where(TABLE.c.resource_id == resource_id).order_by(TABLE.c.version.desc()).limit(1)
    row = model.Session.execute(query).mappings().first()
    return Kept(**{**row, "layout": Layout.from_dict(row["layout"])}) if row else None


def resources_in(package_ids: Iterable[str]) -> list[str]:
    """Return the ids of the resources of datasets whose tables have a confirmed description."""
    query = sa.select(TABLE.c.resource_id).where(TABLE.c.package_id.in_(list(package_ids))).distinct()
    return list(model.Session.scalars(query.order_by(TABLE.c.resource_id)))


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


def note_refused(kept: Kept, refused: bool) -> None:
    """Note whether the file of a resource is one that is not loaded; the caller commits."""
    holds = sa.and_(TABLE.c.resource_id == kept.resource_id, TABLE.c.version == kept.version)
    model.Session.execute(sa.update(TABLE).where(holds).values(refused=refused))


def with_refused_file(organization_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the resources of organisations, None for all, whose file is not loaded.

    Returns:
        {resource_id, resource, dataset (their names), title (of the dataset), owner_org}, by title.
    """
    package, resource, newer = model.package_table, model.resource_table, TABLE.alias()
    replaced = sa.exists().where(newer.c.resource_id == TABLE.c.resource_id, newer.c.version > TABLE.c.version)
    query = (
        sa.select(
            TABLE.c.resource_id,
            resource.c.name.label("resource"),
            package.c.name.label("dataset"),
            package.c.title,
            package.c.owner_org,
        )
        .join(resource, resource.c.id == TABLE.c.resource_id)
        .join(package, package.c.id == resource.c.package_id)
        .where(TABLE.c.refused, ~replaced, resource.c.state == "active", package.c.state != "deleted")
        .order_by(package.c.title, resource.c.position)
    )
    if organization_ids is not None:
        query = query.where(package.c.owner_org.in_(organization_ids))
    return [dict(row) for row in model.Session.execute(query).mappings()]


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
