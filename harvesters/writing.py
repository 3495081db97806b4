"""Does what staged objects say, many in one transaction.

New datasets of a batch are made together (bulk.creation), changed ones by CKAN's `package_update`; then come what is
noted of their records, their activities and the objects' outcomes, all in the same transaction, and one request to the
search index. A worker that dies in between leaves a batch either undone, or done and marked as still to be indexed. If
the batch as a whole is refused, it is taken back and every record tried by itself: one bad record harms no other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search.common import SearchError, SearchIndexError
from sqlalchemy.exc import OperationalError

from ckanext.satudatapmi.harvesters import access, importer, ledger, staging
from ckanext.satudatapmi.harvesters.bulk import activities, creation, documents
from ckanext.satudatapmi.harvesters.bulk.activities import Event
from ckanext.satudatapmi.harvesters.importer import ADDED, DELETED, ERRORED, NOT_MODIFIED, UPDATED
from ckanext.satudatapmi.harvesters.leases import Lease, LeaseLost, Stopped
from ckanext.satudatapmi.harvesters.local_edits import LocalEdits, fingerprints
from ckanext.satudatapmi.harvesters.mapping import MappedDataset, SourceContext
from ckanext.satudatapmi.harvesters.remarks import RemarkCounter
from ckanext.satudatapmi.harvesters.staging import Staged
from ckanext.satudatapmi.harvesters.words import validation_words
from ckanext.satudatapmi.schemas.convert import Remark, short

log = logging.getLogger(__name__)

PASSED_ON = (LeaseLost, Stopped, OperationalError)
"""What is no fault of a record."""

STILL_SECONDS = 180
"""How long a worker that stands still keeps the objects that it has taken."""


@dataclass(frozen=True)
class Writer:
    """Who writes for which source, and by which right.

    Attributes:
        lease, source, user: the right, the source, and the name of the user.
        load_tables: brings in the figures of datasets that were written, where the partner serves them apart; returns
            the ids of those that have a table now.
    """

    lease: Lease
    source: SourceContext
    user: str
    load_tables: Callable[[Sequence[Staged]], list[str]] | None = None


@dataclass
class Written:
    """What became of a batch: the ids of the objects that were done, and the datasets that are to be searchable."""

    done: list[str] = field(default_factory=list)
    shown: list[documents.Shown] = field(default_factory=list)


def write_batch(writer: Writer, ids: Sequence[str]) -> None:
    """Do what objects say, and commit; what another worker does at the moment is left to it.

    Args:
        writer: who writes.
        ids: of objects of one run that are to be done, or were done and still have to be indexed.

    Raises:
        LeaseLost, Stopped: nothing more may be written.
        sqlalchemy.exc.OperationalError: the database is away.
    """
    model.Session.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = '{STILL_SECONDS}s'"))
    objects = staging.batch(ids)
    left = [one for one in objects if one.state == staging.WRITTEN]
    to_do = [one for one in objects if one.state != staging.WRITTEN]
    try:
        written = _write(writer, to_do) if to_do else Written()
    except PASSED_ON:
        raise
    except Exception:
        log.info("batch of %d objects taken back, each tried alone", len(ids), exc_info=True)
        model.Session.rollback()
        written = _write_alone(writer, to_do, left)
    loaded = _load_tables(writer, objects)
    _make_searchable(writer, written, left, loaded)


def _load_tables(writer: Writer, objects: Iterable[Staged]) -> list[str]:
    """Bring in figures before the objects count as done: a worker that dies meanwhile leaves them to the next one."""
    if writer.load_tables is None:
        return []
    wanted = [one for one in objects if one.notes.action == staging.WRITE]
    deleted = ledger.deleted_here(writer.lease.source_id, (one.guid for one in wanted))
    ids = [one.id for one in wanted if one.guid not in deleted]
    return writer.load_tables([one for one in staging.batch(ids) if one.state == staging.WRITTEN])


def _write_alone(writer: Writer, objects: Iterable[Staged], left: list[Staged]) -> Written:
    """Do objects one by one; those that were written before the batch failed join those that are left to be indexed."""
    written = Written()
    for one in objects:
        writer.lease.check()
        found = staging.batch([one.id])
        if any(each.state == staging.WRITTEN for each in found):
            left += found
            continue
        try:
            alone = _write(writer, found)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one record, the others land
            model.Session.rollback()
            told = {"": [f"{type(error).__name__}: {short(str(error))}"]}
            reasons = error.error_dict if isinstance(error, tk.ValidationError) else told
            _refuse(writer, one, reasons)
            writer.lease.confirm()
            model.Session.commit()
            continue
        written.done += alone.done
        written.shown += alone.shown
    return written


def _write(writer: Writer, objects: Sequence[Staged]) -> Written:
    """Do what objects say in one transaction; deletions, which CKAN commits itself, each in their own."""
    deletions = [one for one in objects if one.notes.action == staging.DELETE]
    batch = _Batch(writer)
    batch.note([one for one in objects if one.notes.action in (staging.VANISH, staging.RETURN)])
    batch.write([one for one in objects if one.notes.action == staging.WRITE])
    written = batch.commit()
    for one in deletions:
        _delete(writer, one)
        written.done.append(one.id)
    return written


def _delete(writer: Writer, one: Staged) -> None:
    """Delete a dataset; done again after an interruption, it comes to the same."""
    writer.lease.confirm()
    # CKAN commits the deletion, and this with it: a dataset that is deleted and still known was deleted by a person.
    ledger.forget(writer.lease.source_id, [one.guid])
    importer.delete_dataset(one.guid, writer.user)
    package = model.Session.get(model.Package, one.guid)
    if package is not None and not activities.ends_with_deletion(package.id):
        shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": one.guid})
        activities.store_activities([Event("deleted", package, shown)], model.User.get(writer.user))
    staging.mark_written({one.id: DELETED}, {one.id: one.guid if package else None}, ())
    writer.lease.confirm()
    model.Session.commit()


class _Batch:
    """Datasets that are written in one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._user = model.User.get(writer.user)
        self._outcomes: dict[str, str] = {}
        self._packages: dict[str, str | None] = {}
        self._current: list[str] = []
        self._rows: list[dict[str, Any]] = []
        self._events: list[Event] = []
        self._remarks = RemarkCounter()
        self._written = Written()

    def note(self, objects: Sequence[Staged]) -> None:
        """Note that datasets have vanished from their source, or are back."""
        for action, since in ((staging.VANISH, ledger.now()), (staging.RETURN, None)):
            those = [one for one in objects if one.notes.action == action]
            if those:
                ledger.mark_vanished(self._writer.lease.source_id, [one.guid for one in those], since)
        if unindexed := _vanished_unindexed(self._writer.lease.source_id, objects):
            self._written.shown += _shown(unindexed).values()
        self._outcomes |= {one.id: NOT_MODIFIED for one in objects}
        there = lock_datasets(one.guid for one in objects)
        self._packages |= {one.id: one.guid for one in objects if one.guid in there}

    def write(self, objects: Sequence[Staged]) -> None:
        """Make or change the datasets of records."""
        there = lock_datasets(one.guid for one in objects)
        deleted = ledger.deleted_here(self._writer.lease.source_id, (one.guid for one in objects))
        source = self._writer.source
        mapped = {one.id: importer.mapped_record(one.content, one.notes, source, one.guid) for one in objects}
        self._leave([one for one in objects if one.guid in deleted], mapped, there)
        objects = [one for one in objects if one.guid not in deleted]
        packages = {one.id: importer.new_package(mapped[one.id]) for one in objects if one.guid not in there}
        new = [one for one in objects if one.id in packages and creation.can_create(packages[one.id])]
        self._create(new, [packages[one.id] for one in new])
        made = {one.id for one in new}
        self._update([one for one in objects if one.id not in made], mapped, there)
        for one in objects:
            if self._outcomes.get(one.id) not in (None, ERRORED):
                self._remarks.add(one.notes.number, mapped[one.id].remarks)

    def _leave(self, objects: Sequence[Staged], mapped: Mapping[str, MappedDataset], there: set[str]) -> None:
        """Leave alone what a person deleted here, as all that was changed here; of what was purged nothing is there."""
        marks = ledger.fingerprints_of([one.guid for one in objects])
        for one in objects:
            self._outcomes[one.id] = NOT_MODIFIED
            if one.guid in there:
                self._packages[one.id] = one.guid
                self._current.append(one.id)
            row = accepted_row(one, {"copy_fingerprint": mapped[one.id].package["copy_fingerprint"]})
            self._rows.append(row | {"setting": ledger.DELETED_HERE, "written": marks.get(one.guid, {})})
            self._remarks.add(one.notes.number, [Remark("deleted_here", "dataset")])

    def _create(self, objects: Sequence[Staged], packages: Sequence[Mapping[str, Any]]) -> None:
        if not objects:
            return
        model.Session().info[access.UNCHECKED] = {package["id"] for package in packages}
        made = creation.create_packages(packages, importer.harvest_context(self._writer.user))
        shown = {one.custom["id"]: one for one in documents.show_packages(made.packages)}
        self._events += [Event("new", package, shown[package.id].custom) for package in made.packages]
        for one in objects:
            if one.guid in made.errors:
                self._outcomes[one.id] = ERRORED
                _refuse(self._writer, one, made.errors[one.guid])
            else:
                self._accept(one, ADDED, shown[one.guid])

    def _update(self, objects: Sequence[Staged], mapped: Mapping[str, MappedDataset], there: set[str]) -> None:
        if not objects:
            return
        before = _shown([one.guid for one in objects if one.guid in there])
        marks = ledger.fingerprints_of([one.guid for one in objects])
        history = activities.without_history(before)
        outcomes = {}
        edits = {}
        for one in objects:
            was = before.get(one.guid)
            edits[one.guid] = importer.edits_of(one.guid, marks.get(one.guid), was.custom) if was else LocalEdits()
            outcomes[one.guid] = importer.write_dataset(mapped[one.id], self._writer.user, edits[one.guid])
        model.Session.expire_all()
        after = _shown([one.guid for one in objects])
        for one in objects:
            self._tell(one.guid, outcomes[one.guid], before.get(one.guid), after[one.guid], one.guid in history)
            self._accept(one, outcomes[one.guid], after[one.guid], edits[one.guid])

    def _tell(
        self, guid: str, outcome: str, before: documents.Shown | None, after: documents.Shown, begins: bool
    ) -> None:
        """Put a dataset that really changed into the activity stream."""
        if outcome == NOT_MODIFIED:
            return
        package = model.Session.get_one(model.Package, guid)
        if begins and before is not None:
            modified = tk.h.date_str_to_datetime(before.custom["metadata_modified"])
            self._events.append(Event("changed", package, before.custom, modified))
        self._events.append(Event("new" if outcome == ADDED else "changed", package, after.custom))

    def _accept(self, one: Staged, outcome: str, shown: documents.Shown, edits: LocalEdits | None = None) -> None:
        self._outcomes[one.id] = outcome
        self._packages[one.id] = one.guid
        self._current.append(one.id)
        self._rows.append(accepted_row(one, shown.custom, edits))
        self._written.shown.append(shown)

    def commit(self) -> Written:
        """Keep what was noted of records, activities and outcomes, and commit it all."""
        ledger.accept(self._writer.lease.source_id, self._rows)
        activities.store_activities(self._events, self._user)
        staging.mark_written(self._outcomes, self._packages, self._current)
        self._written.done = list(self._outcomes)
        if self._outcomes:
            ledger.keep_remarks(self._writer.lease.job_id, self._written.done[0], self._remarks.as_json())
        ledger.change_run(self._writer.lease.job_id, attempts=0)
        self._writer.lease.confirm()
        model.Session.commit()
        return self._written


