"""Every step that concerns limited data: rows are added, and the database refuses to change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa

LIST, UNLIST, REQUEST, GRANT, REFUSE, REVOKE, RELEASE = (
    "list",
    "unlist",
    "request",
    "grant",
    "refuse",
    "revoke",
    "release",
)
EVENT = sa.table(
    "satudatapmi_access_event",
    *(sa.column(name) for name in ("id", "happened", "package_id", "request_id", "user_id", "step", "reason", "until")),
)


@dataclass(frozen=True)
class Step:
    """A step that somebody took.

    Attributes:
        step: list, unlist, request, grant, refuse, revoke or release.
        package_id: id of the dataset.
        user_id: who took it.
        reason: why, in words.
        request_id: number of the request, if it concerns one.
        until: the last day of the access that was granted.
    """

    step: str
    package_id: str
    user_id: str | None
    reason: str = ""
    request_id: int | None = None
    until: date | None = None


def now() -> datetime:
    """Return the time as the database keeps it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def keep(step: Step) -> int:
    """Keep a step, within the running transaction; return its number."""
    row = {name: getattr(step, name) for name in Step.__dataclass_fields__} | {"happened": now()}
    return model.Session.execute(sa.insert(EVENT).values(row).returning(EVENT.c.id)).scalar_one()


def of_requests(request_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the steps of requests by their number, the first first.

    Returns:
        {step, happened (ISO 8601, UTC), reason, until (ISO 8601 or None)}.
    """
    names = ("step", "happened", "reason", "until")
    query = sa.select(EVENT.c.request_id, *(EVENT.c[name] for name in names)).order_by(EVENT.c.id)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in model.Session.execute(query.where(EVENT.c.request_id.in_(request_ids))).mappings():
        found.setdefault(row["request_id"], []).append({name: plain(row[name]) for name in names})
    return found


def plain(value: Any) -> Any:
    """Return a value of a row as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as plain data."""
    return {name: plain(value) for name, value in row.items()}
