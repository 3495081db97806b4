"""The datasets that leave the portal, as the database holds them, a page at a time: publication's storage module.

The search index is not asked. While it is rebuilt, or behind, it holds fewer datasets than there are, and a harvester
deletes what a catalogue leaves out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.munge import munge_filename
from sqlalchemy.dialects.postgresql import BIT

from ckanext.satudatapmi.catalogue import activities
from ckanext.satudatapmi.catalogue.reviews import is_public

PACKAGE = model.package_table
RESOURCE = model.resource_table
GROUP = model.group_table
TAG, PACKAGE_TAG = model.tag_table, model.package_tag_table
CHUNK = 500
PLACES = 2**32
Condition = Callable[[], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Page:
    """One page of the catalogue.

    Attributes:
        datasets: dicts in the shape of package_show.
        total: datasets on all pages.
        number: of the page, from 1.
        size: datasets on a page, on average.
        last: number of the last page; 0 if there is no dataset.
        modified: when metadata of one of them last changed, in UTC without a zone; None if there is none.
    """

    datasets: tuple[dict[str, Any], ...]
    total: int
    number: int
    size: int
    last: int
    modified: datetime | None


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """Open a read-only transaction that sees one moment of the database, however many queries it makes."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with model.ensure_engine().connect().execution_options(**options) as connection, connection.begin():
        yield connection


def read_page(number: int, size: int, wanted: Condition = is_public) -> Page:
    """Return a page of the datasets that are wanted, the public ones by default; beyond the last page it holds none.

    A harvester asks for one page after another while datasets come and go, and deletes at its place what it has not
    seen. So a dataset does not stand at the n-th place, which shifts, but where a hash of its id puts it, among as many
    pages as all datasets that ever were would fill. That number only grows, and then each page begins earlier than
    before, so that nothing is passed over. Datasets that fit on one page are on every page, whichever is asked for.

    Args:
        number: of the page, from 1.
        size: datasets on a page, on average.
        wanted: gives the condition on datasets.
    """
    with snapshot() as connection:
        total, modified = _total(connection, wanted)
        pages = _number_of_pages(connection, size) if total else 0
        last = min(pages, 1) if total <= size else pages
        if number > pages:
            return Page((), total, number, size, last, modified)
        query = sa.select(PACKAGE).where(wanted()).order_by(PACKAGE.c.id)
        if last > 1:
            query = query.where(_page_of(last) == number)
        datasets = _datasets(connection, query) or _filler(connection, number, last, wanted)
        return Page(tuple(datasets), total, number, size, last, modified)


def _page_of(pages: int) -> sa.ColumnElement[int]:
    """Return on which of some pages, counted from 1, a dataset stands: by the first 32 bits of a hash of its id."""
    bits = sa.cast(sa.literal("x").concat(sa.func.left(sa.func.md5(PACKAGE.c.id), 8)), BIT(32))
    return (sa.cast(bits, sa.BigInteger) * pages).op("/")(PLACES) + 1


