"""What somebody here changed on a harvested dataset: it survives the next harvest, field by field.

Beside every harvested dataset stands a fingerprint of each field as the harvest wrote it. A field that no longer has
its fingerprint was changed here; from then on it is marked as such, and the partner's value no longer touches it until
somebody gives the change up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudatapmi.schemas import wire

CHANGED_HERE = "!"
"""Stands in place of the fingerprint of a field that was changed here."""

RESOURCES = "resources"
OURS = frozenset(
    {
        "copy_fingerprint",
        "creator_user_id",
        "extras",
        "groups",
        "harvest_flags",
        "id",
        "isopen",
        "kegiatan",
        "license_title",
        "license_url",
        "metadata_created",
        "metadata_modified",
        "name",
        "num_resources",
        "num_tags",
        "organization",
        "owner_org",
        "publishing_status",
        "relationships_as_object",
        "relationships_as_subject",
        RESOURCES,
        "source_name",
        "state",
        "type",
        "wire_extra",
    }
)
"""What no partner writes, or what follows rules of its own."""

RESOURCE_FIELDS = ("name", "description", "format", "mediaType", "url", "accessURL", "issued", "modified", "ms_var")


@dataclass(frozen=True)
class LocalEdits:
    """What was changed here.

    Attributes:
        fields: value by field of the dataset; None where it was emptied.
        resources: value by field, by id of the resource.
        added: resources that were added here.
        removed: ids of resources that were removed here.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    added: Sequence[Mapping[str, Any]] = ()
    removed: frozenset[str] = frozenset()


def fingerprints(shown: Mapping[str, Any], edits: LocalEdits | None = None) -> dict[str, Any]:
    """Return the fingerprints of a dataset that the harvest has just written.

    Args:
        shown: what `package_show` gives of it.
        edits: what the harvest has left as it was changed here.
    """
    edits = edits or LocalEdits()
    found: dict[str, Any] = {name: _fingerprint(value) for name, value in _compared(shown).items()}
    found |= dict.fromkeys(edits.fields, CHANGED_HERE)
    added = {one["id"] for one in edits.added}
    resources = {one["id"]: _of_resource(one) for one in shown.get(RESOURCES, []) if one["id"] not in added}
    for id_, values in edits.resources.items():
        if id_ in resources:
            resources[id_] |= dict.fromkeys(values, CHANGED_HERE)
    return found | {RESOURCES: resources | {id_: {} for id_ in edits.removed}}


def local_edits(written: Mapping[str, Any] | None, shown: Mapping[str, Any]) -> LocalEdits:
    """Return what was changed here since the harvest wrote a dataset; nothing if it is not known what it wrote.

    Args:
        written: its fingerprints.
        shown: what `package_show` gives of it now.
    """
    if not written:
        return LocalEdits()
    now = _compared(shown)
    names = (written.keys() | now.keys()) - {RESOURCES}
    fields = {name: now.get(name) for name in names if _differs(written.get(name), now.get(name))}
    if not now.get("private"):
        # Who hides a dataset here is obeyed; who shows what its partner keeps back is not.
        fields.pop("private", None)
    before: Mapping[str, Mapping[str, str]] = written.get(RESOURCES, {})
    resources: dict[str, dict[str, Any]] = {}
    for one in shown.get(RESOURCES, []):
        known = before.get(one["id"])
        changed = {
            name: one.get(name) for name in RESOURCE_FIELDS if known and _differs(known.get(name), one.get(name))
        }
        if changed:
            resources[one["id"]] = changed
    there = {one["id"] for one in shown.get(RESOURCES, [])}
    added = [one for one in shown.get(RESOURCES, []) if one["id"] not in before]
    return LocalEdits(fields, resources, added, frozenset(before.keys() - there))


def keep_edits(package: dict[str, Any], edits: LocalEdits) -> dict[str, Any]:
    """Return a dataset that the harvest is about to write, with what was changed here for what the partner says.

    Args:
        package: as the mapping made it, its resources with ids.
        edits: what was changed here.
    """
    kept = {**package, **{name: value for name, value in edits.fields.items() if value is not None}}
    for name, value in edits.fields.items():
        if value is None:
            kept[name] = [] if isinstance(kept.get(name), list) else ""
    resources = [
        {**one, **edits.resources.get(one["id"], {})} for one in kept[RESOURCES] if one["id"] not in edits.removed
    ]
    there = {one["id"] for one in resources}
    return kept | {RESOURCES: [*resources, *(dict(one) for one in edits.added if one["id"] not in there)]}


def without_edit(written: Mapping[str, Any], shown: Mapping[str, Any], name: str, resource: str = "") -> dict[str, Any]:
    """Return the fingerprints of a dataset of which a field counts as the partner's again.

    Args:
        written: its fingerprints.
        shown: what `package_show` gives of it now.
        name: of the field; RESOURCES with a resource that was removed here.
        resource: id of the resource that the field is of, "" for the dataset.
    """
    if not resource:
        value = _compared(shown).get(name)
        kept = {key: mark for key, mark in written.items() if key != name}
        return kept | ({} if value is None else {name: _fingerprint(value)})
    resources = dict(written.get(RESOURCES, {}))
    now = next((one for one in shown.get(RESOURCES, []) if one["id"] == resource), None)
    if now is None:
        resources.pop(resource, None)
    else:
        marks = {key: mark for key, mark in resources.get(resource, {}).items() if key != name}
        resources[resource] = marks | {key: mark for key, mark in _of_resource(now).items() if key == name}
    return {**written, RESOURCES: resources}


def _compared(shown: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in shown.items() if name not in OURS and value not in (None, "", [])}
    if "tags" in values:
        values["tags"] = [{"name": name} for name in sorted(tag["name"] for tag in values["tags"])]
    return values


def _of_resource(resource: Mapping[str, Any]) -> dict[str, str]:
    return {name: _fingerprint(resource[name]) for name in RESOURCE_FIELDS if resource.get(name)}


def _differs(written: str | None, now: Any) -> bool:
    return written != (None if now in (None, "", []) else _fingerprint(now))


def _fingerprint(value: Any) -> str:
    return hashlib.blake2b(wire.canonical_json(value).encode(), digest_size=6).hexdigest()
