"""A published table: one file of a partner, described by a few lines, becomes one dataset.

The dataset holds the file as it came (kept byte for byte, with its sha256 and its address) and a tidy table in the
DataStore. Cells that cannot be taken are errors of the job, named by file, row, column and value; the good rows land.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.harvesters import configuration, importer, layouts, ledger, staging
from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.harvesters.bulk import activities, documents
from ckanext.satudatapmi.harvesters.bulk.activities import Event
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.identity import NAMESPACE, Identified
from ckanext.satudatapmi.harvesters.local_edits import LocalEdits
from ckanext.satudatapmi.harvesters.mapping import MappedDataset, SourceContext, flagged, to_package
from ckanext.satudatapmi.harvesters.partner_tables import make_views
from ckanext.satudatapmi.harvesters.protocols.base import DescribedTable, Session
from ckanext.satudatapmi.harvesters.protocols.file_tables import Part, described_table
from ckanext.satudatapmi.harvesters.remarks import RemarkCounter
from ckanext.satudatapmi.harvesters.single_data import StoredFile, add_figures, store_row_errors
from ckanext.satudatapmi.harvesters.staging import Staged
from ckanext.satudatapmi.harvesters.tablefile import file_name
from ckanext.satudatapmi.harvesters.writing import Writer, accepted_row, lock_datasets, write_batch
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.schemas.convert import Remark, short
from ckanext.satudatapmi.tables.grids import file_kind
from ckanext.satudatapmi.tables.loader import load_table
from ckanext.satudatapmi.tables.values import RowError, TableError, TableWarning, TidyTable

log = logging.getLogger(__name__)

DATASTORE_URL = "_datastore_only_resource"


@dataclass(frozen=True)
class TableFile:
    """A fetched file, its name, and its table."""

    fetched: Fetched
    name: str
    sha256: str
    table: DescribedTable

    @property
    def tidy(self) -> TidyTable:
        """Its table, one observation a row."""
        return self.table.tidy

    def stored_in(self, mapped: MappedDataset) -> StoredFile:
        """Return the file as a dataset holds it."""
        raw, _table = mapped.package["resources"]
        return StoredFile(mapped.package["id"], raw["id"], self.name, self.fetched.content)


@dataclass(frozen=True)
class _Written:
    """What became of a dataset: its outcome, what was left as it was changed here, figures that were not taken."""

    outcome: str
    edits: LocalEdits
    left_out: Sequence[RowError]


def write_tables(writer: Writer, ids: Sequence[str], fetcher: Session) -> None:
    """Bring the files of staged objects in as datasets, each in a transaction of its own; see writing.write_batch."""
    source_id = writer.lease.source_id
    for one in staging.batch(ids):
        writer.lease.check()
        to_leave = one.notes.action != staging.WRITE or ledger.deleted_here(source_id, [one.guid])
        if one.state == staging.WRITTEN or to_leave:
            write_batch(writer, [one.id])
        else:
            _write_table(writer, one, fetcher)


def _write_table(writer: Writer, one: Staged, fetcher: Session) -> None:
    source = model.Session.get_one(HarvestSource, writer.lease.source_id)
    try:
        file = read_file(source.url, configuration.parse(source.config), fetcher)
        mapped = _mapped(one, source.url, writer.source, file)
        layouts.check(file.table, file.stored_in(mapped))
        lock_datasets([one.guid])
        marks = ledger.fingerprints_of([one.guid]).get(one.guid)
        there = model.Session.get(model.Package, one.guid) is not None
        edits = importer.edits_of(one.guid, marks, _shown(one.guid)) if there else LocalEdits()
        outcome = _write(writer, one, mapped, file, edits)
        left_out = _add_figures(writer, mapped, file)
    except tk.ValidationError as error:
        _fail(writer, one.id, str(error.error_dict))
    except (FetchError, TableError, ValueError, DBAPIError) as error:
        _fail(writer, one.id, short(str(error), 1000))
    else:
        _note(writer, one, file, mapped, _Written(outcome, edits, left_out))
        write_batch(writer, [one.id])


def _note(writer: Writer, one: Staged, file: TableFile, mapped: MappedDataset, written: _Written) -> None:
    """Note what became of a table, in one transaction; it still has to be indexed."""
    package, shown = model.Session.get_one(model.Package, one.guid), _shown(one.guid)
    # A worker that died may have made it before it told anybody.
    is_new = written.outcome == importer.ADDED or activities.lacks_beginning(one.guid)
    ledger.accept(writer.lease.source_id, [accepted_row(one, shown, written.edits)])
    kind = "new" if is_new else "changed"
    activities.store_activities([Event(kind, package, shown)], model.User.get(writer.user))
    staging.mark_written({one.id: written.outcome}, {one.id: one.guid}, [one.id])
    store_row_errors(one.id, [*file.tidy.errors, *written.left_out], one.guid)
    review.record(review.Place(one.guid, mapped.package["resources"][1]["id"], file.name), file.tidy.names)
    remarks = RemarkCounter()
    remarks.add(one.notes.number, mapped.remarks)
    ledger.keep_remarks(writer.lease.job_id, one.id, remarks.as_json())
    writer.lease.confirm()
    model.Session.commit()


def _shown(package_id: str) -> dict[str, Any]:
    stored = documents.show_stored(package_id)
    return stored.custom if stored else {}


def read_file(url: str, config: Mapping[str, Any], fetcher: Session) -> TableFile:
    """Fetch a file and read its table.

    Raises:
        FetchError, TableError, ValueError: it cannot be fetched or read.
    """
    answer = fetcher.get(url)
    name = file_name(url)
    table = described_table(answer.content, Part(), name, config.get("table") or {}, review.learned())
    return TableFile(answer, name, hashlib.sha256(answer.content).hexdigest(), table)


def _mapped(one: Staged, url: str, source: SourceContext, file: TableFile) -> MappedDataset:
    """Return the dataset: its record by the usual mapping, and the two resources."""
    raw = json.loads(one.content or "{}")
    if vocabularies.is_missing(raw.get("description")):
        raw["description"] = "\n".join((*file.tidy.titles, *file.tidy.notes))
    record = normalise(raw, 1, source.name)
    if not isinstance(record, Record):
        raise ValueError(record.words())
    mapped = to_package(Identified(record, source.name), source, one.guid)
    flags = [*mapped.remarks, *_flags(file.tidy)]
    package = mapped.package | {"resources": _resources(mapped.package["id"], url, file)}
    return MappedDataset(flagged(package, flags), tuple(flags))


def _flags(tidy: TidyTable) -> list[Remark]:
    told: Iterable[tuple[str, RowError | TableWarning]] = (
        *(("table_row", error) for error in tidy.errors),
        *(("table_warning", warning) for warning in tidy.warnings),
    )
    return [Remark(kind, "table", short(str(one), 300)) for kind, one in told]


def _resources(package_id: str, url: str, file: TableFile) -> list[dict[str, Any]]:
    # What the server calls the file does not count: as text/html its cells would be a page of this site.
    kind = file_kind(file.fetched.content)
    known = vocabularies.file_format(kind)
    raw = {
        "id": str(uuid.uuid5(NAMESPACE, f"{package_id}\nfile")),
        "name": file.name,
        "description": tk._("The file as it was published."),
        "url": file.name,
        "url_type": "upload",
        "format": kind,
        "mimetype": known.media_type if known else "application/octet-stream",
        "hash": file.sha256,
        "size": len(file.fetched.content),
        "source_url": anonymous_address(url),
    }
    table = {
        "id": str(uuid.uuid5(NAMESPACE, f"{package_id}\ntable")),
        "name": tk._("Tidy table"),
        "description": tk._("One observation a row, with codes; each row names the row of the file it came from."),
        "url": DATASTORE_URL,
        "url_type": "datastore",
        "format": "CSV",
        "mimetype": "text/csv",
        "source_url": anonymous_address(url),
    }
    return [raw, table]


def _write(writer: Writer, one: Staged, mapped: MappedDataset, file: TableFile, edits: LocalEdits) -> str:
    """Store the dataset and its file, then its table. Readers see the old table until the new one is whole.

    What was written is noted with the dataset: if the table cannot be loaded, nobody takes that for changed here.
    """
    user = writer.user
    raw, table = mapped.package["resources"]
    present = {one["id"]: one for one in importer.resources_of(mapped.package["id"])}
    created = (
        importer.write_dataset(replace(mapped, package=mapped.package | {"resources": []}), user) if not present else ""
    )
    raw["upload"] = FileStorage(BytesIO(file.fetched.content), file.name, content_type=raw["mimetype"])
    updated = importer.write_dataset(mapped, user, edits)
    model.Session.expire_all()
    # Without a digest the record is compared anew as long as its table is not loaded.
    row = accepted_row(one, _shown(one.guid), edits) | {"digest": None}
    ledger.accept(writer.lease.source_id, [row])
    writer.lease.confirm()
    model.Session.commit()
    rows = load_table(table["id"], file.tidy)
    make_views(table["id"], user)
    log.info("table harvested: dataset=%s rows=%d errors=%d", mapped.package["id"], rows, len(file.tidy.errors))
    return created or (importer.UPDATED if updated == importer.NOT_MODIFIED else updated)


def _add_figures(writer: Writer, mapped: MappedDataset, file: TableFile) -> list[RowError]:
    """Have the single data grow by the table, keep its layout, and commit; returns the figures that are left out."""
    stored = file.stored_in(mapped)
    left_out = add_figures(file.table, stored, writer.source)
    layouts.keep(file.table, stored)
    model.Session.commit()
    return left_out


def _fail(writer: Writer, object_id: str, message: str) -> None:
    model.Session.rollback()
    staging.mark_failed([object_id], message)
    writer.lease.confirm()
    model.Session.commit()
