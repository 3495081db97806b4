"""Writes one harvested record as a dataset, by CKAN's own actions, within a transaction of the caller's.

The signal that the activity stream listens to is left out: activities of a batch are stored together (bulk.activities).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestObject

from ckanext.satudatapmi.harvesters import access
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.harvesters.bulk.creation import check_access
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import NAMESPACE, Identified, plain_identity
from ckanext.satudatapmi.harvesters.local_edits import LocalEdits, keep_edits, local_edits
from ckanext.satudatapmi.harvesters.mapping import MappedDataset, SourceContext, to_package
from ckanext.satudatapmi.harvesters.staging import Notes
from ckanext.satudatapmi.schemas.convert import Remark, short

ADDED, UPDATED, DELETED, NOT_MODIFIED, ERRORED = "added", "updated", "deleted", "not modified", "errored"
"""Words of ckanext-harvest for what became of an object."""

EMPTY_DATASET = {"notes": "", "url": "", "license_id": "", "maintainer": "", "maintainer_email": ""}
EMPTY_RESOURCE = {"name": "", "description": "", "format": "", "mimetype": ""}
"""CKAN keeps the old value of a column that an update leaves out; a record without it has none."""


@dataclass(frozen=True)
class Stored:
    """A dataset as the database has it."""

    name: str
    state: str
    kegiatan: str | None


def mapped_record(content: str | None, notes: Notes, source: SourceContext, guid: str) -> MappedDataset:
    """Return the dataset of a staged record, with the id that it was staged for.

    Raises:
        ValidationError: nothing can be made of it.
    """
    record = normalise(json.loads(content or "{}"), notes.number, source.name)
    if not isinstance(record, Record):
        raise tk.ValidationError({record.field: [record.words()]})
    context = SourceContext(source.name, source.owner_org, notes.base_url)
    remarks = plain_identity(record)[1]
    if notes.repeated:
        remarks = (*remarks, Remark("identifier_repeated", "identifier", short(record.values.get("identifier"))))
    return to_package(Identified(record, notes.identity, remarks), context, guid)


def new_package(mapped: MappedDataset) -> dict[str, Any]:
    """Return a new dataset as `package_create` takes it, with ids for its resources."""
    package = {**EMPTY_DATASET, **mapped.package}
    return package | {"resources": with_ids(package["id"], package["resources"], [])}


def write_dataset(mapped: MappedDataset, user: str, edits: LocalEdits | None = None) -> str:
    """Create or update a dataset within the running transaction by CKAN's own actions; one that was deleted comes back.

    Args:
        mapped: what the partner says.
        user: name of the user who writes.
        edits: what was changed here, and stays.

    Returns:
        ADDED, UPDATED or NOT_MODIFIED.
    """
    stored = _stored(mapped.package["id"])
    if stored is None:
        check_access("package_create", harvest_context(user), mapped.package)
        quiet("package_create")(harvest_context(user), new_package(mapped))
        return ADDED
    package: dict[str, Any] = {**EMPTY_DATASET, **mapped.package, "name": stored.name, "state": "active"}
    if stored.kegiatan:
        package["kegiatan"] = stored.kegiatan
    present = resources_of(package["id"])
    removed = edits.removed if edits else ()
    package["resources"] = with_ids(package["id"], package["resources"], present, removed)
    _keep_tables(package["resources"], present)
    package = keep_edits(package, edits) if edits else package
    before = _modified(package["id"])
    check_access("package_update", harvest_context(user), package)
    quiet("package_update")(harvest_context(user), package)
    end_savepoint()
    model.Session.flush()
    return NOT_MODIFIED if _modified(package["id"]) == before and stored.state == "active" else UPDATED


def delete_dataset(package_id: str, user: str) -> bool:
    """Delete a dataset within the running transaction; tell whether it was there."""
    stored = _stored(package_id)
    if stored is None or stored.state == "deleted":
        return False
    check_access("package_delete", harvest_context(user), {"id": package_id})
    quiet("package_delete")(harvest_context(user), {"id": package_id})
    return True


def with_ids(
    package_id: str,
    resources: Iterable[Mapping[str, Any]],
    present: Sequence[Mapping[str, str]],
    removed: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return resources with ids: those of the present ones with the same address, else the same name, else minted.

    Args:
        package_id: id of their dataset.
        resources: as the mapping made them.
        present: `id`, `url` and `name` of those that the dataset has.
        removed: ids of those that were removed here; the partner's has such an id rather than that of another file.
    """
    left = list(present)
    result = [EMPTY_RESOURCE | dict(resource) for resource in resources]
    _match(result, left, ("url", "name"))
    for resource in result if removed else ():
        minted = _minted(package_id, resource, set())
        if "id" not in resource and minted in removed:
            resource["id"] = minted
    _match(result, left, ("url",))
    _match(result, left, ("name",))
    taken = {one["id"] for one in present}
    for resource in result:
        if "id" not in resource:
            resource["id"] = _minted(package_id, resource, taken)
            taken.add(resource["id"])
    return result


