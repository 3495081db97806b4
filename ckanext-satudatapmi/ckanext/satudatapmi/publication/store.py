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
from ckanext.satudatapmi.publication.places import PLACES, Layout, lay_out, places_of
from ckanext.satudatapmi.publication.published import PUBLICATION

PACKAGE = model.package_table
RESOURCE = model.resource_table
GROUP = model.group_table
TAG, PACKAGE_TAG = model.tag_table, model.package_tag_table
CHUNK = 500
Condition = Callable[[], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Page:
    """One page of the catalogue.

    Attributes:
        datasets: dicts in the shape of package_show.
        total: datasets on all pages.
        number: of the page, from 1.
        size: datasets on a page, on average.
        last: number of the last page with datasets; 0 if there is no dataset.
        previous, next: the pages with datasets before it and behind it; None where there is none.
        places: the first place of the datasets that belong on the page, and the first behind them.
    """

    datasets: tuple[dict[str, Any], ...]
    total: int
    number: int
    size: int
    last: int
    previous: int | None
    next: int | None
    places: tuple[int, int]


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """Open a read-only transaction that sees one moment of the database, however many queries it makes."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with model.ensure_engine().connect().execution_options(**options) as connection, connection.begin():
        # PostgreSQL expects many rows of a series, and compiling the query would take as long as the answer.
        connection.execute(sa.text("SET LOCAL jit = off"))
        yield connection


def read_page(number: int, size: int, wanted: Condition = is_public) -> Page:
    """Return a page of the datasets that are wanted, the public ones by default; beyond the last page it holds none.

    Args:
        number: of the page, from 1.
        size: datasets on a page, on average.
        wanted: gives the condition on datasets.
    """
    with snapshot() as connection:
        layout = _laid_out(connection, size, wanted)
        if number > layout.last:
            return Page((), layout.total, number, size, layout.last, None, None, (0, PLACES))
        places = places_of(number, layout.pages)
        listed = sa.select(PACKAGE).where(wanted(), _place() >= places[0]).order_by(_place(), PACKAGE.c.id)
        datasets = tuple(_datasets(connection, listed.limit(len(layout.shown(number)))))
        previous, following = layout.previous(number), layout.next(number)
        return Page(datasets, layout.total, number, size, layout.last, previous, following, places)


def _laid_out(connection: sa.Connection, size: int, wanted: Condition) -> Layout:
    pages = -(-_ever(connection) // size)
    number = (_place() * pages // PLACES + 1).label("number")
    datasets = sa.select(number, sa.func.count()).where(wanted()).group_by(number)
    return lay_out(pages, dict(connection.execute(datasets).tuples().all()))


def _place() -> sa.ColumnElement[int]:
    """Return the place of a dataset, as `PUBLICATION` has it of those that ever were public."""
    bits = sa.cast(sa.literal("x").concat(sa.func.left(sa.func.md5(PACKAGE.c.id), 8)), BIT(32))
    return sa.cast(bits, sa.BigInteger)


def _ever(connection: sa.Connection) -> int:
    """Return how many datasets there are or were: one that was public and is purged counts for good."""
    unknown = ~sa.exists().where(PUBLICATION.c.package_id == PACKAGE.c.id)
    public = sa.select(sa.func.count()).select_from(PUBLICATION).scalar_subquery()
    others = sa.select(sa.func.count()).where(PACKAGE.c.type == "dataset", unknown).scalar_subquery()
    return connection.execute(sa.select(public + others)).scalar_one()


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
