"""The pages of the code lists under /kode: a list, a code, and both for machines by ending or by Accept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.publication import code_datasets, code_tables, codes
from ckanext.satudatapmi.reference.published import CodeListInfo, Concept

PAGE_SIZE = 100
ENDINGS = ("json", "ttl", "jsonld", "xml", "csv")
MEDIA_TYPES = {media: ending for ending, (_serializer, media) in codes.FORMATS.items()} | {"application/json": "json"}

pages = Blueprint("satudata_codes", __name__)


@pages.route("/kode")
def lists() -> str | Response:
    """Show every published code list."""
    found = tk.get_action("satudata_code_list_list")({}, {})
    if _wanted() == "json":
        return _json(found)
    return tk.render("satudata/code_lists.html", {"lists": found})


@pages.route("/kode/<name>")
def code_list(name: str) -> str | AnyResponse:
    """Show the codes of a list, those that a text finds first."""
    if (ending := _wanted()) in (*codes.FORMATS, "json"):
        return redirect(tk.h.url_for("satudata_codes.code_list_file", name=name, ending=ending, locale="default"), 303)
    query = {"list": name, "q": request.args.get("q", ""), "limit": PAGE_SIZE, "offset": _offset()}
    try:
        found = tk.get_action("satudata_code_list_show")({}, query)
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    values = {"found": found, "q": query["q"], "offset": query["offset"], "page_size": PAGE_SIZE}
    values["dataset"] = _dataset(name)
    return tk.render("satudata/code_list.html", values)


@pages.route(f"/kode/<name>.<any({','.join(ENDINGS)}):ending>")
def code_list_file(name: str, ending: str) -> Response | tuple[str, int]:
    """Return a whole list as JSON, CSV or SKOS."""
    try:
        info, concepts = codes.open_list(name)
    except codes.UnknownCode as error:
        return tk.abort(404, str(error))
    if ending == "csv":
        return _csv(info, concepts)
    if ending == "json":
        return _json(tk.get_action("satudata_code_list_show")({}, {"list": name}))
    return _rdf(info, concepts, ending)


@pages.route("/kode/<name>/<code>")
def code_show(name: str, code: str) -> str | AnyResponse:
    """Show a code; this address is the code's URI."""
    if (ending := _wanted()) in (*codes.FORMATS, "json"):
        address = tk.h.url_for("satudata_codes.code_file", name=name, code=code, ending=ending, locale="default")
        return redirect(address, 303)
    try:
        found = tk.get_action("satudata_code_show")({}, {"list": name, "code": code})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return tk.render("satudata/code.html", {"code": found})


@pages.route("/kode/<name>/<code>.<any(json,ttl,jsonld,xml):ending>")
def code_file(name: str, code: str, ending: str) -> Response | tuple[str, int]:
    """Return a code as JSON or SKOS."""
    try:
        info, concept, _all = codes.open_code(name, code)
    except codes.UnknownCode as error:
        return tk.abort(404, str(error))
    if ending == "json":
        return _json(tk.get_action("satudata_code_show")({}, {"list": name, "code": code}))
    return _rdf(info, [concept], ending)


def _wanted() -> str:
    """Return the ending for what the reader accepts best; "" for a browser, and where nothing is asked for."""
    accepted: MIMEAccept = request.accept_mimetypes
    best = accepted.best_match(["text/html", *MEDIA_TYPES], default="text/html")
    return MEDIA_TYPES.get(best or "", "")


def _offset() -> int:
    wanted = request.args.get("offset", "")
    return int(wanted) if wanted.isdecimal() and len(wanted) < 7 else 0


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")


def _rdf(info: CodeListInfo, concepts: Iterable[Concept], ending: str) -> Response:
    content = codes.serialize(codes.graph(info, concepts, tk.config["ckan.site_url"]), ending)
    return Response(content, mimetype=codes.FORMATS[ending][1])


def _csv(info: CodeListInfo, concepts: tuple[Concept, ...]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{info.name}.csv"'}
    text = code_tables.as_csv(info, concepts, tk.config["ckan.site_url"])
    return Response(text, mimetype="text/csv", headers=headers)


def _dataset(name: str) -> dict[str, Any] | None:
    """Return the dataset of a code list, None where it was not published."""
    try:
        return tk.get_action("package_show")({}, {"id": code_datasets.dataset_name(name)})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
