"""Reading page by page, so that what fails on the way takes nothing of the rest with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols import answers
from ckanext.satudatapmi.harvesters.protocols.base import Page, Reading, RejectedEntry, Session, digest_of
from ckanext.satudatapmi.harvesters.requests import host_of
from ckanext.satudatapmi.text import _

Item = TypeVar("Item")
Made = TypeVar("Made")
STATUSES_OF_ONE_ADDRESS = frozenset({400, 401, 403, 404, 405, 410, 414, 422, 451, 500})
KINDS_OF_ONE_ADDRESS = frozenset({"bad_url", "forbidden_address", "redirects", "too_large", "bomb", "encoding"})
"""What says something of one address; all else says something of the partner as a whole, if it is the partner's."""
MAX_PAGES = 5000
"""Of a list: a service with more gives page after page without an end."""


@dataclass(frozen=True)
class Place:
    """How far a list with numbered pages was read.

    Attributes:
        page: the number of the next page, from 1.
        read: how many items were on the pages before it.
        pages, total: how many pages and items there are, by the service's own words; None if it does not say.
    """

    page: int = 1
    read: int = 0
    pages: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, token: Mapping[str, Any] | None) -> Place:
        """Return the place that a token tells."""
        return cls(**token) if token else cls()

    def as_json(self) -> dict[str, Any]:
        """Return the place as a token."""
        return asdict(self)

    def after(self, items: list[Any], answer: Any, url: str) -> Place | None:
        """Return the place after a page, None at the end.

        The end is where the service's own numbers are reached; where it names none, an empty page.

        Args:
            items: of the page.
            answer: in which they came; may say how many pages or items there are.
            url: of the page.

        Raises:
            CatalogueError: the page is empty, though the service says that there is more, or there are too many.
        """
        if self.page > MAX_PAGES:
            raise endless(url)
        pages, total = answers.pages_in(answer), answers.total_in(answer)
        if items:
            pages, total = self.pages if pages is None else pages, self.total if total is None else total
            following = Place(self.page + 1, self.read + len(items), pages, total)
            said = (following._pages_left(), following._items_left())
            return following if any(said) or said == (None, None) else None
        # What a later empty page says of the whole does not count. Services that hold nothing name one page, or none.
        said = self if self.page > 1 else Place(1, 0, pages if (pages or 0) > 1 else None, total)
        left = said._items_left()
        if said._pages_left() if left is None else left:
            raise gap(url)
        return None

    def _pages_left(self) -> bool | None:
        return None if self.pages is None else self.page <= self.pages

    def _items_left(self) -> bool | None:
        return None if self.total is None else self.read < self.total


class Repeats:
    """Knows the page before: some services give their last page again and again."""

    def __init__(self) -> None:
        self._before = b""

    def new(self, items: list[Any]) -> list[Any]:
        """Return the items of a page; none if they are those of the page before."""
        now = digest_of(items)
        same, self._before = now == self._before, now
        return [] if same else items


def gap(url: str) -> CatalogueError:
    """Return the error for a page that is empty or a repeat, though the service says that there is more."""
    return CatalogueError(
        "gap",
        _(
            "{url} brings nothing new, though the partner says that there is more. The next run tries again; if it "
            "stays so, tell the partner.",
            url=url,
        ),
    )


def endless(url: str) -> CatalogueError:
    """Return the error for a list or a table that has more parts than anybody can mean."""
    return CatalogueError(
        "endless", _("{url} does not come to an end. Ask the partner, or narrow the source down by `where`.", url=url)
    )


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
    items: Iterable[Item],
    make: Callable[[Item], Made | None],
    reading: Reading,
    home: str,
    session: Session | None = None,
    identifier: Callable[[Item], Any] = lambda _item: "",
) -> tuple[list[Made], list[RejectedEntry]]:
    """Return what is made of the items of a page, and why it cannot be of some. These have not vanished.

    Args:
        items: what the partner lists.
        make: makes an entry of an item, None of one that is not wanted; may ask the partner for more.
        reading: how it goes; no longer whole if something cannot be made of which nobody knows what it is.
        home: address of the source. Items may lead to other hosts, which say nothing of the partner.
        session: by which `make` asks, for several items at once; None if one is to be made after the other.
        identifier: returns that of the record which an item stands for, if it can be told without making it.

    Raises:
        FetchError: the partner does not answer any more.
    """
    all_of_them: list[Made] = []
    rejections: list[RejectedEntry] = []
    items = list(items)
    calls = (partial(make, item) for item in items)
    outcomes = session.several(calls) if session else calls
    for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True), 1):
        try:
            made = outcome()
        except FetchError as error:
            if not _of_one_address(error, home):
                raise
            rejections.append(RejectedEntry(place, error.message, identifier(item)))
        except (CatalogueError, ValueError) as error:
            rejections.append(RejectedEntry(place, str(error), identifier(item)))
        else:
            all_of_them += [made] if made is not None else []
    if not all(one.identifier for one in rejections):
        reading.whole = False
    return all_of_them, rejections


def _of_one_address(error: FetchError, home: str) -> bool:
    if error.kind in KINDS_OF_ONE_ADDRESS or error.status in STATUSES_OF_ONE_ADDRESS:
        return True
    return host_of(error.url) != host_of(home)
