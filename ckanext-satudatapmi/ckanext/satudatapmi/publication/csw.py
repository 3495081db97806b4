"""The catalogue service for maps (CSW 2.0.2) at /csw: questions are handed on to pycsw, a process of its own.

Before a question is handed on, the records of what changed are made anew; so an edit is seen at once, and no answer
leaves out a public dataset. A record of a dataset that is not public any more is not seen from that moment on: the view
that pycsw reads looks it up.
"""

from __future__ import annotations

import logging
from urllib.parse import unquote

import ckan.plugins.toolkit as tk
import requests
from flask import Blueprint, Response, request
from urllib3.exceptions import HTTPError

from ckanext.satudatapmi.publication import deliveries, feed, iso_records, published, store
from ckanext.satudatapmi.publication.moments import Moment

log = logging.getLogger(__name__)

RENEWED_AT_ONCE = 500
"""How many records are made while somebody waits; the background job makes more."""
MOST_BYTES = 1024**2
TOLD = "X-Records"
"""Header of the service: which datasets are in its answer (config/csw/service.py)."""
CONNECT_SECONDS, ANSWER_SECONDS = 5, 60
ASKED_WITH = ("Accept", "Content-Type")
ANSWERED_WITH = ("Content-Type", "Content-Encoding", "Retry-After", "Vary")

_ready: list[Moment] = []
"""The moment at which this process last saw every record made; none, or one alone."""

service = Blueprint("satudatapmi_csw", __name__)


@service.route("/csw", methods=["GET", "POST"], endpoint="csw")
@feed.guarded("ows")
def answer() -> Response:
    """Return what pycsw answers, the whole of it or none."""
    address = tk.config["ckanext.satudatapmi.csw.url"]
    if not address:
        raise feed.Problem(
            404,
            tk._("No catalogue service"),
            tk._("This portal has no CSW; its feeds are /data.json and /catalog.ttl."),
        )
    # Whatever was changed before has its record by the time that the service is asked.
    with store.snapshot() as connection:
        snapshot = published.snapshot(connection)
    _make_ready()
    response, told = _handed_on(address)
    if deliveries.is_delivered(response):
        deliveries.keep_datasets(request.path, told, snapshot, response.status_code)
    return response


def _make_ready() -> None:
    """Make the records of what changed since the last question.

    Raises:
        Problem: 503, the service would not answer with all there is.
    """
    if _ready and not iso_records.changed_since(_ready[0]):
        return
    moment = iso_records.now()
    made = iso_records.renew_changed(RENEWED_AT_ONCE)
    public, without = iso_records.counts()
    if not public:
        raise feed.no_datasets()
    if without:
        raise feed.Problem(
            503,
            tk._("Catalogue being prepared"),
            tk._("Not every dataset has its record yet. Keep what you hold and try again later."),
        )
    if made < RENEWED_AT_ONCE:
        _ready[:] = [moment]


def _handed_on(address: str) -> tuple[Response, list[str]]:
    """Return the answer of the service at an address, and the ids of the datasets in it.

    Raises:
        Problem: 503, it does not answer, or broke off.
        RequestEntityTooLarge: the question is longer than any.
    """
    request.max_content_length = MOST_BYTES
    headers = {name: request.headers[name] for name in ASKED_WITH if name in request.headers}
    # Left alone, requests would ask for gzip in the name of clients that cannot read it.
    headers["Accept-Encoding"] = "gzip" if request.accept_encodings["gzip"] > 0 else "identity"
    with requests.Session() as session:
        session.trust_env = False
        try:
            found = session.request(
                request.method,
                address,
                params=request.query_string,
                data=request.get_data(),
                headers=headers,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                stream=True,
            )
            body = found.raw.read(decode_content=False)
        except (requests.RequestException, HTTPError) as error:
            log.warning("the catalogue service does not answer: %s", error)
            raise feed.away() from error
    response = Response(body, status=found.status_code)
    for name in ANSWERED_WITH:
        if name in found.headers:
            response.headers[name] = found.headers[name]
    response.headers["Cache-Control"] = "no-store"
    return response, [unquote(one) for one in found.headers.get(TOLD, "").replace(" ", "").split(",") if one]
