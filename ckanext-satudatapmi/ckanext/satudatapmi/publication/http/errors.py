"""Errors at addresses that programs read are problems (RFC 9457); everywhere else they are pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from flask import Response, make_response, request
from werkzeug.exceptions import HTTPException

from ckanext.satudatapmi.publication import feed
from ckanext.satudatapmi.publication.http import rules

if TYPE_CHECKING:
    from ckan.types import CKANApp

log = logging.getLogger(__name__)

IN_XML = ("/data.json", ".jsonld", "/api/pmi/changes")
"""How addresses end whose readers would take a problem in JSON for a catalogue without datasets (feed.py)."""
NUL = "\x00"
OF_THE_BODY = frozenset({"content-type", "content-length"})


def prepare(app: CKANApp) -> None:
    """Put a hand before each of CKAN's handlers of errors."""
    for handlers in app.error_handler_spec[None].values():
        for kind, stock in handlers.items():
            handlers[kind] = partial(answer, stock)
    app.before_request(refuse_nul)


def refuse_nul() -> None:
    """Refuse a request with the character NUL, which no text of PostgreSQL can hold: asked for it, it fails."""
    if NUL in request.path or any(NUL in text for pair in request.args.items(multi=True) for text in pair):
        tk.abort(400, tk._("The address holds the character NUL, which no text here has. Leave it out."))


def answer(stock: Callable[[Any], Any], error: Exception) -> Response:
    """Return what is sent for an error.

    Args:
        stock: makes CKAN's page.
        error: that a view raised, or that there is no view.
    """
    error = getattr(error, "original_exception", None) or error
    known = error if isinstance(error, HTTPException) else None
    if not rules.is_for_programs(request.path) or _wants_page():
        response = make_response(stock(error))
    else:
        if known is None:
            log.error("%s failed", request.path, exc_info=error)
        response = feed.respond_problem(_problem(error), _notation(request.path))
    # CKAN's page leaves out what else an error says: Allow, Content-Range, Retry-After.
    for name, value in known.get_response().headers if known else ():
        if name.lower() not in OF_THE_BODY:
            response.headers[name] = value
    return response


def _problem(error: Exception) -> feed.Problem:
    if isinstance(error, HTTPException):
        return feed.Problem(error.code or 500, error.name, error.description or "")
    if isinstance(error, feed.AWAY):
        return feed.away()
    detail = tk._("The request could not be answered. The operator finds the cause in the log.")
    return feed.Problem(500, tk._("Something went wrong on our side"), detail)


def _notation(path: str) -> feed.Notation:
    if path == "/csw":
        return "ows"
    return "xml" if path.endswith(IN_XML) else "json"


def _wants_page() -> bool:
    """Tell whether the client names HTML, as browsers do; `*/*` names nothing."""
    return any(media_type == "text/html" for media_type, quality in request.accept_mimetypes if quality > 0)
