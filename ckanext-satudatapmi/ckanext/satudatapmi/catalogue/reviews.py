"""Where the checking of each dataset stands and every step of it: the storage of the workflow.

A dataset without a row was harvested, or put in by the operator; it is published as it is. The state is repeated in the
dataset's field `publishing_status`, which travels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib.search import rebuild

from ckanext.satudatapmi.catalogue import workflow
from ckanext.satudatapmi.catalogue.workflow import Position
from ckanext.satudatapmi.harvesters.access import UNCHECKED

STATUS_FIELD = "publishing_status"
REVIEW = sa.table(
    "satudatapmi_review",
    *(sa.column(name) for name in ("package_id", "state", "turn", "published", "submitted")),
)
EVENT = sa.table(
    "satudatapmi_review_event",
    *(
        sa.column(name)
        for name in (
            "id",
            "package_id",
            "happened",
            "user_id",
            "step",
            "from_state",
            "to_state",
            "turn",
            "reason",
        )
    ),
    sa.column("principles", sa.JSON),
)


@dataclass(frozen=True)
class Taken:
    """A step that somebody took: which, by whom (id of the user), why, and the principles it names."""

    step: str
    user_id: str | None
    reason: str = ""
    principles: tuple[str, ...] = ()


def position(package_id: str) -> Position | None:
    """Return where the checking of a dataset stands; None if nobody has to check it here."""
    return positions([package_id]).get(package_id)


def positions(package_ids: Iterable[str]) -> dict[str, Position]:
    """Return where the checking of datasets stands, by their id; those that nobody checks here are left out."""
    asked = set(package_ids) - model.Session().info.get(UNCHECKED, set())
    if not asked:
        return {}
    columns = (REVIEW.c.package_id, REVIEW.c.state, REVIEW.c.turn, REVIEW.c.published)
    query = sa.select(*columns).where(REVIEW.c.package_id.in_(asked))
    return {row.package_id: Position(row.state, row.turn, bool(row.published)) for row in model.Session.execute(query)}


def is_hidden(package_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a dataset waits for its approval, and so is not published.

    Args:
        package_id: the column that holds its id.
    """
    waiting = sa.select(sa.literal(1)).where(REVIEW.c.package_id == package_id, REVIEW.c.published.is_(False))
    return waiting.exists()


def is_public() -> sa.ColumnElement[bool]:
    """Return the condition that a dataset is for everyone: approved and not private."""
    return sa.and_(is_approved(), model.package_table.c.private.is_not(True))


def is_approved() -> sa.ColumnElement[bool]:
    """Return the condition that a dataset is approved, whoever may see it: active, and no harvest source.

    This is not for the public: terbatas and tertutup are among them.
    """
    package = model.package_table
    active = sa.and_(package.c.state == "active", package.c.type == "dataset")
    return sa.and_(active, sa.not_(is_hidden(package.c.id)))


def approved(package_id: Any) -> sa.ScalarSelect[datetime]:
    """Return the expression for when a dataset was last approved, in UTC without a zone.

    Args:
        package_id: the column that holds its id.
    """
    last = sa.select(sa.func.max(EVENT.c.happened))
    return last.where(EVENT.c.package_id == package_id, EVENT.c.to_state == workflow.APPROVED).scalar_subquery()


def begin(package_id: str, start: Position, user_id: str | None) -> None:
    """Start the way of a new dataset, within the running transaction."""
    move(package_id, None, start, Taken("begin", user_id))


