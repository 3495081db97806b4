"""What the feeds in the shape of data.json share: the pages one can turn to, and how a catalogue is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, TypeVar
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import datajson, feed, published, store
from ckanext.satudatapmi.schemas import wire

ALL = "all"
MOST_ON_A_PAGE = 5000
PageT = TypeVar("PageT", store.Page, published.Page)


def site() -> datajson.Site:
    """Return the portal as its catalogues name it."""
    return datajson.Site(tk.config["ckan.site_url"].rstrip("/"), tk.config["ckan.site_title"])


def page_size() -> int:
    """Return how many datasets are on a page of a catalogue in JSON, on average."""
    return tk.config["ckanext.satudatapmi.catalogue.page_size"]


def asked_size(value: str, otherwise: int, name: str = "per_page") -> int:
    """Return how much a client wants on a page; a number that is none is a problem.

    Args:
        value: that it gives, "" for none.
        otherwise: without a value.
        name: of the parameter.

    Raises:
        Problem: 400.
    """
    if not value:
        return otherwise
    if not value.isdecimal() or not 1 <= int(value[:9]) <= MOST_ON_A_PAGE or len(value) > 9:
        detail = tk._("{name} is {value}; expected a whole number from 1 to {most}.")
        words = detail.format(name=name, value=repr(value), most=MOST_ON_A_PAGE)
        raise feed.Problem(400, tk._("No size of a page"), words)
    return int(value)


def turns(page: store.Page | published.Page) -> Iterator[tuple[str, int]]:
    """Yield the pages one can turn to, by their relation to this one (RFC 8288)."""
    yield "first", 1
    if page.previous:
        yield "prev", page.previous
    if page.next:
        yield "next", page.next
    yield "last", page.last


def links(
    page: store.Page | published.Page, address: str, asked: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return the headers that lead from a page of a feed to the others.

    Args:
        page: that is shown.
        address: of the feed.
        asked: the other parameters, which each page keeps.
    """
    return [_link(rel, address, {**(asked or {}), "page": str(number)}) for rel, number in turns(page)]


def links_to_pages(page: published.Page, address: str, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the headers that lead from a whole feed to its first page and its last.

    Args:
        page: one of them.
        address: of the feed.
        asked: the other parameters, which each page keeps.
    """
    ends = {"first": 1, "last": page.last}
    size = {"per_page": str(page.size)}
    return [_link(rel, address, {**size, **asked, "page": str(number)}) for rel, number in ends.items()]


def _link(rel: str, address: str, asked: Mapping[str, str]) -> tuple[str, str]:
    return "Link", f'<{address}?{urlencode(asked)}>; rel="{rel}"'


def filled(page: PageT, nothing: feed.Problem) -> PageT:
    """Return a page that has datasets.

    Args:
        page: as it was read.
        nothing: the problem of a catalogue without a dataset.

    Raises:
        Problem: `nothing` if there is no dataset at all, 404 beyond the last page.
    """
    if not page.total:
        raise nothing
    if not page.datasets:
        raise feed.no_page(page.number, page.last)
    return page


def write(header: Mapping[str, Any], entries: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write a catalogue, a dataset at a time, with a line for each dataset; return how many there are."""
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for entry in entries:
            count += 1
            yield wire.json_text(entry).encode()

    file.writelines(document(header, counted()))
    return count


def document(header: Mapping[str, Any], fragments: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts of a catalogue in the shape of data.json, with a line for each dataset."""
    yield wire.json_text(header).removesuffix("]}").encode()
    for number, fragment in enumerate(fragments):
        yield b",\n" if number else b"\n"
        yield fragment
    yield b"\n]}\n"
