"""Changes as an Atom feed (RFC 4287): an entry for a dataset that is there, a deleted-entry (RFC 6721) if it went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from lxml.builder import ElementMaker

from ckanext.satudatapmi.publication.changes import Change
from ckanext.satudatapmi.publication.datajson import Site
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.text import _

MEDIA_TYPE, HTML, JSON = "application/atom+xml", "text/html", "application/json"
NAMESPACE, TOMBSTONES = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
NAMESPACES = {None: NAMESPACE, "at": TOMBSTONES}
ATOM: Any = ElementMaker(namespace=NAMESPACE, nsmap=NAMESPACES)
AT: Any = ElementMaker(namespace=TOMBSTONES, nsmap=NAMESPACES)


@dataclass(frozen=True)
class Head:
    """What a page of the feed says of itself.

    Attributes:
        site: the portal.
        id: of the feed.
        here: address of this page.
        following: address at which a reader goes on.
        more: whether there is something to read already.
        updated: when the last change of all happened.
    """

    site: Site
    id: str
    here: str
    following: str
    more: bool
    updated: datetime


def document(head: Head, changes: Iterable[Change]) -> bytes:
    """Return the feed: `next` leads to the next page (RFC 5005), and from the last one `current` to what is to come.

    Args:
        head: what it says of itself.
        changes: in their order.
    """
    feed = ATOM.feed(
        ATOM.id(head.id),
        ATOM.title(_("Changes of datasets: {site}", site=head.site.title)),
        ATOM.updated(_moment(head.updated)),
        ATOM.author(ATOM.name(head.site.title), ATOM.uri(f"{head.site.url}/")),
        _link("self", MEDIA_TYPE, head.here),
        _link("next" if head.more else "current", MEDIA_TYPE, head.following),
        *(_deleted(change, head.site) if change.kind == "deleted" else _entry(change, head.site) for change in changes),
    )
    return etree.tostring(feed, encoding="UTF-8", xml_declaration=True)


def _entry(change: Change, site: Site) -> etree._Element:
    return ATOM.entry(
        ATOM.id(_reference(change, site)),
        ATOM.title(wire.NOT_IN_XML.sub("", change.title or change.name or "")),
        ATOM.updated(_moment(change.changed)),
        ATOM.category(term=change.kind),
        _link("alternate", HTML, f"{site.url}/dataset/{change.name}"),
        _link("alternate", JSON, f"{site.url}/api/3/action/package_show?id={change.package_id}"),
    )


def _deleted(change: Change, site: Site) -> etree._Element:
    return AT("deleted-entry", ref=_reference(change, site), when=_moment(change.changed))


def _reference(change: Change, site: Site) -> str:
    return f"{site.url}/dataset/{change.package_id}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _link(rel: str, media_type: str, address: str) -> etree._Element:
    return ATOM.link(rel=rel, type=media_type, href=address)
