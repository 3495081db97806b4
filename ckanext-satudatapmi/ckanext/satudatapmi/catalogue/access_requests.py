"""Requests to see limited data, and the access that was granted: it ends by itself.

A grant is a row whose last day has not passed. It is looked up whenever somebody asks for a dataset, so nothing has to
run at midnight to end it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import access_log

OPEN, GRANTED, REFUSED, REVOKED, EXPIRED = "open", "granted", "refused", "revoked", "expired"
MAX_DAYS = 365
RATE = timedelta(days=1)
REQUEST = sa.table(
    "satudatapmi_access_request",
    *(
        sa.column(name)
        for name in (
            "id",
            "package_id",
            "user_id",
            "institution",
            "purpose",
            "days",
            "created",
            "state",
            "until",
        )
    ),
)


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: which dataset, who (id of the user), for which institution, why, for how many days."""

    package_id: str
    user_id: str
    institution: str
    purpose: str
    days: int


def today() -> date:
    """Return the day it is where the portal is."""
    return datetime.now(ZoneInfo(tk.config["ckan.display_timezone"])).date()


def add(asked: Asked) -> int:
    """Keep a request, within the running transaction; return its number."""
    row = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    values = row | {"created": access_log.now(), "state": OPEN}
    return model.Session.execute(sa.insert(REQUEST).values(values).returning(REQUEST.c.id)).scalar_one()


def lock_user(user_id: str) -> None:
    """Have the requests of a user wait for each other until the transaction ends, so that they can be counted."""
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"satudatapmi access {user_id}"))))


def count_recent(user_id: str) -> int:
    """Return how many requests a user made within the last day."""
    since = access_log.now() - RATE
    query = sa.select(sa.func.count()).select_from(REQUEST)
    return model.Session.scalar(query.where(REQUEST.c.user_id == user_id, REQUEST.c.created > since)) or 0


def has_open(user_id: str, package_id: str) -> bool:
    """Tell whether a user waits for an answer about a dataset."""
    query = sa.select(sa.func.count()).select_from(REQUEST)
    mine = (REQUEST.c.user_id == user_id, REQUEST.c.package_id == package_id, REQUEST.c.state == OPEN)
    return bool(model.Session.scalar(query.where(*mine)))


def find(request_id: int, *, lock: bool = False) -> Mapping[str, Any] | None:
    """Return a request by its number; `lock` keeps others from answering it until the transaction ends."""
    query = sa.select(REQUEST).where(REQUEST.c.id == request_id)
    row = model.Session.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return dict(row) if row else None


def settle(request_id: int, state: str, until: date | None = None) -> None:
    """Write what became of a request, within the running transaction."""
    values = {"state": state} | ({"until": until} if until else {})
    model.Session.execute(sa.update(REQUEST).where(REQUEST.c.id == request_id).values(values))


def _running() -> sa.ColumnElement[bool]:
    return sa.and_(REQUEST.c.state == GRANTED, REQUEST.c.until >= today())


def granted_to(user_id: str) -> list[str]:
    """Return the ids of the datasets that a user may see now because somebody let them."""
    return sorted(
        set(model.Session.scalars(sa.select(REQUEST.c.package_id).where(REQUEST.c.user_id == user_id, _running())))
    )


def of_user(user_id: str) -> list[dict[str, Any]]:
    """Return the requests of a user, the newest first, as `of_organizations` does, but for who asked."""
    shown = _listed(REQUEST.c.user_id == user_id)
    return [
        {name: value for name, value in one.items() if name not in ("user", "user_title", "email")} for one in shown
    ]


def of_organizations(organization_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the requests for the datasets of organisations, the newest first.

    Args:
        organization_ids: of those who publish them; None for all.

    Returns:
        {id, dataset (id), name, title, publisher, institution, purpose, days, created, state (open, granted, refused,
        revoked or expired), until, user, user_title, email, events}.
    """
    return _listed(model.Package.owner_org.in_(organization_ids) if organization_ids is not None else sa.true())


def _listed(wanted: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    names = ("id", "institution", "purpose", "days", "created", "state", "until")
    query = (
        sa.select(
            *(REQUEST.c[name] for name in names),
            model.Package.id.label("dataset"),
            model.Package.name,
            model.Package.title,
            model.Group.title.label("publisher"),
            model.User.name.label("user"),
            sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name).label("user_title"),
            model.User.email,
        )
        .join(model.Package, model.Package.id == REQUEST.c.package_id)
        .join(model.User, model.User.id == REQUEST.c.user_id)
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .where(wanted, model.Package.state != "deleted")
        .order_by(REQUEST.c.id.desc())
    )
    rows = [
        access_log.plain_row(row | {"state": _state(row)}) for row in map(dict, model.Session.execute(query).mappings())
    ]
    events = access_log.of_requests([row["id"] for row in rows])
    return [row | {"events": events.get(row["id"], [])} for row in rows]


def _state(row: Mapping[str, Any]) -> str:
    return EXPIRED if row["state"] == GRANTED and row["until"] < today() else row["state"]
