"""What each feed says of a dataset, written once for each change of it and kept: a catalogue is its fragments in a row.

A fragment belongs to the number of the dataset's last change and to the edition of the code that wrote it. One that is
missing or belongs to another is written when it is asked for, so that no feed waits for a worker, and none is behind.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.dcat import utils as dcat

from ckanext.satudatapmi.publication import rendering, store
from ckanext.satudatapmi.publication.published import Published
from ckanext.satudatapmi.publication.versions import code_version

log = logging.getLogger(__name__)

FRAGMENT = sa.table(
    "satudatapmi_fragment",
    sa.column("package_id", sa.Text),
    sa.column("notation", sa.Text),
    sa.column("seq", sa.BigInteger),
    sa.column("edition", sa.Text),
    sa.column("body", sa.LargeBinary),
)
# One statement, whose text is always the same: as many as there are fragments would each wait for the database.
# A reader of an older moment takes nobody's newer fragment away.
UPSERT = sa.text(
    "INSERT INTO satudatapmi_fragment AS held (package_id, notation, seq, edition, body) "
    "SELECT package_id, :notation, seq, :edition, body "
    "FROM unnest(CAST(:packages AS text[]), CAST(:numbers AS bigint[]), CAST(:bodies AS bytea[])) "
    "AS written (package_id, seq, body) "
    "ON CONFLICT (package_id, notation) DO UPDATE "
    "SET seq = excluded.seq, edition = excluded.edition, body = excluded.body WHERE held.seq <= excluded.seq"
)
WRITTEN_AT_ONCE = 100
ROOMS = ("publication", "schemas", "schemas/codelists")
"""What writes fragments."""


def bodies(connection: sa.Connection, datasets: Sequence[Published], notation: str) -> Iterator[bytes]:
    """Yield the fragments of datasets in their order.

    Args:
        connection: of the snapshot in which the datasets were read.
        datasets: public ones.
        notation: `rendering.DATA_JSON`, or one of `rendering.NOTATIONS`.
    """
    kept = _kept(connection, datasets, notation)
    missing = [one for one in datasets if one.package_id not in kept]
    for start in range(0, len(missing), WRITTEN_AT_ONCE):
        kept |= _write(connection, missing[start : start + WRITTEN_AT_ONCE], notation)
    return (kept[one.package_id] for one in datasets)


def edition() -> str:
    """Return what tells apart the fragments that two editions of the code, or two settings of the site, write."""
    settings = (code_version(*ROOMS), dcat.catalog_uri(), tk.config["ckan.site_url"], tk.config["ckan.site_title"])
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def _kept(connection: sa.Connection, datasets: Sequence[Published], notation: str) -> dict[str, bytes]:
    numbers = {one.package_id: one.seq for one in datasets}
    rows = connection.execute(
        sa.select(FRAGMENT.c.package_id, FRAGMENT.c.seq, FRAGMENT.c.body).where(
            FRAGMENT.c.package_id.in_(numbers), FRAGMENT.c.notation == notation, FRAGMENT.c.edition == edition()
        )
    )
    return {row.package_id: bytes(row.body) for row in rows if row.seq == numbers[row.package_id]}


def _write(connection: sa.Connection, datasets: Sequence[Published], notation: str) -> dict[str, bytes]:
    packages = store.read_datasets(connection, [one.package_id for one in datasets])
    written = rendering.written(packages, notation)
    _keep(datasets, written, notation)
    return written


def _keep(datasets: Sequence[Published], written: Mapping[str, bytes], notation: str) -> None:
    ordered = sorted(datasets, key=lambda one: one.package_id)
    columns = {
        "packages": [one.package_id for one in ordered],
        "numbers": [one.seq for one in ordered],
        "bodies": [written[one.package_id] for one in ordered],
    }
    with model.ensure_engine().begin() as connection:
        # A fragment that a crash takes away is written again when it is asked for.
        connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
        connection.execute(UPSERT, columns | {"notation": notation, "edition": edition()})
