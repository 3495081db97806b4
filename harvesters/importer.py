"""Writes harvested records as datasets, many in one transaction.

A batch is written, committed and indexed together: that is several times faster than one dataset at a time. If any
record of it is refused, the batch is taken back and every record tried by itself, so one bad record harms no other.

Datasets are written by CKAN's own actions, without the activity stream: it would keep a whole copy of every dataset at
every harvest, takes 40 % of the time, and tells nothing that the harvest objects do not tell.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search.common import SearchError, SearchIndexError
from ckan.lib.search.index import PackageSearchIndex
from ckanext.harvest.model import HarvestObject, HarvestObjectError

from ckanext.satudatapmi.harvesters import access, state
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import NAMESPACE, Identified
from ckanext.satudatapmi.harvesters.mapping import MappedDataset, SourceContext, to_package
from ckanext.satudatapmi.harvesters.planning import DELETE
from ckanext.satudatapmi.harvesters.words import validation_words
from ckanext.satudatapmi.schemas.convert import Remark, short

log = logging.getLogger(__name__)

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
    private: bool
    kegiatan: str | None


def import_objects(objects: Sequence[HarvestObject], source: SourceContext, user: str) -> dict[str, str]:
    """Write, or delete, the datasets of harvest objects and commit.

    Args:
        objects: objects of one source.
        source: that source.
        user: name of the user who writes.

    Returns:
        What became of each object by its id: one of ADDED, UPDATED, DELETED, NOT_MODIFIED, ERRORED. Errors are stored
        beside their object.
    """
    ids = [obj.id for obj in objects]
    try:
        outcomes = {obj.id: _apply(obj, source, user) for obj in objects}
        model.Session.commit()
    except Exception:
        log.info("batch of %d objects taken back, each tried alone: source=%s", len(ids), source.name, exc_info=True)
        model.Session.rollback()
        outcomes = {object_id: _apply_alone(object_id, source, user) for object_id in ids}
    return outcomes | index(ids, outcomes)


def _apply_alone(object_id: str, source: SourceContext, user: str) -> str:
    obj = model.Session.get_one(HarvestObject, object_id)
    try:
        outcome = _apply(obj, source, user)
        model.Session.commit()
    except tk.ValidationError as error:
        model.Session.rollback()
        return _store_error(object_id, _refusal(object_id, source, error.error_dict))
    except Exception as error:
        model.Session.rollback()
        log.exception("record could not be imported: object=%s", object_id)
        return _store_error(
            object_id, _refusal(object_id, source, {"": [f"{type(error).__name__}: {short(str(error))}"]})
        )
    return outcome


def _refusal(object_id: str, source: SourceContext, errors: Mapping[str, Any]) -> str:
    obj = model.Session.get_one(HarvestObject, object_id)
    notes = state.notes_of(obj)
    record = json.loads(obj.content or "{}")
    quoted = {} if access.decide(record).private else record
    return validation_words(source.name, notes.number, notes.identity, quoted, errors)


def _store_error(object_id: str, message: str) -> str:
    obj = model.Session.get_one(HarvestObject, object_id)
    model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))
    model.Session.commit()
    return ERRORED


def _apply(obj: HarvestObject, source: SourceContext, user: str) -> str:
    """Do what an object says, within the running transaction."""
    notes = state.notes_of(obj)
    if notes.action == DELETE:
        return _delete(obj, user)
    mapped = mapped_record(obj, notes, source)
    outcome = write_dataset(mapped, user)
    make_current(obj, mapped.package["id"], alone=outcome == ADDED)
    return outcome


def mapped_record(obj: HarvestObject, notes: state.Notes, source: SourceContext) -> MappedDataset:
    """Return the dataset of an object's record, as it was planned."""
    record = normalise(json.loads(obj.content or "{}"), notes.number, source.name)
    if not isinstance(record, Record):
        raise tk.ValidationError({record.field: [record.words()]})
    context = SourceContext(source.name, source.owner_org, notes.base_url)
    remarks = (Remark("identifier_repeated", "identifier", short(record.values.get("identifier"))),)
    return to_package(Identified(record, notes.identity, remarks if notes.repeated else ()), context)


def write_dataset(mapped: MappedDataset, user: str) -> str:
    """Create or update a dataset within the running transaction; one that was deleted comes back."""
    package: dict[str, Any] = {**EMPTY_DATASET, **mapped.package}
    stored = _stored(package["id"])
    if stored is None:
        package["resources"] = with_ids(package["id"], package["resources"], [])
        _quiet("package_create")(_context(user), package)
        return ADDED
    package["name"] = stored.name
    package["state"] = "active"
    if stored.kegiatan:
        package["kegiatan"] = stored.kegiatan
    if stored.private and not mapped.says_public and not _was_private_by_record(package["id"]):
        # Somebody here made it private; only a record that calls itself open undoes that.
        package["private"] = True
    package["resources"] = with_ids(package["id"], package["resources"], resources_of(package["id"]))
    before = _modified(package["id"])
    _quiet("package_update")(_context(user), package)
    end_savepoint()
    model.Session.flush()
    return NOT_MODIFIED if _modified(package["id"]) == before and stored.state == "active" else UPDATED


