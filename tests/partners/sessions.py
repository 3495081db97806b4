"""A session for tests, and what a protocol brings when it reads a partner with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.fetch import Fetched, Fetcher, FetchLimits
from ckanext.satudatapmi.harvesters.protocols.base import (
    PartnerProtocol,
    Reading,
    RejectedEntry,
    SourceSettings,
    Unchanged,
)
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten

LIMITS = FetchLimits(connect=2.0, read=2.0, total=10.0, max_bytes=50_000_000, max_redirects=3)
"""Enough for a partner of the tests on a machine that is busy."""


class PlainSession:
    """Fetches from one partner; keeps the addresses asked and the headers sent along."""

    def __init__(self, host: str) -> None:
        self._fetcher = Fetcher(AllowedHosts.of([host]), LIMITS)
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    def get(self, url, accept="*/*", headers=None, etag=None, last_modified=None) -> Fetched:
        self.asked.append(url)
        self.headers.append(dict(headers or {}))
        return self._fetcher.fetch(url, etag, last_modified, accept)

    def post(self, url, body, accept="application/json") -> Fetched:
        raise NotImplementedError


@dataclass
class Brought:
    """What one reading brought."""

    reading: Reading
    digests: list[bytes] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[Any] = field(default_factory=list)
    rejections: list[RejectedEntry] = field(default_factory=list)
    unchanged: bool = False

    @property
    def identifiers(self) -> list[str]:
        return [record["identifier"] for record in self.records]


def read(protocol: PartnerProtocol, source: SourceSettings, host: str, memory=None, token=None, pages=None) -> Brought:
    """Read a catalogue as the pipeline does, `pages` of it at most."""
    brought = Brought(Reading())
    try:
        for page in protocol.read(source, PlainSession(host), brought.reading, memory, token):
            for entry in page.entries:
                brought.digests.append(entry.digest)
                try:
                    brought.records.append(entry.record())
                except Forgotten:
                    continue
            brought.tokens.append(page.token)
            brought.rejections += page.rejections
            if len(brought.tokens) == pages:
                break
    except Unchanged:
        brought.unchanged = True
    return brought
