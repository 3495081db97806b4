"""What a harvest has to do: the records of a source against what it held before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.harvesters.identity import Identified
from ckanext.satudatapmi.harvesters.mapping import MAPPING_VERSION, SourceContext
from ckanext.satudatapmi.schemas import wire

WRITE, DELETE = "write", "delete"


@dataclass(frozen=True)
class Task:
    """One harvest object to be.

    Attributes:
        guid: the dataset's id.
        action: WRITE or DELETE.
        content: the record as JSON text; "" for DELETE.
        identity: of the record within its source.
        number: place of the record in the catalogue, from 1; 0 for DELETE.
        repeated: whether another record has the same identifier.
        hash: what the dataset depends on.
        outward: what visitors tell the record apart by (identity.outward_digest).
    """

    guid: str
    action: str
    content: str = ""
    identity: str = ""
    number: int = 0
    repeated: bool = False
    hash: str = ""
    outward: str = ""


@dataclass(frozen=True)
class Plan:
    """What to do, and how many datasets stay as they are or are kept although they vanished."""

    tasks: tuple[Task, ...]
    unchanged: int
    held_back: int


def record_hash(item: Identified, source: SourceContext) -> str:
    """Return a hash of all that a dataset depends on: the record, its identity, its source, the mapping."""
    raw = wire.canonical_json(
        [MAPPING_VERSION, source.name, source.owner_org, source.base_url, item.identity, item.record.raw]
    )
    return hashlib.sha256(raw.encode()).hexdigest()


def plan(tasks: Sequence[Task], known: Mapping[str, str], may_delete: bool) -> Plan:
    """Compare the records of a source with what it held.

    Args:
        tasks: a WRITE for every record.
        known: hash by guid, of what was last accepted.
        may_delete: whether a dataset that is missing may be deleted: the source was read to its end and every record
            of it could be told from the others.
    """
    to_write = tuple(task for task in tasks if known.get(task.guid) != task.hash)
    present = {task.guid for task in tasks}
    vanished = sorted(guid for guid in known if guid not in present)
    deletions = tuple(Task(guid, DELETE) for guid in vanished) if may_delete else ()
    return Plan((*to_write, *deletions), len(tasks) - len(to_write), len(vanished) - len(deletions))
