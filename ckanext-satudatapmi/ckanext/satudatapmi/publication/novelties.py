"""Which public datasets were new in the catalogue, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.publication.published import PUBLICATION

PACKAGE, GROUP = model.package_table.c, model.group_table.c
MONTH = sa.func.to_char(PACKAGE.metadata_created, "YYYY-MM")


@dataclass(frozen=True)
class Novelty:
    """A dataset that was new: its name, its title and the title of its organisation."""

    name: str
    title: str
    organization: str


def months(connection: sa.Connection) -> dict[str, int]:
    """Return how many datasets that everybody sees today were new in each month, by its name."""
    counted = sa.select(MONTH.label("month"), sa.func.count().label("datasets"))
    dated = counted.select_from(_public()).where(PACKAGE.metadata_created.is_not(None))
    rows = connection.execute(dated.group_by(MONTH))
    return {row.month: row.datasets for row in rows}


def datasets(connection: sa.Connection, month: Month, most: int) -> list[Novelty]:
    """Return datasets that were new in a month, the first one first.

    Args:
        connection: to the site's database.
        month: in which they were created.
        most: how many.
    """
    title = sa.func.coalesce(sa.func.nullif(PACKAGE.title, ""), PACKAGE.name)
    statement = (
        sa.select(PACKAGE.name, title, sa.func.coalesce(GROUP.title, ""))
        .select_from(_public().outerjoin(model.group_table, GROUP.id == PACKAGE.owner_org))
        .where(PACKAGE.metadata_created >= month.first, PACKAGE.metadata_created < month.following.first)
        .order_by(PACKAGE.metadata_created, PACKAGE.name)
        .limit(most)
    )
    return [Novelty(*row) for row in connection.execute(statement)]


def _public() -> sa.Join:
    on = sa.and_(PUBLICATION.c.package_id == PACKAGE.id, PUBLICATION.c.is_public)
    return sa.join(model.package_table, PUBLICATION, on)
