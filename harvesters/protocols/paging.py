"""Reading page by page, so that what fails on the way takes nothing of the rest with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols.base import Page, Reading

Item = TypeVar("Item")
Made = TypeVar("Made")
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


def all_made(
    items: Iterable[Item], make: Callable[[Item], Made | None], reading: Reading
) -> tuple[list[Made], list[tuple[int, str]]]:
    """Return what is made of the items of a page, and why it cannot be of some. These have not vanished.

    Args:
        items: what the partner lists.
        make: makes an entry of an item, None of one that is not wanted; may ask the partner for more.
        reading: how it goes; no longer whole if something cannot be made.

    Raises:
        FetchError: the partner does not answer any more.
    """
    all_of_them: list[Made] = []
    rejections: list[tuple[int, str]] = []
    for place, item in enumerate(items, 1):
        try:
            made = make(item)
        except FetchError as error:
            if error.status not in OF_ONE_ADDRESS:
                raise
            rejections.append((place, error.message))
        except (CatalogueError, ValueError) as error:
            rejections.append((place, str(error)))
        else:
            all_of_them += [made] if made is not None else []
    if rejections:
        reading.whole = False
    return all_of_them, rejections
