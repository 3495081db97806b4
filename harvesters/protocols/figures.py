"""Rows that a province's service hands out a part at a time, whatever its envelope is.

Services differ in what they say of the end: some name the number of pages or of rows, some answer an empty page, some
give the same page again and again. All of these end the reading. If fewer rows came than the service had announced, the
table is not taken: half of it must not replace the whole that is here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.protocols import answers
from ckanext.satudatapmi.harvesters.protocols.base import PartnerTable
from ckanext.satudatapmi.harvesters.protocols.paging import Place, Repeats, endless
from ckanext.satudatapmi.harvesters.protocols.rows import table_of_objects
from ckanext.satudatapmi.schemas import wire

MAX_ROWS = 2_000_000

Ask = Callable[[int, int], tuple[str, Any]]
"""Asks for a part: given the number of the part, from 0, and of the rows before it; returns address and answer."""


def all_rows(ask: Ask) -> list[Any]:
    """Return the rows of all parts.

    Raises:
        FetchError, CatalogueError: a part cannot be read, fewer rows came than were announced, or there are too many.
    """
    rows: list[Any] = []
    repeats, place = Repeats(), Place()
    while True:
        url, answer = ask(place.page - 1, len(rows))
        some = repeats.new(answers.rows_in(answer, url))
        following = place.after(some, answer, url)
        rows += some
        if following is None:
            return rows
        if len(rows) > MAX_ROWS:
            raise endless(url)
        place = following


def rows_hash(rows: list[Any]) -> str:
    """Return a hash that is the same as long as no row changes; the order of rows does not count."""
    lines = sorted(wire.canonical_json(row) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def tables_of(place: int, name: str, rows: list[Any]) -> Iterator[PartnerTable]:
    """Yield the rows as figures of a distribution; a table without columns if there are none."""
    columns, values = table_of_objects(rows)
    yield PartnerTable(place, name, answers.raw_json(rows), columns, values)


def file_of(record: Mapping[str, Any], place: int = 0) -> str:
    """Return the address of a distribution of a record; "" if it has none."""
    distributions = record.get("distribution")
    if not isinstance(distributions, list) or len(distributions) <= place:
        return ""
    item = distributions[place]
    return str(item.get("downloadURL") or item.get("accessURL") or "") if isinstance(item, Mapping) else ""
