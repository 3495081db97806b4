"""What the feeds in the shape of data.json share: the pages one can turn to, and how a catalogue is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import datajson, feed, store
from ckanext.satudatapmi.schemas import wire

ALL = "all"


def site() -> datajson.Site:
    """Return the portal as its catalogues name it."""
    return datajson.Site(tk.config["ckan.site_url"].rstrip("/"), tk.config["ckan.site_title"])


def page_size() -> int:
    """Return how many datasets are on a page of a catalogue in JSON, on average."""
    return tk.config["ckanext.satudatapmi.catalogue.page_size"]


def turns(page: store.Page) -> Iterator[tuple[str, int]]:
    """Yield the pages one can turn to, by their relation to this one (RFC 8288)."""
    yield "first", 1
    if page.number > 1:
        yield "prev", page.number - 1
    if page.number < page.last:
        yield "next", page.number + 1
    yield "last", page.last


def links(page: store.Page, address: str) -> list[tuple[str, str]]:
    """Return the headers that lead from a page of a feed to the others."""
    return [("Link", f'<{address}?page={number}>; rel="{rel}"') for rel, number in turns(page)]


def filled(page: store.Page, nothing: feed.Problem) -> store.Page:
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
    file.write(wire.json_text(header).removesuffix("]}").encode())
    for count, entry in enumerate(entries, start=1):
        file.write(("\n" if count == 1 else ",\n").encode())
        file.write(wire.json_text(entry).encode())
    file.write(b"\n]}\n")
    return count