def accepted_row(one: Staged, shown: Mapping[str, Any], edits: LocalEdits | None = None) -> dict[str, Any]:
    """Return what is noted of a record that was written; see ledger.accept.

    Args:
        one: the object.
        shown: what `package_show` gives of its dataset.
        edits: what was left in it as it was changed here.
    """
    return {
        "guid": one.guid,
        "identity": one.notes.identity,
        "outward": one.notes.outward,
        "digest": bytes.fromhex(one.notes.hash),
        "setting": one.notes.setting,
        "fingerprint": shown.get("copy_fingerprint", ""),
        "written": fingerprints(shown, edits),
    }


def lock_datasets(guids: Iterable[str]) -> set[str]:
    """Return those datasets that there are; until the transaction ends nobody else changes them.

    What somebody saves meanwhile waits, and counts as changed here at the next harvest.
    """
    query = sa.select(model.Package.id).where(model.Package.id.in_(list(guids))).order_by(model.Package.id)
    return set(model.Session.scalars(query.with_for_update(key_share=True)))


def _shown(guids: Iterable[str]) -> dict[str, documents.Shown]:
    packages = list(model.Session.scalars(sa.select(model.Package).where(model.Package.id.in_(list(guids)))))
    return {package.id: one for package, one in zip(packages, documents.show_packages(packages), strict=True)}


