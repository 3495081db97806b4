"""An uploaded table becomes data: its description is looked at, confirmed and kept; a later file is read with it.

A confirmation lands whole or not at all. Description, figures and names are written in one transaction of their own,
and the DataStore takes the rows last before it ends: what either of them refuses leaves everything as it was.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ckanext.satudatapmi.catalogue import dictionaries, table_descriptions, table_files
from ckanext.satudatapmi.catalogue.table_descriptions import Kept
from ckanext.satudatapmi.figures.registry import facets
from ckanext.satudatapmi.figures.store.growing import Grown, UnknownSeries, check_admitted, check_registered, grow
from ckanext.satudatapmi.figures.store.loads import Source
from ckanext.satudatapmi.harvesters.partner_tables import make_views
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.tables.contract import Fault, Outcome
from ckanext.satudatapmi.tables.description import TableDescription, TableDescriptionError, parse_description
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.layout import refuse_changes
from ckanext.satudatapmi.tables.loader import LoadError, load_table
from ckanext.satudatapmi.tables.looking import Look, Reading, besides_names, look, read
from ckanext.satudatapmi.tables.values import RowError, TableError
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

FIELD, FILE = "description", "file"
SERIES = ("facet", "claim")
FAULTS_TOLD = 20
JOB_SECONDS = 1800


@dataclass(frozen=True)
class Upload:
    """An uploaded file.

    Attributes:
        resource, package: that hold it, in the shapes of resource_show and package_show.
        name, content: of the file; sha256: of its bytes, in hexadecimal digits.
    """

    resource: Mapping[str, Any]
    package: Mapping[str, Any]
    name: str
    content: bytes
    sha256: str

    @property
    def publisher(self) -> str:
        """Name of the organisation that publishes it."""
        return (self.package.get("organization") or {}).get("name") or ""


@dataclass(frozen=True)
class Landed:
    """What came of a table: rows in the DataStore, what the single data gained, names and figures left open."""

    rows: int
    grown: Grown
    left_out: tuple[str, ...]


def upload_of(resource_id: str, context: Any) -> Upload:
    """Return the uploaded file of a resource.

    Args:
        resource_id: of the resource.
        context: of the caller, who may see it.

    Raises:
        ckan.logic.ValidationError: it has none, or a harvest source brings it and says how it is read.
        ObjectNotFound, NotAuthorized: there is no such resource for the caller.
    """
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    if package.get("source_name"):
        raise tk.ValidationError({FILE: [_("The file is harvested. Its harvest source says how it is read.")]})
    if resource.get("url_type") != "upload":
        raise tk.ValidationError({FILE: [_("The resource has no uploaded file. Upload its table first.")]})
    with _faults_in_words():
        content = table_files.content_of(resource)
    return Upload(resource, package, table_files.name_of(resource), content, hashlib.sha256(content).hexdigest())


def look_at(file: Upload, description: Mapping[str, Any]) -> Look:
    """Look at a file with a description.

    Raises:
        ckan.logic.ValidationError: the file cannot be read, or the description is wrong.
    """
    with _faults_in_words():
        _check_series(file, parse_description(description))
        return look(file.content, file.name, description, review.learned())


def proposed(file: Upload, kept: Kept | None) -> Look:
    """Look at a file with the program's proposal; what its figures belong to stays as it was confirmed before.

    Raises:
        ckan.logic.ValidationError: the file cannot be read.
    """
    with _faults_in_words():
        seen = look(file.content, file.name, None, review.learned())
    series = {key: kept.description[key] for key in SERIES if key in kept.description} if kept else {}
    return replace(seen, description={**seen.description, **series})


def series_of(file: Upload) -> list[str]:
    """Return the ids of the facets to which the publisher of a file may add figures."""
    return [name for name, facet in facets().items() if facet.area_of(file.publisher)]


def changes_of(file: Upload, kept: Kept) -> list[str]:
    """Return in sentences why a file is not read with the description that was kept; [] if it is."""
    try:
        _read_kept(file, kept)
    except tk.ValidationError as error:
        return _words(error)
    return []


def checked(resource: Mapping[str, Any], context: Any) -> Outcome:
    """Check the file of a resource against its own MS-Var, its layout against the one that was confirmed.

    Args:
        resource: in the shape of resource_show.
        context: of the caller.

    Raises:
        ckan.logic.ValidationError: it has neither of them, or no file that can be read as a table.
    """
    kept = table_descriptions.of_resource(resource["id"])
    if kept is None:
        return table_files.check_stored(resource)
    file = upload_of(resource["id"], context)
    has_documents = bool(dictionaries.own_documents(resource))
    outcome = table_files.check_stored(resource) if has_documents else Outcome(file.name)
    changes = changes_of(file, kept)
    outcome.faults += [Fault("layout", change) for change in changes]
    outcome.total += len(changes)
    return outcome


def confirm(file: Upload, entry: Mapping[str, Any], context: Any) -> tuple[int, Landed]:
    """Keep a description of a resource's table and load the table with it; return the version and what came of it.

    Args:
        file: that was looked at.
        entry: the description, plain values.
        context: of the caller, who may update the resource.

    Raises:
        ckan.logic.ValidationError: the description is wrong, or cells cannot be taken; nothing is changed then.
    """
    with _faults_in_words():
        description = parse_description(entry)
        _check_series(file, description)
        reading = read(read_grid(file.content, description, file.name), description, file.name, review.learned())
    _refuse(besides_names(reading.tidy.errors, reading.tidy))
    user = model.User.get(context["user"])

    def keep(connection: Connection) -> int:
        user_id = user.id if user else context["user"]
        return table_descriptions.keep(connection, file.resource, entry, reading.layout, user_id, file.sha256)

    return _land(file, description, reading, context, keep)


def read_again(resource_id: str, context: Any) -> list[str]:
    """Read the file of a resource with the description that was kept, and load it; return why not, [] if it was.

    A file that cannot be loaded is noted, for the page of the resource and for those who answer for it. A resource
    without a confirmed description is left alone.
    """
    kept = table_descriptions.of_resource(resource_id)
    if kept is None:
        return []
    try:
        file = upload_of(resource_id, context)
        description, reading = _read_kept(file, kept)
        _version, landed = _land(file, description, reading, context, lambda _connection: 0)
    except tk.ValidationError as error:
        told = _words(error)
        log.warning("new file not loaded: resource=%s reasons=%d", resource_id, len(told))
    else:
        told = []
        log.info("new file loaded: resource=%s rows=%d", resource_id, landed.rows)
    table_descriptions.note_refused(kept, bool(told))
    model.Session.commit()
    return told


def ask_to_read_again(package_ids: Iterable[str]) -> None:
    """Put the uploaded tables of datasets on the queue of background jobs: names in them mean something else now."""
    for resource_id in table_descriptions.resources_in(package_ids):
        tk.enqueue_job(read_as_site, [resource_id], title=f"Table {resource_id}", rq_kwargs={"timeout": JOB_SECONDS})


def read_as_site(resource_id: str) -> None:
    """Read the file of a resource again, as the site itself does."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    read_again(resource_id, {"user": user["name"], "ignore_auth": True})


