"""A session of a reading as simple as can be: a fetcher without pauses, and what was fetched."""

from __future__ import annotations

from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.fetch import Fetcher
from ckanext.satudatapmi.harvesters.protocols.base import Reading, SourceSettings
from tests.partners.sessions import LIMITS


class ApiSession:
    """Fetches from one partner, which may have several names."""

    def __init__(self, *hosts):
        self._fetcher = Fetcher(AllowedHosts.of(hosts), LIMITS)
        self.fetched = []

    def get(self, url, accept="*/*", headers=None, etag=None, last_modified=None):
        answer = self._fetcher.fetch(url, etag, last_modified, accept)
        self.fetched.append((url, answer.not_modified))
        return answer

    def post(self, url, body, accept="application/json"):
        self.fetched.append((url, False))
        return self._fetcher.post(url, body, accept)

    def several(self, calls):
        return iter(calls)


def settings_of(protocol, url, **config):
    """A source of a protocol with its defaults filled in, as the pipeline gives it."""
    return SourceSettings("contoh", url, {option.key: option.default for option in protocol.options} | config, "Contoh")


def read_all(protocol, source, session, memory=None, token=None):
    """Read a catalogue to its end: pages, records by identifier, digests by identifier, and how it went."""
    return ReadCatalogue(protocol, source, session, memory, token)


class ReadCatalogue:
    def __init__(self, protocol, source, session, memory, token):
        self.reading = Reading()
        self.pages, self.records, self.digests, self.rejections, self.remarks = [], {}, {}, [], []
        for page in protocol.read(source, session, self.reading, memory, token):
            self.pages.append(page)
            self.rejections += page.rejections
            for entry in page.entries:
                record = entry.record()
                assert record["identifier"] not in self.records
                self.records[record["identifier"]] = record
                self.digests[record["identifier"]] = entry.digest
            self.remarks += page.remarks

    def changed_since(self, before):
        """What became of each dataset since another reading."""
        names = sorted(self.digests.keys() | before.digests.keys())
        pairs = {name: (before.digests.get(name), self.digests.get(name)) for name in names}
        return {
            name: "new" if old is None else "gone" if new is None else "changed"
            for name, (old, new) in pairs.items()
            if old != new
        }


def table_of(protocol, source, session, record):
    """The only table of a dataset, as a list of objects."""
    (table,) = protocol.tables(source, session, record)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
