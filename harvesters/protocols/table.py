"""A table that a partner publishes as one file, described by a few lines: one dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ckanext.satudatapmi.harvesters.mapping import MAPPING_VERSION
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Features,
    Option,
    Page,
    PartnerProtocol,
    Reading,
    Session,
    SourceSettings,
    digest_of,
)
from ckanext.satudatapmi.harvesters.protocols.remembering import PageMemory
from ckanext.satudatapmi.harvesters.tablefile import TABLE_VERSION, table_record
from ckanext.satudatapmi.text import _


class PublishedTable(PartnerProtocol):
    """One file with one table."""

    name = "published_table"
    features = Features(tables=True)
    options = (
        Option("table", "object", lambda: _("How the table is read"), lambda: _("The description of the table.")),
        Option(
            "dataset",
            "object",
            lambda: _("Metadata of the dataset"),
            lambda: _("By the keys of a data.json record."),
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("Satu Data: published table")

    def help(self) -> str:
        """Return what it harvests."""
        return _("A CSV or spreadsheet file at an address, described by a few lines.")

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the one dataset; see PartnerProtocol.read."""
        pages = PageMemory(memory)
        record = table_record(source.name, source.title, source.url, source.config.get("dataset") or {})
        settings = [MAPPING_VERSION, TABLE_VERSION, record, source.config.get("table")]
        if memory and memory.get("settings") != digest_of(settings).hex():
            pages = PageMemory(None)
        answer = pages.fetch(session, source.url)
        if answer.not_modified:
            yield pages.same(source.url)
        else:
            entry = Entry(digest_of([settings, answer.sha256]), lambda: record)
            yield pages.keep(source.url, answer, Page([entry]))
        reading.memory = pages.memory() | {"settings": digest_of(settings).hex()}
