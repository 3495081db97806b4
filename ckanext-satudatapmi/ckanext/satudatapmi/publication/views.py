"""The public catalogue feeds: /data.json and /catalog.{ttl,jsonld,xml,rdf,n3}.

Datasets in RDF are served by ckanext-dcat; the catalogue that Bappenas reads with a token is in national.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from typing import IO, Any

import ckan.plugins.toolkit as tk
from ckanext.dcat import utils as dcat
from ckanext.dcat.processors import RDFSerializer
from flask import Blueprint, Response, make_response, request

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.publication import datajson, feed, national, paging, store
from ckanext.satudatapmi.publication.dcat import SCORES
from ckanext.satudatapmi.publication.mirror import mirror_fields_for_harvesters

__all__ = ["get_blueprints", "mirror_fields_for_harvesters"]

STOCK_PARAMETERS = ("q", "fq", "modified_since", "profiles")

feeds = Blueprint("satudatapmi_feeds", __name__)
feeds.after_request(feed.allow_other_sites)


def get_blueprints() -> list[Blueprint]:
    """Return the blueprints of the feeds."""
    return [feeds, national.feeds]


@feeds.before_app_request
def refuse_unknown_formats() -> None:
    """Answer to /catalog.foo and /dataset/x.foo that there is no such page; ckanext-dcat fails there."""
    if request.endpoint in ("dcat.read_catalog", "dcat.read_dataset"):
        extension = (request.view_args or {}).get("_format")
        if extension and extension not in dcat.CONTENT_TYPES:
            tk.abort(404)


@feeds.after_app_request
def never_run_files(response: Response) -> Response:
    """Have browsers save uploaded files, and take no answer for another type than it says.

    A partner's file is stored as it came. Shown as a page of this site, a script in it could act for whoever is
    logged in.
    """
    response.headers["X-Content-Type-Options"] = "nosniff"
    if (request.endpoint or "").endswith(".download"):
        shown = response.headers.get("Content-Disposition", "")
        response.headers["Content-Disposition"] = f"attachment{shown.removeprefix('inline')}" if shown else "attachment"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@feeds.route("/data.json", endpoint="data_json")
@feed.guarded("xml")
def data_json() -> Response:
    """Return the catalogue for the national portal.

    Without a parameter, and with `?page=1`, it is the first page: the stock harvester asks so, then for pages 2, 3, ...
    until one is missing. `?page=all` is everything at once, for readers that do not turn pages.
    """
    site = paging.site()
    pages = request.args.getlist("page") or ["1"]
    if paging.ALL in pages:
        if not store.read_page(1, 1).total:
            raise feed.no_datasets()
        return feed.respond(f"data.json {paging.ALL}", partial(_write, store.read_all(), site), "application/json")
    # The stock harvester adds its page behind the one that the address may have: the last one counts.
    page = paging.filled(store.read_page(feed.page_number(pages[-1]), paging.page_size()), feed.no_datasets())
    response = feed.respond(f"data.json {page.number}", partial(_write, page.datasets, site), "application/json")
    response.headers.extend(paging.links(page, f"{site.url}/data.json"))
    return response


def _write(packages: Iterable[Mapping[str, Any]], site: datajson.Site, file: IO[bytes]) -> None:
    paging.write(datajson.header(site), (datajson.entry(package, site) for package in packages), file)


def catalog(extension: str) -> Response:
    """Return a page of the catalogue in RDF, in the order of dataset ids: stock orders by date, and pages shift.

    A search (`q`, `fq`, `modified_since`) and other `profiles` are answered by ckanext-dcat.
    """
    if any(request.args.get(name) for name in STOCK_PARAMETERS):
        return make_response(dcat.read_catalog_page(extension))
    number = feed.page_number(request.args.get("page") or "1")
    size = tk.asint(tk.config["ckanext.dcat.datasets_per_page"])
    found = _with_scores(paging.filled(store.read_page(number, size), feed.no_datasets()))
    etag = _digest([found.datasets, found.total, extension, tk.config["ckan.site_title"]])
    write = partial(_write_rdf, found, extension)
    return feed.respond(f"catalog.{extension} {found.number}", write, dcat.CONTENT_TYPES[extension], etag)


def _with_scores(page: store.Page) -> store.Page:
    """Return a page with what each dataset scored when it was last measured; they are part of what the feed says."""
    scores = history.latest_scores(package["id"] for package in page.datasets)
    return replace(page, datasets=tuple(one | {SCORES: scores.get(one["id"], [])} for one in page.datasets))


def _write_rdf(page: store.Page, extension: str, file: IO[bytes]) -> None:
    changed = page.modified.isoformat() if page.modified else None
    datasets = [dict(package) for package in page.datasets]
    text = RDFSerializer().serialize_catalog({"modified": changed}, datasets, extension, _hydra(page, extension))
    file.write(text.encode())


def _hydra(page: store.Page, extension: str) -> dict[str, Any]:
    address = f"{dcat.catalog_uri().rstrip('/')}/catalog.{extension}"
    turns = {rel.replace("prev", "previous"): f"{address}?page={number}" for rel, number in paging.turns(page)}
    current = {"current": f"{address}?page={page.number}"}
    return current | turns | {"count": page.total, "items_per_page": page.size}


def _digest(content: Any) -> str:
    text = json.dumps([_code_version(), dcat.catalog_uri(), content], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _code_version() -> str:
    """Return a digest of the code and the tables that make RDF from a dataset: another version says other things."""
    total = hashlib.sha256()
    for room in ("publication", "schemas"):
        for path in sorted(files(f"ckanext.satudatapmi.{room}").iterdir(), key=lambda item: item.name):
            if path.name.endswith((".py", ".yaml")):
                total.update(path.read_bytes())
    return total.hexdigest()


def _add_catalogs() -> None:
    """Register one route a format. These are more exact than ckanext-dcat's /catalog.<format>, so they win."""
    for extension in dcat.CONTENT_TYPES:
        # A problem in JSON is no RDF in XML or Turtle; as JSON-LD it would be an empty catalogue.
        view = feed.guarded("xml" if extension == "jsonld" else "json")(partial(catalog, extension))
        feeds.add_url_rule(f"/catalog.{extension}", endpoint=f"catalog_{extension}", view_func=view)


_add_catalogs()
