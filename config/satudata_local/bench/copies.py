"""More datasets than a harvest brings in some minutes: copies of real ones, made in our database itself.

Its triggers keep as of every other dataset that a copy is public. A copy has an id, a name and a title of its own; the
search index does not know it, and it belongs to no harvest source. The feeds ask neither.
"""

from __future__ import annotations

from .. import servers
from .sites import Site

COPIED = {
    "package": ("id", "one.type = 'dataset'"),
    "resource": ("package_id", ""),
    "package_tag": ("package_id", ""),
    "member": ("table_id", "one.table_name = 'package'"),
}
"""Tables of which a dataset consists: the column with its id, and which rows are meant."""
NAMED = "'source_identifier', 'in_series'"
"""Extras that name something of which a copy has its own."""
ID = "md5({column} || ' copy {number}')::uuid::text"
ANEW = {
    "package.name": f"left(one.name, 60) || '-' || {ID.format(column='one.id', number='{number}')}",
    "package.title": "one.title || ' (generated copy {number})'",
    "package.extras": (
        "one.extras || coalesce((SELECT jsonb_object_agg(key, value || ' (generated copy {number})') "
        f"FROM jsonb_each_text(one.extras) WHERE key IN ({NAMED})), '{{{{}}}}')"
    ),
}
"""What a column has in a copy, where that is something else."""


def grow(site: Site, size: int) -> None:
    """Copy the datasets of a site until there are so many.

    Args:
        site: ours; it holds real ones alone, and nobody uses it.
        size: a multiple of how many it holds.
    """
    real = int(site.ask("SELECT count(*) FROM package WHERE type = 'dataset'")[0][0])
    columns = {table: _columns(site, table) for table in COPIED}
    script = ["CREATE TEMPORARY TABLE real AS SELECT id FROM package WHERE type = 'dataset';"]
    for number in range(1, size // real):
        copied = "\n".join(copy(table, columns[table], number) for table in COPIED)
        script.append(f"BEGIN;\n{copied}\nCOMMIT;")
    servers.psql(site.stack, "\n".join([*script, "VACUUM (ANALYZE);"]), database=site.database)


def copy(table: str, columns: list[str], number: int) -> str:
    """Return the statement that makes a copy of what a table holds of the real datasets.

    Args:
        table: one of `COPIED`.
        columns: all that it has.
        number: of the copy, from 1.
    """
    dataset, condition = COPIED[table]
    values = ", ".join(_value(table, column, number) for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    where = f" WHERE {condition}" if condition else ""
    return (
        f"INSERT INTO {table} ({named}) SELECT {values} FROM {table} one JOIN real ON real.id = one.{dataset}{where};"
    )


def _value(table: str, column: str, number: int) -> str:
    if column in ("id", COPIED[table][0]):
        return ID.format(column=f"one.{column}", number=number)
    return ANEW.get(f"{table}.{column}", f'one."{column}"').format(number=number)


def _columns(site: Site, table: str) -> list[str]:
    listed = f"table_schema = 'public' AND table_name = '{table}' AND is_generated = 'NEVER'"
    return [row[0] for row in site.ask(f"SELECT column_name FROM information_schema.columns WHERE {listed}")]
