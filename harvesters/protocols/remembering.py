"""Pages that are as they were when a source was last read: neither fetched nor parsed again.

A page is known by its address. What is kept of it are the validators of HTTP (RFC 9110, section 8.8), a digest of its
bytes for servers that send none, the digests of its entries, and the token of the page after it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.protocols.base import Entry, Page, Session

DIGEST_BYTES = 16


class Forgotten(Exception):
    """What was read before does not suffice, or cannot be gone on from: read everything anew."""


class PageMemory:
    """What is known of the pages of a catalogue.

    Args:
        memory: what `memory()` gave after the last accepted reading; None the first time.
    """

    def __init__(self, memory: Any) -> None:
        self._before: dict[str, dict[str, Any]] = dict((memory or {}).get("pages", {}))
        self._now: dict[str, dict[str, Any]] = {}

    def fetch(self, session: Session, url: str, accept: str = "*/*") -> Fetched:
        """Return the answer of an address, `not_modified` if the page is as it was."""
        known = self._before.get(url)
        if known is None:
            return session.get(url, accept=accept)
        answer = session.get(url, accept=accept, etag=known["etag"], last_modified=known["last_modified"])
        if not answer.not_modified and answer.sha256 == known["sha256"]:
            return replace(answer, content=b"", not_modified=True)
        return answer

    def same(self, url: str) -> Page:
        """Return a page that is as it was."""
        known = self._before[url]
        self._now[url] = known
        digests = base64.b64decode(known["digests"])
        entries = [Entry(digests[at : at + DIGEST_BYTES], _forgotten) for at in range(0, len(digests), DIGEST_BYTES)]
        return Page(entries, known["token"], known["base_url"])

    def keep(self, url: str, answer: Fetched, page: Page) -> Page:
        """Return a page that was read, and keep what is to be known of it next time."""
        note = {
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "sha256": answer.sha256,
            "token": page.token,
            "base_url": page.base_url,
        }
        return replace(page, entries=self._noting(url, note, page.entries))

    def memory(self) -> dict[str, Any]:
        """Return what is to be kept, when every page was read to its end."""
        return {"pages": self._now}

    def _noting(self, url: str, note: dict[str, Any], entries: Iterable[Entry]) -> Iterator[Entry]:
        digests = bytearray()
        for entry in entries:
            digests += entry.digest
            yield entry
        self._now[url] = {**note, "digests": base64.b64encode(bytes(digests)).decode()}


def _forgotten() -> NoReturn:
    raise Forgotten
