"""The page of a series of datasets under /seri, and the series in RDF by ending or by Accept."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.publication import feed, rendering

MEDIA_TYPES = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
}

pages = Blueprint("satudata_series", __name__)


@pages.route("/seri/<organization>/<key>")
def show(organization: str, key: str) -> str | AnyResponse:
    """Show a series; this address is its URI."""
    accepted: MIMEAccept = request.accept_mimetypes
    best = accepted.best_match(["text/html", *MEDIA_TYPES], default="text/html")
    if best in MEDIA_TYPES:
        values = {"organization": organization, "key": key, "ending": MEDIA_TYPES[best]}
        return redirect(tk.h.url_for("satudata_series.document", locale="default", **values), 303)
    try:
        found = tk.get_action("satudata_series_show")({}, {"organization": organization, "key": key})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return tk.render("satudata/series.html", {"series": found, "endings": {"ttl": "Turtle", "jsonld": "JSON-LD"}})


@pages.route(f"/seri/<organization>/<key>.<any({','.join(MEDIA_TYPES.values())}):ending>")
@feed.guarded("json")
def document(organization: str, key: str, ending: str) -> Response:
    """Return a series in RDF."""
    body = rendering.series_document(organization, key, ending)
    if body is None:
        raise feed.Problem(404, tk._("No such series"), tk._("No public dataset belongs to this series."))
    media_type = next(one for one, known in MEDIA_TYPES.items() if known == ending)
    return feed.respond(f"series {organization} {key} {ending}", lambda file: file.write(body), media_type)
