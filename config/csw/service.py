"""The catalogue service for maps (CSW 2.0.2) as a WSGI application: pycsw, asked only what it is there for.

pycsw's own application takes the path of its configuration from whoever asks, sends answers by mail and FTP where a
question wants it, and reports every fault as a fault of the question, with HTTP status 200.
"""

from __future__ import annotations

import configparser
import gzip
import io
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode
from xml.sax.saxutils import escape

import records
from pycsw import server

log = logging.getLogger(__name__)

VERSION = "2.0.2"
REFUSED = {"config", "mode", "responsehandler", "distributedsearch"}
"""Parameters that are left out: another configuration or protocol, answers to somewhere else, other catalogues."""
REFUSED_ELEMENTS = (b"ResponseHandler", b"DistributedSearch")
MOST_BYTES = 1024**2
RETRY_SECONDS = "120"
TOLD = "X-Records"
"""Header for the portal, which passes it on to nobody: identifiers of the records in the answer, percent-encoded."""
TOLD_AT_ONCE = 1000
"""Identifiers in one such header: clients of HTTP take lines of 64 KiB."""
Start = Callable[[str, list[tuple[str, str]]], Any]


class Answer(NamedTuple):
    """An answer: HTTP status, media type, body, and the identifiers of the records in it."""

    status: str
    media_type: str
    body: bytes
    told: Sequence[str] = ()


def application(environment: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer one request."""
    try:
        given = answer(environment)
    except Exception:
        log.exception("the question could not be answered")
        given = _report("500 Internal Server Error", "NoApplicableCode", "The service has a fault.")
    body = given.body
    headers = [("Content-Type", given.media_type), ("Vary", "Accept-Encoding")]
    if given.status.startswith("503"):
        headers.append(("Retry-After", RETRY_SECONDS))
    headers += [(TOLD, ",".join(quote(one, safe="") for one in some)) for some in _some(given.told)]
    if "gzip" in environment.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    start(given.status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def answer(environment: dict[str, Any]) -> Answer:
    """Return the answer to a request."""
    pairs = parse_qsl(environment.get("QUERY_STRING", ""), keep_blank_values=True)
    environment["QUERY_STRING"] = urlencode([pair for pair in pairs if pair[0].lower() not in REFUSED])
    if environment["REQUEST_METHOD"] == "POST" and (refusal := _refusal(environment)):
        return refusal
    catalogue = server.Csw(_configuration(), environment, version=VERSION)
    catalogue.context.model["parameters"]["version"]["values"] = [VERSION]
    try:
        status, body = catalogue.dispatch_wsgi()
    except records.AWAY as error:
        return _away(error)
    if catalogue.repository.failure:
        return _away(catalogue.repository.failure)
    if catalogue.exception:
        return Answer("400 Bad Request", catalogue.contenttype, body)
    return Answer(status, catalogue.contenttype, body, list(_told(catalogue.repository.found, body)))


def _told(identifiers: Iterable[str], body: bytes) -> Iterator[str]:
    """Yield those of some identifiers that are in an answer, in order: pycsw reads records that it only counts, too."""
    place = 0
    for one in identifiers:
        found = body.find(one.encode(), place)
        if found >= 0:
            place = found
            yield one


def _some(identifiers: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many identifiers at once as one header takes."""
    for first in range(0, len(identifiers), TOLD_AT_ONCE):
        yield identifiers[first : first + TOLD_AT_ONCE]


def _refusal(environment: dict[str, Any]) -> Answer | None:
    """Return why a posted question is not answered; None if it is."""
    size = int(environment.get("CONTENT_LENGTH") or 0)
    if size > MOST_BYTES:
        text = f"The question has {size} bytes; the most is {MOST_BYTES}."
        return _report("413 Content Too Large", "InvalidParameterValue", text)
    question = environment["wsgi.input"].read(size)
    environment["wsgi.input"] = io.BytesIO(question)
    for name in REFUSED_ELEMENTS:
        if name in question:
            return _report("400 Bad Request", "OptionNotSupported", f"{name.decode()} is not supported.")
    return None


def _away(error: Exception) -> Answer:
    log.error("the database does not answer: %s", error)
    text = "The catalogue cannot be read at the moment. It is not empty: keep what you hold and try again later."
    return _report("503 Service Unavailable", "NoApplicableCode", text)


def _configuration() -> configparser.ConfigParser:
    """Return pycsw's configuration, read anew each time: pycsw writes into it."""
    parser = configparser.ConfigParser(interpolation=None)
    with open(os.environ["PYCSW_CONFIG"], encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _report(status: str, code: str, text: str) -> Answer:
    """Return an ExceptionReport of OWS 1.0, as clients of CSW 2.0.2 read it."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.2.0" language="en-US">'
        f'<ows:Exception exceptionCode="{code}"><ows:ExceptionText>{escape(text)}</ows:ExceptionText></ows:Exception>'
        "</ows:ExceptionReport>\n"
    )
    return Answer(status, "application/xml", body.encode())
