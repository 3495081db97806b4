"""A catalogue over all its pages, and whether it was read to the end.

Some partners answer with the whole catalogue, whatever is asked; others with a page, and the next under `?page=2`, with
or without saying so. A page without a record that was not read before ends the catalogue, and so does a 404 or a page
whose list is empty. New is a record with another identity, not with other content: a server that writes the time into
each answer would have no end. If a page fails in another way, what was read lands, but the catalogue is not complete:
nothing may be deleted for missing in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ckanext.satudatapmi.harvesters.datajson import Catalogue, CatalogueError, Record, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.identity import digest, plain_identity
from ckanext.satudatapmi.schemas.convert import Remark
from ckanext.satudatapmi.text import _

MAX_PAGES = 1000
END_OF_PAGES = frozenset({400, 404, 410, 422})
"""Statuses with which servers answer to a page beyond the last."""


@dataclass(frozen=True)
class PagedCatalogue:
    """The records of all pages.

    Attributes:
        url: address of the first page, after redirects.
        catalogue_id: the catalogue's `@id`, "" if it has none.
        entries: raw records in their order.
        complete: whether the last page was reached.
        pages: how many pages held records.
        problem: what went wrong with a later page, "" if nothing did.
        remarks: about the files as a whole.
    """

    url: str
    catalogue_id: str
    entries: tuple[Any, ...]
    complete: bool
    pages: int
    problem: str = ""
    remarks: tuple[Remark, ...] = ()


def read_pages(url: str, fetch: Callable[[str], Fetched], paged: bool | None = None) -> PagedCatalogue:
    """Read a catalogue to its last page.

    Args:
        url: address of the catalogue; a page number in it is where counting starts.
        fetch: returns what an address answers, or raises FetchError.
        paged: whether the server pages; None finds out by asking for page 2.

    Raises:
        FetchError: the first page cannot be fetched.
        CatalogueError: the first page holds no catalogue.
    """
    answer = fetch(url)
    first = read_catalogue(answer.content, answer.charset)
    reading = _Reading(first)
    problem = "" if paged is False else _read_on(url, fetch, reading)
    header = first.header.get("@id")
    return PagedCatalogue(
        url=answer.url,
        catalogue_id=header if isinstance(header, str) else "",
        entries=tuple(reading.entries),
        complete=not problem,
        pages=reading.pages,
        problem=problem,
        remarks=tuple(reading.remarks),
    )


class _Reading:
    """The records read so far."""

    def __init__(self, first: Catalogue) -> None:
        self.entries: list[Any] = list(first.entries)
        self.remarks: list[Remark] = list(first.remarks)
        self.pages = 1
        self._seen = _identities(first)

    def add(self, catalogue: Catalogue) -> bool:
        """Take a page; False if it holds no record that was not read before."""
        identities = _identities(catalogue)
        if identities <= self._seen:
            return False
        self._seen |= identities
        self.entries += catalogue.entries
        self.remarks += catalogue.remarks
        self.pages += 1
        return True


def _identities(catalogue: Catalogue) -> set[str]:
    outcomes = (normalise(entry, number, "") for number, entry in enumerate(catalogue.entries, start=1))
    return {plain_identity(one)[0] if isinstance(one, Record) else digest(one.value) for one in outcomes}


def _read_on(url: str, fetch: Callable[[str], Fetched], reading: _Reading) -> str:
    """Read the pages after the first; return what went wrong, "" if nothing did."""
    number = _page_number(url)
    # Where the address names no page, its page is 1, or 0 with servers that count from 0: then page 1 is new.
    following = iter(range(2 if number is None else number + 1, MAX_PAGES))
    for page in following:
        found, problem = _page(page_url(url, page), fetch, reading)
        if problem or not found:
            return problem
        if number is None and page == 2:
            problem = _page(page_url(url, 1), fetch, reading)[1]
            if problem:
                return problem
    return _("The catalogue has more than {limit} pages; the rest was not read.", limit=MAX_PAGES)


def _page(url: str, fetch: Callable[[str], Fetched], reading: _Reading) -> tuple[bool, str]:
    """Take one page; returns whether it held something new, and what went wrong."""
    try:
        answer = fetch(url)
        return reading.add(read_catalogue(answer.content, answer.charset)), ""
    except FetchError as error:
        return False, "" if error.status in END_OF_PAGES else _not_complete(error.message)
    except CatalogueError as error:
        ended = error.kind == "empty_catalogue"
        return False, "" if ended else _not_complete(f"{url}: {error.message}")


def _not_complete(reason: str) -> str:
    return _(
        "A later page of the catalogue could not be read, so nothing was deleted: {reason} If the catalogue has one "
        "page only, set paged to false in the configuration of the source.",
        reason=reason,
    )


def _page_number(url: str) -> int | None:
    value = dict(parse_qsl(urlsplit(url).query)).get("page", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def page_url(url: str, page: int) -> str:
    """Return the address of a page.

    >>> page_url("https://data.example.go.id/data.json?a=1&page=0", 1)
    'https://data.example.go.id/data.json?a=1&page=1'
    """
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(page))])))
