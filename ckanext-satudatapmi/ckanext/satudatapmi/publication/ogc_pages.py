"""OGC API Records, Part 1, at /ogc: the public datasets as records in GeoJSON, found by the search.

The search says which records are meant, and the database whether each is public, and what it holds: so a dataset that
is hidden is gone at once. An index that is behind would answer with less than there is; then there is no answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, Response, make_response, redirect, request

from ckanext.satudatapmi.publication import (
    datajson,
    deliveries,
    feed,
    ogc_query,
    ogc_records,
    paging,
    published,
    search_index,
    store,
)
from ckanext.satudatapmi.publication.ogc_query import Query
from ckanext.satudatapmi.publication.ogc_records import Dataset, Json
from ckanext.satudatapmi.publication.published import PUBLICATION

ITEMS = f"/collections/{ogc_records.COLLECTION}/items"
FORMATS = {"json": ogc_records.JSON, "html": ogc_records.HTML}

pages = Blueprint("satudatapmi_ogc", __name__, url_prefix="/ogc")


@pages.route("/")
@pages.route("")
@feed.guarded("json")
def landing() -> Response:
    """Return the landing page."""
    return _document(paging.site().title, lambda: ogc_records.landing(paging.site(), _description()))


@pages.route("/openapi")
@feed.guarded("json")
def openapi() -> Response:
    """Return the description of the API."""
    return _json(ogc_records.openapi(paging.site(), _description()), ogc_records.OPENAPI)


@pages.route("/conformance")
@feed.guarded("json")
def conformance() -> Response:
    """Return the standards that the API keeps."""
    return _document(tk._("Conformance"), ogc_records.conformance)


@pages.route("/collections")
@feed.guarded("json")
def collections() -> Response:
    """Return the collections."""
    return _document(tk._("Collections"), lambda: ogc_records.collections(paging.site(), _description()))


@pages.route(f"/collections/{ogc_records.COLLECTION}")
@feed.guarded("json")
def collection() -> Response:
    """Return the collection of all public datasets."""
    return _document(paging.site().title, lambda: ogc_records.collection(paging.site(), _description()))


@pages.route(ITEMS)
@feed.guarded("json")
def items() -> Response:
    """Return a page of the records that are asked for."""
    query = ogc_query.read(request.args)
    found = _search(query)
    search_index.refuse_behind()
    site = paging.site()
    datasets, snapshot = _datasets([row["id"] for row in found["results"]])
    records = [ogc_records.record(one, site) for one in datasets]
    page = ogc_records.items(records, found["count"], _now(), _turns(query, found["count"]))
    if _wants_html():
        return _html(tk._("Records"), page)
    return _delivered(_json(page, ogc_records.GEOJSON), datasets, snapshot)


@pages.route(f"{ITEMS}/<record_id>")
@feed.guarded("json")
def item(record_id: str) -> Response:
    """Return the record of a dataset; whoever wants HTML is led to its page."""
    ogc_query.refuse_unknown(request.args, frozenset({"f"}))
    found, snapshot = _datasets([record_id])
    if not found:
        raise feed.Problem(404, tk._("No such record"), tk._("There is no public dataset {id}.").format(id=record_id))
    if _wants_html():
        return make_response(redirect(found[0].page, 303))
    response = _json(ogc_records.record(found[0], paging.site()), ogc_records.GEOJSON)
    return _delivered(response, found, snapshot)


def _delivered(response: Response, datasets: Sequence[Dataset], snapshot: str) -> Response:
    """Keep that the records of some datasets left, and return the answer."""
    if deliveries.is_delivered(response):
        ids = (one.entry["identifier"] for one in datasets)
        deliveries.keep_datasets(f"{pages.url_prefix}{ITEMS}", ids, snapshot, response.status_code)
    return response


def _search(query: Query) -> Json:
    """Return what a visitor finds, whoever asks."""
    return tk.get_action("package_search")(search_index.visitor(), ogc_query.search(query))


def _datasets(ids: Sequence[str]) -> tuple[list[Dataset], str]:
    """Return those of some datasets that are public at this moment, in the order of the ids, and the snapshot of it."""
    site = paging.site()
    with store.snapshot() as connection:
        wanted = sa.select(PUBLICATION.c.package_id).where(PUBLICATION.c.package_id.in_(ids), PUBLICATION.c.is_public)
        packages = store.read_datasets(connection, connection.scalars(wanted).all())
        snapshot = published.snapshot(connection)
    found = {package["id"]: package for package in packages}
    return [_dataset(found[one], site) for one in ids if one in found], snapshot


def _dataset(package: Json, site: datajson.Site) -> Dataset:
    return Dataset(
        entry=datajson.told(package, site),
        page=f"{site.url}/dataset/{package['name']}",
        created=datajson.moment(package["metadata_created"]).replace("+00:00", "Z"),
        updated=datajson.moment(package["metadata_modified"]).replace("+00:00", "Z"),
        given=str(package.get("source_identifier") or ""),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _turns(query: Query, matched: int) -> list[Json]:
    """Return the links to this page and to those beside it."""
    asked = {name: value for name, value in request.args.items() if name not in ("offset", "limit", "f")}
    here = f"{ogc_records.root(paging.site())}/collections/{ogc_records.COLLECTION}"

    def address(offset: int, **more: str) -> str:
        return f"{here}/items?{urlencode({**asked, 'limit': query.limit, 'offset': offset, **more})}"

    links = [
        ogc_records.link(address(query.offset), "self", ogc_records.GEOJSON),
        ogc_records.link(address(query.offset, f="html"), "alternate", ogc_records.HTML),
        ogc_records.link(here, "collection"),
    ]
    if query.offset + query.limit < matched:
        links.append(ogc_records.link(address(query.offset + query.limit), "next", ogc_records.GEOJSON))
    if query.offset:
        links.append(ogc_records.link(address(max(query.offset - query.limit, 0)), "prev", ogc_records.GEOJSON))
    return links


def _document(title: str, make: Callable[[], Json]) -> Response:
    """Return one of the documents about the API, in JSON or, under a title, in HTML."""
    ogc_query.refuse_unknown(request.args, frozenset({"f"}))
    found = make()
    return _html(title, found) if _wants_html() else _json(found, ogc_records.JSON)


def _wants_html() -> bool:
    """Tell whether HTML is asked for.

    Raises:
        Problem: 400, by a format that there is not.
    """
    asked = request.args.get("f")
    if asked is None:
        offered = [ogc_records.JSON, ogc_records.GEOJSON, ogc_records.HTML]
        return request.accept_mimetypes.best_match(offered) == ogc_records.HTML
    if asked not in FORMATS:
        raise ogc_query.problem("f", asked, tk._("Expected {names}.").format(names=", ".join(FORMATS)))
    return asked == "html"


def _json(content: Json, media_type: str) -> Response:
    """Return an answer whose entity tag is that of what it says, not of the moment at which it says it."""
    response = Response(json.dumps(content, ensure_ascii=False), content_type=media_type)
    said = {name: value for name, value in content.items() if name != "timeStamp"}
    response.set_etag(hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32], weak=True)
    return response


def _html(title: str, content: Json) -> Response:
    return make_response(tk.render("satudata/ogc.html", {"title": title, "found": content}))


def _description() -> str:
    return tk.config.get("ckan.site_description") or tk.config["ckan.site_title"]
