"""All items of the kiosk's content for those who are responsible: what is shown, what is not, what is missing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.schemas import wire

SHOWN, STALE, PLANNED, EXPIRED, HIDDEN = "shown", "stale", "planned", "expired", "hidden"
STATES = (STALE, EXPIRED, PLANNED, HIDDEN, SHOWN)
"""What an item may be in, those that want attention first. One that is stale is shown, and says so."""

PACKAGE = model.package_table
GROUP = model.group_table


def state(stored: Mapping[str, Any], day: dt.date, *, private: bool) -> str:
    """Return what an item is in on a day.

    Args:
        stored: its fields; `type` is its kind.
        day: by the calendar of the site.
        private: whether it is not to be shown yet.
    """
    if private:
        return HIDDEN
    said = day.isoformat()
    if said < (stored.get("valid_from") or ""):
        return PLANNED
    if stored.get("valid_to") and stored["valid_to"] < said:
        return EXPIRED
    verified_on = dt.date.fromisoformat(stored["verified_on"]) if stored.get("verified_on") else None
    return STALE if fields.kind(stored["type"]).is_stale(verified_on, day) else SHOWN


def overview(day: dt.date, editable: Collection[str] | None) -> dict[str, Any]:
    """Return all items by kind, with what is missing.

    Args:
        day: by the calendar of the site.
        editable: ids of the organisations whose items the caller may change; None for all. What is not public of other
            organisations is left out.

    Returns:
        kinds: {type, label, stale_after_days, counts (of items by state), items}; an item has type, name, title,
            organization, state, valid_from, valid_to, verified_on, topics, letter and may_edit.
        missing_topics: {value, label} of the tiles on which nothing stands now.
        missing_letters: those of PP 59/2021 article 4(4) that no guide explains now.
    """
    items = [_item(dict(row), day, editable) for row in model.Session.execute(_query(editable)).mappings()]
    there = [one for one in items if one["state"] in (SHOWN, STALE)]
    topics = {topic for one in there for topic in one["topics"]}
    letters = {one["letter"] for one in there}
    return {
        "kinds": [_kind(name, items) for name in fields.types()],
        "missing_topics": _missing("topics", topics),
        "missing_letters": _missing("pp59", letters),
    }


def names() -> set[str]:
    """Return the names of all items there are, shown or not."""
    return set(model.Session.scalars(sa.select(PACKAGE.c.name).where(PACKAGE.c.type.in_(fields.types()))))


def _query(editable: Collection[str] | None) -> sa.Select[Any]:
    query = (
        sa.select(PACKAGE.c.name, PACKAGE.c.type, PACKAGE.c.title, PACKAGE.c.private, PACKAGE.c.owner_org)
        .add_columns(PACKAGE.c.extras, GROUP.c.title.label("organization"))
        .select_from(PACKAGE.outerjoin(GROUP, GROUP.c.id == PACKAGE.c.owner_org))
        .where(PACKAGE.c.state == "active", PACKAGE.c.type.in_(fields.types()))
        .order_by(PACKAGE.c.title, PACKAGE.c.name)
    )
    if editable is None:
        return query
    return query.where(sa.or_(PACKAGE.c.private.is_(False), PACKAGE.c.owner_org.in_(editable)))


def _item(row: Mapping[str, Any], day: dt.date, editable: Collection[str] | None) -> dict[str, Any]:
    stored = {**(row["extras"] or {}), "type": row["type"]}
    topics = wire.decode_json(stored.get("topics") or "[]")
    own = fields.kind(row["type"]).topic
    return {
        "type": row["type"],
        "name": row["name"],
        "title": row["title"] or row["name"],
        "organization": row["organization"] or "",
        "state": state(stored, day, private=row["private"]),
        "may_edit": editable is None or row["owner_org"] in editable,
        "topics": [*([own] if own else []), *(topics if isinstance(topics, list) else [topics])],
        "letter": stored.get("letter", ""),
    } | {name: stored.get(name, "") for name in ("valid_from", "valid_to", "verified_on")}


def _kind(name: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kind = fields.kind(name)
    own = sorted((one for one in items if one["type"] == name), key=lambda one: STATES.index(one["state"]))
    counts = Counter(one["state"] for one in own)
    return {
        "type": name,
        "label": kind.label,
        "stale_after_days": kind.stale_after_days,
        "counts": {state: counts[state] for state in STATES if counts[state]},
        "items": own,
    }


def _missing(of: str, there: Collection[str]) -> list[Mapping[str, Any]]:
    return [one for one in fields.document()[of] if one["value"] not in there]
