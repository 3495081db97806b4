"""What a run that waits for a decision would do, dataset by dataset and field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudatapmi.harvesters import importer, ledger, local_edits, staging
from ckanext.satudatapmi.harvesters.local_edits import LocalEdits
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.staging import EXTRA, OBJECT, Staged
from ckanext.satudatapmi.schemas import wire

ADD, CHANGE, DELETE, VANISH, RETURN = "add", "change", "delete", "vanish", "return"
TEXT_MAX = 300


def difference(job_id: str, source: SourceContext, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return what a held run would do with each dataset.

    Args:
        job_id: of the run.
        source: of the run.
        offset, limit: which part.

    Returns:
        For each dataset: action (add, change, delete, vanish, return), id, title, number of the record, and for a
        change `fields`: {name: {before, after}}, resources as `resources[place].name`. Values are shortened. Those that
        have left the catalogue stand first, the others in its order.
    """
    number = sa.cast(sa.cast(EXTRA.c.value, JSONB)["number"].astext, sa.Integer)
    ids = model.Session.scalars(
        sa.select(OBJECT.c.id)
        .join(EXTRA, sa.and_(EXTRA.c.harvest_object_id == OBJECT.c.id, EXTRA.c.key == staging.KEY))
        .where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state == staging.HELD)
        .order_by(sa.func.coalesce(number, 0), OBJECT.c.id)
        .offset(offset)
        .limit(limit)
    ).all()
    staged = sorted(staging.whole(list(ids)), key=lambda one: one.notes.number)
    there = _there([one.guid for one in staged])
    return [_told(one, source, there.get(one.guid)) for one in staged]


def count(job_id: str) -> int:
    """Return how many datasets a held run would touch."""
    query = sa.select(sa.func.count()).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state == staging.HELD)
    return model.Session.scalar(query) or 0


def _there(guids: list[str]) -> dict[str, str]:
    query = sa.select(model.Package.id, model.Package.title).where(model.Package.id.in_(guids))
    return {id_: title or "" for id_, title in model.Session.execute(query)}


def _told(one: Staged, source: SourceContext, title: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.guid, "identifier": one.notes.identity, "number": one.notes.number}
    if one.notes.action != staging.WRITE:
        return told | {"action": one.notes.action, "title": title or one.notes.identity}
    try:
        mapped = importer.mapped_record(one.content, one.notes, source, one.guid).package
    except tk.ValidationError as error:
        return told | {"action": ADD, "title": one.notes.identity, "error": str(error.error_dict)}
    if title is None:
        return told | {"action": ADD, "title": mapped["title"]}
    return told | {"action": CHANGE, "title": mapped["title"], "fields": changed_fields(one.guid, mapped)}


def changed_fields(package_id: str, mapped: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the fields of a dataset that a record would change: {name: {before, after}}; what was changed here stays.

    Args:
        package_id: the dataset.
        mapped: what the mapping makes of the record.
    """
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    marks = ledger.fingerprints_of([package_id]).get(package_id)
    kept = importer.edits_of(package_id, marks, shown)
    before, after = _flat(shown), _flat(mapped)
    names = (before.keys() | after.keys()) - kept.fields.keys() - _kept_in_resources(shown, kept)
    return {
        name: {"before": before.get(name, ""), "after": after.get(name, "")}
        for name in sorted(names)
        if before.get(name, "") != after.get(name, "")
    }


def _kept_in_resources(shown: Mapping[str, Any], kept: LocalEdits) -> set[str]:
    places = enumerate(shown.get("resources") or [], start=1)
    return {f"resources[{place}].{name}" for place, one in places for name in kept.resources.get(one["id"], ())}


def _flat(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that a partner writes, as texts."""
    found = {name: _text(value) for name, value in package.items() if name not in local_edits.OURS}
    found["tags"] = ", ".join(sorted(tag["name"] for tag in package.get("tags") or []))
    for place, resource in enumerate(package.get("resources") or [], start=1):
        for name in ("name", "description", "format", "url"):
            found[f"resources[{place}].{name}"] = _text(resource.get(name))
    return {name: value for name, value in found.items() if value}


def _text(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return ""
    text = value if isinstance(value, str) else wire.json_text(value)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"
