"""The daftar data: which data each produsen data is to release in a year, and when (Perpres 39/2019 article 27).

The one storage module of the register. A dataset names its entry by number in the field `id_dds`. It follows entries of
its own organisation only, so that nobody takes another's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.schemas import vocabularies, wire

NUMBER_FIELD = "id_dds"
TABLE = sa.table(
    "satudatapmi_register",
    sa.column("year", sa.Integer),
    sa.column("number", sa.Text),
    sa.column("name", sa.Text),
    sa.column("organization_id", sa.Text),
    sa.column("release_days", ARRAY(sa.Date)),
    sa.column("priority", sa.Boolean),
    sa.column("criterion", sa.Text),
    sa.column("note", sa.Text),
)
KEY = ("year", "number")
PACKAGE = model.package_table
LOCK = 405_2027
"""Number of the lock that lets one import write at a time."""

Place = tuple[str, str]
"""Where a dataset looks for its entry: id of the organisation, number as `folded` makes it."""


@dataclass(frozen=True)
class Planned:
    """An entry of the register.

    Attributes:
        year: of the register.
        number: unique within the year.
        name: of the data.
        organization_id: of the produsen data.
        release_days: on which the data are to be released or updated, in order.
        priority: whether it is Data Prioritas.
        criterion: why it is.
        note: anything else.
    """

    year: int
    number: str
    name: str
    organization_id: str
    release_days: tuple[date, ...]
    priority: bool = False
    criterion: str = ""
    note: str = ""

    @property
    def place(self) -> Place:
        """Where datasets look for it."""
        return self.organization_id, vocabularies.folded(self.number)


@dataclass(frozen=True)
class Dataset:
    """A dataset that names an entry.

    Attributes:
        name, title: of the dataset, for those alone who may see it.
        public: whether that is everybody.
        released: when data of it were last released, in UTC without a zone; None while it waits for its approval.
    """

    name: str
    title: str
    public: bool
    released: datetime | None


def lock() -> None:
    """Keep others from writing until the transaction ends."""
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def save(entries: Sequence[Planned]) -> None:
    """Write entries in place of those that have their number in their year, within the running transaction."""
    if not entries:
        return
    query = insert(TABLE)
    replaced = {column.name: query.excluded[column.name] for column in TABLE.c if column.name not in KEY}
    values = [vars(entry) | {"release_days": list(entry.release_days)} for entry in entries]
    model.Session.execute(query.on_conflict_do_update(index_elements=KEY, set_=replaced), values)


def years() -> list[int]:
    """Return the years that have a register, the last first."""
    return list(model.Session.scalars(sa.select(TABLE.c.year).distinct().order_by(TABLE.c.year.desc())))


def of_years(*wanted: int) -> list[Planned]:
    """Return the entries of some years, in order of year and number."""
    return _read(sa.select(TABLE).where(TABLE.c.year.in_(wanted)))


def _read(query: sa.Select[Any]) -> list[Planned]:
    rows = model.Session.execute(query).mappings()
    found = [Planned(**{**row, "release_days": tuple(row["release_days"])}) for row in rows]
    return sorted(found, key=lambda entry: (entry.year, _in_order(entry.number)))


def _in_order(number: str) -> list[str | int]:
    """Return what sorts DD-9 before DD-10."""
    parts = re.split(r"(\d+)", number.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def numbers_of(package: Mapping[str, Any]) -> set[str]:
    """Return the numbers by which a dataset names its entries, as `folded` makes them: it may name several."""
    value = wire.decode_json(str(package.get(NUMBER_FIELD) or ""))
    listed = value if isinstance(value, list) else [value]
    texts = [str(one) for one in listed if isinstance(one, str | int | float)]
    return {vocabularies.folded(text) for text in texts if not vocabularies.is_missing(text)}


def _places_of(package: Mapping[str, Any]) -> set[Place]:
    owner = package.get("owner_org")
    return {(owner, number) for number in numbers_of(package)} if owner else set()


def named_by(*packages: Mapping[str, Any]) -> list[list[Planned]]:
    """Return the entries that each of some datasets names, of every year.

    Args:
        packages: in the shape of package_show, or at least `owner_org` and `id_dds`.
    """
    places = [_places_of(package) for package in packages]
    owners = {owner for found in places for owner, _number in found}
    by_place: dict[Place, list[Planned]] = {}
    for entry in _read(sa.select(TABLE).where(TABLE.c.organization_id.in_(owners))) if owners else ():
        by_place.setdefault(entry.place, []).append(entry)
    return [[entry for place in sorted(found) for entry in by_place.get(place, ())] for found in places]


def datasets_of(entries: Iterable[Planned]) -> dict[Place, list[Dataset]]:
    """Return the datasets that name entries, whoever may see them, by the place of the entry."""
    places = {entry.place for entry in entries}
    number = PACKAGE.c.extras[NUMBER_FIELD].astext
    query = sa.select(
        PACKAGE.c.name,
        PACKAGE.c.title,
        PACKAGE.c.owner_org,
        number.label(NUMBER_FIELD),
        reviews.is_public().label("public"),
        sa.case((reviews.is_approved(), _put_in())).label("released"),
    ).where(
        PACKAGE.c.state != "deleted",
        PACKAGE.c.type == "dataset",
        PACKAGE.c.owner_org.in_({owner for owner, _number in places}),
        number.is_not(None),
    )
    found: dict[Place, list[Dataset]] = {}
    for row in model.Session.execute(query.order_by(PACKAGE.c.title, PACKAGE.c.name)).mappings():
        for place in _places_of(dict(row)) & places:
            dataset = Dataset(row["name"], row["title"] or row["name"], row["public"], row["released"])
            found.setdefault(place, []).append(dataset)
    return found


def _put_in() -> sa.ColumnElement[datetime]:
    """Return the expression for when data of a dataset last reached those who may see it: a file came, or walidata or
    pembina data approved it.
    """
    file = model.resource_table
    files = sa.select(sa.func.max(sa.func.greatest(file.c.created, file.c.last_modified))).where(
        file.c.package_id == PACKAGE.c.id, file.c.state == "active"
    )
    return sa.func.greatest(PACKAGE.c.metadata_created, files.scalar_subquery(), reviews.approved(PACKAGE.c.id))
