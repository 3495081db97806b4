"""The description of a dataset for machine learning on HTTP: /dataset/<name>/croissant.jsonld."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from tempfile import SpooledTemporaryFile
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from flask import Blueprint, Response
from redis import RedisError

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.publication import croissant, feed, store, table_downloads
from ckanext.satudatapmi.publication.croissant import TableFile
from ckanext.satudatapmi.tables.exports.csv_file import write_csv
from ckanext.satudatapmi.tables.exports.table import About, Table

log = logging.getLogger(__name__)

pages = Blueprint("satudatapmi_croissant", __name__)


@pages.get("/dataset/<reference>/croissant.jsonld")
@feed.guarded("json")
def show(reference: str) -> Response:
    """Return the description of a public dataset."""
    with store.snapshot() as connection:
        package = store.find(connection, reference)
    if package is None:
        raise feed.Problem(404, tk._("No such dataset"), tk._("There is no public dataset of this name or id."))
    body = json.dumps(croissant.document(package, _tables(package)), ensure_ascii=False).encode()
    return feed.respond(None, lambda file: file.write(body), "application/ld+json")


def _tables(package: Mapping[str, Any]) -> Iterator[TableFile]:
    for resource in package["resources"]:
        if not resource.get("datastore_active"):
            continue
        address = tk.h.url_for(
            "satudata_table_downloads.download",
            reference=package["name"],
            resource_id=resource["id"],
            name="tabel.csv",
            locale="default",
            _external=True,
        )
        with table_rows.opened(resource["id"]) as stored:
            sha256, size = _digest(stored)
        name = resource.get("name") or resource["id"]
        yield TableFile(resource["id"], name, address, sha256, size, stored.columns)


def _digest(stored: StoredTable) -> tuple[str, int]:
    """Return digest and size of the CSV of a table; what was found out once is kept in Redis for that edition of it."""
    key = f"ckan:{tk.config['ckan.site_id']}:satudatapmi:csv:{stored.resource_id}"
    wanted = f"{table_downloads.VERSION}-{stored.edition}"
    try:
        kept: Any = connect_to_redis().get(key)
        edition, sha256, size = kept.decode().split() if kept else ("", "", "0")
        if edition != wanted:
            sha256, size = _written(stored)
            connect_to_redis().set(key, f"{wanted} {sha256} {size}", ex=feed.REMEMBER_SECONDS)
        return sha256, int(size)
    except RedisError:
        log.warning("Redis is away: the CSV of %s is written for its digest", stored.resource_id)
        return _written(stored)


def _written(stored: StoredTable) -> tuple[str, int]:
    with SpooledTemporaryFile(max_size=feed.MEMORY_BYTES) as file:
        write_csv(Table(stored.columns, stored.count, About(stored.resource_id), stored.rows), file)
        size = file.tell()
        file.seek(0)
        return file_digest(file, "sha256").hexdigest(), size
