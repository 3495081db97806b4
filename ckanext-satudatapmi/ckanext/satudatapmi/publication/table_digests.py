"""Digest and size of the CSV that the portal makes of a table: found out by a background job, and kept in Redis.

To write the CSV of a table takes as long as it has rows, so no reader waits for that. Until the job has seen an edition
of a table, nobody knows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from hashlib import file_digest
from tempfile import SpooledTemporaryFile
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from redis import RedisError
from sqlalchemy.exc import ProgrammingError

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.publication import feed, store, table_downloads
from ckanext.satudatapmi.publication.published import Published
from ckanext.satudatapmi.tables.exports.csv_file import write_csv
from ckanext.satudatapmi.tables.exports.table import About, Table

log = logging.getLogger(__name__)


def kept(stored: StoredTable) -> tuple[str, int] | None:
    """Return sha256 and size of the CSV of a table as it is now; None if they are not known."""
    try:
        found: Any = connect_to_redis().get(_key("csv", stored.resource_id))
    except RedisError:
        log.warning("Redis is away: digest of the CSV of %s is not told", stored.resource_id)
        return None
    edition, sha256, size = found.decode().split() if found else ("", "", "0")
    return (sha256, int(size)) if edition == _edition(stored) else None


def renew(connection: sa.Connection, datasets: Sequence[Published]) -> None:
    """Find out digest and size for the tables of those datasets that changed since this was last done.

    Args:
        connection: of the snapshot in which the datasets were read.
        datasets: public ones.
    """
    redis, names = connect_to_redis(), [_key("seen", one.package_id) for one in datasets]
    states = [f"{table_downloads.VERSION}-{one.seq}".encode() for one in datasets]
    known: Any = redis.mget(names)
    changed = [number for number, state in enumerate(states) if known[number] != state]
    for package in store.read_datasets(connection, [datasets[number].package_id for number in changed]):
        for resource in package["resources"]:
            if resource.get("datastore_active"):
                _find_out(resource["id"])
    for number in changed:
        redis.set(names[number], states[number], ex=feed.REMEMBER_SECONDS)


def _find_out(resource_id: str) -> None:
    try:
        with table_rows.opened(resource_id) as stored:
            if kept(stored) is None:
                sha256, size = _written(stored)
                told = f"{_edition(stored)} {sha256} {size}"
                connect_to_redis().set(_key("csv", resource_id), told, ex=feed.REMEMBER_SECONDS)
    except ProgrammingError:
        log.info("table gone before its digest was found out: resource=%s", resource_id)


def _written(stored: StoredTable) -> tuple[str, int]:
    with SpooledTemporaryFile(max_size=feed.MEMORY_BYTES) as file:
        write_csv(Table(stored.columns, stored.count, About(stored.resource_id), stored.rows), file)
        size = file.tell()
        file.seek(0)
        return file_digest(file, "sha256").hexdigest(), size


def _edition(stored: StoredTable) -> str:
    return f"{table_downloads.VERSION}-{stored.edition}"


def _key(kind: str, name: str) -> str:
    return f"ckan:{tk.config['ckan.site_id']}:satudatapmi:{kind}:{name}"
