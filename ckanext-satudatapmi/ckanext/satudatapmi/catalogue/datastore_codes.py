"""The data dictionaries of many DataStore tables at once, where the DataStore's own action reads them one by one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.satudatapmi.reference.published import published_lists

COMMENTS = sa.text(
    """
    SELECT pg_class.relname, pg_description.description
    FROM pg_class
    JOIN pg_description ON pg_description.objoid = pg_class.oid AND pg_description.classoid = 'pg_class'::regclass
    WHERE pg_class.relname = ANY(:tables) AND pg_description.objsubid > 0
    """
)
"""CKAN keeps what a data dictionary says of a column as JSON in the column's comment."""


def code_lists(resource_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the published code lists that columns of tables are bound to, by the id of the resource.

    Args:
        resource_ids: of tables; those that are not there are left out.
    """
    tables = list(resource_ids)
    if not tables:
        return {}
    with get_read_engine().connect() as connection:
        rows = connection.execute(COMMENTS, {"tables": tables}).tuples().all()
    named: dict[str, set[str]] = defaultdict(set)
    for table, comment in rows:
        named[table].add(_code_list(comment))
    return {table: frozenset(names & set(published_lists())) for table, names in named.items()}


def _code_list(comment: str) -> str:
    """Return the code list that a column's comment names, "" if it names none or is no data dictionary's."""
    try:
        document = json.loads(comment)
    except ValueError:
        return ""
    info = document.get("_info") if isinstance(document, dict) else None
    return str(info.get("codes") or "") if isinstance(info, dict) else ""
