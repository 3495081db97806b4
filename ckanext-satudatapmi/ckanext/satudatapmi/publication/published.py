"""Which datasets are public, as the database keeps it by its triggers (migration 014), and the pages they lie on.

A harvester asks for one page after another while datasets come and go, and deletes at its place what it has not seen.
So a dataset does not stand at the n-th place, which shifts, but where a hash of its id puts it, among as many pages as
all datasets that ever were public would fill. That number only grows, and then each page begins earlier than before, so
that nothing is passed over. Datasets that fit on one page are on every page, whichever is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import ckan.model as model
import sqlalchemy as sa

PLACES = 2**32
CHUNK = 200
PUBLICATION = sa.table(
    "satudatapmi_publication",
    sa.column("package_id", sa.Text),
    sa.column("place", sa.BigInteger),
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
PACKAGE = model.package_table
SNAPSHOT = sa.cast(sa.func.pg_current_snapshot(), sa.Text)


@dataclass(frozen=True)
class Selection:
    """Which public datasets are asked for.

    Attributes:
        organization: id of the one that publishes them; None for all.
        modified_since: the moment, in UTC without a zone, since when their metadata changed; None for any.
    """

    organization: str | None = None
    modified_since: datetime | None = None


@dataclass(frozen=True)
class Published:
    """A public dataset: its id and the number of its last change."""

    package_id: str
    seq: int


@dataclass(frozen=True)
class State:
    """All that is or was public, at one moment.

    Attributes:
        total: public datasets.
        ever: those that are or were public.
        version: another one after each change.
        changed: when the last change happened; None if there never was one.
        snapshot: of the database, out of which this was read (pg_snapshot).
    """

    total: int
    ever: int
    version: str
    changed: datetime | None
    snapshot: str


@dataclass(frozen=True)
class Page:
    """One page of the catalogue.

    Attributes:
        datasets: on it, in the order of their places.
        total: datasets on all pages.
        number: of the page, from 1.
        size: datasets on a page, on average.
        last: number of the last page; 0 if there is no dataset.
        version: another one after each change of what the page may hold.
        state: of the whole catalogue, out of which it was read.
    """

    datasets: tuple[Published, ...]
    total: int
    number: int
    size: int
    last: int
    version: str
    state: State

    @property
    def places(self) -> tuple[int, int]:
        """The first place of the datasets that belong on the page, and the first behind them."""
        return places_of(self.number, self.last) if self.last > 1 else (0, PLACES)


EVERYTHING = Selection()


def read_page(connection: sa.Connection, number: int, size: int, wanted: Selection = EVERYTHING) -> Page:
    """Return a page of public datasets; beyond the last page it holds none.

    Args:
        connection: of a snapshot (store.snapshot).
        number: of the page, from 1.
        size: datasets on a page, on average.
        wanted: which datasets.
    """
    now = state(connection)
    total = now.total if wanted == EVERYTHING else _count(connection, wanted)
    pages = -(-now.ever // size) if total else 0
    last = min(pages, 1) if total <= size else pages
    if number > pages:
        found, seen = (), now.version
    elif last == 1:
        found, seen = tuple(_read(connection, _selected(wanted))), now.version
    elif found := tuple(_read(connection, _on(wanted, number, last))):
        seen = version(connection, *places_of(number, last))
    else:
        found, seen = tuple(_filler(connection, number, last, wanted)), now.version
    return Page(found, total, number, size, last, seen, now)


def state(connection: sa.Connection) -> State:
    """Return the state of the whole catalogue, which one statement reads: it is asked for with every page."""
    numbers = sa.select(
        sa.func.count().filter(PUBLICATION.c.is_public),
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(PUBLICATION.c.seq), 0),
        sa.func.max(PUBLICATION.c.changed),
        SNAPSHOT,
    ).select_from(PUBLICATION)
    total, ever, changes, last, moment = connection.execute(numbers).one()
    return State(total, ever, _version(changes, ever), last, moment)


def snapshot(connection: sa.Connection) -> str:
    """Return the snapshot in which a transaction reads, as PostgreSQL writes it."""
    return connection.execute(sa.select(SNAPSHOT)).scalar_one()


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
    return _version(*connection.execute(numbers).one())


def _version(changes: int, count: int) -> str:
    return f"{changes}-{count}"


def changed(connection: sa.Connection) -> datetime | None:
    """Return when the last change of all happened; None if there never was one."""
    return connection.execute(sa.select(sa.func.max(PUBLICATION.c.changed))).scalar_one()


def _selected(wanted: Selection) -> sa.Select[tuple[str, int, int]]:
    columns = (PUBLICATION.c.package_id, PUBLICATION.c.seq, PUBLICATION.c.place)
    statement = sa.select(*columns).where(PUBLICATION.c.is_public).order_by(columns[2], columns[0])
    if wanted == EVERYTHING:
        return statement
    statement = statement.join(PACKAGE, PACKAGE.c.id == PUBLICATION.c.package_id)
    if wanted.organization:
        statement = statement.where(PACKAGE.c.owner_org == wanted.organization)
    if wanted.modified_since:
        statement = statement.where(PACKAGE.c.metadata_modified >= wanted.modified_since)
    return statement


def _read(connection: sa.Connection, statement: sa.Select[tuple[str, int, int]]) -> Iterator[Published]:
    return (Published(row.package_id, row.seq) for row in connection.execute(statement))


def _count(connection: sa.Connection, wanted: Selection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_selected(wanted).subquery())).scalar_one()


def places_of(number: int, last: int) -> tuple[int, int]:
    """Return the first place of one of some pages, and the first behind it."""
    first, end = (-(-page * PLACES // last) for page in (number - 1, number))
    return first, end


def _on(wanted: Selection, number: int, last: int) -> sa.Select[tuple[str, int, int]]:
    first, end = places_of(number, last)
    return _selected(wanted).where(PUBLICATION.c.place >= first, PUBLICATION.c.place < end)


def _filler(connection: sa.Connection, number: int, last: int, wanted: Selection) -> Iterator[Published]:
    """Yield what a page without datasets holds: those of the next page that has some, and another one.

    The stock harvester takes an empty page for the end, and a page like the one before it as well.
    """
    behind = PUBLICATION.c.place < places_of(number, last)[1]
    columns = _selected(wanted).with_only_columns(PUBLICATION.c.place).order_by(None).order_by(behind)
    place = connection.execute(columns.order_by(PUBLICATION.c.place).limit(1)).scalar_one()
    following = list(_read(connection, _on(wanted, place * last // PLACES + 1, last)))
    yield from following
    others = _selected(wanted).where(PUBLICATION.c.package_id.not_in([one.package_id for one in following]))
    count = connection.execute(sa.select(sa.func.count()).select_from(others.subquery())).scalar_one()
    yield from _read(connection, others.offset(number % (count or 1)).limit(1))
