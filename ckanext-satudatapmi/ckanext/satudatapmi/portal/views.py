"""The public pages that CKAN has not: the harvest sources, and what the portal says about itself."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.portal import harvest_pages, harvest_words
from ckanext.satudatapmi.schemas import vocabularies

ERRORS_A_PAGE = 50
SOURCES_A_PAGE = 50
COLUMNS = (
    "name",
    "title",
    "organization",
    "protocol",
    "url",
    "frequency",
    "datasets",
    "health",
    "last_checked",
    "last_harvest_finished",
    "last_harvest_errors",
    "next_run",
)

RETURNEE_TABLES = 10
"""How many datasets on returnees the page shows."""

pages = Blueprint("satudata", __name__)


def get_blueprints() -> list[Blueprint]:
    """Return the blueprints."""
    return [pages]


@pages.before_app_request
def drop_broken_order() -> AnyResponse | None:
    """Lead an order with an empty part, as in `sort=,`, to the page without it; CKAN fails there."""
    order = request.args.get("sort", "")
    if not order or all(part.strip() for part in order.split(",")) or request.endpoint == "api.action":
        return None
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "sort"]
    return redirect(f"{request.path}?{urlencode(kept)}" if kept else request.path)


@pages.route("/sumber")
def source_list() -> str:
    """Show the harvest sources, those that need attention most first."""
    return _found_sources(proposed=False)


@pages.route("/sumber/usulan")
def proposed_sources() -> str | AnyResponse:
    """Show operators the proposed sources that they may accept."""
    if not tk.current_user.is_authenticated:
        return redirect(tk.h.url_for("user.login", came_from=tk.h.url_for("satudata.proposed_sources")))
    return _found_sources(proposed=True)


@pages.route("/sumber/protokol")
def protocols() -> str:
    """Show how a source can be harvested, with the options of each protocol."""
    return tk.render("satudata/protocols.html", tk.get_action("satudata_protocol_list")({}, {}))


def _found_sources(proposed: bool) -> str:
    page = harvest_pages.page_number()
    asked = {name: request.args.get(name, "").replace("\0", "") for name in ("q", "health", "protocol")}
    wanted = asked | {"proposed": proposed, "offset": (page - 1) * SOURCES_A_PAGE, "limit": SOURCES_A_PAGE}
    found = tk.get_action("satudata_source_search")({}, wanted)
    here = tk.h.url_for("satudata.proposed_sources" if proposed else "satudata.source_list")
    filters = urlencode({name: value for name, value in asked.items() if value})
    values = {
        "found": found,
        "asked": asked,
        "proposed": proposed,
        "page": page,
        "pages": -(-found["count"] // SOURCES_A_PAGE),
        "address": f"{here}?{filters}" if filters else here,
        "words": harvest_words,
    }
    return tk.render("satudata/source_list.html", values)


@pages.route("/sumber.csv")
def source_list_csv() -> Response:
    """Return the harvest sources as CSV (RFC 4180, UTF-8)."""
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_row(source) for source in _sources())
    headers = {"Content-Disposition": 'attachment; filename="sumber.csv"'}
    return _for_everyone(Response(text.getvalue(), mimetype="text/csv", headers=headers))


@pages.route("/sumber.json")
def source_list_json() -> Response:
    """Return the harvest sources as JSON, as the action satudata_source_list gives them."""
    return _for_everyone(Response(json.dumps(_sources(), ensure_ascii=False), mimetype="application/json"))


@pages.route("/sumber/<name>")
def source_show(name: str) -> str | tuple[str, int]:
    """Show one harvest source, its latest harvests and what the last one could not take."""
    page = harvest_pages.page_number()
    wanted = {"id": name, "offset": (page - 1) * ERRORS_A_PAGE, "limit": ERRORS_A_PAGE}
    try:
        source = tk.get_action("satudata_source_show")({}, wanted)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no harvest source named {name}").format(name=name))
    pages_of_errors = -(-source["errors"]["count"] // ERRORS_A_PAGE)
    values = {"source": source, "page": page, "pages": pages_of_errors, "page_size": ERRORS_A_PAGE}
    values |= {"history": harvest_pages.history_of(name), "words": harvest_words}
    return tk.render("satudata/source.html", values)


@pages.route("/dasar-hukum")
def legal_basis() -> str:
    """Show the law that the portal rests on, and the bodies it works with."""
    listed = vocabularies.read_yaml("legal_basis.yaml")
    wanted = {"organizations": [one["name"] for one in listed["bodies"]], "all_fields": True}
    titles = {one["name"]: one["title"] for one in tk.get_action("organization_list")({}, wanted)}
    bodies = [one | {"title": titles[one["name"]]} for one in listed["bodies"] if one["name"] in titles]
    return tk.render("satudata/legal_basis.html", listed | {"bodies": bodies})


@pages.route("/kepulangan")
def returnees() -> str:
    """Show the tables on those who came home, and what nobody has published of them."""
    listed = vocabularies.read_yaml("returnees.yaml")
    tagged = f'dataset_type:dataset tags:"{listed["keyword"]}"'
    found = tk.get_action("package_search")({}, {"fq": tagged, "rows": RETURNEE_TABLES, "sort": "title_string asc"})
    return tk.render("satudata/returnees.html", listed | {"datasets": found["results"]})


@pages.route("/aksesibilitas")
def accessibility() -> str:
    """Show the accessibility statement."""
    return tk.render("satudata/accessibility.html")


def _sources() -> list[dict[str, Any]]:
    return tk.get_action("satudata_source_list")({}, {})


def _row(source: dict[str, Any]) -> dict[str, Any]:
    harvest = source["last_harvest"] or {}
    return source | {
        "organization": (source["organization"] or {}).get("title", ""),
        "last_harvest_finished": harvest.get("finished", ""),
        "last_harvest_errors": harvest.get("errors", ""),
    }


def _for_everyone(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
