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
from ckan.plugins import PluginImplementations
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestSource

from ckanext.satudatapmi.harvesters import proposals
from ckanext.satudatapmi.harvesters.feeds import with_feeds
from ckanext.satudatapmi.harvesters.importer import quiet
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


@dataclass(frozen=True)
class Present:
    """What the site has under a name: the id, whether it is active, and the fields that the registry knows of."""

    id: str
    active: bool
    fields: Mapping[str, str]


def sync_sources(registry: Registry, dry_run: bool = False) -> list[Change]:
    """Create or update the organisations and the harvest sources of a registry.

    Sources whose protocol the site has no harvester for are left out.

    Args:
        registry: what should be there.
        dry_run: say what would change, change nothing.

    Raises:
        ckan.logic.ValidationError: CKAN refuses an entry; those before it are in place.
    """
    bodies = organizations_on_site()
    changes = [_sync_organization(entry, bodies.get(entry.name), dry_run) for entry in registry.organizations]
    owners = {name: body.id for name, body in organizations_on_site().items()}
    sources, protocols = _sources_on_site(), _protocols()
    for entry in registry.sources:
        if entry.type in protocols:
            changes.append(_sync_source(entry, sources.get(entry.name), owners.get(entry.organization, ""), dry_run))
        else:
            changes.append(Change("left out", "source", entry.name))
    return changes + [Change("left out", "source", name) for name in registry.left_out]


def organizations_on_site() -> dict[str, Present]:
    """Return every organisation by name, read at once however many there are."""
    body = model.group_table.c
    query = sa.select(body.id, body.name, body.title, body.description, body.state, body.extras)
    return {
        row.name: Present(
            row.id,
            row.state == "active",
            {**(row.extras or {}), "title": row.title or "", "description": row.description or ""},
        )
        for row in model.Session.execute(query.where(body.is_organization.is_(True)))
    }


def _sources_on_site() -> dict[str, Present]:
    """Return every harvest source by name, those that were deleted too."""
    package, source = model.package_table.c, HarvestSource.__table__.c
    query = (
        sa.select(
            package.id,
            package.name,
            package.state,
            package.title,
            package.url,
            package.notes,
            package.owner_org,
            source.type.label("source_type"),
            source.frequency,
            source.config,
        )
        .outerjoin(HarvestSource.__table__, source.id == package.id)
        .where(package.type == "harvest")
    )
    return {
        row["name"]: Present(row["id"], row["state"] == "active", {key: value or "" for key, value in row.items()})
        for row in model.Session.execute(query).mappings()
    }


def _protocols() -> set[str]:
    """Return the protocols that the site has a harvester for."""
    return {(harvester.info() or {}).get("name", "") for harvester in PluginImplementations(IHarvester)}


def _create_organization(values: Mapping[str, str]) -> None:
    """Make an organisation without showing it and without an activity: there are hundreds, and nobody made them."""
    context: Any = {**harvest_context(), "return_id_only": True}
    quiet("organization_create")(context, dict(values))


def _sync_organization(entry: OrganizationEntry, present: Present | None, dry_run: bool) -> Change:
    wanted = {name: getattr(entry, name) for name in ORGANIZATION_FIELDS if getattr(entry, name)}
    if present is None:
        return _do(
            Change("create", "organization", entry.name),
            dry_run,
            lambda: _create_organization({"name": entry.name, **wanted}),
        )
    if not present.active:
        return Change("left out", "organization", entry.name)
    if _holds(present.fields, wanted):
        return Change("keep", "organization", entry.name)
    return _do(
        Change("update", "organization", entry.name),
        dry_run,
        lambda: tk.get_action("organization_patch")(harvest_context(), {"id": entry.name, **wanted}),
    )


def _sync_source(entry: SourceEntry, present: Present | None, owner: str, dry_run: bool) -> Change:
    # An operator accepts a source on the site, or the registry does; neither takes that back.
    waits = entry.proposed and (present is None or proposals.is_proposed(present.fields["config"]))
    config = {**entry.config, **({proposals.KEY: True} if waits else {})}
    wanted = {
        "title": entry.title,
        "url": entry.url,
        "notes": entry.description,
        "source_type": entry.type,
        "frequency": entry.frequency,
        "config": json.dumps(config, sort_keys=True, ensure_ascii=False) if config else "",
        "owner_org": owner,
    }
    if present is None:
        return _do(
            Change("create", "source", entry.name),
            dry_run,
            lambda: tk.get_action("harvest_source_create")(harvest_context(), {"name": entry.name, **wanted}),
        )
    if not present.active:
        return Change("left out", "source", entry.name)
    if _holds(present.fields, wanted):
        return Change("keep", "source", entry.name)
    return _do(
        Change("update", "source", entry.name),
        dry_run,
        lambda: tk.get_action("harvest_source_update")(
            harvest_context(), {"id": present.id, "name": entry.name, **wanted}
        ),
    )


def _holds(present: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all((present.get(key) or "") == (value or "") for key, value in wanted.items())


def _do(change: Change, dry_run: bool, action: Callable[[], Any]) -> Change:
    if not dry_run:
        action()
    return change
