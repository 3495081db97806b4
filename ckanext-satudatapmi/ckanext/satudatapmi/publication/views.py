"""The public catalogue feeds, /data.json and /catalog.{ttl,nt,jsonld,xml,rdf,n3}, and the shapes of their datasets.

Datasets in RDF are served by ckanext-dcat; the catalogue that Bappenas reads with a token is in national.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import chain
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.dcat import utils as dcat
from flask import Blueprint, Response, make_response, request

from ckanext.satudatapmi.figures.store import loads
from ckanext.satudatapmi.publication import (
    brief_feed,
    catalogues,
    change_feed,
    croissant_pages,
    csw,
    datajson,
    dump_pages,
    feed,
    national,
    ogc_pages,
    paging,
    published,
    rendering,
    revision_feed,
    sdmx_pages,
    search_index,
    sitemap,
    table_downloads,
)
from ckanext.satudatapmi.publication.mirror import mirror_fields_for_harvesters
from ckanext.satudatapmi.schemas import vocabularies

__all__ = ["get_blueprints", "mirror_fields_for_harvesters"]

STOCK_PARAMETERS = ("q", "fq", "profiles")
OUR_PROFILE = "satudatapmi"
MEDIA_TYPES = {**dcat.CONTENT_TYPES, "nt": "application/n-triples"}
RDF_NOTATIONS = {"ttl": "ttl", "n3": "ttl", "xml": "xml", "rdf": "xml", "jsonld": "jsonld", "nt": "nt"}
"""By the ending of the address the notation in which fragments are kept; Turtle is N3, too."""

feeds = Blueprint("satudatapmi_feeds", __name__)


def get_blueprints() -> list[Blueprint]:
    """Return the blueprints of the feeds."""
    return [
        feeds,
        national.feeds,
        csw.service,
        ogc_pages.pages,
        table_downloads.pages,
        revision_feed.feeds,
        brief_feed.feeds,
        sdmx_pages.service,
        dump_pages.pages,
        change_feed.pages,
        sitemap.pages,
        croissant_pages.pages,
    ]


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
        response.headers["Content-Disposition"] = re.sub("^(inline|attachment|)", "attachment", shown)
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@feeds.route("/ns/sdi-shapes.ttl", endpoint="sdi_shapes")
@feed.guarded("json")
def sdi_shapes() -> Response:
    """Return what Satu Data Indonesia asks of the metadata of a dataset, as SHACL shapes."""
    content = (vocabularies.HERE / "sdi-shapes.ttl").read_bytes()
    return feed.respond("sdi-shapes.ttl", lambda file: file.write(content), "text/turtle; charset=utf-8")


@feeds.route("/data.json", endpoint="data_json")
@feed.guarded("xml")
def data_json() -> Response:
    """Return the catalogue for the national portal.

    It is the whole of it, or with `per_page` a page. The stock harvester asks for its address, then for pages 2, 3, ...
    of it until one is missing: so the whole has no page 2, or that harvester would make every dataset twice.
    `organization` and `modified_since` say which datasets.
    """
    asked, site = catalogues.asked(request.args, paging.page_size()), paging.site()
    # The stock harvester adds its page behind the one that the address may have: the last one counts.
    pages = request.args.getlist("page") or ["1"]
    is_whole = paging.ALL in pages or "per_page" not in asked.parameters
    if is_whole and paging.ALL not in pages and feed.page_number(pages[-1]) > 1:
        raise _no_size_of_pages(asked.size)
    response, page = catalogues.respond(_data_json(site), [paging.ALL] if is_whole else pages, asked)
    links = paging.links_to_pages if is_whole else paging.links
    response.headers.extend(links(page, f"{site.url}/data.json", asked.parameters))
    return response


def _no_size_of_pages(size: int) -> feed.Problem:
    detail = tk._("Without `per_page` the whole catalogue is one page. Pages are had by `?per_page={size}&page=1`.")
    return feed.Problem(404, tk._("No such page"), detail.format(size=size))


def _data_json(site: datajson.Site) -> catalogues.Served:
    document = catalogues.Document(b"", partial(paging.document, datajson.header(site)), lambda *_datasets: ())
    about = "/data.json", "application/json", rendering.DATA_JSON
    return catalogues.Served(*about, document=lambda *_about: document, state=lambda _connection: "")


def catalog(extension: str) -> Response:
    """Return a page of the catalogue in RDF, or with `?page=all` the whole of it.

    Pages are as those of /data.json. A search (`q`, `fq`) and other profiles, asked for or configured, are answered by
    ckanext-dcat.
    """
    is_ours = tk.config["ckanext.dcat.rdf.profiles"] == OUR_PROFILE
    if not is_ours or any(request.args.get(name) for name in STOCK_PARAMETERS):
        response = make_response(dcat.read_catalog_page(extension))
        search_index.refuse_behind()
        return response
    asked = catalogues.asked(request.args, tk.asint(tk.config["ckanext.dcat.datasets_per_page"]))
    return catalogues.respond(_rdf(extension, asked), [request.args.get("page") or "1"], asked)[0]


def _rdf(extension: str, asked: catalogues.Asked) -> catalogues.Served:
    notation = RDF_NOTATIONS[extension]

    def document(connection: sa.Connection, page: published.Page, is_whole: bool) -> catalogues.Document:
        head = rendering.catalogue_head(connection, _pages(page, extension, asked, is_whole=is_whole), notation)
        are_all_told = is_whole and asked.selection == published.EVERYTHING

        def related(connection: sa.Connection, datasets: Sequence[published.Published]) -> list[bytes]:
            ids = [one.package_id for one in datasets]
            return rendering.relations(connection, ids, notation, among_all=are_all_told)

        return catalogues.Document(
            head, lambda fragments: rendering.document(chain([head], fragments), notation), related
        )

    about = f"/catalog.{extension}", MEDIA_TYPES[extension], notation
    return catalogues.Served(*about, document=document, state=loads.state_of_feeding)


def _pages(page: published.Page, extension: str, asked: catalogues.Asked, *, is_whole: bool) -> dict[str, str | int]:
    """Return the pages one can turn to; of the whole catalogue only how much it holds."""
    address = f"{dcat.catalog_uri().rstrip('/')}/catalog.{extension}"
    if is_whole:
        return {"current": f"{address}?{urlencode({**asked.parameters, 'page': paging.ALL})}", "count": page.total}
    turns = {"current": page.number} | {rel.replace("prev", "previous"): other for rel, other in paging.turns(page)}
    query = {rel: urlencode({**asked.parameters, "page": other}) for rel, other in turns.items()}
    links = {rel: f"{address}?{text}" for rel, text in query.items()}
    return links | {"count": page.total, "items_per_page": page.size}


def _add_catalogs() -> None:
    """Register one route a format. These are more exact than ckanext-dcat's /catalog.<format>, so they win."""
    for extension in RDF_NOTATIONS:
        # A problem in JSON is no RDF in XML or Turtle; as JSON-LD it would be an empty catalogue.
        view = feed.guarded("xml" if extension == "jsonld" else "json")(partial(catalog, extension))
        feeds.add_url_rule(f"/catalog.{extension}", endpoint=f"catalog_{extension}", view_func=view)


_add_catalogs()