def move(package_id: str, before: Position | None, after: Position, taken: Taken) -> int:
    """Write a step and where it leads, within the running transaction; return the number of the event.

    Args:
        package_id: id of the dataset.
        before: where it was; None if it has no row yet.
        after: where it is now.
        taken: the step.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    values = {"state": after.state, "turn": after.turn, "published": after.published}
    if taken.step == workflow.SUBMIT:
        values["submitted"] = now
    _save(package_id, values)
    package = model.Session.get_one(model.Package, package_id)
    package.extras = {**(package.extras or {}), STATUS_FIELD: after.state}
    package.metadata_modified = now
    if taken.step == workflow.SUBMIT:
        # What CKAN's form began as a draft of its own is one no longer.
        package.state = "active"
    event = {
        "package_id": package_id,
        "happened": now,
        "user_id": taken.user_id,
        "step": taken.step,
        "from_state": (before or workflow.START).state,
        "to_state": after.state,
        "turn": after.turn,
        "reason": taken.reason,
        "principles": list(taken.principles),
    }
    return model.Session.execute(sa.insert(EVENT).values(event).returning(EVENT.c.id)).scalar_one()


def _save(package_id: str, values: Mapping[str, Any]) -> None:
    """Write the row of a dataset; where there is none, none is locked, and two who begin at once meet the key."""
    changed: Any = model.Session.execute(sa.update(REVIEW).where(REVIEW.c.package_id == package_id).values(values))
    if not changed.rowcount:
        model.Session.execute(sa.insert(REVIEW).values({"package_id": package_id, **values}))


def lock(package_id: str) -> Position | None:
    """Return where the checking of a dataset stands, and keep others from moving it until the transaction ends."""
    query = sa.select(REVIEW).where(REVIEW.c.package_id == package_id).with_for_update()
    row = model.Session.execute(query).one_or_none()
    return Position(row.state, row.turn, bool(row.published)) if row else None


def write_status(package: model.Package, state: str) -> None:
    """Have the field that travels say what the row says."""
    if (package.extras or {}).get(STATUS_FIELD) != state:
        package.extras = {**(package.extras or {}), STATUS_FIELD: state}


def index(package_id: str) -> None:
    """Let the search know of a step: who finds the dataset may have changed."""
    rebuild(package_id)


def events(package_id: str) -> list[dict[str, Any]]:
    """Return the steps of a dataset, the last first.

    Returns:
        {id, happened (ISO 8601, UTC), user (name), user_title, step, from_state, to_state, turn, reason, principles}.
    """
    query = (
        sa.select(EVENT, model.User.name.label("user"), model.User.fullname)
        .outerjoin(model.User, model.User.id == EVENT.c.user_id)
        .where(EVENT.c.package_id == package_id)
        .order_by(EVENT.c.id.desc())
    )
    return [_event(dict(row)) for row in model.Session.execute(query).mappings()]


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "user", "step", "from_state", "to_state", "turn", "reason", "principles")
    happened = row["happened"].isoformat(timespec="seconds") + "Z"
    return {name: row[name] for name in names} | {
        "happened": happened,
        "user_title": row["fullname"] or row["user"],
    }


def submitters(package_id: str) -> list[str]:
    """Return the ids of those who submitted a dataset."""
    query = sa.select(EVENT.c.user_id).where(EVENT.c.package_id == package_id, EVENT.c.step == workflow.SUBMIT)
    return sorted({user_id for user_id in model.Session.scalars(query) if user_id})


def waiting(turn: str, organization_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the datasets on which a duty has to do something, the longest waiting first.

    Args:
        turn: produsen, walidata or pembina.
        organization_ids: of those who publish them; None for all.

    Returns:
        {id, name, title, owner_org, organization_name, organization_title, state, published, submitted (a datetime or
        None), extras (of the dataset)}.
    """
    package, group = model.package_table, model.group_table
    query = (
        sa.select(
            package.c.id,
            package.c.name,
            package.c.title,
            package.c.extras,
            package.c.owner_org,
            group.c.name.label("organization_name"),
            group.c.title.label("organization_title"),
            REVIEW.c.state,
            REVIEW.c.published,
            REVIEW.c.submitted,
        )
        .join(REVIEW, REVIEW.c.package_id == package.c.id)
        .outerjoin(group, group.c.id == package.c.owner_org)
        .where(package.c.state.in_(("active", "draft")), REVIEW.c.turn == turn)
        .order_by(REVIEW.c.submitted.nulls_last(), package.c.metadata_modified)
    )
    if organization_ids is not None:
        query = query.where(package.c.owner_org.in_(organization_ids))
    return [dict(row) | {"extras": dict(row["extras"] or {})} for row in model.Session.execute(query).mappings()]


def hidden_ids() -> set[str]:
    """Return the ids of all datasets that wait for their approval."""
    return set(model.Session.scalars(sa.select(REVIEW.c.package_id).where(REVIEW.c.published.is_(False))))


def hidden_references() -> set[str]:
    """Return the ids and names of all datasets that wait for their approval."""
    query = sa.select(model.Package.id, model.Package.name).where(is_hidden(model.Package.id))
    return {reference for row in model.Session.execute(query) for reference in row}


def submitted(package_id: str) -> datetime | None:
    """Return when a dataset was last handed over to walidata, in UTC without a zone."""
    return model.Session.scalar(sa.select(REVIEW.c.submitted).where(REVIEW.c.package_id == package_id))