def _match(resources: Iterable[dict[str, Any]], left: list[Mapping[str, str]], keys: Sequence[str]) -> None:
    """Give resources without id that of a present one in which all these keys are the same; it is then taken."""
    for resource in resources:
        match = next((one for one in left if all(one[key] == resource[key] for key in keys)), None)
        if "id" not in resource and match is not None and any(resource[key] for key in keys):
            resource["id"] = match["id"]
            left.remove(match)


def _minted(package_id: str, resource: Mapping[str, Any], taken: set[str]) -> str:
    for place in range(len(taken) + 1):
        minted = str(uuid.uuid5(NAMESPACE, f"{package_id}\n{resource['url']}\n{resource['name']}\n{place}"))
        if minted not in taken:
            return minted
    raise AssertionError("more ids than resources")


def _keep_tables(resources: Iterable[dict[str, Any]], present: Iterable[Mapping[str, str]]) -> None:
    """Have resources with a table in the DataStore keep the mark of it."""
    tables = {one["id"] for one in present if one["table"]}
    for resource in resources:
        if resource["id"] in tables:
            resource["datastore_active"] = True


def resources_of(package_id: str) -> list[dict[str, Any]]:
    """Return id, address, name, and whether there is a table, of the active resources of a dataset, in their order."""
    resource = model.resource_table.c
    query = (
        sa.select(resource.id, resource.url, resource.name, resource.extras)
        .where(resource.package_id == package_id, resource.state == "active")
        .order_by(resource.position)
    )
    return [
        {"id": id_, "url": url or "", "name": name or "", "table": bool((extras or {}).get("datastore_active"))}
        for id_, url, name, extras in model.Session.execute(query)
    ]


def _stored(package_id: str) -> Stored | None:
    package = model.package_table
    query = sa.select(package.c.name, package.c.state, package.c.extras["kegiatan"].astext)
    row = model.Session.execute(query.where(package.c.id == package_id)).first()
    return Stored(*row) if row else None


def edits_of(package_id: str, written: Mapping[str, Any] | None, shown: Mapping[str, Any]) -> LocalEdits:
    """Return what was changed here on a dataset that is about to be written.

    One that comes back after it was deleted has no fingerprints any more; who had hidden it is obeyed all the same.

    Args:
        package_id: the dataset.
        written: its fingerprints, if there are any.
        shown: what `package_show` gives of it.
    """
    if not written and shown.get("private") and not _was_private_by_record(package_id):
        return LocalEdits({"private": True})
    return local_edits(written, shown)


def _was_private_by_record(package_id: str) -> bool:
    """Tell whether the record that a dataset was last written from made it private; so it is where nobody knows."""
    query = sa.select(HarvestObject.content).where(
        HarvestObject.package_id == package_id, HarvestObject.content.is_not(None)
    )
    content = model.Session.scalars(query.order_by(HarvestObject.import_finished.desc())).first()
    return content is None or access.decide(json.loads(content)).private


def _modified(package_id: str) -> datetime | None:
    query = sa.select(model.Package.metadata_modified).where(model.Package.id == package_id)
    return model.Session.scalars(query).first()


def harvest_context(user: str) -> Any:
    """Return the context in which a harvester writes datasets, many in one transaction."""
    return {
        "model": model,
        "session": model.Session,
        "user": user,
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        HARVEST_CONTEXT: True,
    }


def quiet(name: str) -> Callable[..., Any]:
    """Return an action, with what plugins chain to it, but without the signal that the activity stream listens to."""
    return tk.get_action(name).__wrapped__  # pyright: ignore[reportFunctionMemberAccess]


def end_savepoint() -> None:
    """Release the savepoint that package_update leaves open when the commit is ours."""
    nested = model.Session().get_nested_transaction()
    if nested is not None:
        nested.commit()