def _refuse(writer: Writer, one: Staged, errors: Mapping[str, Any]) -> None:
    """Note why a record cannot be taken; a private one is not quoted."""
    record = json.loads(one.content or "{}")
    quoted = {} if access.decide(record).private else record
    words = validation_words(writer.source.name, one.notes.number, one.notes.identity, quoted, errors)
    staging.mark_failed([one.id], words)


def _make_searchable(writer: Writer, written: Written, left: Sequence[Staged], loaded: Sequence[str]) -> None:
    """Bring what was written into the search index, then mark the objects as done, and commit.

    Args:
        writer: who writes.
        written: what became of the batch.
        left: objects that a worker has written and died over.
        loaded: ids of datasets that got figures since they were written, and so look different.
    """
    source_id = writer.lease.source_id
    anew = {*_with_dataset(source_id, left), *_vanished_unindexed(source_id, left), *loaded}
    shown = [*(one for one in written.shown if one.default["id"] not in anew), *_shown(anew).values()]
    done = [*written.done, *(one.id for one in left)]
    try:
        documents.index_packages(shown)
    except (SearchIndexError, SearchError) as error:
        model.Session.rollback()
        message = tk._(
            "The dataset was stored, but the search index could not be reached ({reason}). The next harvest brings it "
            "into the index."
        ).format(reason=short(str(error), 200))
        guids = [one.default["id"] for one in shown]
        ledger.compare_anew(guids)
        vanished = [one.guid for one in staging.whole(done) if one.notes.action == staging.VANISH and one.guid in guids]
        ledger.mark_vanished(writer.lease.source_id, vanished, None)
        staging.mark_failed([one.id for one in staging.whole(done) if one.guid in guids], message)
    staging.mark_done(done)
    ledger.change_run(writer.lease.job_id, attempts=0)
    writer.lease.confirm()
    model.Session.commit()
    model.Session().info.pop(access.UNCHECKED, None)


def _vanished_unindexed(source_id: str, objects: Iterable[Staged]) -> set[str]:
    """Return the datasets whose last change may not have reached the search index, and whose records have vanished.

    Such a record would bring its dataset into the index with the next harvest, were it still there.
    """
    guids = [one.guid for one in objects if one.notes.action == staging.VANISH]
    if not guids:
        return set()
    record = ledger.RECORD.c
    query = sa.select(record.guid).where(record.guid.in_(guids), record.digest.is_(None))
    return set(model.Session.scalars(query)) - ledger.deleted_here(source_id, guids)


def _with_dataset(source_id: str, objects: Iterable[Staged]) -> list[str]:
    done = (ADDED, UPDATED, NOT_MODIFIED)
    guids = [one.guid for one in objects if one.notes.action == staging.WRITE and one.report_status in done]
    deleted = ledger.deleted_here(source_id, guids)
    return [guid for guid in guids if guid not in deleted]
