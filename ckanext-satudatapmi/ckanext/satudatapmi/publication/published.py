"""Which datasets are public, as the database keeps it by its triggers (migrations 014, 018), and on which page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.publication.places import PLACES, Layout, lay_out, places_of

CHUNK = 50
"""Datasets at once of a whole catalogue; what is written of them is in memory several times while it is read."""
PUBLICATION = sa.table(
    "satudatapmi_publication",
    sa.column("package_id", sa.Text),
    sa.column("place", sa.BigInteger),
    sa.column("organization_id", sa.Text),
    sa.column("is_public", sa.Boolean),
    sa.column("first_xid", sa.BigInteger),
    sa.column("born_xid", sa.BigInteger),
    sa.column("born_seq", sa.BigInteger),
    sa.column("xid", sa.BigInteger),
    sa.column("seq", sa.BigInteger),
    sa.column("changed", sa.DateTime(timezone=True)),
)
"""A row for each dataset that is or was public.

    package_id          of the dataset
    place               by a hash of its id, from 0 to 2^32 - 1
    organization_id     whose it is, or was when it was last public
    is_public           false: a tombstone
    first_xid           the transaction that made it public for the first time
    born_xid, born_seq  the change by which it became public, for the last time
    xid, seq, changed   the last change: its transaction, its number, its moment
