"""The sitemap (https://www.sitemaps.org/protocol.html): every public page in every language, in parts, for crawlers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.publication import addresses, feed, paging, store
from ckanext.satudatapmi.publication.addresses import Address, Part, Section

MOST_ADDRESSES = 50_000
"""Of a part, by the protocol."""
SITEMAP, XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"
MEDIA_TYPE = "application/xml"

pages = Blueprint("satudatapmi_sitemap", __name__)


@pages.route("/sitemap.xml")
@feed.guarded("json")
def index() -> Response:
    """Return the parts of the sitemap."""
    with store.snapshot() as connection:
        parts = list(addresses.parts(connection, _size()))
    return feed.respond("sitemap", partial(_write_index, parts, paging.site().url), MEDIA_TYPE)


@pages.route("/sitemap-<any(pages,datasets):section>-<int(max=99999):number>.xml")
@feed.guarded("json")
def part(section: Section, number: int) -> Response:
    """Return a part of the sitemap."""
    with store.snapshot() as connection:
        found = addresses.read(connection, section, number, _size())
    if not found:
        raise feed.Problem(404, tk._("No such part"), tk._("/sitemap.xml names the parts that there are."))
    return feed.respond(f"sitemap {section} {number}", partial(_write_part, found, _roots()), MEDIA_TYPE)


def _size() -> int:
    return MOST_ADDRESSES // len(_roots())


def _roots() -> dict[str, str]:
    """Return what the addresses of pages begin with, by language; those of the default language name none."""
    url = paging.site().url
    languages = [locale.short_name for locale in tk.h.get_available_locales()]
    return {name: url if name == tk.config["ckan.locale_default"] else f"{url}/{name}" for name in languages}


def _write_index(parts: Iterable[Part], url: str, file: IO[bytes]) -> None:
    with etree.xmlfile(file, encoding="utf-8") as writer:
        writer.write_declaration()
        with writer.element("sitemapindex", nsmap={None: SITEMAP}):
            for one in parts:
                with writer.element("sitemap"):
                    _write_place(writer, f"{url}/sitemap-{one.section}-{one.number}.xml", one.changed)


def _write_part(found: Iterable[Address], roots: Mapping[str, str], file: IO[bytes]) -> None:
    with etree.xmlfile(file, encoding="utf-8") as writer:
        writer.write_declaration()
        with writer.element("urlset", nsmap={None: SITEMAP, "xhtml": XHTML}):
            for address in found:
                for root in roots.values():
                    with writer.element("url"):
                        _write_place(writer, root + address.path, address.changed)
                        for language, other in roots.items():
                            link = {"rel": "alternate", "hreflang": language, "href": other + address.path}
                            with writer.element(f"{{{XHTML}}}link", link):
                                pass


def _write_place(writer: Any, location: str, changed: datetime | None) -> None:
    with writer.element("loc"):
        writer.write(location)
    if changed:
        with writer.element("lastmod"):
            writer.write(changed.astimezone(UTC).isoformat(timespec="seconds"))
