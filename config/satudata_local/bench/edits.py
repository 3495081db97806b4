"""One dataset edited as an editor's program does it, and how soon each feed holds that."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import quote
from urllib.request import Request, urlopen

from ..console import SetupError
from .fetching import fetch
from .records import mark
from .sites import Site

FEEDS: Mapping[str, str] = {
    "json": "/data.json",
    "ttl": "/catalog.ttl",
    "nt": "/catalog.nt",
    "xml": "/catalog.xml",
    "jsonld": "/catalog.jsonld",
}
CHANGES = "/api/pmi/changes"
ON_A_PAGE: Mapping[str, int] = {"json": 1_000, "ttl": 100, "nt": 100, "xml": 100, "jsonld": 100}
"""Datasets on a page, as config/ckan.ini.template has it; of a catalogue in RDF as many as stock has."""
PLACES, PATIENCE_SECONDS = 2**32, 60.0


@dataclass(frozen=True)
class Edited:
    """What an edit came to.

    Attributes:
        seconds: from the action's return until every feed held it.
        slowest: how long the slowest answer of a feed took.
        action_seconds: how long package_patch took.
        own, others: fragments written after the action, of the dataset and of others.
    """

    seconds: float
    slowest: float
    action_seconds: float
    own: int
    others: int


@dataclass
class Editor:
    """Edits datasets of a site that answers.

    Attributes:
        site: ours.
        address: of its web server.
        size: datasets that are public, and that ever were.
    """

    site: Site
    address: str
    size: int
    _changes: str = field(default="", init=False)

    def edit(self, number: int) -> Edited:
        """Edit a dataset, another one for each number, and return what that came to.

        Raises:
            SetupError: a feed never holds it.
        """
        package_id, title = self._dataset(number)
        pages = (page_address(self.address, package_id, notation, self.size) for notation in FEEDS)
        feeds = dict.fromkeys(pages, mark(number))
        for feed in feeds:
            # What is on the page beside it is written already; the edit has to leave that.
            fetch(feed)
        feeds[self._last_changes()] = package_id
        before, began = self.site.transaction(), time.perf_counter()
        self._patch(package_id, f"{title} {mark(number)}")
        returned = time.perf_counter()
        slowest = max(_wait_for(feed, word) for feed, word in feeds.items())
        seconds = time.perf_counter() - returned
        own, others = self._written_since(before, package_id)
        return Edited(seconds, slowest, returned - began, own, others)

    def _dataset(self, number: int) -> tuple[str, str]:
        """Return the id and the title of a dataset."""
        at = number * self.size // 100
        found = self.site.ask(
            "SELECT one.id, replace(one.title, '|', ' ') FROM package one JOIN satudatapmi_publication known "
            f"ON known.package_id = one.id WHERE known.is_public ORDER BY known.place OFFSET {at} LIMIT 1"
        )
        package_id, title = found[0]
        return package_id, title

    def _last_changes(self) -> str:
        """Return where the change feed goes on behind all changes."""
        more, token = True, self._changes
        while more:
            with urlopen(self._changes_since(token), timeout=60) as answer:  # noqa: S310 - our own server
                told = json.load(answer)
            more, token = told["more"], told["token"]
        self._changes = token
        return self._changes_since(token)

    def _changes_since(self, token: str) -> str:
        return f"{self.address}{CHANGES}" + (f"?since={quote(token)}" if token else "")

    def _patch(self, package_id: str, title: str) -> None:
        admin = json.loads((self.site.stack.home / "admin.json").read_text(encoding="utf-8"))
        request = Request(  # noqa: S310 - our own server
            f"{self.address}/api/3/action/package_patch",
            json.dumps({"id": package_id, "title": title}).encode(),
            {"Authorization": admin["token"], "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            answer.read()

    def _written_since(self, transaction: int, package_id: str) -> tuple[int, int]:
        """Return how many fragments later transactions wrote, of a dataset and of others."""
        later = f"xmin::text::bigint >= {transaction} AND xmin::text::bigint < {transaction} + 2147483648"
        found = self.site.ask(f"SELECT package_id FROM satudatapmi_fragment WHERE {later}")
        own = sum(row == [package_id] for row in found)
        return own, len(found) - own


def page_address(address: str, package_id: str, notation: str, size: int) -> str:
    """Return the address of the page that a dataset is on.

    Args:
        address: of the web server.
        package_id: of the dataset.
        notation: one of `FEEDS`.
        size: datasets that ever were public.
    """
    place = int(hashlib.md5(package_id.encode(), usedforsecurity=False).hexdigest()[:8], 16)
    last = -(-size // ON_A_PAGE[notation])
    return turned_to(address, notation, place * last // PLACES + 1)


def turned_to(address: str, notation: str, page: int) -> str:
    """Return the address of a page of a feed.

    >>> turned_to("http://site", "ttl", 2)
    'http://site/catalog.ttl?per_page=100&page=2'
    """
    return f"{address}{FEEDS[notation]}?per_page={ON_A_PAGE[notation]}&page={page}"


def _wait_for(feed: str, word: str) -> float:
    """Ask a feed until a word is in it, and return how long the slowest answer took."""
    end, slowest = time.monotonic() + PATIENCE_SECONDS, 0.0
    while time.monotonic() < end:
        body = BytesIO()
        slowest = max(slowest, fetch(feed, keep=body).seconds)
        if word.encode() in body.getvalue():
            return slowest
    raise SetupError(f"{feed} does not hold an edit after {PATIENCE_SECONDS:.0f} s")
