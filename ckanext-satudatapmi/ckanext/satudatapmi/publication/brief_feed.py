"""The monthly briefs as an Atom feed (RFC 4287): an entry a month, which does not change when later months come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.publication import feed, paging
from ckanext.satudatapmi.publication.revision_feed import ATOM, HTML, MEDIA_TYPE, XML
from ckanext.satudatapmi.schemas import wire

MONTHS = 12
"""How many briefs stand in the feed."""

feeds = Blueprint("satudata_brief_feed", __name__)


@feeds.get("/kabar.atom")
@feed.guarded("json")
def atom() -> Response:
    """Return the last briefs, the newest first."""
    try:
        months = tk.get_action("satudata_brief_list")({}, {})[:MONTHS]
    except tk.ValidationError:
        raise feed.away() from None

    def write(file: IO[bytes]) -> None:
        briefs = [tk.get_action("satudata_brief_show")({}, {"month": one["month"]}) for one in months]
        file.write(etree.tostring(_feed(briefs), encoding="UTF-8", xml_declaration=True, pretty_print=True))

    return feed.respond(f"briefs {tk.h.lang()}", write, MEDIA_TYPE)


def _feed(briefs: list[Mapping[str, Any]]) -> etree._Element:
    site, language = paging.site(), {f"{{{XML}}}lang": tk.h.lang()}
    return ATOM.feed(
        ATOM.id(f"{site.url}/kabar.atom"),
        ATOM.title(tk._("Monthly brief on Indonesian migrant workers")),
        ATOM.updated(_over(briefs[0]) if briefs else "1970-01-01T00:00:00Z"),
        ATOM.author(ATOM.name(site.title)),
        _link("alternate", HTML, "satudata_briefs.months"),
        _link("self", MEDIA_TYPE, "satudata_brief_feed.atom"),
        *(_entry(one, site.url) for one in briefs),
        language,
    )


def _entry(brief: Mapping[str, Any], site_url: str) -> etree._Element:
    return ATOM.entry(
        ATOM.id(f"{site_url}/kabar/{brief['month']}"),
        ATOM.title(tk._("Brief of {month}").format(month=tk.h.satudata_date(brief["month"]))),
        ATOM.updated(_over(brief)),
        ATOM.content(wire.NOT_IN_XML.sub("", "\n".join(_lines(brief))), type="text"),
        _link("alternate", HTML, "satudata_briefs.show", name=brief["month"]),
    )


def _lines(brief: Mapping[str, Any]) -> Iterator[str]:
    for part in brief["parts"]:
        yield tk.h.satudata_in_language(part["title"])
        yield from (f"\u2013 {sentence['text']}" for sentence in part["sentences"])
    if brief["datasets"]:
        count = brief["datasets"]
        told = tk.ungettext("{count} dataset was new.", "{count} datasets were new.", count)
        yield told.format(count=tk.h.satudata_number(count))


def _over(brief: Mapping[str, Any]) -> str:
    """Return when the month of a brief was over, as RFC 3339 writes it."""
    return f"{brief['as_of']}T23:59:59Z"


def _link(rel: str, media_type: str, endpoint: str, **values: Any) -> etree._Element:
    return ATOM.link(rel=rel, type=media_type, href=tk.h.url_for(endpoint, _external=True, **values))
