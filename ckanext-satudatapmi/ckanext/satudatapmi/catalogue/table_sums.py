"""Questions to a DataStore table that it answers by counting and adding up: bounded in rows, and in time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.tables.roles import Roles, Time

MOST_CODES = 3_000
"""Values of a column that are looked at; one with more is no breakdown."""
MOST_PERIODS = 5_000
MOST_GROUPS = 20_000
MILLISECONDS, IN_ALL = 5_000, 20_000
"""What a question may take, and all questions to a table: no load of it can begin before they are answered."""
FIRST_YEAR, LAST_YEAR = 1800, 2200
Period = tuple[date, date]


class TooMuch(Exception):
    """A table does not answer in time, or its figures are of more periods than anybody draws."""


@dataclass(frozen=True)
class Profile:
    """What a table holds.

    Attributes:
        periods: of its rows, the first and the last day, and how many rows each has; {} if it says no period.
        units: how many rows each has; {} if none is said row by row.
        values: of each dimension: how many rows each value has. None stands for what has no value; a dimension with too
            many values is left out.
    """

    periods: Mapping[Period, int]
    units: Mapping[str, int]
    values: Mapping[str, Mapping[str | None, int]]


@dataclass(frozen=True)
class Question:
    """What is added up.

    Attributes:
        by: column of the dimension whose values stand apart, "" for none.
        names: column with the names of its codes, "" for none.
        kept: the values of each dimension that count; those of a dimension that is not named all do.
        periods: that count; () if the table says none.
        unit: that counts, "" for any.
        newest: columns by which rows are of one figure, of which only the one that was published last counts; None
            where every row counts.
    """

    by: str
    names: str
    kept: Mapping[str, frozenset[str | None]]
    periods: tuple[Period, ...] = ()
    unit: str = ""
    newest: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Group:
    """Rows that were added up.

    Attributes:
        code: value of the dimension by which they stand apart, None for rows without one, "" where none was asked for.
        name: of the code, "" if the table has none.
        period: None if the table says none.
        value: sum of the figures; None if there is no figure among them.
        rows, filled: how many rows there are, and how many of them have a figure.
    """

    code: str | None
    name: str
    period: Period | None
    value: float | None
    rows: int
    filled: int


@dataclass
class TableSums:
    """A table that is opened, and what its columns are to each other."""

    stored: StoredTable
    roles: Roles
    _columns: dict[str, sa.ColumnElement[Any]] = field(init=False)
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + IN_ALL / 1000
        names = (column.name for column in self.stored.columns)
        self._columns = {name: sa.literal_column(read) for name, read in zip(names, self.stored.reads, strict=True)}

    def profile(self) -> Profile:
        """Return what the table holds.

        Raises:
            TooMuch: it does not answer in time.
        """
        return Profile(self._periods(), self._units(), self._values())

    def answer(self, question: Question) -> list[Group]:
        """Return the sums of a question, by period and by the dimension that it names.

        Raises:
            TooMuch: it does not answer in time, or with too many of them.
        """
        by = self._columns[question.by] if question.by else sa.literal("")
        name = sa.func.max(self._columns[question.names]) if question.names else sa.literal("")
        start, end = self._time()
        figure = self._columns[self.roles.measure]
        query = (
            sa.select(by, name, start, end, sa.func.sum(figure), sa.func.count(), sa.func.count(figure))
            .select_from(self._rows(question))
            .group_by(*self._grouped(question))
            .limit(MOST_GROUPS + 1)
        )
        rows = self._asked(query)
        if len(rows) > MOST_GROUPS:
            raise TooMuch
        return [
            Group(
                code,
                str(named or ""),
                self._period(first, last),
                None if value is None else float(value),
                count,
                filled,
            )
            for code, named, first, last, value, count, filled in rows
        ]

    def has_twins(self, question: Question, columns: Sequence[str]) -> bool:
        """Tell whether several rows that count are of one period and of the same values: they may not be added up.

        Args:
            question: says which rows count.
            columns: that tell rows apart.

        Raises:
            TooMuch: it does not answer in time.
        """
        query = (
            sa.select(sa.literal(1))
            .select_from(self._rows(replace(question, newest=None)))
            .group_by(*self._time_columns(), *(self._columns[name] for name in columns))
            .having(sa.func.count() > 1)
            .limit(1)
        )
        return bool(self._asked(query))

    def _periods(self) -> dict[Period, int]:
        if self.roles.time is None:
            return {}
        start, end = self._time()
        columns = self._time_columns()
        query = sa.select(start, end, sa.func.count()).select_from(self._table()).group_by(*columns)
        rows = self._asked(query.limit(MOST_PERIODS + 1))
        if len(rows) > MOST_PERIODS:
            raise TooMuch
        return {period: count for first, last, count in rows if (period := self._period(first, last))}

    def _units(self) -> dict[str, int]:
        return {str(unit): count for unit, count in self._counted(self.roles.unit_column).items() if unit}

    def _values(self) -> dict[str, dict[str | None, int]]:
        counted = {one.name: self._counted(one.name) for one in self.roles.dimensions}
        return {name: values for name, values in counted.items() if len(values) <= MOST_CODES}

    def _counted(self, name: str) -> dict[str | None, int]:
        if not name:
            return {}
        column = self._columns[name]
        query = sa.select(column, sa.func.count()).select_from(self._table()).group_by(column).limit(MOST_CODES + 1)
        return dict(self._asked(query))

    def _conditions(self, question: Question) -> list[sa.ColumnElement[bool]]:
        conditions = [self._is_one_of(self._columns[name], kept) for name, kept in question.kept.items()]
        if question.unit and self.roles.unit_column:
            conditions.append(self._columns[self.roles.unit_column] == question.unit)
        if self.roles.time and question.periods:
            conditions.append(sa.or_(*(self._is_of(self.roles.time, period) for period in question.periods)))
        return conditions

    def _is_one_of(self, column: sa.ColumnElement[Any], kept: frozenset[str | None]) -> sa.ColumnElement[bool]:
        listed = column.in_(sorted(one for one in kept if one is not None))
        return sa.or_(listed, column.is_(None)) if None in kept else listed

    def _is_of(self, time: Time, period: Period) -> sa.ColumnElement[bool]:
        start, end = period
        if time.is_year:
            return self._columns[time.end] == start.year
        return sa.and_(self._columns[time.start] == start, self._columns[time.end] == end)

    def _grouped(self, question: Question) -> list[sa.ColumnElement[Any]]:
        by = [self._columns[question.by]] if question.by else []
        return [*by, *self._time_columns()]

    def _time(self) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        time = self.roles.time
        return (self._columns[time.start], self._columns[time.end]) if time else (sa.null(), sa.null())

    def _time_columns(self) -> list[sa.ColumnElement[Any]]:
        time = self.roles.time
        return [self._columns[name] for name in dict.fromkeys((time.start, time.end))] if time else []

    def _period(self, first: Any, last: Any) -> Period | None:
        """Return a period; None for one that is not said, or cannot be meant."""
        if first is None or last is None or self.roles.time is None:
            return None
        if not self.roles.time.is_year:
            return first, last
        return (date(first, 1, 1), date(first, 12, 31)) if FIRST_YEAR <= first <= LAST_YEAR else None

    def _rows(self, question: Question) -> sa.FromClause:
        """Return the rows that count."""
        rows = sa.select(sa.text("*")).select_from(self._table()).where(*self._conditions(question))
        if question.newest is not None:
            same = [*self._time_columns(), *(self._columns[name] for name in question.newest)]
            published = self._columns[self.roles.published].desc().nulls_last()
            rows = rows.distinct(*same).order_by(*same, published)
        return rows.subquery("counted")

    def _table(self) -> sa.TableClause:
        return sa.table(self.stored.resource_id)

    def _asked(self, query: sa.Select[Any]) -> Sequence[Any]:
        connection = self.stored.connection
        left = min(MILLISECONDS, int((self._end - time.monotonic()) * 1000))
        if left <= 0:
            raise TooMuch
        try:
            with connection.begin_nested():
                connection.execute(sa.select(sa.func.set_config("statement_timeout", str(left), True)))
                return connection.execute(query).tuples().all()
        except DBAPIError as error:
            # A question that is broken off, or that a column of another kind than it seems cannot answer.
            raise TooMuch from error
