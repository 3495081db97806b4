"""What was last accepted of every source, and the runs of the harvest: the storage of the pipeline.

Nothing here commits: whoever calls decides what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob
from sqlalchemy.dialects.postgresql import JSONB, insert

RECORD = sa.table(
    "satudatapmi_harvest_record",
    *(sa.column(name, sa.Text) for name in ("source_id", "guid", "identity", "outward", "setting", "fingerprint")),
    sa.column("digest", sa.LargeBinary),
    sa.column("vanished", sa.DateTime),
    *(sa.column(name, JSONB) for name in ("written", "layouts")),
)
SOURCE = sa.table(
    "satudatapmi_harvest_source",
    *(sa.column(name, sa.Text) for name in ("source_id", "setting")),
    sa.column("memory", JSONB),
    sa.column("checked", sa.DateTime),
    sa.column("slow", sa.Boolean),
)
RUN = sa.table(
    "satudatapmi_harvest_run",
    *(sa.column(name, sa.Text) for name in ("job_id", "source_id", "stage", "worker", "stopped_by", "verdict")),
    *(sa.column(name, sa.Text) for name in ("decision", "decided_by", "reason")),
    *(sa.column(name, sa.Integer) for name in ("lane", "fence", "attempts")),
    *(sa.column(name, sa.DateTime) for name in ("beat", "decided")),
    *(sa.column(name, JSONB) for name in ("token", "found", "difference")),
)
PAGE = sa.table(
    "satudatapmi_harvest_page",
    sa.column("job_id", sa.Text),
    sa.column("number", sa.Integer),
    sa.column("seen", sa.LargeBinary),
)

REMARK = sa.table(
    "satudatapmi_harvest_remark",
    *(sa.column(name, sa.Text) for name in ("job_id", "batch")),
    sa.column("remarks", JSONB),
)

DELETED_HERE = "deleted here"
"""Stands in place of the setting of a record that is left alone, because a person deleted or purged its dataset."""


@dataclass(frozen=True)
class Accepted:
    """A record as it was last accepted.

    Attributes:
        guid: id of its dataset.
        identity: of the record within its source.
        outward: what visitors tell it apart by.
        digest: of the entry it came from; None if it has to be compared anew.
        setting: of the source when it was written (see `gathering.Errand.setting`), or DELETED_HERE.
        vanished: since when the source does not hold it, in UTC without a zone; None if it does.
    """

    guid: str
    identity: str
    outward: str = ""
    digest: bytes | None = None
    setting: str = ""
    vanished: datetime | None = None

    def is_current(self, setting: str) -> bool:
        """Tell whether the same entry, in a source of a setting, leaves nothing to do."""
        return self.setting in (setting, DELETED_HERE)


def now() -> datetime:
    """Return the time in UTC without a zone, as CKAN stores times."""
    return datetime.now(UTC).replace(tzinfo=None)


def accepted(source_id: str) -> list[Accepted]:
    """Return every record of a source whose dataset there is, or was purged here; a source may have been cleared.

    A dataset that was deleted here and stands again is compared anew.
    """
    package = model.package_table
    columns = (RECORD.c.guid, RECORD.c.identity, RECORD.c.outward, RECORD.c.digest, RECORD.c.setting, RECORD.c.vanished)
    restored = sa.and_(RECORD.c.setting == DELETED_HERE, package.c.state == "active")
    query = sa.select(*columns, restored).outerjoin_from(RECORD, package, package.c.id == RECORD.c.guid)
    known = sa.or_(package.c.id.is_not(None), RECORD.c.setting == DELETED_HERE)
    query = query.where(RECORD.c.source_id == source_id, known)
    return [
        Accepted(guid, identity, outward, None if digest is None or anew else bytes(digest), setting, vanished)
        for guid, identity, outward, digest, setting, vanished, anew in model.Session.execute(query)
    ]


def accept(source_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep records as they were written; each row has the columns of RECORD but source_id and vanished."""
    if not rows:
        return
    statement = insert(RECORD).values([{"source_id": source_id, "vanished": None, **row} for row in rows])
    kept = {column: statement.excluded[column] for column in rows[0] if column != "guid"}
    model.Session.execute(
        statement.on_conflict_do_update(index_elements=["source_id", "guid"], set_=kept | {"vanished": None})
    )


