"""Described tables into the single data, and what could not be taken of them as errors of the harvest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestObject, HarvestObjectError

from ckanext.satudatapmi.figures.store.growing import grow
from ckanext.satudatapmi.figures.store.loads import Source, loads_of_table
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.protocols.base import DescribedTable
from ckanext.satudatapmi.tables.values import RowError

ERRORS_TOLD = 200


@dataclass(frozen=True)
class StoredFile:
    """The file of a table in the catalogue: its dataset and resource, its name, and its bytes."""

    package_id: str
    resource_id: str
    name: str
    content: bytes


def add_figures(table: DescribedTable, file: StoredFile, source: SourceContext) -> list[RowError]:
    """Have the single data grow by a table, in the session's transaction.

    Args:
        table: without facet and claim it adds nothing, and what the same bytes gave by a former description goes.
        file: that it stands in.
        source: of the file; its organisation is the publisher.

    Returns:
        The figures that were not taken, each told once for what is wrong with it; not those that the table's own
        errors tell of.

    Raises:
        UnknownSeries: the description names what is not registered, or a series that others publish.
        sqlalchemy.exc.DBAPIError: the database refused a row; nothing of the table is kept then.
    """
    connection, description = model.Session.connection(), table.description
    stored = _stored(file, None if description.sheet is None else str(description.sheet), table.sheet)
    if not (description.facet or description.claim or loads_of_table(connection, stored)):
        return []
    publisher = model.Group.get(source.owner_org)
    grown = grow(connection, description, table.tidy, stored, publisher.name if publisher else "")
    told = {(error.row, error.column) for error in table.tidy.errors}
    left_out: dict[tuple[int, str, str], RowError] = {}
    for error in grown.errors:
        if (error.row, error.column) not in told:
            left_out.setdefault((error.row, error.value, error.expected), error)
    hint = tk._("The figure is left out of the single data; it stands in the table.")
    return [replace(error, hint=hint, sheet=table.sheet) for error in left_out.values()]


def _stored(file: StoredFile, sheet: str | None, worksheet: str | None) -> Source:
    sha256 = hashlib.sha256(file.content).hexdigest()
    today = datetime.now(UTC).date()
    return Source(file.package_id, file.resource_id, file.name, sheet, sha256, today, worksheet)


def store_row_errors(object_id: str, errors: Sequence[RowError], package_id: str) -> None:
    """Store errors of tables beside a harvest object; the caller commits.

    Of a private dataset they name the place alone, for the sources page is public.
    """
    quoted = not model.Session.get_one(model.Package, package_id).private
    obj = model.Session.get_one(HarvestObject, object_id)
    for error in errors[:ERRORS_TOLD]:
        message = str(error) if quoted else str(replace(error, value="…", hint=""))
        model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import", line=error.row))
    if len(errors) > ERRORS_TOLD:
        message = tk._("{count} more cells could not be taken.").format(count=len(errors) - ERRORS_TOLD)
        model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))