def _number_of_pages(connection: sa.Connection, size: int) -> int:
    ever = sa.select(sa.func.count()).where(PACKAGE.c.type == "dataset")
    return -(-connection.execute(ever).scalar_one() // size)


def _filler(connection: sa.Connection, number: int, pages: int, wanted: Condition) -> list[dict[str, Any]]:
    """Return what a page without datasets holds: those of the next page that has some, and another one.

    The stock harvester takes an empty page for the end, and a page like the one before it as well.
    """
    page = _page_of(pages)
    listed = sa.select(PACKAGE).where(wanted())
    following = sa.select(page).where(wanted()).order_by(page <= number, page).limit(1)
    found = connection.execute(following).scalar_one()
    others = sa.select(sa.func.count()).where(wanted(), page != found)
    place = number % (connection.execute(others).scalar_one() or 1)
    another = listed.where(page != found).order_by(PACKAGE.c.id).offset(place).limit(1)
    return _datasets(connection, listed.where(page == found)) + _datasets(connection, another)


def read_all(wanted: Condition = is_public) -> Iterator[dict[str, Any]]:
    """Yield every dataset that is wanted by id, all as of one moment, with never more than a few hundred in memory."""
    with snapshot() as connection:
        last = ""
        while True:
            query = sa.select(PACKAGE).where(wanted(), PACKAGE.c.id > last).order_by(PACKAGE.c.id).limit(CHUNK)
            datasets = _datasets(connection, query)
            yield from datasets
            if len(datasets) < CHUNK:
                return
            last = datasets[-1]["id"]


def read_datasets(connection: sa.Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return datasets by their ids, in the shape of package_show.

    Args:
        connection: of the snapshot in which the ids were read.
        ids: of any number of datasets.
    """
    return _datasets(connection, sa.select(PACKAGE).where(PACKAGE.c.id.in_(ids)))


def find(connection: sa.Connection, reference: str) -> dict[str, Any] | None:
    """Return a public dataset in the shape of package_show, None if there is none.

    Args:
        connection: of a snapshot.
        reference: its name or id.
    """
    named = sa.or_(PACKAGE.c.id == reference, PACKAGE.c.name == reference)
    found = _datasets(connection, sa.select(PACKAGE).where(named, is_public()))
    return found[0] if found else None


def repeated_identifiers() -> frozenset[str]:
    """Return the ids of datasets whose identifier at the source an earlier dataset has already.

    Deleted datasets count as well: so the first keeps it for ever, whatever comes and goes.
    """
    given = PACKAGE.c.extras["source_identifier"].astext
    place = sa.func.row_number().over(partition_by=given, order_by=(PACKAGE.c.metadata_created, PACKAGE.c.id))
    ranked = sa.select(PACKAGE.c.id, place.label("place")).where(PACKAGE.c.type == "dataset", given.is_not(None))
    found = ranked.subquery()
    with snapshot() as connection:
        return frozenset(connection.scalars(sa.select(found.c.id).where(found.c.place > 1)))


def _total(connection: sa.Connection, wanted: Condition) -> tuple[int, datetime | None]:
    query = sa.select(sa.func.count(), sa.func.max(PACKAGE.c.metadata_modified)).where(wanted())
    total, modified = connection.execute(query).one()
    return total, modified


def _datasets(connection: sa.Connection, wanted: sa.Select[Any]) -> list[dict[str, Any]]:
    """Return datasets with their resources, tags, organisation and activity: five queries for any number of them."""
    rows = connection.execute(wanted).mappings().all()
    ids = [row["id"] for row in rows]
    resources = _resources(connection, ids)
    tags = _tags(connection, ids)
    organizations = _organizations(connection, {row["owner_org"] for row in rows if row["owner_org"]})
    datasets = [
        _dataset(row, resources[row["id"]], tags[row["id"]], organizations.get(row["owner_org"])) for row in rows
    ]
    activities.add_answers(*datasets)
    return datasets


def _dataset(
    row: sa.RowMapping,
    resources: list[dict[str, Any]],
    tags: list[dict[str, str]],
    organization: dict[str, Any] | None,
) -> dict[str, Any]:
    core = {name: _plain(value) for name, value in row.items() if name not in ("extras", "plugin_data")}
    parts = {"resources": resources, "tags": tags, "organization": organization}
    return dict(row["extras"] or {}) | core | parts


def _resources(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    query = (
        sa.select(RESOURCE)
        .where(RESOURCE.c.package_id.in_(ids), RESOURCE.c.state == "active")
        .order_by(RESOURCE.c.package_id, RESOURCE.c.position, RESOURCE.c.id)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["package_id"]].append(_resource(row))
    return found


def _resource(row: sa.RowMapping) -> dict[str, Any]:
    resource = dict(row["extras"] or {}) | {name: _plain(value) for name, value in row.items() if name != "extras"}
    return resource | {"url": _address(resource)}


def _address(resource: dict[str, Any]) -> str:
    """Return the address at which a resource is fetched, as package_show writes it.

    A table of the DataStore has none of its own, and uploads are stored by file name.
    """
    url = resource["url"] or ""
    if resource["url_type"] == "datastore":
        return tk.h.url_for("datastore.dump", resource_id=resource["id"], qualified=True, locale="default")
    if resource["url_type"] == "upload":
        return tk.h.url_for(
            "dataset_resource.download",
            id=resource["package_id"],
            resource_id=resource["id"],
            filename=munge_filename(url.rsplit("/")[-1]),
            qualified=True,
            locale="default",
        )
    return url if not url or urlsplit(url).scheme else f"http://{url.lstrip('/')}"


def _tags(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    query = (
        sa.select(PACKAGE_TAG.c.package_id, TAG.c.name)
        .join_from(PACKAGE_TAG, TAG, PACKAGE_TAG.c.tag_id == TAG.c.id)
        .where(PACKAGE_TAG.c.package_id.in_(ids), PACKAGE_TAG.c.state == "active")
        .order_by(TAG.c.name)
    )
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for package_id, name in connection.execute(query):
        found[package_id].append({"name": name})
    return found


def _organizations(connection: sa.Connection, ids: set[str]) -> dict[str, dict[str, Any]]:
    columns = (GROUP.c.id, GROUP.c.name, GROUP.c.title, GROUP.c.extras)
    query = sa.select(*columns).where(GROUP.c.id.in_(ids), GROUP.c.state == "active")
    return {
        row["id"]: dict(row["extras"] or {}) | {name: row[name] for name in ("id", "name", "title")}
        for row in connection.execute(query).mappings()
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
