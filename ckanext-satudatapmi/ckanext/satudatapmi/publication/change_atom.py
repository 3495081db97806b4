"""Changes as an Atom feed (RFC 4287): an entry for each dataset that is there, a deleted-entry for each that went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.publication.changes import Change
from ckanext.satudatapmi.publication.datajson import Site
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.text import _

TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
RESUME = "current"
"""Relation (RFC 5005) of the address at which a reader goes on later, when there is no next page yet."""


@dataclass(frozen=True)
class Head:
    """What the feed says of itself: the portal, its id, the address of this page, when something last changed."""

    site: Site
    id: str
    address: str
    updated: datetime


class DeletedEntries(BaseExtension):
    """Datasets that went, as RFC 6721 has it: feedgen knows no such elements."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []

    def extend_ns(self) -> dict[str, str]:
        """Return the namespace of the elements."""
        return {"at": TOMBSTONES}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Add the elements to the feed."""
        for ref, when in self.entries:
            etree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", {"ref": ref, "when": when})
        return feed


def document(head: Head, links: Mapping[str, str], changes: Iterable[Change]) -> bytes:
    """Return the feed.

    Args:
        head: what it says of itself.
        links: other addresses by their relation to this one.
        changes: in their order.
    """
    atom, deleted = FeedGenerator(), DeletedEntries()
    atom.register_extension("deleted", lambda: deleted, rss=False)
    atom.id(head.id)
    atom.title(_("Changes of datasets: {site}", site=head.site.title))
    atom.updated(head.updated.astimezone(UTC))
    atom.author(name=head.site.title, uri=head.site.url)
    for rel, address in {"self": head.address, **links}.items():
        atom.link(rel=rel, href=address)
    for change in changes:
        reference = f"{head.site.url}/dataset/{change.package_id}"
        if change.kind == "deleted":
            deleted.entries.append((reference, change.changed.astimezone(UTC).isoformat()))
        else:
            atom.add_entry(_entry(change, reference, head.site), order="append")
    return atom.atom_str()


def _entry(change: Change, reference: str, site: Site) -> FeedEntry:
    entry = FeedEntry()
    entry.id(reference)
    entry.title(wire.NOT_IN_XML.sub("", change.title or change.name or ""))
    entry.updated(change.changed.astimezone(UTC))
    entry.category(term=change.kind)
    entry.link(rel="alternate", type="text/html", href=f"{site.url}/dataset/{change.name}")
    api = f"{site.url}/api/3/action/package_show?id={change.package_id}"
    entry.link(rel="alternate", type="application/json", href=api)
    return entry
