"""Lists of datasets that a province hands out a page at a time; a dataset may take requests of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.protocols import answers
from ckanext.satudatapmi.harvesters.protocols.base import Entry, Page, Reading, Session, SourceSettings
from ckanext.satudatapmi.harvesters.protocols.filters import wanted
from ckanext.satudatapmi.harvesters.protocols.paging import Place, Repeats, all_made, pages


def listed(
    source: SourceSettings,
    session: Session,
    reading: Reading,
    token: Any,
    ask: Callable[[int], tuple[str, Any]],
    entry: Callable[[SourceSettings, Session, Any], Entry],
    identifier: Callable[[Mapping[str, Any]], str],
) -> Iterator[Page]:
    """Yield the pages of a list.

    Args:
        source, session, reading, token: as those of PartnerProtocol.read.
        ask: asks for the page of a number, from 1; returns address and answer.
        entry: makes an entry of an item that is wanted; may ask the partner for more.
        identifier: returns that of the record of an item; "" if the item does not tell it.

    Raises:
        FetchError, CatalogueError: the first page cannot be read, or holds no dataset.
    """
    repeats = Repeats()

    def page(after: Any) -> Page:
        place = Place.of(after)
        url, answer = ask(place.page)
        items = repeats.new(answers.rows_in(answer, url))
        follows = place.after(items, answer, url)
        if place.page == 1 and not items:
            raise answers.nothing_listed(url, answer)
        if reading.announced is None and not source.config["titles"]:
            reading.announced = answers.total_in(answer)
        entries, rejections = all_made(
            items,
            lambda item: entry(source, session, item) if wanted(source, item) else None,
            reading,
            source.url,
            session,
            lambda item: identifier(item) if isinstance(item, Mapping) else "",
        )
        return Page(entries, follows.as_json() if follows else None, source.url, (), rejections)

    yield from pages(reading, token, page)
