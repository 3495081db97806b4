"""Brings organisations and harvest sources to what the registry says.

Nothing is ever deleted, and what somebody deleted on the site stays deleted: the registry adds and updates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.harvesters.feeds import with_feeds
from ckanext.satudatapmi.harvesters.registry import OrganizationEntry, Registry, SourceEntry
from ckanext.satudatapmi.harvesters.runs import harvest_context

__all__ = ["Change", "sync_sources", "with_feeds"]

ORGANIZATION_FIELDS = (
    "title",
    "description",
    "kind",
    "publisher_type",
    "kode_wilayah",
    "parent",
    "formerly",
    "homepage",
)


@dataclass(frozen=True)
class Change:
    """What was done, or with a dry run would be done, to one organisation or source."""

    action: Literal["create", "update", "keep", "left out"]
    kind: Literal["organization", "source"]
    name: str


def sync_sources(registry: Registry, dry_run: bool = False) -> list[Change]:
    """Create or update the organisations and the harvest sources of a registry.

    Args:
        registry: what should be there.
        dry_run: say what would change, change nothing.

    Raises:
        ckan.logic.ValidationError: CKAN refuses an entry; those before it are in place.
    """
    changes = [_sync_organization(entry, dry_run) for entry in registry.organizations]
    changes += [_sync_source(entry, dry_run) for entry in registry.sources]
    return changes + [Change("left out", "source", name) for name in registry.left_out]


def _sync_organization(entry: OrganizationEntry, dry_run: bool) -> Change:
    wanted = {name: getattr(entry, name) for name in ORGANIZATION_FIELDS if getattr(entry, name)}
    group = model.Group.get(entry.name)
    if group is None:
        return _do(
            Change("create", "organization", entry.name),
            dry_run,
            lambda: tk.get_action("organization_create")(harvest_context(), {"name": entry.name, **wanted}),
        )
    if group.state != "active":
        return Change("left out", "organization", entry.name)
    shown = tk.get_action("organization_show")(harvest_context(), {"id": entry.name, "include_datasets": False})
    if _holds(shown, wanted):
        return Change("keep", "organization", entry.name)
    return _do(
        Change("update", "organization", entry.name),
        dry_run,
        lambda: tk.get_action("organization_patch")(harvest_context(), {"id": entry.name, **wanted}),
    )


def _sync_source(entry: SourceEntry, dry_run: bool) -> Change:
    wanted = {
        "title": entry.title,
        "url": entry.url,
        "notes": entry.description,
        "source_type": entry.type,
        "frequency": entry.frequency,
        "config": json.dumps(dict(entry.config), sort_keys=True, ensure_ascii=False) if entry.config else "",
    }
    package = model.Session.scalars(
        sa.select(model.Package).where(model.Package.name == entry.name, model.Package.type == "harvest")
    ).first()
    if package is None:
        return _do(
            Change("create", "source", entry.name),
            dry_run,
            lambda: tk.get_action("harvest_source_create")(
                harvest_context(), {"name": entry.name, "owner_org": _organization_id(entry), **wanted}
            ),
        )
    if package.state != "active":
        return Change("left out", "source", entry.name)
    if _holds(_present(package), wanted | {"owner_org": _organization_id(entry)}):
        return Change("keep", "source", entry.name)
    return _do(
        Change("update", "source", entry.name),
        dry_run,
        lambda: tk.get_action("harvest_source_update")(
            harvest_context(), {"id": package.id, "name": entry.name, "owner_org": _organization_id(entry), **wanted}
        ),
    )


def _present(package: model.Package) -> dict[str, Any]:
    extras = {key: package.extras.get(key, "") for key in ("source_type", "frequency", "config")}
    return {
        "title": package.title,
        "url": package.url,
        "notes": package.notes or "",
        "owner_org": package.owner_org,
        **extras,
    }


def _organization_id(entry: SourceEntry) -> str:
    group = model.Group.get(entry.organization)
    return group.id if group else ""


def _holds(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all((present.get(key) or "") == (value or "") for key, value in wanted.items())


def _do(change: Change, dry_run: bool, action: Callable[[], Any]) -> Change:
    if not dry_run:
        action()
    return change
