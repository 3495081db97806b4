"""The description of all reads under /api/pmi: a page, and OpenAPI 3.1 as JSON and YAML."""

from __future__ import annotations

import json
from itertools import groupby
from typing import IO, Any

import ckan.plugins.toolkit as tk
import yaml
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.publication import feed, paging
from ckanext.satudatapmi.publication.api.document import document, numbers_of
from ckanext.satudatapmi.publication.api.reads import Read, reads
from ckanext.satudatapmi.publication.api.samples import samples
from ckanext.satudatapmi.publication.api.values import LANGUAGES, examples
from ckanext.satudatapmi.text import language

MEDIA_TYPES = {"json": "application/json", "yaml": "application/yaml"}
OPERATION = "operation"
"""Parameter of a form that says which read it is for; the others are the read's own."""

pages = Blueprint("satudata_api", __name__, url_prefix="/api/pmi")


@pages.before_app_request
def refuse_repeated_numbers() -> Response | None:
    """Refuse a number that is given twice to an action, which CKAN takes for a list, and fails at."""
    if request.endpoint != "api.action" or request.method not in ("GET", "HEAD"):
        return None
    numbers = numbers_of((request.view_args or {})["logic_function"])
    errors = {name: [tk._("Give one whole number.")] for name in numbers if len(request.args.getlist(name)) > 1}
    if not errors:
        return None
    refusal = {"success": False, "error": {**errors, "__type": "Validation Error"}}
    return Response(json.dumps(refusal), status=409, content_type="application/json")


@pages.get("", strict_slashes=False)
def console() -> str:
    """Show every read: its parameters, what it answers, code that runs, and a form to try it."""
    found = document(language(), paging.site().url, examples())
    grouped = {name: list(those) for name, those in groupby(reads(found), key=lambda read: read.group)}
    values = {"document": found, "groups": [(tag, grouped[tag["name"]]) for tag in found["tags"]], "samples": _samples}
    return tk.render("satudata/api.html", values)


@pages.get("/coba")
@feed.guarded("json")
def try_read() -> AnyResponse:
    """Lead from the form of a read to the address that it asks for."""
    read = next((one for one in _reads() if one.name == request.args.get(OPERATION)), None)
    if read is None:
        raise feed.Problem(404, tk._("No such read"), tk._("There is no read of this name. See /api/pmi for all."))
    missing = [one.name for one in read.parameters if one.is_required and not request.args.get(one.name)]
    if missing:
        detail = tk._("{names}: fill this in.").format(names=", ".join(missing))
        raise feed.Problem(400, tk._("A parameter is missing"), detail)
    return redirect(read.address(request.args), 303)


@pages.get("/openapi.<any(json,yaml):ending>", endpoint="document")
@feed.guarded("json")
def openapi(ending: str) -> Response:
    """Return the OpenAPI document in the language that is asked for."""
    spoken = _language()
    found = document(spoken, paging.site().url, examples())

    def write(file: IO[bytes]) -> None:
        file.write(_text(found, ending).encode())

    response = feed.respond(f"openapi {spoken}.{ending}", write, MEDIA_TYPES[ending])
    response.headers["Content-Language"] = spoken
    return response


def _text(found: dict[str, Any], ending: str) -> str:
    if ending == "json":
        return json.dumps(found, ensure_ascii=False)
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False)


def _language() -> str:
    """Return the language that is asked for: by `lang`, by the address, or by Accept-Language.

    Raises:
        Problem: 400, `lang` is none that there is.
    """
    named = request.args.get("lang")
    if named and named not in LANGUAGES:
        detail = tk._("lang is {value}; expected one of: {allowed}.")
        raise feed.Problem(
            400, tk._("No such language"), detail.format(value=repr(named), allowed=", ".join(LANGUAGES))
        )
    if named or not request.environ.get("CKAN_LANG_IS_DEFAULT", True):
        return named or language()
    return request.accept_languages.best_match(LANGUAGES) or language()


def _reads() -> list[Read]:
    return reads(document(language(), paging.site().url, {}))


def _samples(read: Read) -> dict[str, str]:
    return samples(read, paging.site().url)
