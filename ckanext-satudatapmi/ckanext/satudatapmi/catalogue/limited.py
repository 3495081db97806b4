"""What the public may know of limited data: title, publisher and a line of those that walidata put on the list."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import access_log, reviews
from ckanext.satudatapmi.catalogue.access_log import Step

LISTING = sa.table("satudatapmi_access_listing", *(sa.column(name) for name in ("package_id", "listed", "line")))
PACKAGE, GROUP = model.package_table, model.group_table


def _can_be_listed() -> sa.ColumnElement[bool]:
    """Return the condition that a dataset is approved and private."""
    private = sa.and_(PACKAGE.c.state == "active", PACKAGE.c.type == "dataset", PACKAGE.c.private.is_(True))
    return sa.and_(private, sa.not_(reviews.is_hidden(PACKAGE.c.id)))


def can_be_listed(package_id: str) -> bool:
    """Tell whether a dataset is approved and private; no other can be listed or asked for."""
    query = sa.select(sa.func.count()).select_from(PACKAGE).where(PACKAGE.c.id == package_id, _can_be_listed())
    return bool(model.Session.scalar(query))


def listed(package_id: str | None = None) -> list[dict[str, str]]:
    """Return what the public may know of all listed datasets, or of one: {id, title, publisher, line}."""
    query = (
        sa.select(PACKAGE.c.id, PACKAGE.c.title, GROUP.c.title.label("publisher"), LISTING.c.line)
        .join(LISTING, LISTING.c.package_id == PACKAGE.c.id)
        .outerjoin(GROUP, GROUP.c.id == PACKAGE.c.owner_org)
        .where(_can_be_listed(), LISTING.c.listed.is_(True))
        .order_by(sa.func.lower(PACKAGE.c.title), PACKAGE.c.id)
    )
    if package_id is not None:
        query = query.where(PACKAGE.c.id == package_id)
    return [{name: value or "" for name, value in row.items()} for row in model.Session.execute(query).mappings()]


def listing(package_id: str) -> dict[str, Any]:
    """Return what walidata wrote for a dataset: {listed, line}."""
    row = model.Session.execute(sa.select(LISTING).where(LISTING.c.package_id == package_id)).mappings().one_or_none()
    return {"listed": row["listed"], "line": row["line"]} if row else {"listed": False, "line": ""}


def put(package_id: str, *, is_listed: bool, line: str, user_id: str | None) -> None:
    """Put a dataset on the list or take it off, and keep who did, within the running transaction."""
    values = {"listed": is_listed, "line": line}
    changed: Any = model.Session.execute(sa.update(LISTING).where(LISTING.c.package_id == package_id).values(values))
    if not changed.rowcount:
        model.Session.execute(sa.insert(LISTING).values({"package_id": package_id} | values))
    step = access_log.LIST if is_listed else access_log.UNLIST
    access_log.keep(Step(step, package_id, user_id, line))
