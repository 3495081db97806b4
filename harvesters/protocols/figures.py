"""Rows that a province's service hands out a part at a time, whatever its envelope is.

Services differ in what they say of the end: some name the number of pages or of rows, some answer an empty page, some
give the same page again and again. All of these end the reading; what was read counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.protocols import answers
from ckanext.satudatapmi.harvesters.protocols.base import PartnerTable, digest_of
from ckanext.satudatapmi.harvesters.protocols.rows import table_of_objects
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.text import _

MAX_PARTS = 5000
MAX_ROWS = 2_000_000

Ask = Callable[[int, int], tuple[str, Any]]
"""Asks for a part: given the number of the part, from 0, and of the rows before it; returns address and answer."""


def all_rows(ask: Ask) -> list[Any]:
    """Return the rows of all parts.

    Raises:
        FetchError, CatalogueError: a part cannot be read, or there are too many of them.
    """
    rows: list[Any] = []
    before = b""
    for part in range(MAX_PARTS):
        url, answer = ask(part, len(rows))
        some = answers.rows_in(answer, url)
        digest = digest_of(some)
        if not some or digest == before:
            return rows
        rows += some
        before = digest
        pages, total = answers.pages_in(answer), answers.total_in(answer)
        if (pages is not None and part + 1 >= pages) or (total is not None and len(rows) >= total):
            return rows
        if len(rows) > MAX_ROWS:
            break
    raise CatalogueError(
        "too_many_rows",
        _("{url} does not come to an end. Ask the partner, or narrow the source down by `where`.", url=url),
    )


def rows_hash(rows: list[Any]) -> str:
    """Return a hash that is the same as long as no row changes; the order of rows does not count."""
    lines = sorted(wire.canonical_json(row) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def tables_of(place: int, name: str, rows: list[Any]) -> Iterator[PartnerTable]:
    """Yield the rows as figures of a distribution; nothing if there are none."""
    columns, values = table_of_objects(rows)
    if values:
        yield PartnerTable(place, name, answers.raw_json(rows), columns, values)


def file_of(record: Mapping[str, Any], place: int = 0) -> str:
    """Return the address of a distribution of a record; "" if it has none."""
    distributions = record.get("distribution")
    if not isinstance(distributions, list) or len(distributions) <= place:
        return ""
    item = distributions[place]
    return str(item.get("downloadURL") or item.get("accessURL") or "") if isinstance(item, Mapping) else ""
