"""The records that pycsw answers from: a view of the portal's database, read with a role that sees nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

SCHEMA, VIEW = "satudatapmi_csw", "records"
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What is raised when the database is away, or does not answer in time."""
CONNECTION = {
    "pool_size": 1,
    "pool_pre_ping": True,
    # The count of a page and its records are of the same moment, and nothing can be written.
    "isolation_level": "REPEATABLE READ",
    "connect_args": {
        "connect_timeout": 5,
        "options": f"-c search_path={SCHEMA} -c default_transaction_read_only=on -c statement_timeout=30s",
    },
}

_engines: dict[str, sa.Engine] = {}


class Records:
    """The repository of one request, as pycsw asks for it.

    Attributes:
        queryables: column by the name that a client uses, in groups.
        dbtype: what pycsw takes the database for; the schema has those functions of PostGIS that it then calls.
        fts: whether there is an index for words.
        failure: why the database did not answer; None if it did.
        found: identifiers of the records that were read, in their order; not all may be in the answer.
    """

    dbtype = "postgresql+postgis+wkt"
    fts = False

    def __init__(self, context: Any, _filter: str | None = None) -> None:
        self.failure: Exception | None = None
        self.found: list[str] = []
        columns = context.md_core_model["mappings"]
        self._records = sa.table(VIEW, *(sa.column(name) for name in columns.values()))
        self._identifier = self._records.c[columns["pycsw:Identifier"]]
        self._changed = self._records.c[columns["pycsw:Modified"]]
        self._source = self._records.c[columns["pycsw:Source"]]
        self.queryables = _queryables(context)
        # For a repository of somebody else's, pycsw would write conditions in the notation of Django.
        context.server.orm = "sqlalchemy"
        self._engine = _engine(context.server.config.get("repository", "database"))

    def query(
        self,
        constraint: Mapping[str, Any],
        sortby: Mapping[str, str] | None = None,
        typenames: Sequence[str] | None = None,
        maxrecords: int = 10,
        startposition: int = 0,
    ) -> list[Any]:
        """Return how many records there are, as text, and those of a page.

        They are always in the same order: whoever turns pages meets each record once.

        Args:
            constraint: `where`, SQL with pvalue0, pvalue1, ... for its `values`; empty for all records.
            sortby: `propertyname`, a column, and `order`, ASC or DESC.
            typenames: not used; all records are of one type.
            maxrecords: how many at most.
            startposition: how many records to leave out; some clients count from 0, and pycsw then says -1.
        """
        wanted = sa.select(self._records)
        if "where" in constraint:
            values = {f"pvalue{number}": value for number, value in enumerate(constraint["values"])}
            wanted = wanted.where(sa.text(constraint["where"]).bindparams(**values))
        total = sa.select(sa.func.count()).select_from(wanted.subquery())
        order = self._order(sortby)
        places = wanted.with_only_columns(self._identifier).order_by(*order)
        # The records before a page are passed over by their identifiers: whole, they would all be read for each page.
        on_page = places.limit(int(maxrecords)).offset(max(startposition, 0)).subquery()
        page = sa.select(self._records).join(on_page, on_page.c.identifier == self._identifier).order_by(*order)
        (count,), found = self._ask(total, page)
        return [str(count[0]), self._noted(found)]

    def _order(self, sortby: Mapping[str, str] | None) -> list[Any]:
        if sortby is None:
            return [self._identifier]
        column = self._records.c[sortby["propertyname"]]
        return [column.desc() if sortby["order"] == "DESC" else column.asc(), self._identifier]

    def query_ids(self, ids: Sequence[str]) -> list[Any]:
        """Return the records with these identifiers."""
        return self._noted(self._ask(sa.select(self._records).where(self._identifier.in_(ids)))[0])

    def query_domain(
        self, domain: str, typenames: str, domainquerytype: str = "list", count: bool = False
    ) -> Sequence[Any]:
        """Return the values that a column has."""
        column = self._records.c[domain]
        return self._ask(sa.select(column).distinct().order_by(column))[0]

    def query_insert(self, direction: str = "max") -> str | None:
        """Return when a record last changed, or, for `min`, when the one did that has not changed for longest."""
        column = sa.func.min(self._changed) if direction == "min" else sa.func.max(self._changed)
        ((changed,),) = self._ask(sa.select(column))[0]
        return changed and changed.replace("+00:00", "Z")

    def query_source(self, source: str) -> list[Any]:
        """Return the records of a dataset by the address of its page."""
        return self._noted(self._ask(sa.select(self._records).where(self._source == source))[0])

    def _noted(self, records: list[Any]) -> list[Any]:
        self.found += [getattr(record, self._identifier.name) for record in records]
        return records

    def _ask(self, *questions: sa.Select[Any]) -> list[Any]:
        """Return the rows that answer each question, all of one moment."""
        try:
            with self._engine.connect() as connection:
                return [connection.execute(question).all() for question in questions]
        except AWAY as error:
            # pycsw would take it for a fault of the question.
            self.failure = error
            raise


def _queryables(context: Any) -> dict[str, dict[str, Any]]:
    groups = [kind["queryables"] for kind in context.model["typenames"].values()]
    found: dict[str, dict[str, Any]] = {name: dict(group) for groups_ in groups for name, group in groups_.items()}
    every = {name: column for group in found.values() for name, column in group.items()}
    return found | {"_all": every | context.md_core_model["mappings"]}


def _engine(address: str) -> sa.Engine:
    if address not in _engines:
        _engines[address] = sa.create_engine(address, **CONNECTION)
    return _engines[address]
