"""What a source held after its last harvests, and the harvest objects of the next: the storage of ckanext-harvest.

Objects are done in batches. The first of a batch waits in the queue and names the others, which are past fetching:
their records came with the catalogue. A batch that is cut short goes on where it stopped when the queue brings its
first object again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import ckan.model as model
import sqlalchemy as sa
from ckan.model.types import make_uuid
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectExtra

from ckanext.satudatapmi.harvesters.planning import Task

KEY = "satudatapmi"
BATCH = 50
OPEN = ("WAITING", "FETCH", "IMPORT")


@dataclass(frozen=True)
class Notes:
    """What we note beside a harvest object.

    Attributes:
        action, identity, number, repeated, hash, outward: as in `planning.Task`.
        members: ids of the objects of its batch, if it is the first.
        base_url: address against which relative addresses are read.
        etag, last_modified: what the server said of a file.
    """

    action: str = "write"
    identity: str = ""
    number: int = 0
    repeated: bool = False
    hash: str = ""
    members: tuple[str, ...] = ()
    base_url: str = ""
    etag: str = ""
    last_modified: str = ""
    outward: str = ""

    @classmethod
    def parse(cls, text: str | None) -> Notes:
        """Read what `text` wrote; an object of another harvester has none."""
        values = json.loads(text or "{}")
        return cls(**{**values, "members": tuple(values.get("members", ()))})

    def text(self) -> str:
        """Return the notes as they are stored."""
        return json.dumps({key: value for key, value in vars(self).items() if value})


def source_name(source_id: str) -> str:
    """Return the name of a harvest source, part of the identity of its datasets."""
    return model.Session.scalars(sa.select(model.Package.name).where(model.Package.id == source_id)).one()


def known_notes(source_id: str) -> dict[str, Notes]:
    """Return what was noted of the current objects of a source, by guid, where their dataset still exists."""
    query = (
        sa.select(HarvestObject.guid, HarvestObjectExtra.value)
        .join(HarvestObjectExtra, HarvestObjectExtra.harvest_object_id == HarvestObject.id)
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .where(HarvestObject.harvest_source_id == source_id, HarvestObject.current.is_(True))
        .where(HarvestObjectExtra.key == KEY)
    )
    return {guid: Notes.parse(value) for guid, value in model.Session.execute(query)}


def notes_of(obj: HarvestObject) -> Notes:
    """Return what was noted beside an object."""
    query = sa.select(HarvestObjectExtra.value).where(
        HarvestObjectExtra.harvest_object_id == obj.id, HarvestObjectExtra.key == KEY
    )
    return Notes.parse(model.Session.scalars(query).first())


def write_notes(obj: HarvestObject, notes: Notes) -> None:
    """Replace what is noted beside an object; the caller commits."""
    model.Session.execute(
        sa.update(HarvestObjectExtra)
        .where(HarvestObjectExtra.harvest_object_id == obj.id, HarvestObjectExtra.key == KEY)
        .values(value=notes.text())
    )


def forget_hash(objects: Iterable[HarvestObject]) -> None:
    """Have the next harvest write these records again, whatever it finds; the caller commits."""
    for obj in objects:
        write_notes(obj, replace(notes_of(obj), hash=""))


def create_objects(job: HarvestJob, tasks: Sequence[Task], base_url: str = "") -> list[str]:
    """Store harvest objects and commit.

    Args:
        job: the job they belong to.
        tasks: what they are to do, in order.
        base_url: address against which relative addresses are read.

    Returns:
        The ids that belong in the queue: the first object of each batch.
    """
    first = []
    for batch in _batches(tasks):
        ids = [make_uuid() for _task in batch]
        first.append(ids[0])
        rows = [_object_row(job, task, ids[place], waits=place == 0) for place, task in enumerate(batch)]
        model.Session.execute(sa.insert(HarvestObject.__table__), rows)
        notes = [_notes(task, base_url, ids[1:] if place == 0 else []) for place, task in enumerate(batch)]
        model.Session.execute(
            sa.insert(HarvestObjectExtra.__table__),
            [
                {"id": make_uuid(), "harvest_object_id": ids[place], "key": KEY, "value": one.text()}
                for place, one in enumerate(notes)
            ],
        )
    model.Session.commit()
    return first


def _batches(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    for start in range(0, len(tasks), BATCH):
        yield tasks[start : start + BATCH]


def _notes(task: Task, base_url: str, members: list[str]) -> Notes:
    return Notes(
        task.action,
        task.identity,
        task.number,
        task.repeated,
        task.hash,
        tuple(members),
        base_url,
        outward=task.outward,
    )


def _object_row(job: HarvestJob, task: Task, object_id: str, waits: bool) -> dict[str, object]:
    """Return a row of harvest_object. Only what waits is put into the queue again when the queue has lost it."""
    return {
        "id": object_id,
        "guid": task.guid,
        "current": False,
        "gathered": datetime.now(UTC).replace(tzinfo=None),
        "content": task.content or None,
        "state": "WAITING" if waits else "FETCH",
        "retry_times": 0,
        "harvest_job_id": job.id,
        "harvest_source_id": job.source_id,
    }


def open_members(obj: HarvestObject) -> list[HarvestObject]:
    """Return the objects of a batch that are still to be done, by its first object, which is not among them."""
    members = notes_of(obj).members
    if not members:
        return []
    query = sa.select(HarvestObject).where(HarvestObject.id.in_(members), HarvestObject.state.in_(OPEN))
    found = {member.id: member for member in model.Session.scalars(query)}
    return [found[member] for member in members if member in found]


def job_is_open(obj: HarvestObject) -> bool:
    """Tell whether the job of an object still runs; an aborted job leaves the rest of its batches undone."""
    query = sa.select(HarvestJob.status).where(HarvestJob.id == obj.harvest_job_id)
    return model.Session.scalars(query).first() != "Finished"
