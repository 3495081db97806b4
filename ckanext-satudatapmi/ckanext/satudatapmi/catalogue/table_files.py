"""Files checked against the data dictionary of their resource: when they are uploaded or linked, and on demand.

What a harvester brings is never checked here: a partner's table lands as it is. A change of the dictionary alone
refuses no file that is there already; `satudata_table_check` says how it fares.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.lib import files, uploader
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.session import configured_fetcher
from ckanext.satudatapmi.tables import contract
from ckanext.satudatapmi.tables.contract import Limits, Outcome
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

TABLE_FORMATS = frozenset({"csv", "tsv", "xlsx", "xls", "ods"})
FETCH_SECONDS = 20.0
STORED_HERE = frozenset({"upload", "datastore"})


def limits() -> Limits:
    """Return how much of a file is checked, as the site configures it."""
    return Limits(
        rows=tk.config["ckanext.satudatapmi.table_check.max_rows"],
        seconds=float(tk.config["ckanext.satudatapmi.table_check.max_seconds"]),
    )


def check_upload(resource: Mapping[str, Any]) -> None:
    """Refuse an upload that breaks the data dictionary that comes with it.

    Args:
        resource: as it is about to be written, the upload still in it.

    Raises:
        ckan.logic.ValidationError: names every cell that is wrong, up to a limit.
    """
    upload = resource.get("upload")
    if not isinstance(upload, FileStorage) or not upload.filename or not _is_table(upload.filename, resource):
        return
    documents = _sound_documents(resource)
    if not documents:
        return
    most = uploader.get_max_resource_size() * 1024**2
    upload.stream.seek(0)
    content = upload.stream.read(most + 1)
    upload.stream.seek(0)
    if len(content) > most:
        # CKAN refuses it for its size.
        return
    _refuse(resource, documents, content, upload.filename, "upload")


def check_link(resource: Mapping[str, Any], former: Mapping[str, Any] | None = None) -> None:
    """Refuse a file elsewhere that breaks the data dictionary that comes with its address, or that cannot be had.

    Args:
        resource: as it is about to be written.
        former: as it was; one whose address and dictionary stay is not fetched again.

    Raises:
        ckan.logic.ValidationError: names every cell that is wrong, up to a limit.
    """
    url = resource.get("url") or ""
    same = former is not None and all(former.get(name) == resource.get(name) for name in ("url", dictionaries.FIELD))
    if same or resource.get("upload") or resource.get("url_type") in STORED_HERE:
        return
    if urlsplit(url).scheme not in ("http", "https") or not _is_table(urlsplit(url).path, resource):
        return
    documents = _sound_documents(resource)
    if documents:
        try:
            content = _fetch(url)
        except FetchError as error:
            words = _("The file cannot be checked: {reason} Upload it, or add the dictionary later.", reason=error)
            raise tk.ValidationError({"url": [words]}) from error
        _refuse(resource, documents, content, PurePosixPath(urlsplit(url).path).name, "url")


def check_stored(resource: Mapping[str, Any]) -> Outcome:
    """Check the file of a resource, uploaded or linked, against its own MS-Var.

    Args:
        resource: in the shape of resource_show.

    Raises:
        ckan.logic.ValidationError: it has no MS-Var of its own, or no file that can be read as a table.
    """
    documents = dictionaries.own_documents(resource)
    if not documents:
        words = _("The resource has no MS-Var of its own. Describe its columns, then check the file.")
        raise tk.ValidationError({dictionaries.FIELD: [words]})
    try:
        return _check(resource, documents, content_of(resource), name_of(resource))
    except (TableError, FetchError) as error:
        raise tk.ValidationError({"url": [str(error)]}) from error


def name_of(resource: Mapping[str, Any]) -> str:
    """Return the name of the file of a resource."""
    return PurePosixPath(urlsplit(resource.get("url") or "").path).name


def content_of(resource: Mapping[str, Any]) -> bytes:
    """Return the file of a resource, uploaded or linked.

    Args:
        resource: in the shape of resource_show.

    Raises:
        TableError: the storage does not have it.
        FetchError: it cannot be fetched.
    """
    if resource.get("url_type") != "upload":
        return _fetch(resource.get("url") or "")
    stored = uploader.get_resource_uploader(dict(resource))
    location: Any = stored.get_path(resource["id"])
    storage = getattr(stored, "storage", None)
    try:
        if storage is not None:
            return b"".join(storage.stream(files.FileData(location)))
        with open(location, "rb") as file:
            return file.read()
    except (OSError, files.exc.LocationError, files.exc.MissingFileError) as error:
        raise TableError(resource.get("url") or "", _("the file is not in the storage")) from error


def _fetch(url: str) -> bytes:
    fetcher = configured_fetcher()
    fetcher.limits = replace(fetcher.limits, total=min(FETCH_SECONDS, fetcher.limits.total))
    return fetcher.fetch(url).content


def _is_table(name: str, resource: Mapping[str, Any]) -> bool:
    """Tell whether a file is said to be a table: by the end of its name, else by the format of its resource."""
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    return ending in TABLE_FORMATS or (not ending and str(resource.get("format") or "").lower() in TABLE_FORMATS)


def _sound_documents(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the MS-Var of a resource unless it is wrong: then the validator of the field says so."""
    documents = dictionaries.own_documents(resource)
    return [] if not documents or dictionaries.problems(documents, "id") else documents


def _check(resource: Mapping[str, Any], documents: list[dict[str, Any]], content: bytes, name: str) -> Outcome:
    schema = dictionaries.described(resource, documents, "table_schema")
    return contract.check(content, schema, name, limits())


def _refuse(
    resource: Mapping[str, Any], documents: list[dict[str, Any]], content: bytes, name: str, field: str
) -> None:
    try:
        outcome = _check(resource, documents, content, name)
    except TableError as error:
        raise tk.ValidationError({field: [str(error)]}) from error
    log.info("table checked: rows=%d faults=%d", outcome.rows, outcome.total)
    if not outcome.complies:
        raise tk.ValidationError({field: outcome.messages()})