def deleted_here(source_id: str, guids: Iterable[str]) -> set[str]:
    """Return those datasets that a person has deleted or purged; one that the harvest deletes it knows no longer."""
    package = model.package_table
    query = sa.select(RECORD.c.guid).outerjoin_from(RECORD, package, package.c.id == RECORD.c.guid)
    purged = sa.and_(package.c.id.is_(None), RECORD.c.setting == DELETED_HERE)
    query = query.where(RECORD.c.source_id == source_id, RECORD.c.guid.in_(list(guids)))
    return set(model.Session.scalars(query.where(sa.or_(package.c.state == "deleted", purged))))


def note_purge(guid: str) -> None:
    """Note that a person takes a dataset away for good: nothing but its record tells later that it was here."""
    model.Session.execute(sa.update(RECORD).where(RECORD.c.guid == guid).values(setting=DELETED_HERE))


def fingerprints_of(guids: Iterable[str]) -> dict[str, Any]:
    """Return the fingerprints of what the harvest wrote, by dataset; see local_edits."""
    query = sa.select(RECORD.c.guid, RECORD.c.written).where(RECORD.c.guid.in_(list(guids)))
    return {guid: written for guid, written in model.Session.execute(query) if written}


def write_fingerprints(guid: str, written: Mapping[str, Any]) -> None:
    """Keep the fingerprints of a dataset."""
    model.Session.execute(sa.update(RECORD).where(RECORD.c.guid == guid).values(written=written))


def layouts_of(guid: str) -> dict[str, Any]:
    """Return what is kept of the layouts of a dataset's tables, by resource; see layouts."""
    return model.Session.scalars(sa.select(RECORD.c.layouts).where(RECORD.c.guid == guid)).first() or {}


def keep_layout(guid: str, resource_id: str, kept: Mapping[str, Any]) -> None:
    """Keep the layout of one table of a dataset."""
    merged = RECORD.c.layouts + sa.literal({resource_id: dict(kept)}, JSONB)
    model.Session.execute(sa.update(RECORD).where(RECORD.c.guid == guid).values(layouts=merged))


def has_records(source_id: str) -> bool:
    """Tell whether a source has datasets."""
    return bool(model.Session.scalar(sa.select(sa.exists().where(RECORD.c.source_id == source_id))))


def source_of(guid: str) -> str | None:
    """Return the id of the source that a dataset was harvested from; None if it was not."""
    return model.Session.scalars(sa.select(RECORD.c.source_id).where(RECORD.c.guid == guid)).first()


def forget(source_id: str, guids: Iterable[str]) -> None:
    """Drop records whose dataset was deleted."""
    model.Session.execute(sa.delete(RECORD).where(RECORD.c.source_id == source_id, RECORD.c.guid.in_(list(guids))))


def forget_source(source_id: str) -> None:
    """Drop all that is known of a source."""
    for table in (RECORD, SOURCE, RUN):
        model.Session.execute(sa.delete(table).where(table.c.source_id == source_id))


def forget_runs_without_job(source_id: str) -> None:
    """Drop the runs of a source whose jobs were deleted; what they held went with them."""
    gone = ~sa.exists().where(HarvestJob.id == RUN.c.job_id)
    model.Session.execute(sa.delete(RUN).where(RUN.c.source_id == source_id, gone))


def compare_anew(guids: Iterable[str]) -> None:
    """Have the next harvest write these records again, whatever it finds."""
    model.Session.execute(sa.update(RECORD).where(RECORD.c.guid.in_(list(guids))).values(digest=None))


def mark_vanished(source_id: str, guids: Iterable[str], since: datetime | None) -> None:
    """Note since when records are missing from their source; None for those that are back."""
    query = sa.update(RECORD).where(RECORD.c.source_id == source_id, RECORD.c.guid.in_(list(guids)))
    model.Session.execute(query.values(vanished=since))


