"""The findings of a load in the database: put in place of former ones, and read back for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.checks.finding import Finding
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.figures.store.reading import is_public, public_loads
from ckanext.satudatapmi.figures.store.tables import DIMENSIONS, FIGURE_LOAD, FINDING, SERIES

LATER = FIGURE_LOAD.alias("later")
# "contradiction" sorts before "warning".
ORDER = (FINDING.c.severity, FINDING.c.source_row.nulls_last(), FINDING.c.id)
KEY = "key"
"""Where the finding's key stands among its facts: a printed total has no series that would hold its codes."""


@dataclass(frozen=True)
class StoredFinding:
    """A finding as the database holds it.

    Attributes:
        load_id, resource_id: the load that brought the figure, and the file it was of.
        series_id: of the figure; None if it is no observation, as a printed total.
        finding: what was found.
        found: when, in UTC.
    """

    load_id: int
    resource_id: str
    series_id: int | None
    finding: Finding
    found: datetime


def put_findings(
    connection: Connection, load_id: int, findings: Sequence[Finding], *, beside: Sequence[int] | None = None
) -> None:
    """Put the findings of a load in place of those that it had, in the connection's transaction.

    Args:
        connection: of the site's database.
        load_id: of the load.
        findings: what was found.
        beside: the loads that they may rest on too. Those that rest on its own table alone (None) are another part,
            and stay.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such load.
    """
    facet = connection.execute(sa.select(FIGURE_LOAD.c.facet).where(FIGURE_LOAD.c.id == load_id)).scalar_one()
    others = beside is not None
    connection.execute(sa.delete(FINDING).where(FINDING.c.load_id == load_id, FINDING.c.beside.is_(others)))
    if beside is not None:
        noted = sa.update(FIGURE_LOAD).where(FIGURE_LOAD.c.id == load_id)
        connection.execute(noted.values(beside_loads=list(beside)))
    if findings:
        series = _series(connection, facet, findings)
        rows = [_row(load_id, one, series.get(_codes(one))) | {"beside": others} for one in findings]
        connection.execute(sa.insert(FINDING), rows)


def findings_of_load(connection: Connection, load_id: int) -> list[StoredFinding]:
    """Return the findings of a load, contradictions first, then in the order of the file."""
    return _read(connection, FINDING.c.load_id == load_id)


def findings_of_resource(connection: Connection, resource_id: str) -> list[StoredFinding]:
    """Return the findings of the last load of a resource, in the order of `findings_of_load`."""
    last = sa.select(sa.func.max(FIGURE_LOAD.c.id)).where(FIGURE_LOAD.c.resource_id == resource_id)
    return _read(connection, FINDING.c.load_id == last.scalar_subquery())


def findings_of_series(connection: Connection, series_ids: Iterable[int]) -> list[StoredFinding]:
    """Return the findings about series, to be shown beside their numbers, in the order of `findings_of_load`."""
    return _read(connection, FINDING.c.series_id.in_(list(series_ids)))


def all_findings(connection: Connection, rule: str | None, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return findings that everybody may see, contradictions first, the latest load first.

    Args:
        connection: of the site's database.
        rule: R1 to R14 or F1 for one alone.
        offset, limit: the part of the list.

    Returns:
        `finding` (StoredFinding), and `facet`, `package_id`, `resource_id`, `file`, `sheet` of the load.
    """
    load = (
        *(FIGURE_LOAD.c[name] for name in ("facet", "package_id", "resource_id", "file")),
        FIGURE_LOAD.c.worksheet.label("sheet"),
    )
    statement = _public(FINDING, *load).order_by(FINDING.c.severity, FINDING.c.load_id.desc(), *ORDER[1:])
    rows = connection.execute(_of_rule(statement, rule).offset(offset).limit(limit)).all()
    return [{"finding": _stored(row)} | {column.name: getattr(row, column.name) for column in load} for row in rows]


def count_findings(connection: Connection) -> dict[str, int]:
    """Return how many findings everybody may see, by rule."""
    statement = _public(FINDING.c.rule, sa.func.count().label("findings")).group_by(FINDING.c.rule)
    return {row.rule: row.findings for row in connection.execute(statement)}


def _of_rule(statement: sa.Select[Any], rule: str | None) -> sa.Select[Any]:
    return statement.where(FINDING.c.rule == rule) if rule else statement


def _codes(finding: Finding) -> tuple[str, ...]:
    return tuple(finding.key.get(name, one.total) for name, one in dimensions().items())


def _series(connection: Connection, facet: str, findings: Sequence[Finding]) -> dict[tuple[str, ...], int]:
    """Return the ids of the findings' series by their codes."""
    wanted = {_codes(one) for one in findings}
    columns = [SERIES.c[name] for name in DIMENSIONS]
    among = [column.in_(sorted({codes[at] for codes in wanted})) for at, column in enumerate(columns)]
    found = connection.execute(sa.select(SERIES.c.id, *columns).where(SERIES.c.facet == facet, *among))
    return {tuple(codes): series_id for series_id, *codes in found}


def _row(load_id: int, finding: Finding, series_id: int | None) -> dict[str, Any]:
    return {
        "load_id": load_id,
        "rule": finding.rule,
        "severity": finding.severity,
        "series_id": series_id,
        "ref_start": _day(finding, "ref_start"),
        "ref_end": _day(finding, "ref_end"),
        "source_row": finding.source_row,
        "source_column": finding.source_column,
        "facts": {**finding.facts, KEY: dict(finding.key)},
    }


def _day(finding: Finding, name: str) -> date | None:
    return date.fromisoformat(finding.key[name]) if name in finding.key else None


def _read(connection: Connection, condition: Any) -> list[StoredFinding]:
    found = _public(FINDING, FIGURE_LOAD.c.resource_id).where(condition).order_by(*ORDER)
    return [_stored(row) for row in connection.execute(found)]


def _public(*columns: Any) -> sa.Select[Any]:
    """Return the question for findings that everybody may see, those of the last load of each table.

    One that rests on other tables may quote them: it waits to be worked out anew when one of these was hidden.
    """
    last = sa.select(sa.func.max(LATER.c.id)).where(
        LATER.c.resource_id == FIGURE_LOAD.c.resource_id, LATER.c.sheet.is_not_distinct_from(FIGURE_LOAD.c.sheet)
    )
    joined = sa.select(*columns).join_from(FINDING, FIGURE_LOAD, FIGURE_LOAD.c.id == FINDING.c.load_id)
    quotable = FIGURE_LOAD.c.beside_loads.contained_by(sa.func.array(public_loads()))
    return joined.where(is_public(), FIGURE_LOAD.c.id == last.scalar_subquery(), ~FINDING.c.beside | quotable)


def _stored(row: Any) -> StoredFinding:
    facts = dict(row.facts)
    key = facts.pop(KEY)
    finding = Finding(row.rule, row.severity, facts, row.source_row, row.source_column, key)
    return StoredFinding(row.load_id, row.resource_id, row.series_id, finding, row.found)
