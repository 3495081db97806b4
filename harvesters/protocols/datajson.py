"""A data.json (Project Open Data 1.1, DCAT-US), whole or paged, as the national portal takes it.

Some partners answer with the whole catalogue, whatever is asked; others with a page, and the next under `?page=2`, with
or without saying so. A page without a record that was not read before ends the catalogue, and so does a 404 or a page
whose list is empty. New is a record with another identity, not with other content: a server that writes the time into
each answer would have no end. If a page fails in another way, what was read counts, but the catalogue is not whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.harvesters.datajson import (
    Catalogue,
    CatalogueError,
    Record,
    normalise,
    read_catalogue,
)
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.identity import digest, plain_identity
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Option,
    Page,
    PartnerProtocol,
    Reading,
    Session,
    SourceSettings,
    digest_of,
)
from ckanext.satudatapmi.harvesters.protocols.large_datajson import streamed
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten, PageMemory
from ckanext.satudatapmi.text import _

ACCEPT = "application/json, application/ld+json;q=0.9, */*;q=0.5"
MAX_PAGES = 1000
END_OF_PAGES = frozenset({400, 404, 410, 422})
"""Statuses with which servers answer to a page beyond the last."""

STREAM_BYTES = 16 * 1024 * 1024
"""A file larger than this is read record by record."""


class DataJson(PartnerProtocol):
    """Project Open Data 1.1."""

    name = "data_json"
    options = (
        Option(
            "base_url",
            "address",
            lambda: _("Base address"),
            lambda: _("Address against which relative addresses are read. Default: where the catalogue lies."),
        ),
        Option(
            "mirror",
            "flag",
            lambda: _("Copy of a catalogue"),
            lambda: _("The file is a copy; the catalogue's own address is its @id."),
            default=False,
        ),
        Option(
            "paged",
            "flag",
            lambda: _("Several pages"),
            lambda: _("Whether ?page=2 and so on are asked for. Default: found out."),
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return "Satu Data: data.json"

    def help(self) -> str:
        """Return what it harvests."""
        return _("A catalogue in Project Open Data 1.1 (DCAT-US), as the national portal takes it.")

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of the catalogue; see PartnerProtocol.read."""
        return _Pages(source, session, reading, memory).read(token)


