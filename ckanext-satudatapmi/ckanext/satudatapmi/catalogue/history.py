"""What the metadata of each dataset scored: the one storage module of the quality score.

A row says what a dataset scores by a profile from its day on, until the dataset's next row. There is a new one only
where something changed, so the table does not grow while nothing does. A row without points ends a dataset's course:
it was deleted, or is no longer for everyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from ckanext.satudatapmi.catalogue import reviews

TABLE = sa.table(
    "satudatapmi_quality",
    sa.column("dataset_id", sa.Text),
    sa.column("profile", sa.Text),
    sa.column("day", sa.Date),
    sa.column("organization_id", sa.Text),
    sa.column("points", sa.Integer),
    sa.column("dimensions", JSONB(none_as_null=True)),
    sa.column("missed", ARRAY(sa.Text)),
)
KEY = ("dataset_id", "profile", "day")
PACKAGE = model.package_table
GROUP = model.group_table
LOCK = 405_2019
"""Number of the lock that lets one measurement write at a time."""

MEASURED = "satudatapmi.quality.measured"
"""Key in CKAN's system_info: when the last measurement ended (ISO 8601, UTC)."""


@dataclass(frozen=True)
class Measured:
    """What a dataset scores by a profile, and since when.

    Attributes:
        dataset_id: of the dataset.
        profile: name of the profile.
        day: of the first measurement that found it so.
        organization_id: of the organisation that publishes the dataset, None without one.
        points: reached; None where the dataset is no longer for everyone.
        dimensions: points by dimension, None with `points`.
        missed: names of the metrics that it missed, the most points first, None with `points`.
    """

    dataset_id: str
    profile: str
    day: date
    organization_id: str | None
    points: int | None
    dimensions: dict[str, int] | None
    missed: list[str] | None

    def same(self, other: Measured) -> bool:
        """Tell whether this says of the dataset what another says of it, whenever that was."""
        return (self.organization_id, self.points, self.missed) == (other.organization_id, other.points, other.missed)


@dataclass(frozen=True)
class DayMean:
    """The mean of the points on a day, of how many datasets."""

    day: date
    mean: float
    datasets: int


def latest(connection: Any, ids: Iterable[str] | None = None) -> dict[tuple[str, str], Measured]:
    """Return the last row of datasets, by dataset and profile; those without points are among them.

    Args:
        connection: to the database; a session will do.
        ids: of the datasets, None for all that ever were.
    """
    query = sa.select(TABLE).distinct(TABLE.c.dataset_id, TABLE.c.profile)
    if ids is not None:
        query = query.where(TABLE.c.dataset_id.in_(list(ids)))
    rows = connection.execute(query.order_by(TABLE.c.dataset_id, TABLE.c.profile, TABLE.c.day.desc()))
    return {(row.dataset_id, row.profile): Measured(*row) for row in rows}


def latest_scores(ids: Iterable[str]) -> dict[str, list[Measured]]:
    """Return what public datasets score, profile by profile; those that were not measured yet are missing."""
    found: dict[str, list[Measured]] = {}
    for (dataset_id, _profile), row in sorted(latest(model.Session, ids).items()):
        if row.points is not None:
            found.setdefault(dataset_id, []).append(row)
    return found


@contextmanager
def alone() -> Iterator[sa.Connection]:
    """Wait until no other measurement goes on, and keep others waiting; no transaction is open meanwhile."""
    with model.ensure_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK)))
        try:
            yield connection
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))


def store(rows: Sequence[Measured]) -> None:
    """Store rows in transactions that hold up nobody who edits a dataset, and wait for nobody while others wait.

    A row locks its dataset. Those that somebody changes right now are stored one by one, after the others: who waits
    for a dataset and holds none himself is in nobody's way.
    """
    with model.ensure_engine().begin() as connection:
        ids = sorted({row.dataset_id for row in rows})
        query = sa.select(PACKAGE.c.id).where(PACKAGE.c.id.in_(ids)).order_by(PACKAGE.c.id)
        free = set(connection.scalars(query.with_for_update(key_share=True, skip_locked=True)))
        write(connection, [row for row in rows if row.dataset_id in free])
    for busy in (one for one in ids if one not in free):
        with model.ensure_engine().begin() as connection:
            write(connection, [row for row in rows if row.dataset_id == busy])


def write(connection: sa.Connection, rows: Sequence[Measured]) -> None:
    """Store rows; a later one of the same day takes the place of an earlier one."""
    if not rows:
        return
    query = insert(TABLE)
    replaced = {column.name: query.excluded[column.name] for column in TABLE.c if column.name not in KEY}
    connection.execute(query.on_conflict_do_update(index_elements=KEY, set_=replaced), [vars(row) for row in rows])


def analyse(connection: sa.Connection) -> None:
    """Have PostgreSQL look at the table anew; until it does so itself, it plans as if the table were empty."""
    connection.execute(sa.text(f"ANALYZE {TABLE.name}"))


def changes(dataset_id: str, profile: str) -> list[tuple[date, int | None]]:
    """Return day and points of every row of a dataset, oldest first; None where it was not for everyone."""
    query = sa.select(TABLE.c.day, TABLE.c.points).where(TABLE.c.dataset_id == dataset_id, TABLE.c.profile == profile)
    return [(row.day, row.points) for row in model.Session.execute(query.order_by(TABLE.c.day))]


