"""What a new dataset may begin with: a former dataset, or a record of a data.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.harvesters import datajson
from ckanext.satudatapmi.harvesters.mapping import to_draft
from ckanext.satudatapmi.harvesters.remarks import Rejection
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.schemas.convert import as_text
from ckanext.satudatapmi.text import _

MAX_BYTES = 10 * 1024 * 1024
MAX_OFFERED = 500
NOT_COPIED = frozenset({"name", "publishing_status", "tag_string"})
"""Fields of the form that belong to the former dataset alone: its address, and how far its checking has come."""


class Unusable(ValueError):
    """What was brought cannot begin a dataset; says what is wrong and what to do."""


@dataclass(frozen=True)
class Offered:
    """A record to choose: its title, and the record itself as JSON text."""

    number: int
    title: str
    text: str


def copy_of(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a dataset for a new draft: no files, nothing about where the former one came from."""
    fields = [field for field in wire.dataset_schema()["dataset_fields"] if field["group"] != "asal"]
    names = [field["field_name"] for field in fields if field["field_name"] not in NOT_COPIED]
    kept = {name: package[name] for name in names if package.get(name) not in (None, "")}
    return kept | {
        "title": _("{title} (copy)", title=package.get("title") or package["name"]),
        "private": bool(package.get("private")),
        "tags": [{"name": tag["name"]} for tag in package.get("tags") or []],
    }


def records_in(content: bytes) -> list[Offered]:
    """Return the records of a data.json.

    Raises:
        Unusable: the bytes are too many, no JSON, or JSON without records.
    """
    if len(content) > MAX_BYTES:
        raise Unusable(_("The file is larger than {limit} MB. Bring the record you need alone.", limit=MAX_BYTES >> 20))
    try:
        entries = datajson.read_catalogue(content).entries
    except datajson.CatalogueError as error:
        raise Unusable(error.message) from None
    if len(entries) > MAX_OFFERED:
        told = {"count": len(entries), "limit": MAX_OFFERED}
        raise Unusable(_("The file holds {count} datasets. Bring at most {limit} at a time.", **told))
    return [Offered(number, _title(entry, number), wire.json_text(entry)) for number, entry in enumerate(entries, 1)]


def _title(entry: Any, number: int) -> str:
    title = as_text(entry["title"]) if isinstance(entry, Mapping) and entry.get("title") else ""
    return title or _("Dataset {number}", number=number)


def draft_of(text: str, owner_org: str) -> dict[str, Any]:
    """Return the draft that a record gives, with all the record holds.

    Args:
        text: the record as JSON text, as `Offered` has it.
        owner_org: id or name of the organisation that it is to belong to.

    Raises:
        Unusable: the text is no JSON, or the record beyond repair.
    """
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable(_("The record is no JSON. Begin again from the file.")) from None
    record = datajson.normalise(entry, 1, _("your file"))
    if isinstance(record, Rejection):
        raise Unusable(f"{_('Expected: {expected}.', expected=record.expected)} {record.advice}")
    return to_draft(record, owner_org)