class _Pages:
    """One reading of a catalogue."""

    def __init__(self, source: SourceSettings, session: Session, reading: Reading, memory: Any) -> None:
        self._source, self._session, self._reading = source, session, reading
        self._pages = PageMemory(memory)
        self._one_page = source.config.get("paged") is False or (memory or {}).get("one_page", False)
        self._asked_paged = source.config.get("paged")
        self._shown: list[str] = []
        self._unmodified: set[bytes] = set()
        self._on_first: set[str] = set()
        self._first: Fetched | None = None
        self._repeats = False

    def read(self, token: Any) -> Iterator[Page]:
        """Yield the pages that follow on a token, all without one."""
        url = self._source.url
        number = _page_number(url)
        if token is None:
            yield from self._first_page(url)
        else:
            if "shown" not in token:
                raise Forgotten
            self._shown = list(token["shown"])
        following = 2 if number is None else number + 1
        at = following if token is None else token["page"] + 1
        if not self._ends_with_first():
            yield from self._following(url, number, at)
        if token is None and not self._reading.problem:
            self._reading.memory = self._pages.memory() | {"one_page": self._one_page}

    def _first_page(self, url: str) -> Iterator[Page]:
        answer = self._pages.fetch(self._session, url, ACCEPT)
        if answer.not_modified:
            yield self._same(url)
            return
        # The file is another one: it may have got a second page.
        self._one_page = self._asked_paged is False
        self._first = answer
        yield self._pages.keep(url, answer, self._page(answer, read_page(answer)))

    def _ends_with_first(self) -> bool:
        return self._one_page

    def _following(self, url: str, number: int | None, at: int) -> Iterator[Page]:
        for page in range(at, MAX_PAGES):
            found = self._next(page_url(url, page), page)
            if found is None:
                if page == 2 and number is None and self._repeats:
                    # A page 2 that is missing may come back; a server that knows no pages gives the first for ever.
                    self._one_page = True
                return
            yield found
            if number is None and page == 2:
                # Where the address names no page, its page is 1, or 0 with servers that count from 0.
                first = self._next(page_url(url, 1), page)
                if first is not None:
                    yield first
                if self._reading.problem:
                    return
        self._reading.problem = _("The catalogue has more than {limit} pages; the rest was not read.", limit=MAX_PAGES)

    def _next(self, url: str, number: int) -> Page | None:
        """Return a page if it holds something new; else None, with what went wrong in the reading's problem."""
        try:
            answer = self._pages.fetch(self._session, url, ACCEPT)
            if answer.not_modified:
                return replace(self._same(url), token=None)
            if self._first is not None and answer.content == self._first.content:
                self._repeats = True
                return None
            catalogue = read_catalogue(answer.content, answer.charset)
        except FetchError as error:
            self._reading.problem = "" if error.status in END_OF_PAGES else _not_complete(error.message)
            return None
        except CatalogueError as error:
            self._reading.problem = "" if error.kind == "empty_catalogue" else _not_complete(f"{url}: {error.message}")
            return None
        identities = _identities(catalogue.entries)
        shown = _fingerprint(identities)
        if shown in self._shown_before() or self._is_repeat(catalogue):
            self._repeats = True
            return None
        if self._is_first_again(catalogue, identities):
            self._reading.problem = _changed_meanwhile(url)
            return None
        self._shown = [*self._shown[:1], *self._shown[1:][-1:], shown]
        page = self._pages.keep(url, answer, self._page(answer, catalogue))
        return replace(page, token={"page": number, "shown": self._shown})

    def _same(self, url: str) -> Page:
        page = self._pages.same(url)
        self._unmodified.update(entry.digest for entry in page.entries)
        return page

    def _is_repeat(self, catalogue: Catalogue) -> bool:
        """Tell whether all records of a page stand on pages that are as they were, and so were not read."""
        return {digest_of(entry) for entry in catalogue.entries} <= self._unmodified

    def _is_first_again(self, catalogue: Catalogue, identities: set[str]) -> bool:
        """Tell whether a page is the first one once more, changed since: a server without pages, or one whose records
        move. Read as a further page it would bring each changed record twice.
        """
        digests = {digest_of(entry) for entry in catalogue.entries}
        again = max(len(identities & self._on_first), len(digests & self._unmodified))
        return 2 * again >= max(len(identities), 1)

    def _shown_before(self) -> list[str]:
        """Return what tells the first page and the latest two: servers without a further page repeat one of them.

        Two, because the page that is asked for last of the first three may stand before the others.
        """
        if not self._shown:
            first = read_catalogue(self._first.content, self._first.charset).entries if self._first else ()
            self._on_first = _identities(first)
            self._shown = [_fingerprint(self._on_first)]
        return self._shown

    def _page(self, answer: Fetched, catalogue: Catalogue) -> Page:
        base = base_url(self._source.config, answer.url, catalogue.header.get("@id"))
        return Page(_entries(catalogue.entries), base_url=base, remarks=catalogue.remarks)


def read_page(answer: Fetched) -> Catalogue:
    """Return the records of a file; those of a large one are read while they are asked for.

    Raises:
        CatalogueError: it holds no catalogue.
    """
    found = streamed(answer) if answer.size > STREAM_BYTES else None
    return found or read_catalogue(answer.content, answer.charset)


def _entries(records: Iterable[Any]) -> Iterator[Entry]:
    for record in records:
        yield Entry(digest_of(record), lambda record=record: record)


def _identities(entries: Iterable[Any]) -> set[str]:
    """Return what tells the records of a page: their identifiers, for other values may change with every answer."""
    outcomes = (normalise(entry, number, "") for number, entry in enumerate(entries, start=1))
    return {plain_identity(one)[0] if isinstance(one, Record) else digest(one.value) for one in outcomes}


def _fingerprint(identities: Iterable[str]) -> str:
    return digest_of(sorted(identities)).hex()


def base_url(config: Mapping[str, Any], url: str, catalogue_id: Any) -> str:
    """Return the address against which relative ones are read.

    That is what the configuration says, else where the catalogue lies. A copy that lies elsewhere (`mirror`) is read
    against its `@id`; if that is no address, relative addresses cannot be read.
    """
    if config.get("base_url"):
        return config["base_url"]
    if not config.get("mirror"):
        return url
    identifier = catalogue_id.strip() if isinstance(catalogue_id, str) else ""
    return identifier if identifier.startswith(("http://", "https://")) else ""


def _not_complete(reason: str) -> str:
    return _(
        "A later page of the catalogue could not be read, so nothing was deleted: {reason} If the catalogue has one "
        "page only, set paged to false in the configuration of the source.",
        reason=reason,
    )


def _changed_meanwhile(url: str) -> str:
    return _(
        "{url} gives the records of the first page once more, changed since: the catalogue changed while it was read, "
        "so nothing was deleted. The next run reads it again.",
        url=anonymous_address(url),
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