def _read_kept(file: Upload, kept: Kept) -> tuple[TableDescription, Reading]:
    """Read a file with a kept description.

    Raises:
        ckan.logic.ValidationError: its layout is another, or cells cannot be taken.
    """
    with _faults_in_words():
        description = parse_description(kept.description)
        _check_series(file, description)
        reading = read(read_grid(file.content, description, file.name), description, file.name, review.learned())
        refuse_changes(kept.layout, reading.layout, file.name, reading.raw.sheet)
    _refuse(besides_names(reading.tidy.errors, reading.tidy))
    return description, reading


def _land(
    file: Upload,
    description: TableDescription,
    reading: Reading,
    context: Any,
    keep: Callable[[Connection], int],
) -> tuple[int, Landed]:
    try:
        with model.ensure_engine().begin() as connection:
            version = keep(connection)
            grown = _grown(connection, file, description, reading)
            place = review.Place(file.package["id"], file.resource["id"], file.name)
            review.record(place, reading.tidy.names, connection)
            # The DataStore commits by itself: nothing but this transaction's own end may come after it.
            rows = load_table(file.resource["id"], reading.tidy, tk.fresh_context(context))
    except (LoadError, DBAPIError) as error:
        model.Session.rollback()
        raise tk.ValidationError({FILE: [str(getattr(error, "orig", error))]}) from error
    except Exception:
        model.Session.rollback()
        raise
    make_views(file.resource["id"], context["user"])
    left_out = dict.fromkeys(map(str, (*reading.tidy.errors, *grown.errors)))
    return version, Landed(rows, grown, tuple(left_out))


def _grown(connection: Connection, file: Upload, description: TableDescription, reading: Reading) -> Grown:
    """Have the single data grow; a figure that it cannot take, but for a name without a code, stops everything."""
    today = datetime.now(UTC).date()
    ids = file.package["id"], file.resource["id"]
    source = Source(*ids, file.name, reading.raw.sheet, file.sha256, today)
    with _faults_in_words():
        grown = grow(connection, description, reading.tidy, source, file.publisher)
    grown = replace(grown, errors=tuple(replace(error, sheet=reading.raw.sheet) for error in grown.errors))
    _refuse(besides_names(grown.errors, reading.tidy))
    return grown


def _check_series(file: Upload, description: TableDescription) -> None:
    """Raise UnknownSeries if a description names a series that is not registered, or is not the publisher's."""
    check_registered(description)
    check_admitted(description, file.publisher)


def _refuse(errors: Sequence[RowError]) -> None:
    if errors:
        told = [*map(str, errors[:FAULTS_TOLD])]
        if len(errors) > FAULTS_TOLD:
            told.append(_("{shown} of {total} faults are shown.", shown=FAULTS_TOLD, total=len(errors)))
        raise tk.ValidationError({FILE: told})


def _words(error: tk.ValidationError) -> list[str]:
    """Return the sentences of an error, whatever they are about."""
    told = cast(dict[str, list[str]], error.error_dict)
    return [text for texts in told.values() for text in texts]


@contextmanager
def _faults_in_words() -> Iterator[None]:
    """Tell what is wrong with a file or a description as an action does."""
    try:
        yield
    except (TableDescriptionError, UnknownSeries) as error:
        raise tk.ValidationError({FIELD: [str(error)]}) from error
    except TableError as error:
        raise tk.ValidationError({FILE: [str(error)]}) from error
