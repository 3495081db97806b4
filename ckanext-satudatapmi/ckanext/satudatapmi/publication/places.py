"""The pages of a catalogue: a dataset has a place by a hash of its id, and a page is a stretch of places.

A harvester asks for one page after another while datasets come and go, and deletes at its place what it has not seen.
So a dataset does not stand at the n-th place, which shifts, but where a hash of its id puts it, among as many pages as
all datasets that ever were there would fill. That number only grows, and then each page begins earlier than before, so
that nothing is passed over. What is met again as long as the catalogue grows by no more than a page between two
questions stands on two pages in a row, and that a stock harvester notices.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

PLACES = 2**32


def places_of(number: int, pages: int) -> tuple[int, int]:
    """Return the first place of one of some pages, and the first behind it."""
    first, end = (-(-page * PLACES // pages) for page in (number - 1, number))
    return first, end


@dataclass(frozen=True)
class Layout:
    """How datasets lie on pages, counted from 0 in the order of their places.

    Attributes:
        ends: for each page, how many datasets lie on it and on those before it.
    """

    ends: tuple[int, ...]

    @property
    def pages(self) -> int:
        """How many pages there are, with those without datasets at the end."""
        return len(self.ends)

    @property
    def total(self) -> int:
        """Datasets on all pages."""
        return self.ends[-1] if self.ends else 0

    @property
    def last(self) -> int:
        """The last page on which a dataset lies; 0 if there is none."""
        return self._page_of(self.total - 1) if self.total else 0

    def own(self, number: int) -> range:
        """Return which datasets lie on a page."""
        return range(self.ends[number - 2] if number > 1 else 0, self.ends[number - 1])

    def previous(self, number: int) -> int | None:
        """Return the page before another on which a dataset lies; None if there is none."""
        first = self.own(number).start
        return self._page_of(first - 1) if first else None

    def next(self, number: int) -> int | None:
        """Return the page behind another on which a dataset lies; None if there is none."""
        end = self.own(number).stop
        return self._page_of(end) if end < self.total else None

    def shown(self, number: int) -> range:
        """Return which datasets a page shows: its own, and where it has none some of those that follow.

        The stock harvester takes a page without datasets for the end, and one like the page before as well; a dataset
        that it meets on two pages with others between them it makes twice. So each page without datasets shows one
        more of those that follow than the page before it, and what was shown once is shown until its own page is over.
        """
        start, end = -1, 0
        for page in range(1, number + 1):
            own = self.own(page)
            end = max(own.stop, own.start + 1, end + 1 if own.start == start else end)
            start = own.start
        return range(start, min(end, self.total))

    def _page_of(self, dataset: int) -> int:
        return bisect_right(self.ends, dataset) + 1


def lay_out(pages: int, datasets: Mapping[int, int]) -> Layout:
    """Return how datasets lie on pages.

    Args:
        pages: how many there are.
        datasets: how many lie on a page, by its number; pages without any may be left out.
    """
    return Layout(tuple(accumulate(datasets.get(number, 0) for number in range(1, pages + 1))))
