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
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import Context
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.harvesters import configuration, importer, planning, report, state
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.fetch import Fetched, Fetcher, FetchError
from ckanext.satudatapmi.harvesters.identity import NAMESPACE, Identified, dataset_id
from ckanext.satudatapmi.harvesters.mapping import MAPPING_VERSION, MappedDataset, SourceContext, flagged, to_package
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark, clean_text, short
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.grids import file_kind
from ckanext.satudatapmi.tables.loader import load_table
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import RowError, TableError, TableWarning, TidyTable

log = logging.getLogger(__name__)

TABLE_VERSION = 2
"""Raise it when the same file would give another table: every table is then read anew at the next harvest."""

ERRORS_TOLD = 200
DATASTORE_URL = "_datastore_only_resource"


@dataclass(frozen=True)
class TableFile:
    """A fetched file, its name, and its tidy table."""

    fetched: Fetched
    name: str
    sha256: str
    tidy: TidyTable


def gather(job: HarvestJob, source: SourceContext, fetcher: Fetcher) -> list[str]:
    """Fetch the file and store an object if it, or its description, changed.

    Raises:
        FetchError, ConfigurationError: the file cannot be fetched, or the source is not well configured.
    """
    config = configuration.parse(job.source.config)
    guid = dataset_id(source.name, source.name)
    known = state.known_notes(job.source_id).get(guid, state.Notes())
    record = table_record(source.name, job.source.title, job.source.url, config.get("dataset") or {})
    settings = settings_hash(source, record, config)
    answer = fetcher.fetch(job.source.url, known.etag or None, known.last_modified or None)
    same_file = answer.not_modified or known.hash.endswith(hashlib.sha256(answer.content).hexdigest())
    unchanged = bool(known.hash) and same_file and known.hash.startswith(settings)
    ids = []
    if not unchanged:
        task = planning.Task(guid, planning.WRITE, wire.json_text(record), source.name, 1)
        ids = state.create_objects(job, [task])
    report.save(job.id, Gathered(source.name, records=1, unchanged=int(unchanged), pages=1, complete=True))
    return ids


