"""Reading page by page, so that what fails on the way takes nothing of the rest with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols.base import Entry, Page, Reading

OF_ONE_ADDRESS = frozenset({400, 404, 405, 410, 414, 422, 500})
"""HTTP statuses that say something of one address; all others say something of the partner as a whole."""


def pages(reading: Reading, token: Any, fetch: Callable[[Any], Page]) -> Iterator[Page]:
    """Yield pages until one has no token. A page that fails is told in `reading`, unless it is the very first.

    Args:
        reading: how it goes.
        token: where to go on; None to begin.
        fetch: returns the page that follows a token.

    Raises:
        FetchError, CatalogueError: the first page cannot be read.
    """
    begun = token is not None
    while True:
        try:
            page = fetch(token)
        except (FetchError, CatalogueError) as error:
            if not begun:
                raise
            reading.problem = error.message
            return
        yield page
        token, begun = page.token, True
        if token is None:
            return


def entries_of(
    items: Iterable[Any], entry: Callable[[Any], Entry | None], reading: Reading
) -> tuple[list[Entry], list[tuple[int, str]]]:
    """Return the entries of a page, and why some cannot be told. What cannot be told has not vanished.

    Args:
        items: what the partner lists.
        entry: makes an entry of an item, None for one that is not wanted; may ask the partner for more.
        reading: how it goes; no longer whole if something cannot be told.

    Raises:
        FetchError: the partner does not answer any more.
    """
    entries, rejections = [], []
    for place, item in enumerate(items, 1):
        try:
            made = entry(item)
        except FetchError as error:
            if error.status not in OF_ONE_ADDRESS:
                raise
            rejections.append((place, error.message))
        except (CatalogueError, ValueError) as error:
            rejections.append((place, str(error)))
        else:
            entries += [made] if made is not None else []
    if rejections:
        reading.whole = False
    return entries, rejections