def _delete(obj: HarvestObject, user: str) -> str:
    stored = _stored(obj.guid)
    if stored is not None and stored.state != "deleted":
        _quiet("package_delete")(_context(user) | {"defer_commit": False}, {"id": obj.guid})
    model.Session.execute(sa.update(HarvestObject).where(HarvestObject.package_id == obj.guid).values(current=False))
    obj.package_id = obj.guid if stored is not None else None
    obj.current = False
    return DELETED


def make_current(obj: HarvestObject, package_id: str, alone: bool = False) -> None:
    """Make an object the current one of its dataset, within the running transaction; `alone` if it is the first."""
    if not alone:
        model.Session.execute(
            sa.update(HarvestObject)
            .where(HarvestObject.package_id == package_id, HarvestObject.id != obj.id, HarvestObject.current.is_(True))
            .values(current=False)
        )
    obj.package_id = package_id
    obj.current = True
    model.Session.flush()


def with_ids(
    package_id: str, resources: Iterable[Mapping[str, Any]], present: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Return resources with ids: those of the present ones with the same address, else the same name, else minted.

    Args:
        package_id: id of their dataset.
        resources: as the mapping made them.
        present: `id`, `url` and `name` of those that the dataset has.
    """
    left = list(present)
    result = [EMPTY_RESOURCE | dict(resource) for resource in resources]
    for keys in (("url", "name"), ("url",), ("name",)):
        for resource in result:
            match = next((one for one in left if all(one[key] == resource[key] for key in keys)), None)
            if "id" not in resource and match is not None and any(resource[key] for key in keys):
                resource["id"] = match["id"]
                left.remove(match)
    taken = {one["id"] for one in present}
    for resource in result:
        if "id" not in resource:
            resource["id"] = _minted(package_id, resource, taken)
            taken.add(resource["id"])
    return result


def _minted(package_id: str, resource: Mapping[str, Any], taken: set[str]) -> str:
    for place in range(len(taken) + 1):
        minted = str(uuid.uuid5(NAMESPACE, f"{package_id}\n{resource['url']}\n{resource['name']}\n{place}"))
        if minted not in taken:
            return minted
    raise AssertionError("more ids than resources")


def resources_of(package_id: str) -> list[dict[str, str]]:
    """Return id, address and name of the active resources of a dataset, in their order."""
    query = (
        sa.select(model.Resource.id, model.Resource.url, model.Resource.name)
        .where(model.Resource.package_id == package_id, model.Resource.state == "active")
        .order_by(model.Resource.position)
    )
    return [{"id": id_, "url": url or "", "name": name or ""} for id_, url, name in model.Session.execute(query)]


def _stored(package_id: str) -> Stored | None:
    package = model.package_table
    query = sa.select(package.c.name, package.c.state, package.c.private, package.c.extras["kegiatan"].astext)
    row = model.Session.execute(query.where(package.c.id == package_id)).first()
    return Stored(row[0], row[1], bool(row[2]), row[3]) if row else None


def _was_private_by_record(package_id: str) -> bool:
    """Tell whether the record that a dataset was last written from made it private."""
    query = sa.select(HarvestObject.content).where(
        HarvestObject.package_id == package_id, HarvestObject.current.is_(True)
    )
    content = model.Session.scalars(query.order_by(HarvestObject.import_finished.desc())).first()
    return access.decide(json.loads(content or "{}")).private


def _modified(package_id: str) -> datetime | None:
    query = sa.select(model.Package.metadata_modified).where(model.Package.id == package_id)
    return model.Session.scalars(query).first()


def _context(user: str) -> Any:
    return {
        "model": model,
        "session": model.Session,
        "user": user,
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        HARVEST_CONTEXT: True,
    }


def _quiet(name: str) -> Callable[..., Any]:
    """Return an action, with what plugins chain to it, but without the signal that the activity stream listens to."""
    return tk.get_action(name).__wrapped__  # pyright: ignore[reportFunctionMemberAccess]


def end_savepoint() -> None:
    """Release the savepoint that package_update leaves open when the commit is ours."""
    nested = model.Session().get_nested_transaction()
    if nested is not None:
        nested.commit()


def index(ids: Sequence[str], outcomes: Mapping[str, str]) -> dict[str, str]:
    """Bring written datasets into the search index; returns the outcomes that this changes."""
    objects = [model.Session.get_one(HarvestObject, object_id) for object_id in ids]
    written = [obj for obj in objects if outcomes[obj.id] in (ADDED, UPDATED, NOT_MODIFIED)]
    if not written:
        return {}
    search = PackageSearchIndex()
    try:
        for obj in written:
            logic.index_update_package({"ignore_auth": True}, str(obj.package_id), defer_commit=True)
        search.commit()
    except (SearchIndexError, SearchError) as error:
        message = tk._(
            "The dataset was stored, but the search index could not be reached ({reason}). The next harvest brings it "
            "into the index."
        ).format(reason=short(str(error), 200))
        state.forget_hash(written)
        for obj in written:
            model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))
        model.Session.commit()
        return {obj.id: ERRORED for obj in written}
    return {}


def finish(obj: HarvestObject, outcome: str) -> None:
    """Mark an object as done, as ckanext-harvest does with the object that it was called for; the caller commits."""
    now = datetime.now(UTC).replace(tzinfo=None)
    obj.fetch_started = obj.fetch_started or now
    obj.fetch_finished = obj.fetch_finished or now
    obj.import_started = obj.import_started or now
    obj.import_finished = now
    obj.state = "ERROR" if outcome == ERRORED else "COMPLETE"
    obj.report_status = outcome
