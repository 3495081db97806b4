"""The records of published files: one a file, or one for all of them; a distribution for each table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from ckanext.satudatapmi.harvesters.addresses import anonymous_address, with_user_of
from ckanext.satudatapmi.harvesters.protocols.base import Entry, SourceSettings, digest_of
from ckanext.satudatapmi.harvesters.protocols.file_links import Link, period_in
from ckanext.satudatapmi.harvesters.protocols.file_notes import AddressNote, FileNote
from ckanext.satudatapmi.harvesters.tablefile import TABLE_VERSION
from ckanext.satudatapmi.reference.periode import Period
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.text import _


def shown_address(source: SourceSettings, address: str) -> str:
    """Return the address of a file for everybody: without user and password; that of the source without query too."""
    if address == urldefrag(source.url).url:
        return anonymous_address(address)
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def full_address(source: SourceSettings, shown: str) -> str:
    """Return the address by which a file is fetched, of that for everybody."""
    return source.url if shown == anonymous_address(source.url) else with_user_of(source.url, shown)


def entries_of(source: SourceSettings, page: str, made: Sequence[tuple[Link, AddressNote]]) -> list[Entry]:
    """Return an entry for each file; for a series a single one.

    Args:
        source: that they are of.
        page: the address that answered for that of the source.
        made: the files.
    """
    if source.config["series"]:
        return [_entry(source, _series(source, made))] if made else []
    return [_entry(source, _record(source, page, link, note, file)) for link, note in made for file in note.files]


def identifier_of(source: SourceSettings, page: str, link: Link) -> str:
    """Return the identifier of the dataset of a file; those of the files in an archive begin with it and a `#`."""
    if source.config["series"]:
        return _series_identifier(source)
    return _within(anonymous_address(source.url), anonymous_address(page), shown_address(source, link.address))


def _series_identifier(source: SourceSettings) -> str:
    return anonymous_address(source.url)


def reading_of(source: SourceSettings) -> list[Any]:
    """Return by what tables are read: with another description, or another version of us, they are read anew."""
    return [TABLE_VERSION, source.config["table"], [list(one) for one in source.config["tables"].items()]]


def _entry(source: SourceSettings, record: dict[str, Any]) -> Entry:
    # Some servers say that a file was changed at the moment they are asked, so the day does not count.
    told = {key: value for key, value in record.items() if key != "modified"}
    return Entry(digest_of([reading_of(source), told]), lambda: record)


def _record(source: SourceSettings, page: str, link: Link, note: AddressNote, file: FileNote) -> dict[str, Any]:
    title = link.title(source.config["title_pattern"])
    if file.member:
        title = f"{title}: {PurePosixPath(file.member).stem.replace('_', ' ')}"
    period = period_in(f"{title} {file.member}") or period_in(Link(link.address).file_name)
    record = _common(source, note.modified, [period] if period else [])
    address = shown_address(source, link.address)
    return record | {
        "identifier": identifier_of(source, page, link) + (f"#{file.member}" if file.member else ""),
        "title": title,
        "distribution": _distributions(address, file, title),
    }


def _series(source: SourceSettings, made: Sequence[tuple[Link, AddressNote]]) -> dict[str, Any]:
    files = [(link, file) for link, note in made for file in note.files]
    titles = {link.address: link.title(source.config["title_pattern"]) for link, _file in files}
    periods = [period for title in titles.values() if (period := period_in(title)) is not None]
    record = _common(source, max(note.modified for _link, note in made), periods)
    distributions = [
        item
        for link, file in files
        for item in _distributions(shown_address(source, link.address), file, titles[link.address])
    ]
    own = {"identifier": _series_identifier(source), "distribution": distributions}
    return {"title": source.title} | record | own


def _common(source: SourceSettings, modified: str, periods: Sequence[Period]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "publisher": {"name": source.title},
        "landingPage": anonymous_address(source.url),
        "modified": modified,
    }
    if periods:
        record["temporal"] = f"{min(one.start for one in periods)}/{max(one.end for one in periods)}"
    return record | dict(source.config["dataset"])


def _within(base: str, page: str, address: str) -> str:
    """Return an address as seen from that of its source, so that it outlives a change of host or of scheme.

    Args:
        base: address of the source.
        page: address of the page that answered, which differs after a redirect.
        address: of a file.

    >>> _within("https://a.go.id/buletin/index.html", "https://a.go.id/buletin/", "https://a.go.id/buletin/2024/jan.pdf")
    '2024/jan.pdf'
    >>> _within("http://a.go.id/buletin/", "https://www.a.go.id/id/buletin/", "https://www.a.go.id/id/buletin/jan.pdf")
    'jan.pdf'
    >>> _within("http://a.go.id/buletin/", "https://www.a.go.id/buletin/", "https://www.a.go.id/unduhan/jan.pdf")
    'http://a.go.id/unduhan/jan.pdf'
    """
    own, answered = urljoin(base, "/"), urljoin(page, "/")
    moved = own + address.removeprefix(answered) if address.startswith(answered) else address
    for known, folder in ((moved, urljoin(base, ".")), (address, urljoin(page, "."))):
        if known.startswith(folder) and known != folder:
            return known.removeprefix(folder)
    return moved


def _distributions(address: str, file: FileNote, title: str) -> list[dict[str, Any]]:
    """Return a distribution for each table of a file; for the file alone if no table was found in it."""
    known = vocabularies.file_format(file.kind)
    items = []
    for place, (name, page) in enumerate(file.parts or (("", 0),)):
        mark = quote(file.member) or (f"page={page}" if page else "")
        words = [title, name or (_("table {number}", number=place + 1) if len(file.parts) > 1 else "")]
        items.append(
            {
                "title": ": ".join(word for word in words if word),
                "downloadURL": f"{address}#{mark}" if mark else address,
                "format": file.kind,
                "mediaType": known.media_type if known else "application/octet-stream",
                "byteSize": file.size,
                "sha256": file.sha256,
                "member": file.member,
                "part": place,
            }
        )
    return items
