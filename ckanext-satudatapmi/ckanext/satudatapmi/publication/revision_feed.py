"""The restated figures of the single data as an Atom feed (RFC 4287), in pages (RFC 5005)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import IO, Any, cast
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from lxml.builder import ElementMaker

from ckanext.satudatapmi.figures.months import is_year, time_of
from ckanext.satudatapmi.figures.registry import dimensions, indicators
from ckanext.satudatapmi.figures.words import label, unit_label
from ckanext.satudatapmi.publication import feed, paging
from ckanext.satudatapmi.schemas import wire

MEDIA_TYPE, HTML = "application/atom+xml", "text/html"
XML = "http://www.w3.org/XML/1998/namespace"
# feedgen, which CKAN uses, leaves out what the links of an entry lead to.
ATOM: Any = ElementMaker(namespace="http://www.w3.org/2005/Atom", nsmap={None: "http://www.w3.org/2005/Atom"})
DAYS = 90
"""How long a change stands in the feed, if nobody asks since which day."""
PAGE = 100
BETWEEN = " \u00b7 "
Change = Mapping[str, Any]

feeds = Blueprint("satudata_revision_feed", __name__)


@feeds.get("/angka/revisi.atom")
@feed.guarded("json")
def atom() -> Response:
    """Return the figures that were restated since a day, of one indicator or all, the latest first."""
    asked, indicator = request.args.get("since"), request.args.get("indicator", "")
    since = asked or (datetime.now(UTC).date() - timedelta(days=DAYS)).isoformat()
    page = feed.page_number(request.args.get("page") or "1")
    wanted = {"since": since, "indicator": indicator, "offset": (page - 1) * PAGE, "limit": PAGE + 1}
    try:
        changes = tk.get_action("pmi_change_list")({}, wanted)
    except tk.ValidationError as error:
        told = " ".join(chain.from_iterable(cast(dict[str, list[str]], error.error_dict).values()))
        raise feed.Problem(400, tk._("No such feed"), told) from None

    def write(file: IO[bytes]) -> None:
        made = _feed(changes[:PAGE], since, page, more=len(changes) > PAGE)
        file.write(etree.tostring(made, encoding="UTF-8", xml_declaration=True, pretty_print=True))

    # Days and pages are endlessly many; readers who come again ask without either.
    name = f"revisions {indicator} {tk.h.lang()}" if not asked and page == 1 else None
    return feed.respond(name, write, MEDIA_TYPE)


def _feed(changes: Sequence[Change], since: str, page: int, *, more: bool) -> etree._Element:
    site, language = paging.site(), {f"{{{XML}}}lang": tk.h.lang()}
    about = tk._("A restated figure does not replace the former one: both are kept, each with its day of publication.")
    return ATOM.feed(
        ATOM.id(f"{site.url}/angka/revisi.atom{'?' if _asked() else ''}{urlencode(_asked())}"),
        ATOM.title(" · ".join([tk._("Restated figures on Indonesian migrant workers"), *_about()])),
        ATOM.subtitle(about),
        ATOM.updated(next(map(_recorded, changes), f"{date.fromisoformat(since)}T00:00:00Z")),
        ATOM.author(ATOM.name(site.title)),
        *_turns(page, more=more),
        *(_entry(change, site.url) for change in changes),
        language,
    )


def _asked() -> dict[str, str]:
    """Return the indicator that is asked for, as a parameter; none where all are."""
    return {"indicator": request.args["indicator"]} if request.args.get("indicator") else {}


def _about() -> list[str]:
    return [tk.h.satudata_in_language(indicators()[name].label) for name in _asked().values()]


def _turns(page: int, *, more: bool) -> Iterator[etree._Element]:
    """Yield the links to the page for people, to this page of the feed and to those beside it (RFC 5005)."""
    asked = _asked() | ({"since": request.args["since"]} if request.args.get("since") else {})
    yield _link("alternate", HTML, "satudata_figures.revisions", **asked)
    for rel, number in (("self", page), ("previous", page - 1), ("next", page + 1 if more else 0)):
        if number:
            turned = {"page": number} if number > 1 else {}
            yield _link(rel, MEDIA_TYPE, "satudata_revision_feed.atom", **asked, **turned)


def _entry(change: Change, site_url: str) -> etree._Element:
    codes = {name: change[name] for name, one in dimensions().items() if change[name] != one.total}
    asked = {
        "indicator": change["indicator"],
        **codes,
        "time": time_of(change["ref_start"], change["ref_end"]),
        "facet": change["facet"],
    }
    return ATOM.entry(
        ATOM.id(f"{site_url}/angka/revisi#{change['key']}"),
        ATOM.title(title_of(change)),
        ATOM.updated(_recorded(change)),
        ATOM.author(ATOM.name(wire.NOT_IN_XML.sub("", change["publisher_title"]))),
        ATOM.content(wire.NOT_IN_XML.sub("", "\n".join(_sentences(change))), type="text"),
        _link("alternate", HTML, "satudata_figures.query", **asked),
        _link("related", HTML, "dataset.read", id=change["package_id"]),
    )


def title_of(change: Change) -> str:
    """Return of what a restated figure is, what it was before, and what it is now."""
    codes = [label(name, change[name]) for name, one in dimensions().items() if change[name] != one.total]
    words = map(tk.h.satudata_in_language, (indicators()[change["indicator"]].label, *codes))
    figures = f"{_figure(change['former_value'])} \u2192 {_figure(change['value'])}"
    return f"{BETWEEN.join(words)}, {_period(change)}: {figures}"


def _sentences(change: Change) -> list[str]:
    unit = f" {unit_label(indicators()[change['indicator']].unit)}"
    before, now = _figure(change["former_value"], unit), _figure(change["value"], unit)
    told = [
        tk._("Before: {figure}, published {day}.").format(
            figure=before, day=tk.h.satudata_date(change["former_vintage"])
        ),
        tk._("Now: {figure}, published {day}.").format(figure=now, day=tk.h.satudata_date(change["vintage"])),
    ]
    if change["difference"] is not None:
        told.append(tk._("Difference: {difference}.").format(difference=_difference(change)))
    if change["redefined"]:
        told.append(tk._("The definition was changed with the figure: the two do not compare."))
    told.append(tk._("Publisher: {publisher}.").format(publisher=change["publisher_title"]))
    told.append(tk._("File {file}, row {row}.").format(file=change["file"], row=change["source_row"]))
    return told


def _difference(change: Change) -> str:
    number, sign = tk.h.satudata_number, "+" if change["difference"] > 0 else ""
    percent = "" if change["percent"] is None else f" ({sign}{number(change['percent'])}%)"
    return f"{sign}{number(change['difference'])}{percent}"


def _figure(value: float | None, unit: str = "") -> str:
    return tk._("no figure") if value is None else f"{tk.h.satudata_number(value)}{unit}"


def _period(change: Change) -> str:
    """Return the period of a figure in words: a year, a day, a span."""
    start, end = change["ref_start"], change["ref_end"]
    if start == end:
        return tk.h.satudata_date(end)
    if is_year(start, end):
        return end[:4]
    return f"{tk.h.satudata_date(start)} \u2013 {tk.h.satudata_date(end)}"


def _recorded(change: Change) -> str:
    """Return when a change was recorded, as RFC 3339 writes it; the database keeps UTC."""
    return f"{change['recorded']}Z"


def _link(rel: str, media_type: str, endpoint: str, **values: Any) -> etree._Element:
    return ATOM.link(rel=rel, type=media_type, href=tk.h.url_for(endpoint, _external=True, **values))
