"""Reconciliations that bodies stand for: drafted by one, signed, refused or withdrawn by walidata who is another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudatapmi.catalogue.access_log import now
from ckanext.satudatapmi.figures.store.reading import is_open

DRAFT, SIGNED, REFUSED, WITHDRAWN = "draft", "signed", "refused", "withdrawn"
CREATE, SIGN, REFUSE, WITHDRAW = "create", "sign", "refuse", "withdraw"
LEADS: Mapping[str, tuple[str, str]] = {
    SIGN: (DRAFT, SIGNED),
    REFUSE: (DRAFT, REFUSED),
    WITHDRAW: (SIGNED, WITHDRAWN),
}
"""From which state a step leads to which."""
RECONCILIATION = sa.table(
    "satudatapmi_reconciliation",
    *(sa.column(name) for name in ("id", "organization_id", "title")),
    sa.column("asked", JSONB),
    sa.column("result", JSONB),
    *(sa.column(name) for name in ("author_id", "created", "state", "signer_id", "signed")),
)
EVENT = sa.table(
    "satudatapmi_reconciliation_event",
    *(sa.column(name) for name in ("id", "happened", "reconciliation_id", "user_id", "step", "reason")),
)


@dataclass(frozen=True)
class Draft:
    """What somebody drafts: for which organisation (its id), under which title, what was asked, and what came of it."""

    organization_id: str
    title: str
    asked: Mapping[str, Any]
    result: Mapping[str, Any]


class StepRefused(Exception):
    """A step that does not lead on from the state that a reconciliation is in."""


def create(draft: Draft, user_id: str, reason: str) -> int:
    """Keep a draft, within the running transaction; return its number."""
    row = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    values = row | {"author_id": user_id, "created": now(), "state": DRAFT}
    statement = sa.insert(RECONCILIATION).values(values).returning(RECONCILIATION.c.id)
    number = model.Session.execute(statement).scalar_one()
    _keep(number, user_id, CREATE, reason)
    return number


def take(number: int, step: str, user_id: str, reason: str) -> None:
    """Take a step with a reconciliation, within the running transaction.

    Raises:
        StepRefused: the step does not lead on from here; somebody may have been faster.
    """
    before, after = LEADS[step]
    values: dict[str, Any] = {"state": after}
    if step == SIGN:
        values |= {"signer_id": user_id, "signed": now()}
    mine = (RECONCILIATION.c.id == number, RECONCILIATION.c.state == before)
    changed = model.Session.execute(
        sa.update(RECONCILIATION).where(*mine).values(values).returning(RECONCILIATION.c.id)
    )
    if changed.scalar_one_or_none() is None:
        raise StepRefused(step)
    _keep(number, user_id, step, reason)


def find(number: int) -> dict[str, Any] | None:
    """Return a reconciliation by its number."""
    row = model.Session.execute(sa.select(RECONCILIATION).where(RECONCILIATION.c.id == number)).mappings().one_or_none()
    return dict(row) if row else None


def listed(organizations: Collection[str] | None, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Return reconciliations, the last first: the signed ones, and all of some organisations; None for all of any."""
    query = sa.select(RECONCILIATION).order_by(RECONCILIATION.c.id.desc()).limit(limit).offset(offset)
    if organizations is not None:
        mine = RECONCILIATION.c.organization_id.in_(organizations)
        query = query.where(sa.or_(RECONCILIATION.c.state == SIGNED, mine))
    return [dict(row) for row in model.Session.execute(query).mappings()]


def events(number: int) -> list[dict[str, Any]]:
    """Return every step with a reconciliation, the first first, with the name of who took it."""
    query = (
        sa.select(EVENT, model.User.name.label("user"), model.User.fullname.label("user_title"))
        .join_from(EVENT, model.User, model.User.id == EVENT.c.user_id, isouter=True)
        .where(EVENT.c.reconciliation_id == number)
        .order_by(EVENT.c.id)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]


def inputs_are_open(result: Mapping[str, Any]) -> bool:
    """Tell whether everybody may see the tables of all figures that a result rests on."""
    files = {
        (one["figure"]["source"]["package_id"], one["figure"]["source"]["resource_id"])
        for each in (result, *_rests_on(result))
        for one in each["inputs"]
        if one["figure"]
    }
    return all(model.Session.scalar(is_open(*file)) for file in sorted(files))


def same_numbers(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two results say the same: value, interval, reasons, and the figures that they rest on."""
    return _numbers(one) == _numbers(other)


def _numbers(result: Mapping[str, Any]) -> list[Any]:
    return [
        (
            each["value"],
            each["interval"],
            [reason["code"] for reason in each["reasons"]],
            [(given["value"], given["definition"], given["day"]) for given in each["inputs"]],
        )
        for each in (result, *_rests_on(result))
    ]


def _rests_on(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return result.get("rests_on") or ()


def _keep(number: int, user_id: str, step: str, reason: str) -> None:
    row = {"happened": now(), "reconciliation_id": number, "user_id": user_id, "step": step, "reason": reason}
    model.Session.execute(sa.insert(EVENT).values(row))
