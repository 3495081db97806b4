"""What a load changed in a DataStore table: how many rows came and went, and which columns. Kept in its notes.

The rows themselves are not kept: what a publisher withdraws, a suppressed figure perhaps, is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import identifier
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.tables import notes
from ckanext.satudatapmi.tables.columns import PAGE_FIELD, SOURCE_FIELDS
from ckanext.satudatapmi.tables.relations import columns_of

MOST_ROWS = 100_000
"""Rows that are compared one by one; of a larger table their number alone is told."""
KEPT = 20
FORMER = "satudatapmi_former_rows"
PLACES = frozenset(one.name for one in (*SOURCE_FIELDS, PAGE_FIELD))
"""Columns that say where a figure was printed: a row that moved is the same."""


@dataclass(frozen=True)
class Edition:
    """What a load made of a table.

    Attributes:
        loaded: when (ISO 8601, UTC).
        rows, former: how many rows it has, and had before (None for the first load).
        added, removed: rows that are new, and that are gone; a changed row is both. None where they were not compared.
        columns_added, columns_removed: names of columns; one whose type changed is in both.
    """

    loaded: str
    rows: int
    former: int | None = None
    added: int | None = None
    removed: int | None = None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything that a reader sees is known to be otherwise than before."""
        return self.rows != self.former or any((self.added, self.removed, self.columns_added, self.columns_removed))


@dataclass(frozen=True)
class Former:
    """A table before a load: its columns (name, type), its rows, and whether they were laid aside to be compared."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    is_laid_aside: bool


def former_of(connection: Connection, table: str, wanted: Sequence[tuple[str, str]]) -> Former | None:
    """Return a table before a load in the running transaction; None if it has no rows.

    Args:
        table: its name.
        wanted: columns that it will have, name and type.
    """
    columns = tuple(columns_of(connection, table) or ())
    if not columns:
        return None
    rows = connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one()
    if not rows:
        return None
    same = _compared(columns, wanted)
    is_laid_aside = rows <= MOST_ROWS and bool(same)
    if is_laid_aside:
        digests = f"SELECT {_digest(same)} AS digest FROM {identifier(table)}"
        connection.execute(_text(f"CREATE TEMPORARY TABLE {FORMER} ON COMMIT DROP AS {digests}"))
    return Former(columns, rows, is_laid_aside)


def note(connection: Connection, table: str, former: Former | None, rows: int) -> None:
    """Note what a load changed, within its transaction; nothing where all is as it was.

    Args:
        table: its name.
        former: the table before.
        rows: how many it has now.
    """
    loaded = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    edition = Edition(loaded, rows) if former is None else _compare(connection, table, former, rows, loaded)
    if edition.differs:
        kept = [*(notes.note_of(connection, table, notes.EDITIONS) or []), asdict(edition)]
        notes.note(connection, table, notes.EDITIONS, kept[-KEPT:])


def editions_of(connection: Connection, table: str) -> list[Edition]:
    """Return what the loads of a table changed, the newest first."""
    kept = notes.note_of(connection, table, notes.EDITIONS) or []
    return [_edition(one) for one in reversed(kept)]


def _edition(one: dict[str, Any]) -> Edition:
    columns = {name: tuple(one[name]) for name in ("columns_added", "columns_removed")}
    return Edition(**{**one, **columns})


def _compare(connection: Connection, table: str, former: Former, rows: int, loaded: str) -> Edition:
    now = tuple(columns_of(connection, table) or ())
    added = removed = None
    if former.is_laid_aside and rows <= MOST_ROWS:
        digests = f"SELECT {_digest(_compared(former.columns, now))} FROM {identifier(table)}"
        before = f"SELECT digest FROM {FORMER}"
        added, removed = (
            connection.execute(_text(f"SELECT count(*) FROM ({one} EXCEPT ALL {other}) AS differing")).scalar_one()
            for one, other in ((digests, before), (before, digests))
        )
    return Edition(
        loaded,
        rows,
        former.rows,
        added,
        removed,
        tuple(name for name, kind in now if (name, kind) not in former.columns),
        tuple(name for name, kind in former.columns if (name, kind) not in now),
    )


def _compared(columns: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> list[str]:
    return [name for name, kind in columns if (name, kind) in others and name not in PLACES]


def _digest(columns: Sequence[str]) -> str:
    listed = ", ".join(identifier(name) for name in columns)
    return f"md5(CAST(ROW({listed}) AS text))"


def _text(statement: str) -> sa.TextClause:
    """Return a statement without parameters; the name of a column may hold a colon."""
    return sa.text(statement.replace(":", r"\:"))
