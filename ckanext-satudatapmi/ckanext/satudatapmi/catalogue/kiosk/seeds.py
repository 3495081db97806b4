"""The items that the portal ships with (schemas/kiosk/content/), loaded once and then left to those responsible.

An item keeps a digest of what it was when it was loaded. As long as that is what it is, a newer release brings it to
what is shipped now; once somebody has changed or deleted it in the portal, it is theirs.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.catalogue.kiosk.fields import ENGLISH
from ckanext.satudatapmi.schemas import vocabularies, wire

log = logging.getLogger(__name__)

CREATED, UPDATED, KEPT, EDITED = "create", "update", "keep", "edited"
"""What becomes of an item; one that was changed or deleted in the portal stays as it is."""

FOLDER = vocabularies.HERE / fields.FOLDER / "content"
DIGEST = "seed"
"""Field of an item for the digest of what was loaded."""
PACKAGE = model.package_table


@dataclass(frozen=True)
class Seed:
    """An item as it is shipped: its kind, its address, and its fields as they are stored."""

    type: str
    name: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What was done, or with a dry run would be done, to an item."""

    action: str
    type: str
    name: str


@cache
def shipped() -> tuple[Seed, ...]:
    """Return the items that the portal ships with, by kind in the order of the lists."""
    found = [seed for path in sorted(FOLDER.glob("*.yaml")) for seed in _read(path.name)]
    return tuple(sorted(found, key=lambda seed: fields.types().index(seed.type)))


def _read(file: str) -> Iterator[Seed]:
    document = vocabularies.read_yaml(f"{fields.FOLDER}/content/{file}")
    common = document.get("common", {})
    for group in (document, *document.get("groups", ())):
        shared = common | (group.get("common") or {})
        for one in group.get("items", ()):
            yield Seed(document["type"], one["name"], _stored(shared | one))


def _stored(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what a file says of an item as the fields of a dataset."""
    found: dict[str, str] = {}
    for name, value in said.items():
        if isinstance(value, Mapping):
            found |= {name: _text(value["id"]), name + ENGLISH: _text(value["en"])}
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str:
    return wire.json_text(value) if isinstance(value, list) else str(value)


def load(owner_org: str, user: str, *, dry_run: bool = False) -> list[Change]:
    """Make the items that are missing, and bring those that nobody has changed to what is shipped.

    Args:
        owner_org: id of the organisation that is responsible for them.
        user: name of the user who writes.
        dry_run: say what would change, change nothing.

    Raises:
        ckan.logic.ValidationError: an item is refused; those before it are in place.
    """
    query = sa.select(PACKAGE).where(PACKAGE.c.name.in_([seed.name for seed in shipped()]))
    there = {row["name"]: dict(row) for row in model.Session.execute(query).mappings()}
    changes = [_load(seed, there.get(seed.name), owner_org, user, dry_run=dry_run) for seed in shipped()]
    log.info(
        "kiosk content loaded: changed=%d of=%d", sum(one.action in (CREATED, UPDATED) for one in changes), len(changes)
    )
    return changes


def _load(seed: Seed, row: Mapping[str, Any] | None, owner_org: str, user: str, *, dry_run: bool) -> Change:
    wanted = digest(seed.values)
    action = CREATED if row is None else _difference(row, wanted)
    if action in (CREATED, UPDATED) and not dry_run:
        values = {**seed.values, DIGEST: wanted, "type": seed.type, "private": False}
        # An update keeps the organisation: it may be another's task by now.
        given = {**values, "owner_org": owner_org} if row is None else {**_emptied(row), **values, "id": row["id"]}
        tk.get_action("package_create" if row is None else "package_patch")({"user": user}, given)
    return Change(action, seed.type, seed.name)


def _difference(row: Mapping[str, Any], wanted: str) -> str:
    loaded = (row["extras"] or {}).get(DIGEST)
    is_as_loaded = row["state"] == "active" and not row["private"] and digest(_fields(row)) == loaded
    if not is_as_loaded:
        return EDITED
    return KEPT if loaded == wanted else UPDATED


def _emptied(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of an item with nothing in them, for those that are shipped no more."""
    return dict.fromkeys(row["extras"] or {}, "")


def _fields(row: Mapping[str, Any]) -> dict[str, str]:
    return {**(row["extras"] or {}), "name": row["name"], "title": row["title"], "notes": row["notes"] or ""}


def digest(values: Mapping[str, str]) -> str:
    """Return the digest of the fields of an item; empty ones do not count, nor does the digest itself."""
    filled = {name: value for name, value in values.items() if value and name != DIGEST}
    return hashlib.sha256(wire.canonical_json(filled).encode()).hexdigest()