def table_record(source: str, title: str, url: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a published table's dataset would be in a data.json."""
    file = {"@type": "dcat:Distribution", "title": file_name(url), "downloadURL": url}
    return {"identifier": source, "title": title} | dict(dataset) | {"distribution": [file]}


def settings_hash(source: SourceContext, record: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return a hash of all that the dataset depends on besides the file."""
    settings = [MAPPING_VERSION, TABLE_VERSION, source.name, source.owner_org, record, config.get("table")]
    return hashlib.sha256(wire.canonical_json(settings).encode()).hexdigest()


def file_name(url: str) -> str:
    """Return the name of the file at an address.

    >>> file_name("https://data.example.go.id/tabel/penempatan%202024.csv?x=1")
    'penempatan 2024.csv'
    """
    return clean_text(PurePosixPath(unquote(urlsplit(url).path)).name) or "tabel"


def import_object(obj: HarvestObject, source: SourceContext, user: str, fetcher: Fetcher) -> str:
    """Bring the file of an object in as a dataset and commit; returns what became of it, see importer."""
    object_id = obj.id
    try:
        config = configuration.parse(obj.source.config)
        file = read_file(obj.source.url, config, fetcher)
        mapped = _mapped(obj, source, file)
        outcome = _write(mapped, file, user)
    except tk.ValidationError as error:
        model.Session.rollback()
        return _failed(object_id, str(error.error_dict))
    except (FetchError, TableError, ValueError, DBAPIError) as error:
        model.Session.rollback()
        return _failed(object_id, short(str(error), 1000))
    settings = settings_hash(source, json.loads(obj.content or "{}"), config)
    notes = replace(
        state.notes_of(obj),
        hash=f"{settings}:{file.sha256}",
        etag=file.fetched.etag or "",
        last_modified=file.fetched.last_modified or "",
    )
    importer.make_current(obj, mapped.package["id"])
    state.write_notes(obj, notes)
    _store_row_errors(obj, file.tidy.errors, quoted=not mapped.package["private"])
    model.Session.commit()
    return importer.index([object_id], {object_id: outcome}).get(object_id, outcome)


def read_file(url: str, config: Mapping[str, Any], fetcher: Fetcher) -> TableFile:
    """Fetch a file and read its table.

    Raises:
        FetchError, TableError, ValueError: it cannot be fetched or read.
    """
    answer = fetcher.fetch(url)
    name = file_name(url)
    description = parse_description(config.get("table") or {})
    tidy = tidy_table(read_table(answer.content, description, name), description)
    return TableFile(answer, name, hashlib.sha256(answer.content).hexdigest(), tidy)


def _mapped(obj: HarvestObject, source: SourceContext, file: TableFile) -> MappedDataset:
    """Return the dataset: its record by the usual mapping, and the two resources."""
    raw = json.loads(obj.content or "{}")
    if vocabularies.is_missing(raw.get("description")):
        raw["description"] = "\n".join((*file.tidy.titles, *file.tidy.notes))
    record = normalise(raw, 1, source.name)
    if not isinstance(record, Record):
        raise ValueError(record.words())
    mapped = to_package(Identified(record, source.name), source)
    flags = [*mapped.remarks, *_flags(file.tidy)]
    package = mapped.package | {"resources": _resources(mapped.package["id"], obj.source.url, file)}
    return MappedDataset(flagged(package, flags), tuple(flags), mapped.says_public)


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
        "source_url": url,
    }
    table = {
        "id": str(uuid.uuid5(NAMESPACE, f"{package_id}\ntable")),
        "name": tk._("Tidy table"),
        "description": tk._("One observation a row, with codes; each row names the row of the file it came from."),
        "url": DATASTORE_URL,
        "url_type": "datastore",
        "format": "CSV",
        "mimetype": "text/csv",
        "source_url": url,
    }
    return [raw, table]


def _write(mapped: MappedDataset, file: TableFile, user: str) -> str:
    """Store the dataset, its file and its table. Readers see the old table until the new one is whole."""
    raw, table = mapped.package["resources"]
    present = {one["id"]: one for one in importer.resources_of(mapped.package["id"])}
    created = (
        importer.write_dataset(replace(mapped, package=mapped.package | {"resources": []}), user) if not present else ""
    )
    if table["id"] in present:
        table["datastore_active"] = True
    raw["upload"] = FileStorage(BytesIO(file.fetched.content), file.name, content_type=raw["mimetype"])
    updated = importer.write_dataset(mapped, user)
    model.Session.commit()
    rows = load_table(table["id"], file.tidy)
    _make_views(table["id"], user)
    log.info("table harvested: dataset=%s rows=%d errors=%d", mapped.package["id"], rows, len(file.tidy.errors))
    return created or (importer.UPDATED if updated == importer.NOT_MODIFIED else updated)


def _make_views(resource_id: str, user: str) -> None:
    context: Context = {"user": user, "ignore_auth": True}
    if not tk.get_action("resource_view_list")(tk.fresh_context(context), {"id": resource_id}):
        resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
        tk.get_action("resource_create_default_resource_views")(
            tk.fresh_context(context), {"resource": resource, "create_datastore_views": True}
        )


def _store_row_errors(obj: HarvestObject, errors: Sequence[RowError], quoted: bool) -> None:
    """Store the errors of a table; of a private one they name the place alone, for the sources page is public."""
    for error in errors[:ERRORS_TOLD]:
        message = str(error) if quoted else str(replace(error, value="…", hint=""))
        model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import", line=error.row))
    if len(errors) > ERRORS_TOLD:
        message = tk._("{count} more cells could not be taken.").format(count=len(errors) - ERRORS_TOLD)
        model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))


def _failed(object_id: str, message: str) -> str:
    obj = model.Session.get_one(HarvestObject, object_id)
    model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))
    model.Session.commit()
    return importer.ERRORED
