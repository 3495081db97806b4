"""The files that brought figures or claims: a note of each load."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.store.reading import is_open, is_public
from ckanext.satudatapmi.figures.store.tables import FIGURE_LOAD

NOW = sa.func.timezone("utc", sa.func.now())


@dataclass(frozen=True)
class Source:
    """The file that observations were read from.

    Attributes:
        package_id, resource_id: the dataset and the resource that holds the file.
        file: its name.
        sheet: the worksheet by which the tables of a file are told apart, or None: of a harvested file the one that the
            description of the table names, of an upload the one that was read.
        sha256: of the file's bytes, in hexadecimal digits.
        retrieved: the day it was fetched.
        worksheet: the one that was read, where that is not `sheet`.
    """

    package_id: str
    resource_id: str
    file: str
    sheet: str | None
    sha256: str
    retrieved: date
    worksheet: str | None = None


def record_load(connection: Connection, facet: str | None, source: Source) -> int:
    """Note that a file added figures of a facet, or claims if there is none, and return the id of the note."""
    return connection.execute(
        sa.insert(FIGURE_LOAD)
        .values(
            facet=facet,
            package_id=source.package_id,
            resource_id=source.resource_id,
            file=source.file,
            sheet=source.sheet,
            worksheet=source.worksheet or source.sheet,
            sha256=source.sha256,
            retrieved=source.retrieved,
            shown=NOW if is_shown(connection, source) else None,
        )
        .returning(FIGURE_LOAD.c.id)
    ).scalar_one()


def note_shown(connection: Connection, loads: Sequence[int]) -> set[str]:
    """Note of loads that everybody may see that this is so from now on, where it was not noted before.

    Returns:
        The ids of the datasets of those where it was not.
    """
    new = FIGURE_LOAD.c.id.in_(loads) & FIGURE_LOAD.c.shown.is_(None)
    noted = sa.update(FIGURE_LOAD).where(new).values(shown=NOW).returning(FIGURE_LOAD.c.package_id)
    return {*connection.scalars(noted)}


def datasets_beside(connection: Connection, loads: Collection[int]) -> set[str]:
    """Return the ids of the datasets with other tables of the facets of some loads: they may hold the same figures."""
    facets = sa.select(FIGURE_LOAD.c.facet).where(FIGURE_LOAD.c.id.in_(loads))
    others = FIGURE_LOAD.c.facet.in_(facets) & FIGURE_LOAD.c.id.not_in(loads)
    return {*connection.scalars(sa.select(FIGURE_LOAD.c.package_id).where(others).distinct())}


def is_shown(connection: Connection, source: Source) -> bool:
    """Tell whether everybody may see the table of a source."""
    return connection.execute(is_open(source.package_id, source.resource_id)).scalar_one()


def loads_beside(connection: Connection, source: Source) -> list[int]:
    """Return the loads with which a table is compared: its own, and those that everybody may see.

    A figure of a dataset that is hidden holds nobody else's back; it gives way to one that is not.
    """
    public = connection.scalars(sa.select(FIGURE_LOAD.c.id).where(is_public()))
    return sorted({*public, *loads_of_resource(connection, source)})


def loads_of_resource(connection: Connection, source: Source) -> list[int]:
    """Return the loads of all tables of a source's resource."""
    return [*connection.scalars(sa.select(FIGURE_LOAD.c.id).where(FIGURE_LOAD.c.resource_id == source.resource_id))]


def loads_of_table(connection: Connection, source: Source, *, sha256: str | None = None) -> list[int]:
    """Return the loads of the same table of the same resource; of certain bytes alone if their digest is given."""
    statement = sa.select(FIGURE_LOAD.c.id).where(
        FIGURE_LOAD.c.resource_id == source.resource_id, FIGURE_LOAD.c.sheet.is_not_distinct_from(source.sheet)
    )
    if sha256:
        statement = statement.where(FIGURE_LOAD.c.sha256 == sha256)
    return [*connection.scalars(statement)]


def last_files(connection: Connection, resource_ids: Iterable[str]) -> dict[str, str]:
    """Return the digest of the file that was loaded last from each of some resources."""
    load = FIGURE_LOAD.c
    last = (
        sa.select(load.resource_id, load.sha256).distinct(load.resource_id).order_by(load.resource_id, load.id.desc())
    )
    return {row.resource_id: row.sha256 for row in connection.execute(last.where(load.resource_id.in_(resource_ids)))}


def feeding(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of some datasets that are public and whose files brought figures."""
    return {*connection.scalars(_feeding().where(FIGURE_LOAD.c.package_id.in_(ids)))}


def state_of_feeding(connection: Connection) -> str:
    """Return what tells two states apart of which public datasets brought figures."""
    ids = _feeding().subquery().c.package_id
    listed = sa.func.string_agg(ids, aggregate_order_by(sa.literal(" "), ids))
    return connection.execute(sa.select(sa.func.md5(sa.func.coalesce(listed, "")))).scalar_one()


def _feeding() -> sa.Select[tuple[str]]:
    return sa.select(FIGURE_LOAD.c.package_id).where(FIGURE_LOAD.c.facet.is_not(None), is_public()).distinct()
