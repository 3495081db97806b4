"""Makes many datasets within one transaction, as `package_create` makes one.

The order is that of CKAN's action: authorization, validation, rows, membership in the organisation, hooks of
IPackageController, views. What CKAN keeps as objects that plugins look at (datasets and their resources) is made by the
ORM, so that its events fire; tags and memberships, which no plugin sees, go in by one statement for all.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import datapreview
from ckan.types import Context

from ckanext.satudatapmi.harvesters import ledger
from ckanext.satudatapmi.harvesters.bulk.validation import CreateValidator, taken

TAGS_LOCK = 0x5A7D_0001
"""Advisory lock of the database: CKAN's table of tags would take the same free tag twice."""

NEEDS_CKAN = frozenset({"groups", "plugin_data", "relationships_as_object", "relationships_as_subject", "tag_string"})
"""What a dataset may hold that only CKAN's own action knows how to store."""


@dataclass(frozen=True)
class Created:
    """Datasets of a batch.

    Attributes:
        packages: those that were made, in the order given.
        errors: of those that were refused, by id, as a ValidationError has them.
    """

    packages: tuple[model.Package, ...]
    errors: Mapping[str, Mapping[str, Any]]


def can_create(package: Mapping[str, Any]) -> bool:
    """Tell whether a dataset can be made in a batch; one that brings files, groups or the like goes CKAN's way."""
    resources = package.get("resources") or []
    return not NEEDS_CKAN & package.keys() and not any("upload" in one or "id" not in one for one in resources)


def create_packages(packages: Sequence[Mapping[str, Any]], context: Context) -> Created:
    """Make datasets within the running transaction; the caller commits, and brings them into the search index.

    Args:
        packages: as `package_create` takes them, of one type, with ids for themselves and their resources; `can_create`
            holds for all.
        context: of an action: `user`, and whatever validators and hooks look at.

    Raises:
        NotAuthorized: the user may not make one of them.
        sqlalchemy.exc.DBAPIError: the database refuses one of them; none is made then, the caller rolls back.
    """
    for one in {package.get("owner_org"): package for package in packages}.values():
        # All datasets of an organisation are asked about by one of them: the rules look at nothing else.
        check_access("package_create", context, one)
    validator = CreateValidator(context, packages[0])
    in_use = taken(packages)
    user = model.User.by_name(context.get("user", ""))
    accepted: list[tuple[model.Package, dict[str, Any]]] = []
    errors: dict[str, Mapping[str, Any]] = {}
    for given in packages:
        validated = validator.validate(given, given["id"] in in_use)
        if validated.errors:
            errors[given["id"]] = tk.ValidationError(validated.errors).error_dict
        else:
            accepted.append((_package(validated.data, user), validated.data))
    made = [package for package, _data in accepted]
    model.Session.add_all(made)
    model.Session.flush()
    _store_tags(accepted)
    _store_owners(made)
    views = datapreview.get_default_view_plugins()
    for package, data in accepted:
        _call_hooks(package, data, context)
        _make_views(data, context, views)
    return Created(tuple(made), errors)


def check_access(action: str, context: Context, package: Mapping[str, Any]) -> None:
    """Make sure that the user may do with a dataset what an action does.

    The context of a harvest has `ignore_auth`, without which only system administrators could bring ids of their own.

    Raises:
        NotAuthorized: the user may not.
    """
    asked = {key: value for key, value in context.items() if key != "ignore_auth"}
    tk.check_access(action, cast(Context, asked), dict(package))


def _package(data: dict[str, Any], user: model.User | None) -> model.Package:
    data.pop("metadata_created", None)
    if user:
        data["creator_user_id"] = user.id
    extras = {extra["key"]: extra["value"] for extra in data.get("extras", [])}
    package = model.Package()
    package.from_dict(dict(data, extras=extras))
    package.resources_all[:] = [_resource(one, data["id"]) for one in data.get("resources") or []]
    if not data.get("metadata_modified"):
        package.metadata_modified = ledger.now()
    return package


def _resource(values: dict[str, Any], package_id: str) -> model.Resource:
    values["package_id"] = package_id
    resource = model.Resource()
    _changed, skipped = resource.from_dict(values)
    # Plugins ask the object whether its address is a new one.
    resource.url_changed = True  # pyright: ignore[reportAttributeAccessIssue]
    resource.metadata_modified = ledger.now()
    resource.state = "active"
    resource.extras = skipped
    return resource


def _store_tags(accepted: Iterable[tuple[model.Package, Mapping[str, Any]]]) -> None:
    wanted = {
        package.id: dict.fromkeys((tag["name"], tag.get("vocabulary_id")) for tag in data.get("tags") or [])
        for package, data in accepted
    }
    ids = _tag_ids({tag for tags in wanted.values() for tag in tags})
    rows = [
        {"id": str(uuid.uuid4()), "package_id": package_id, "tag_id": ids[tag], "state": "active"}
        for package_id, tags in wanted.items()
        for tag in tags
    ]
    if rows:
        model.Session.execute(sa.insert(model.package_tag_table), rows)


def _tag_ids(tags: set[tuple[str, str | None]]) -> dict[tuple[str, str | None], str]:
    found = _known_tags(tags)
    if tags - found.keys():
        model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(TAGS_LOCK)))
        found = _known_tags(tags)
        new = {tag: str(uuid.uuid4()) for tag in sorted(tags - found.keys(), key=str)}
        if new:
            rows = [{"id": id_, "name": name, "vocabulary_id": vocabulary} for (name, vocabulary), id_ in new.items()]
            model.Session.execute(sa.insert(model.tag_table), rows)
        found |= new
    return found


def _known_tags(tags: set[tuple[str, str | None]]) -> dict[tuple[str, str | None], str]:
    table = model.tag_table
    query = sa.select(table.c.id, table.c.name, table.c.vocabulary_id)
    query = query.where(table.c.name.in_({name for name, _vocabulary in tags})).order_by(table.c.id.desc())
    return {(name, vocabulary): id_ for id_, name, vocabulary in model.Session.execute(query)} if tags else {}


def _store_owners(packages: Iterable[model.Package]) -> None:
    rows = [
        {
            "id": str(uuid.uuid4()),
            "table_name": "package",
            "table_id": package.id,
            "capacity": "organization",
            "group_id": package.owner_org,
            "state": "active",
        }
        for package in packages
        if package.owner_org
    ]
    if rows:
        model.Session.execute(sa.insert(model.member_table), rows)


def _call_hooks(package: model.Package, data: dict[str, Any], context: Context) -> None:
    for resource, stored in zip(data.get("resources") or [], package.resources, strict=True):
        resource["id"] = stored.id
    own = context.copy()
    for plugin in p.PluginImplementations(p.IPackageController):
        plugin.create(package)
        plugin.after_dataset_create(own, data)


def _make_views(data: Mapping[str, Any], context: Context, views: Sequence[Any]) -> None:
    """Have CKAN make the default views of those resources that a view can show."""
    resources = data.get("resources") or []
    shown = [one for one in resources if any(view.can_view({"resource": one, "package": data}) for view in views)]
    if shown:
        package = {**copy.deepcopy(dict(data)), "resources": shown}
        datapreview.add_views_to_dataset_resources(
            tk.fresh_context(context) | {"ignore_auth": True}, package, view_types=[], create_datastore_views=False
        )