def days(profile: str, organization_id: str | None = None) -> list[DayMean]:
    """Return the mean of each day on which something changed, as the measurements of that day left it, oldest first.

    Each row adds its points to the sum and takes away those of the dataset's row before it.

    Args:
        profile: name of the profile.
        organization_id: of the organisation; None for the whole portal.
    """
    points = TABLE.c.points
    if organization_id:
        points = sa.case((TABLE.c.organization_id == organization_id, points))
    before = sa.func.lag(points).over(partition_by=TABLE.c.dataset_id, order_by=TABLE.c.day)
    steps = (
        sa.select(
            TABLE.c.day,
            (sa.func.coalesce(points, 0) - sa.func.coalesce(before, 0)).label("points"),
            (sa.cast(points.is_not(None), sa.Integer) - sa.cast(before.is_not(None), sa.Integer)).label("datasets"),
        )
        .where(TABLE.c.profile == profile)
        .subquery()
    )
    total, number = (
        sa.func.sum(sa.func.sum(column)).over(order_by=steps.c.day) for column in (steps.c.points, steps.c.datasets)
    )
    rows = model.Session.execute(sa.select(steps.c.day, total, number).group_by(steps.c.day).order_by(steps.c.day))
    return [DayMean(day, float(total) / int(number), int(number)) for day, total, number in rows if number]


def standing(profile: str, organization_id: str | None = None) -> list[tuple[str | None, int, dict[str, int]]]:
    """Return organisation, points and points by dimension of every dataset that is public now and was measured.

    Args:
        profile: name of the profile.
        organization_id: of the organisation; None for the whole portal.
    """
    now = _now(profile, organization_id)
    query = sa.select(now.c.owner_org, now.c.points, now.c.dimensions)
    return [(owner, points, dimensions) for owner, points, dimensions in model.Session.execute(query)]


def missing(
    profile: str, organization_id: str | None = None, metric: str | None = None, first: int = 1, last: int = 3
) -> dict[str, tuple[int, list[dict[str, str]]]]:
    """Return how many public datasets miss each metric, and some of them, those with the fewest points first.

    Args:
        profile: name of the profile.
        organization_id: of the organisation; None for the whole portal.
        metric: only this one.
        first, last: places of the datasets that are named, from 1.
    """
    now = _now(profile, organization_id)
    each = sa.select(now.c.name, now.c.title, now.c.points, sa.func.unnest(now.c.missed).label("metric")).subquery()
    wanted = sa.select(each) if metric is None else sa.select(each).where(each.c.metric == metric)
    missed = wanted.subquery()
    by_metric = missed.c.metric
    ranked = sa.select(
        missed,
        sa.func.count().over(partition_by=by_metric).label("datasets"),
        sa.func.row_number().over(partition_by=by_metric, order_by=(missed.c.points, missed.c.name)).label("place"),
    ).subquery()
    query = sa.select(ranked).where(ranked.c.place.between(first, last)).order_by(ranked.c.metric, ranked.c.place)
    found: dict[str, tuple[int, list[dict[str, str]]]] = {}
    for row in model.Session.execute(query):
        found.setdefault(row.metric, (row.datasets, []))[1].append({"name": row.name, "title": row.title or row.name})
    return found


def _now(profile: str, organization_id: str | None) -> sa.Subquery:
    """Return the last rows of the datasets that are public at this moment, whatever was so when they were measured."""
    last = (
        sa.select(TABLE)
        .distinct(TABLE.c.dataset_id)
        .where(TABLE.c.profile == profile)
        .order_by(TABLE.c.dataset_id, TABLE.c.day.desc())
        .subquery()
    )
    query = (
        sa.select(PACKAGE.c.name, PACKAGE.c.title, PACKAGE.c.owner_org, last.c.points, last.c.dimensions, last.c.missed)
        .join_from(last, PACKAGE, PACKAGE.c.id == last.c.dataset_id)
        .where(reviews.is_public())
        .where(last.c.points.is_not(None))
    )
    return (query.where(PACKAGE.c.owner_org == organization_id) if organization_id else query).subquery()


def in_groups(ids: Iterable[str]) -> set[str]:
    """Return those of these datasets that stand in a group (CKAN's themes)."""
    query = (
        sa.select(model.Member.table_id)
        .join(model.Group, model.Group.id == model.Member.group_id)
        .where(model.Member.table_id.in_(list(ids)), model.Member.table_name == "package")
        .where(model.Member.state == "active", model.Group.state == "active", model.Group.is_organization.is_(False))
    )
    return {str(dataset_id) for dataset_id in model.Session.scalars(query)}


def organizations(reference: str | None = None) -> dict[str, dict[str, str]]:
    """Return id, name and title of organisations by id: of all, or of the one with this id or name."""
    query = sa.select(GROUP.c.id, GROUP.c.name, GROUP.c.title).where(
        GROUP.c.is_organization.is_(True), GROUP.c.state == "active"
    )
    if reference:
        query = query.where(sa.or_(GROUP.c.id == reference, GROUP.c.name == reference))
    rows = model.Session.execute(query)
    return {row.id: {"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows}


def last_measured() -> datetime | None:
    """Return when the last measurement ended, in UTC, or None before the first."""
    text = model.get_system_info(MEASURED)
    return datetime.fromisoformat(text) if text else None


def today() -> date:
    """Return the day it is where the site is."""
    return datetime.now(zone()).date()


def zone() -> tzinfo:
    """Return the time zone of the site (ckan.display_timezone)."""
    return tk.h.get_display_timezone()
