"""What a request asks a catalogue feed for, and the datasets that answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from threading import Lock
from typing import IO

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from cachetools import LRUCache
from flask import Response, request

from ckanext.satudatapmi.publication import changes, deliveries, feed, fragments, paging, published, store, streams

CHUNK_BYTES = 64 * 1024
KEPT_BYTES = 32 * 1024 * 1024
"""How much a process keeps of the pages that it wrote."""
LARGEST_KEPT = 4 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """A catalogue that is about to be written.

    Attributes:
        head: what it tells of itself.
        written: makes the whole of it from fragments.
        related: given the connection of a snapshot and some of its datasets, the fragments that tell what these have to
            do with others.
    """

    head: bytes
    written: Callable[[Iterable[bytes]], Iterable[bytes]]
    related: Callable[[sa.Connection, Sequence[published.Published]], Sequence[bytes]]


@dataclass(frozen=True)
class Served:
    """A feed.

    Attributes:
        address: its path.
        media_type: of its answers.
        notation: of its fragments.
        document: given the connection of a snapshot, a page in it, and whether all pages are asked for.
        state: given the connection, what else the fragments of `Document.related` depend on but its datasets.
    """

    address: str
    media_type: str
    notation: str
    document: Callable[[sa.Connection, published.Page, bool], Document]
    state: Callable[[sa.Connection], str]


@dataclass(frozen=True)
class Asked:
    """A question to a catalogue feed.

    Attributes:
        selection: which datasets.
        size: how many on a page, on average.
        parameters: those of the address that say so.
    """

    selection: published.Selection
    size: int
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        """What tells this question from others about the same page."""
        return " ".join(f"{name}={value}" for name, value in self.parameters.items())

    @property
    def nothing(self) -> feed.Problem:
        """The problem that no dataset answers it."""
        return feed.no_datasets() if self.selection == published.EVERYTHING else feed.none_selected()

    def name_of(self, part: deliveries.Part) -> str | None:
        """Return the name under which is kept since when a part says what it says; None for one of endlessly many."""
        return f"{part.feed} {part.name}" if self.selection.modified_since is None else None

    def etag(self, *state: str) -> str:
        """Return what the answer is known by, the same as long as it says the same.

        Args:
            state: what it depends on besides the question and the code.
        """
        parts = (fragments.edition(), self.name, self.size, *state)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def asked(arguments: Mapping[str, str], size: int) -> Asked:
    """Return what the parameters of a request ask for: `per_page`, `organization`, `modified_since`.

    Args:
        arguments: of the request.
        size: of a page, unless they name one.

    Raises:
        Problem: 400 for a value that means nothing, 404 for an organisation that is not here.
    """
    names = ("per_page", "organization", "modified_since")
    given = {name: arguments[name] for name in names if arguments.get(name)}
    selection = published.Selection(
        _organization(given["organization"]) if "organization" in given else None,
        _moment(given["modified_since"]) if "modified_since" in given else None,
    )
    return Asked(selection, paging.asked_size(given.get("per_page", ""), size), given)


def _organization(name: str) -> str:
    found = model.Group.get(name)
    if found is None or not found.is_organization or found.state != "active":
        detail = tk._("There is no organisation {name} here.").format(name=repr(name))
        raise feed.Problem(404, tk._("No such organisation"), detail)
    return found.id


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        detail = tk._("modified_since is {value}; expected a moment such as 2026-01-31 or 2026-01-31T08:00:00Z.")
        raise feed.Problem(400, tk._("No moment"), detail.format(value=repr(text))) from None


def respond(feed_served: Served, pages: Sequence[str], question: Asked) -> tuple[Response, published.Page]:
    """Return the answer of a feed, and the page that it is about; keep that it left.

    Args:
        feed_served: which one.
        pages: numbers of pages, of which the last counts, or `all`.
        question: which datasets.

    Raises:
        Problem: 404 beyond the last page; without any dataset 503, or 404 where only some are asked for.
    """
    if paging.ALL in pages:
        return _respond_whole(feed_served, question)
    number = feed.page_number(pages[-1])
    with store.snapshot() as connection:
        written, snapshot = _page(connection, feed_served, number, question), published.snapshot(connection)
    response = feed.respond(question.name_of(written.part), written.send, feed_served.media_type, written.etag)
    if request.method != "HEAD":
        deliveries.keep(written.part, snapshot, response.status_code)
    return response, written.page


def _respond_whole(feed_served: Served, question: Asked) -> tuple[Response, published.Page]:
    with store.snapshot() as connection:
        page = published.read_outline(connection, question.size, question.selection)
        if not page.total:
            raise question.nothing
        document = feed_served.document(connection, page, True)
        part, snapshot = _part(feed_served.address, question, None), published.snapshot(connection)
        state = changes.database(connection), page.version, feed_served.state(connection)
    parts = _whole(part, question, feed_served.notation, document)
    etag = question.etag(*state, part.feed, part.name, _digest(document.head))
    response = feed.stream(question.name_of(part), streams.bounded(parts), feed_served.media_type, etag)
    if request.method != "HEAD" and response.status_code != 200:
        deliveries.keep(part, snapshot, response.status_code)
    return response, page


@dataclass(frozen=True)
class _Written:
    """A page that was written out.

    Attributes:
        page: what it is.
        part: of the feed, that it is.
        etag: what it is known by.
        body: the whole of it.
    """

    page: published.Page
    part: deliveries.Part
    etag: str
    body: bytes

    def send(self, file: IO[bytes]) -> None:
        file.write(self.body)


_kept: LRUCache[tuple[Hashable, ...], _Written] = LRUCache(KEPT_BYTES, getsizeof=lambda one: len(one.body))
"""Pages that this process wrote, by the state of the catalogue and the question; one that was left cannot be found."""
_lock = Lock()


def _page(connection: sa.Connection, feed_served: Served, number: int, question: Asked) -> _Written:
    """Return a page as it was written for this state of the catalogue, or write it.

    Raises:
        Problem: as `respond`.
    """
    # After a restore the numbers of changes begin anew: the same one may mean another.
    database = changes.database(connection)
    state = database, published.version(connection), feed_served.state(connection)
    key = (*state, fragments.edition(), feed_served.address, question.name, question.size, number)
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = _write(connection, database, feed_served, number, question)
        if len(found.body) <= LARGEST_KEPT:
            with _lock:
                _kept[key] = found
    return found


def _write(connection: sa.Connection, database: str, feed_served: Served, number: int, question: Asked) -> _Written:
    page = published.read_page(connection, number, question.size, question.selection)
    page = paging.filled(page, question.nothing)
    document = feed_served.document(connection, page, False)
    related = document.related(connection, page.datasets)
    part = _part(feed_served.address, question, page)
    etag = question.etag(database, page.version, part.feed, part.name, _digest(document.head, *related))
    bodies = fragments.bodies(connection, page.datasets, feed_served.notation)
    return _Written(page, part, etag, b"".join(document.written(chain(related, bodies))))


def _part(address: str, question: Asked, page: published.Page | None) -> deliveries.Part:
    name = f"{page.number}/{page.last}" if page else paging.ALL
    places = page.places if page else (0, published.PLACES)
    return deliveries.Part(address, f"{name} {question.name}".strip(), places, question.selection.organization)


def _whole(sent: deliveries.Part, question: Asked, notation: str, document: Document) -> Iterator[bytes]:
    """Yield all that is asked for, as of one moment, in pieces of some size; keep that it was fetched to its end."""
    with store.snapshot() as connection:
        piece = bytearray()
        for text in document.written(_all_fragments(connection, question, notation, document)):
            piece += text
            if len(piece) >= CHUNK_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)
        deliveries.keep(sent, published.snapshot(connection), 200)


def _all_fragments(connection: sa.Connection, question: Asked, notation: str, document: Document) -> Iterator[bytes]:
    for batch in map(published.still_public, published.read_all(connection, question.selection)):
        yield from document.related(connection, batch)
        yield from fragments.bodies(connection, batch, notation)


def _digest(*texts: bytes) -> str:
    total = hashlib.sha256()
    for text in texts:
        total.update(text)
    return total.hexdigest()