"""
VERSION = sa.table(
    "satudatapmi_publication_version",
    sa.column("package_id", sa.Text),
    sa.column("xid", sa.BigInteger),
    sa.column("seq", sa.BigInteger),
    sa.column("is_public", sa.Boolean),
    sa.column("changed", sa.DateTime(timezone=True)),
)
"""What each transaction made of a dataset: the rows that `PUBLICATION` had."""


@dataclass(frozen=True)
class Selection:
    """Which public datasets are asked for.

    Attributes:
        organization: id of the one that publishes them; None for all.
        modified_since: the moment since when what the feeds say of them changed; None for any.
    """

    organization: str | None = None
    modified_since: datetime | None = None


@dataclass(frozen=True)
class Published:
    """A public dataset: its id and the number of its last change."""

    package_id: str
    seq: int


@dataclass(frozen=True)
class Page:
    """One page of the catalogue.

    Attributes:
        datasets: on it, in the order of their places.
        total: datasets on all pages.
        number: of the page, from 1.
        size: datasets on a page, on average.
        last: number of the last page with datasets; 0 if there is no dataset.
        previous, next: the pages with datasets before it and behind it; None where there is none.
        places: the first place of the datasets that belong on the page, and the first behind them.
        version: another one after each change of what the page may hold.
    """

    datasets: tuple[Published, ...]
    total: int
    number: int
    size: int
    last: int
    previous: int | None
    next: int | None
    places: tuple[int, int]
    version: str


EVERYTHING = Selection()


def read_page(connection: sa.Connection, number: int, size: int, wanted: Selection = EVERYTHING) -> Page:
    """Return a page of public datasets; beyond the last page it holds none.

    Args:
        connection: of a snapshot (store.snapshot).
        number: of the page, from 1.
        size: datasets on a page, on average.
        wanted: which datasets.
    """
    layout = _laid_out(connection, size, wanted)
    if number > layout.last:
        found, own, places = (), range(0), (0, PLACES)
    else:
        own, places = layout.own(number), places_of(number, layout.pages)
        found = _shown(connection, places[0], layout.shown(number), wanted)
    # What a page shows of those that follow changes with them.
    seen = version(connection, *places) if len(found) == len(own) else version(connection)
    previous, following = (layout.previous(number), layout.next(number)) if found else (None, None)
    return Page(found, layout.total, number, size, layout.last, previous, following, places, seen)


def read_outline(connection: sa.Connection, size: int, wanted: Selection = EVERYTHING) -> Page:
    """Return what its pages have in common as a page without datasets; the arguments are those of `read_page`."""
    layout = _laid_out(connection, size, wanted)
    return Page((), layout.total, 1, size, layout.last, None, None, (0, PLACES), version(connection))


def count(connection: sa.Connection, wanted: Selection = EVERYTHING) -> int:
    """Return how many public datasets there are."""
    return connection.execute(
        sa.select(sa.func.count()).where(PUBLICATION.c.is_public, *_conditions(wanted))
    ).scalar_one()


def snapshot(connection: sa.Connection) -> str:
    """Return the snapshot in which a transaction reads, as PostgreSQL writes it."""
    return connection.execute(sa.select(sa.cast(sa.func.pg_current_snapshot(), sa.Text))).scalar_one()


def read_all(connection: sa.Connection, wanted: Selection = EVERYTHING) -> Iterator[list[Published]]:
    """Yield every public dataset in the order of their places, some at a time."""
    place, found = (-1, ""), [Published("", 0)]
    while found:
        after = sa.tuple_(PUBLICATION.c.place, PUBLICATION.c.package_id) > sa.tuple_(*map(sa.literal, place))
        rows = connection.execute(_selected(wanted).where(after).limit(CHUNK)).all()
        found = [Published(row.package_id, row.seq) for row in rows]
        if found:
            yield found
            place = (rows[-1].place, rows[-1].package_id)


def still_public(datasets: Sequence[Published]) -> list[Published]:
    """Return those of some datasets that are public now, whatever an older moment of the database says."""
    ids = [one.package_id for one in datasets]
    query = sa.select(PUBLICATION.c.package_id).where(PUBLICATION.c.package_id.in_(ids), PUBLICATION.c.is_public)
    with model.ensure_engine().connect() as connection:
        public = set(connection.scalars(query))
    return [one for one in datasets if one.package_id in public]


def version(connection: sa.Connection, first: int = 0, end: int = PLACES) -> str:
    """Return what tells two states of some places apart.

    Each change has a number that is greater than all before: the sum of the last numbers of all that ever stood there
    grows with every change, whichever of two transactions ends first.
    """
    places = (PUBLICATION.c.place >= first, PUBLICATION.c.place < end)
    numbers = sa.select(sa.func.coalesce(sa.func.sum(PUBLICATION.c.seq), 0), sa.func.count()).where(*places)
    changes, ever = connection.execute(numbers).one()
    return f"{changes}-{ever}"


def changed(connection: sa.Connection) -> datetime | None:
    """Return when the last change of all happened; None if there never was one."""
    return connection.execute(sa.select(sa.func.max(PUBLICATION.c.changed))).scalar_one()


def _conditions(wanted: Selection) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.organization:
        yield PUBLICATION.c.organization_id == wanted.organization
    if wanted.modified_since:
        yield PUBLICATION.c.changed >= wanted.modified_since


def _selected(wanted: Selection) -> sa.Select[tuple[str, int, int]]:
    columns = (PUBLICATION.c.package_id, PUBLICATION.c.seq, PUBLICATION.c.place)
    statement = sa.select(*columns).where(PUBLICATION.c.is_public, *_conditions(wanted))
    return statement.order_by(PUBLICATION.c.place, PUBLICATION.c.package_id)


def _laid_out(connection: sa.Connection, size: int, wanted: Selection) -> Layout:
    """Return how the datasets that are wanted lie on pages: on as many as those would fill that ever were."""
    ever = sa.select(sa.func.count()).select_from(PUBLICATION).where(*_conditions(wanted))
    pages = -(-connection.execute(ever).scalar_one() // size)
    number = (PUBLICATION.c.place * pages // PLACES + 1).label("number")
    datasets = sa.select(number, sa.func.count()).where(PUBLICATION.c.is_public, *_conditions(wanted)).group_by(number)
    return lay_out(pages, dict(connection.execute(datasets).tuples().all()))


def _shown(connection: sa.Connection, place: int, datasets: range, wanted: Selection) -> tuple[Published, ...]:
    """Return as many datasets as a page shows, from a place on."""
    statement = _selected(wanted).where(PUBLICATION.c.place >= place).limit(len(datasets))
    return tuple(Published(row.package_id, row.seq) for row in connection.execute(statement))
