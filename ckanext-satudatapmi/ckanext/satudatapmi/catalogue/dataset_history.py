"""What became of a dataset: versions of its metadata, as CKAN's activities kept them, and loads of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.plugins import get_permission_labels
from ckanext.activity.model import Activity
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.tables.editions import Edition, editions_of

MADE = "new package"
TYPES = (MADE, "changed package")
NOT_TOLD = frozenset({"private", "owner_org", "name", "wire_extra", "maintainer", "maintainer_email"})
"""Fields of which no former value is told: not of the public, or perhaps of a person."""
PROVENANCE_GROUP = "asal"
FILE_FIELDS = ("name", "description", "url", "format")
FILE, TAGS = "file", "tags"


@dataclass(frozen=True)
class Change:
    """What differs.

    Attributes:
        field: of the dataset, or of one of its files.
        file: title of the file, "" for a field of the dataset.
        before, after: the values as texts; "" for none.
    """

    field: str
    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """A version: when it came, whether it is the first, and what differs from the one before."""

    happened: datetime
    is_first: bool
    changes: tuple[Change, ...]


def versions(package_id: str, user: Any, offset: int, limit: int) -> tuple[list[Version], int]:
    """Return the versions of a dataset that a user may see, the newest first, and how many there are.

    Args:
        package_id: of the dataset.
        user: None for a visitor.
        offset: how many are passed over.
        limit: how many are wanted.
    """
    seen = sa.and_(
        Activity.object_id == package_id,
        Activity.activity_type.in_(TYPES),
        *([] if user and user.sysadmin else [_is_for(user)]),
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(Activity).where(seen)) or 0
    query = sa.select(Activity).where(seen).order_by(Activity.timestamp.desc()).offset(offset).limit(limit + 1)
    found = list(model.Session.scalars(query))
    listed = [_version(one, before) for one, before in pairwise([*found, None]) if one is not None]
    return listed[:limit], count


def editions(resource_id: str) -> list[Edition]:
    """Return what the loads of a resource's table changed, the newest first. Who may see it, the caller asks."""
    with get_read_engine().connect() as connection:
        return editions_of(connection, resource_id)


def _is_for(user: Any) -> sa.ColumnElement[bool]:
    labels = get_permission_labels().get_user_dataset_labels(user)
    return Activity.permission_labels.op("&&")(labels)


def _version(activity: Activity, before: Activity | None) -> Version:
    if before is None:
        return Version(activity.timestamp, True, ())
    return Version(activity.timestamp, False, tuple(changes(_package(before), _package(activity))))


def _package(activity: Activity) -> Mapping[str, Any]:
    return (activity.data or {}).get("package") or {}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs between two versions of a dataset, in the order of its fields, but for what names a person.

    Args:
        before, after: as package_show gave them.
    """
    for name in _fields():
        earlier, later = _text(before.get(name)), _text(after.get(name))
        if earlier != later:
            yield Change(name, "", earlier, later)
    earlier, later = (", ".join(sorted(tag["name"] for tag in one.get("tags") or ())) for one in (before, after))
    if earlier != later:
        yield Change(TAGS, "", earlier, later)
    yield from _file_changes(_files(before), _files(after))


def _file_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        earlier, later = before.get(key), after.get(key)
        if earlier is None or later is None:
            yield Change(FILE, "", _title(earlier), _title(later))
            continue
        for name in FILE_FIELDS:
            if _text(earlier.get(name)) != _text(later.get(name)):
                yield Change(name, _title(later), _text(earlier.get(name)), _text(later.get(name)))
        if earlier.get("hash") and later.get("hash") and earlier["hash"] != later["hash"]:
            yield Change("hash", _title(later), _text(earlier["hash"]), _text(later["hash"]))


def _files(package: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in package.get("resources") or () if one.get("id")}


def _title(file: Mapping[str, Any] | None) -> str:
    return str(file.get("name") or file.get("url") or file["id"]) if file else ""


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _fields() -> Iterator[str]:
    personal = {field.field for field in wire.dataset_fields() if field.personal}
    schema = tk.h.scheming_get_dataset_schema("dataset")
    for field in schema["dataset_fields"]:
        name = field["field_name"]
        told = field.get("group") != PROVENANCE_GROUP and not field.get("personal")
        if told and name not in NOT_TOLD and name not in personal:
            yield name
