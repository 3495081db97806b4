"""Figures that a partner serves with a dataset, into the DataStore: typed columns, rows swapped in at once."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.satudatapmi.harvesters import datajson, importer, layouts, ledger, staging
from ckanext.satudatapmi.harvesters.local_edits import RESOURCES
from ckanext.satudatapmi.harvesters.protocols.base import (
    DescribedTable,
    PartnerProtocol,
    PartnerTable,
    Session,
    SourceSettings,
)
from ckanext.satudatapmi.harvesters.single_data import StoredFile, add_figures, store_row_errors
from ckanext.satudatapmi.harvesters.staging import Staged
from ckanext.satudatapmi.harvesters.writing import PASSED_ON, Writer
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.schemas.convert import clean_text, short
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.loader import load_table
from ckanext.satudatapmi.tables.values import Field, RowError, TidyTable

log = logging.getLogger(__name__)

NAME_BYTES = 55
"""Of a column's name; PostgreSQL takes 63, and equal names are numbered."""


def load_tables(
    protocol: PartnerProtocol, writer: Writer, settings: SourceSettings, session: Session, objects: Sequence[Staged]
) -> list[str]:
    """Bring in the figures of the datasets of harvest objects, and commit.

    A dataset whose figures cannot be brought in keeps those it had; the object is marked as failed, with the reason,
    and the next harvest tries again.

    Args:
        protocol: serves the figures.
        writer, settings, session: of the run.
        objects: that were written and are not done yet.

    Returns:
        The ids of the datasets that have a table now.

    Raises:
        LeaseLost, Stopped: nothing more may be written.
        sqlalchemy.exc.OperationalError: the database is away.
    """
    loaded = []
    settings = replace(settings, learned=review.learned())
    for one in objects:
        writer.lease.check()
        try:
            if _load(protocol, settings, session, one, writer):
                writer.lease.confirm()
                model.Session.commit()
                loaded.append(one.guid)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one table, the others land
            model.Session.rollback()
            ledger.compare_anew([one.guid])
            staging.mark_failed([one.id], short(str(error), 1000) or type(error).__name__)
            writer.lease.confirm()
            model.Session.commit()
    return loaded


def _load(protocol: PartnerProtocol, settings: SourceSettings, session: Session, one: Staged, writer: Writer) -> bool:
    """Bring in the tables of a dataset; tells whether there is anything to keep."""
    record = json.loads(one.content or "{}")
    present = importer.resources_of(one.guid)
    there = {resource["id"] for resource in present}
    removed = _removed(one.guid, there)
    resources = _resource_ids(one, writer, present, removed)
    loaded, errors = 0, []
    for table in protocol.tables(settings, session, record):
        resource_id = resources.get(table.place, "")
        if resource_id in removed:
            continue
        if table.described:
            errors += table.described.tidy.errors
        if table.is_empty:
            if resource_id in there:
                _empty(resource_id)
            continue
        if resource_id not in there:
            raise ValueError(tk._("{file} has figures, and the dataset no file for them.").format(file=table.name))
        errors += _bring_in(table, StoredFile(one.guid, resource_id, table.name, table.content), writer)
        loaded += 1
    if errors:
        store_row_errors(one.id, errors, one.guid)
    return bool(loaded or errors)


def _bring_in(table: PartnerTable, file: StoredFile, writer: Writer) -> list[RowError]:
    """Load a table, have the single data grow by it, and commit; returns the figures that were left out."""
    described = table.described or DescribedTable(TableDescription(), tidy_of(table))
    layouts.check(described, file)
    tidy = described.tidy
    rows = load_table(file.resource_id, tidy)
    make_views(file.resource_id, writer.user)
    review.record(review.Place(file.package_id, file.resource_id, file.name), tidy.names)
    log.info("figures harvested: dataset=%s resource=%s rows=%d", file.package_id, file.resource_id, rows)
    left_out = add_figures(described, file, writer.source)
    layouts.keep(described, file)
    # Other sources of the series wait for the end of the transaction: not while the next file is fetched.
    writer.lease.confirm()
    model.Session.commit()
    return left_out


def _empty(resource_id: str) -> None:
    """Take away the rows of a table that the partner has emptied; its columns stay, for nothing else is known of it."""
    with contextlib.suppress(tk.ObjectNotFound):
        tk.get_action("datastore_records_delete")(
            {"ignore_auth": True}, {"resource_id": resource_id, "filters": {}, "force": True}
        )


def _removed(package_id: str, there: Collection[str]) -> set[str]:
    """Return the ids of the partner's resources that were removed here."""
    written = ledger.fingerprints_of([package_id]).get(package_id) or {}
    return written.get(RESOURCES, {}).keys() - there


def _resource_ids(
    one: Staged, writer: Writer, present: Sequence[Mapping[str, Any]], removed: Collection[str]
) -> dict[int, str]:
    """Return the id of the resource of each distribution of a record, by its place there, whatever was changed here."""
    mapped = importer.mapped_record(one.content, one.notes, writer.source, one.guid).package["resources"]
    places = datajson.taken_places(json.loads(one.content or "{}").get("distribution"))
    resources = importer.with_ids(one.guid, mapped, present, removed)
    return {place: resource["id"] for place, resource in zip(places, resources, strict=False)}


def tidy_of(table: PartnerTable) -> TidyTable:
    """Return a table that is not described, with a type for each column: that of all its values, else text."""
    names = _column_names(table.columns)
    columns = {name: [row[at] for row in table.rows] for at, name in enumerate(names)}
    fields, frame = [], {}
    for (name, values), label in zip(columns.items(), table.columns, strict=True):
        kind = _kind(values)
        fields.append(Field(name, kind, str(label)))
        frame[name] = _series(values, kind)
    return TidyTable(pd.DataFrame(frame), tuple(fields))


def _column_names(labels: Sequence[Any]) -> list[str]:
    """Return names that PostgreSQL and the DataStore take: no leading underscore, no quote, 63 bytes, each once."""
    names: list[str] = []
    for at, label in enumerate(labels, start=1):
        text = " ".join(clean_text(str(label)).replace('"', "").split()).lstrip("_ ")
        name = text.encode()[:NAME_BYTES].decode(errors="ignore").strip() or f"kolom_{at}"
        taken = {known.casefold() for known in names}
        names.append(name if name.casefold() not in taken else f"{name}_{at}")
    return names


def _kind(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds and kinds <= {int} and all(value is None or abs(value) < 2**63 for value in values):
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "text"


def _series(values: Sequence[Any], kind: str) -> pd.Series:
    if kind == "text":
        texts = [None if value is None else clean_text(str(value)) for value in values]
        return pd.Series(texts, dtype=object)
    return pd.Series(values, dtype={"integer": "Int64", "number": "Float64", "boolean": "boolean"}[kind])


def make_views(resource_id: str, user: str) -> None:
    """Have CKAN make the views of a table where there are none yet."""
    context: Context = {"user": user, "ignore_auth": True}
    if not tk.get_action("resource_view_list")(tk.fresh_context(context), {"id": resource_id}):
        resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
        tk.get_action("resource_create_default_resource_views")(
            tk.fresh_context(context), {"resource": resource, "create_datastore_views": True}
        )
