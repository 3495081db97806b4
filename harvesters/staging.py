"""The harvest objects of a run: what it has to do, in ckanext-harvest's own tables.

An object is made for what changes only. It waits in state FETCH, which ckanext-harvest's commands leave alone, until
the gate has let the run pass; HELD until an operator has decided.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.model.types import make_uuid
from ckanext.harvest.model import HarvestObject, HarvestObjectError, HarvestObjectExtra
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from ckanext.satudatapmi.harvesters import ledger

KEY = "satudatapmi"
TO_DO, HELD, WRITTEN = "FETCH", "HELD", "IMPORT"
ENDED = ("COMPLETE", "ERROR")
OPEN = ("WAITING", TO_DO, WRITTEN)
WRITE, DELETE, VANISH, RETURN = "write", "delete", "vanish", "return"

OBJECT, EXTRA = HarvestObject.__table__, HarvestObjectExtra.__table__


@dataclass(frozen=True)
class Notes:
    """What we note beside a harvest object.

    Attributes:
        action: WRITE a record, DELETE its dataset, or note that it VANISHed from its source or RETURNed.
        identity: of the record within its source.
        number: place of the record in the catalogue, from 1; 0 for those that are not in it.
        repeated: whether another record has the same identifier.
        hash: digest of the entry, as hexadecimal digits.
        base_url: address against which relative addresses are read.
        setting: of the source when the record was read (gathering.Errand.setting).
        outward: what visitors tell the record apart by (identity.outward_digest).
        content: digest of the record, which tells records with the same identifier apart.
    """

    action: str = WRITE
    identity: str = ""
    number: int = 0
    repeated: bool = False
    hash: str = ""
    base_url: str = ""
    setting: str = ""
    outward: str = ""
    content: str = ""

    @classmethod
    def parse(cls, text: str | None) -> Notes:
        """Read what `text` wrote; an object of another harvester has none."""
        values = json.loads(text or "{}")
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})

    def text(self) -> str:
        """Return the notes as they are stored."""
        return json.dumps({key: value for key, value in vars(self).items() if value})


@dataclass(frozen=True)
class Task:
    """One harvest object to be: id of the dataset, what is noted, and the record as JSON text."""

    guid: str
    notes: Notes
    content: str | None = None


@dataclass(frozen=True)
class Staged:
    """A harvest object that is to be done."""

    id: str
    guid: str
    notes: Notes
    content: str | None
    state: str
    report_status: str | None


def signature(job_id: str) -> str:
    """Return a digest of all that a run would do, the same for the same difference."""
    told = sa.func.md5(sa.func.coalesce(OBJECT.c.content, sa.literal("")))
    line = OBJECT.c.guid + sa.literal(" ") + told
    query = sa.select(sa.func.md5(sa.func.string_agg(line, aggregate_order_by(sa.literal(","), line))))
    return model.Session.scalars(query.where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state.in_(OPEN))).first() or ""


def stage(job_id: str, source_id: str, tasks: Sequence[Task], state: str = TO_DO) -> None:
    """Store harvest objects; the caller commits."""
    if not tasks:
        return
    ids = [make_uuid() for _task in tasks]
    gathered = ledger.now()
    rows = [
        {
            "id": id_,
            "guid": task.guid,
            "current": False,
            "gathered": gathered,
            "content": task.content,
            "state": state,
            "retry_times": 0,
            "harvest_job_id": job_id,
            "harvest_source_id": source_id,
        }
        for id_, task in zip(ids, tasks, strict=True)
    ]
    model.Session.execute(sa.insert(OBJECT), rows)
    notes = [
        {"id": make_uuid(), "harvest_object_id": id_, "key": KEY, "value": task.notes.text()}
        for id_, task in zip(ids, tasks, strict=True)
    ]
    model.Session.execute(sa.insert(EXTRA), notes)


def staged_guids(job_id: str) -> list[str]:
    """Return the ids of the datasets that a run stages, one for each object."""
    return list(model.Session.scalars(sa.select(OBJECT.c.guid).where(OBJECT.c.harvest_job_id == job_id)))


def of_guids(job_id: str, guids: Iterable[str]) -> list[Staged]:
    """Return the objects of a run for some datasets, without their records, in the order of the catalogue."""
    query = _with_notes(sa.null()).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.guid.in_(list(guids)))
    return sorted(_staged(query), key=lambda one: one.notes.number)


def ids_to_do(job_id: str) -> list[str]:
    """Return the ids of the objects that are still to be done: those come first that a worker died over."""
    query = sa.select(OBJECT.c.id).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state.in_((TO_DO, WRITTEN)))
    return list(model.Session.scalars(query.order_by(OBJECT.c.state.desc(), OBJECT.c.gathered, OBJECT.c.id)))


def has_more_than(job_id: str, count: int) -> bool:
    """Tell whether more than so many objects of a run are still to be done."""
    query = sa.select(OBJECT.c.id).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state == TO_DO)
    return model.Session.scalars(query.offset(count).limit(1)).first() is not None


def ids_written(job_id: str) -> list[str]:
    """Return the ids of the objects that were written and are not done yet."""
    query = sa.select(OBJECT.c.id).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state == WRITTEN)
    return list(model.Session.scalars(query))


def batch(ids: Sequence[str]) -> list[Staged]:
    """Return those objects that are still to be done and that no other worker does, in the order of the catalogue.

    They are this worker's until the transaction ends.
    """
    open_ones = _with_notes(OBJECT.c.content).where(OBJECT.c.id.in_(ids), OBJECT.c.state.in_((TO_DO, WRITTEN)))
    found = _staged(open_ones.with_for_update(skip_locked=True, of=OBJECT))
    return sorted(found, key=lambda one: one.notes.number)


def whole(ids: Sequence[str]) -> list[Staged]:
    """Return objects with their records, whatever became of them."""
    return _staged(_with_notes(OBJECT.c.content).where(OBJECT.c.id.in_(ids)))


def _with_notes(content: Any) -> sa.Select[Any]:
    return sa.select(
        OBJECT.c.id, OBJECT.c.guid, EXTRA.c.value, content, OBJECT.c.state, OBJECT.c.report_status
    ).join_from(OBJECT, EXTRA, sa.and_(EXTRA.c.harvest_object_id == OBJECT.c.id, EXTRA.c.key == KEY))


def _staged(query: sa.Select[Any]) -> list[Staged]:
    return [
        Staged(id_, guid, Notes.parse(notes), content, state, status)
        for id_, guid, notes, content, state, status in model.Session.execute(query)
    ]


def rename(one: Staged, guid: str, identity: str, repeated: bool) -> None:
    """Give a staged object another identity; the caller commits."""
    notes = replace(one.notes, identity=identity, repeated=repeated)
    model.Session.execute(sa.update(OBJECT).where(OBJECT.c.id == one.id).values(guid=guid))
    query = sa.update(EXTRA).where(EXTRA.c.harvest_object_id == one.id, EXTRA.c.key == KEY)
    model.Session.execute(query.values(value=notes.text()))


def mark_written(outcomes: Mapping[str, str], packages: Mapping[str, str | None], current: Iterable[str]) -> None:
    """Note what became of objects, in the transaction that did it; they still have to be indexed.

    Args:
        outcomes: words of ckanext-harvest by id of the object.
        packages: id of the dataset by id of the object; None where there is none any more.
        current: ids of the objects that are from now on the current ones of their datasets.
    """
    datasets = [packages[id_] for id_ in outcomes if packages.get(id_)]
    model.Session.execute(
        sa.update(OBJECT).where(OBJECT.c.package_id.in_(datasets), OBJECT.c.current.is_(True)).values(current=False)
    )
    started, current_ids = ledger.now(), set(current)
    alike: dict[tuple[str, bool, bool], list[str]] = defaultdict(list)
    for id_, outcome in outcomes.items():
        alike[outcome, id_ in current_ids, bool(packages.get(id_))].append(id_)
    for (outcome, is_current, has_dataset), ids in alike.items():
        values = {"report_status": outcome, "state": WRITTEN, "current": is_current, "import_started": started}
        dataset = OBJECT.c.guid if has_dataset else None
        model.Session.execute(sa.update(OBJECT).where(OBJECT.c.id.in_(ids)).values(package_id=dataset, **values))


def mark_done(ids: Sequence[str]) -> None:
    """Note that objects are done, searchable and all; the caller commits."""
    ended = ledger.now()
    model.Session.execute(
        sa.update(OBJECT)
        .where(OBJECT.c.id.in_(ids), OBJECT.c.state == WRITTEN)
        .values(
            state=sa.case((OBJECT.c.report_status == "errored", "ERROR"), else_="COMPLETE"),
            fetch_started=OBJECT.c.gathered,
            fetch_finished=OBJECT.c.gathered,
            import_finished=ended,
        )
    )


def mark_failed(ids: Sequence[str], message: str) -> None:
    """Note why objects could not be done; the caller commits."""
    failed = ledger.now()
    rows = [
        {"id": make_uuid(), "harvest_object_id": id_, "message": message, "stage": "Import", "created": failed}
        for id_ in ids
    ]
    if rows:
        model.Session.execute(sa.insert(HarvestObjectError.__table__), rows)
        statement = sa.update(OBJECT).where(OBJECT.c.id.in_(ids))
        model.Session.execute(statement.values(state="ERROR", report_status="errored", import_finished=failed))


def move(job_id: str, to_job: str, state: str) -> int:
    """Give the held objects of a run to another one; return how many. The caller commits."""
    query = sa.update(OBJECT).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state == HELD)
    moved: Any = model.Session.execute(query.values(harvest_job_id=to_job, state=state))
    return moved.rowcount


def change_state(job_id: str, before: Sequence[str], after: str) -> int:
    """Change the state of all objects of a run that have one of some states; return how many. The caller commits."""
    query = sa.update(OBJECT).where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state.in_(before))
    changed: Any = model.Session.execute(query.values(state=after))
    return changed.rowcount


def count_records(job_id: str, states: Sequence[str]) -> int:
    """Return how many records of the catalogue are among the objects of a run that are in one of some states."""
    query = sa.select(sa.func.count()).join_from(OBJECT, EXTRA, EXTRA.c.harvest_object_id == OBJECT.c.id)
    query = query.where(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state.in_(states), EXTRA.c.key == KEY)
    return model.Session.scalar(query.where(sa.cast(EXTRA.c.value, JSONB)["action"].astext == WRITE)) or 0


def drop(job_id: str, states: Sequence[str]) -> None:
    """Delete the objects of a run that are in one of some states; the caller commits."""
    delete_objects(sa.and_(OBJECT.c.harvest_job_id == job_id, OBJECT.c.state.in_(states)))


def delete_objects(which: sa.ColumnElement[bool]) -> None:
    """Delete the objects for which a condition holds, with all that hangs on them; the caller commits."""
    ids = sa.select(OBJECT.c.id).where(which)
    for table in (EXTRA, HarvestObjectError.__table__):
        model.Session.execute(sa.delete(table).where(table.c.harvest_object_id.in_(ids)))
    model.Session.execute(sa.delete(OBJECT).where(which))