def vanished_since(guid: str) -> datetime | None:
    """Return since when the dataset is missing from its source; None if it is not, or was not harvested."""
    return model.Session.scalars(sa.select(RECORD.c.vanished).where(RECORD.c.guid == guid)).first()


def memory_of(source_id: str) -> tuple[str, Any]:
    """Return the setting and the memory of the last accepted reading of a source."""
    row = model.Session.execute(sa.select(SOURCE.c.setting, SOURCE.c.memory).where(SOURCE.c.source_id == source_id))
    return next(((setting, memory) for setting, memory in row), ("", None))


def remember(source_id: str, **values: Any) -> None:
    """Keep what is known of a source: setting, memory, checked, slow; leaves alone what stands there already."""
    statement = insert(SOURCE).values(source_id=source_id, **values)
    changed = sa.or_(*(SOURCE.c[name].is_distinct_from(statement.excluded[name]) for name in values))
    model.Session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id"], set_={name: statement.excluded[name] for name in values}, where=changed
        )
    )


def is_slow(source_id: str) -> bool:
    """Tell whether a partner was slow to answer the last time."""
    return bool(model.Session.scalars(sa.select(SOURCE.c.slow).where(SOURCE.c.source_id == source_id)).first())


def states_of(source_ids: Sequence[str]) -> dict[str, Any]:
    """Return when each source was last read without a fault (checked), and whether its partner is slow, by source."""
    query = sa.select(SOURCE.c.source_id, SOURCE.c.checked, SOURCE.c.slow).where(SOURCE.c.source_id.in_(source_ids))
    return {row.source_id: row for row in model.Session.execute(query)}


def open_job(source_id: str) -> str | None:
    """Return the id of the job of a source that has not ended; None if there is none."""
    query = sa.select(HarvestJob.id).where(HarvestJob.source_id == source_id, HarvestJob.status != "Finished")
    return model.Session.scalars(query).first()


def run(job_id: str) -> Any:
    """Return the row of a run; None if the job has none."""
    return model.Session.execute(sa.select(RUN).where(RUN.c.job_id == job_id)).first()


def stopped_by(job_id: str) -> str:
    """Return who wants a run to end, "" for nobody. Unlike the whole row, this is small in a large catalogue."""
    return model.Session.scalars(sa.select(RUN.c.stopped_by).where(RUN.c.job_id == job_id)).one()


def change_run(job_id: str, **values: Any) -> None:
    """Change the row of a run."""
    model.Session.execute(sa.update(RUN).where(RUN.c.job_id == job_id).values(**values))


def keep_page(job_id: str, number: int, seen: bytes) -> None:
    """Keep the digests of the entries of a page, so that a run that is taken up again knows what was there."""
    statement = insert(PAGE).values(job_id=job_id, number=number, seen=seen)
    model.Session.execute(
        statement.on_conflict_do_update(index_elements=["job_id", "number"], set_={"seen": statement.excluded.seen})
    )


def pages(job_id: str) -> list[bytes]:
    """Return the digests of the entries of the pages of a run, in order."""
    query = sa.select(PAGE.c.seen).where(PAGE.c.job_id == job_id).order_by(PAGE.c.number)
    return [bytes(seen) for seen in model.Session.scalars(query)]


def forget_pages(job_id: str) -> None:
    """Drop what was kept of the pages of a run."""
    model.Session.execute(sa.delete(PAGE).where(PAGE.c.job_id == job_id))


def keep_remarks(job_id: str, batch: str, remarks: Sequence[Any]) -> None:
    """Keep what was remarked about the records of a batch; see remarks.RemarkCounter.as_json."""
    if remarks:
        values = {"job_id": job_id, "batch": batch, "remarks": list(remarks)}
        model.Session.execute(insert(REMARK).values(values).on_conflict_do_nothing())


def remarks_of(job_id: str) -> list[Any]:
    """Return what was remarked about the records of a run, one for each batch."""
    return list(model.Session.scalars(sa.select(REMARK.c.remarks).where(REMARK.c.job_id == job_id)))


def forget_remarks(job_id: str) -> None:
    """Drop what was remarked about the records of a run."""
    model.Session.execute(sa.delete(REMARK).where(REMARK.c.job_id == job_id))
