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
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode
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
Start = Callable[[str, list[tuple[str, str]]], Any]
Answer = tuple[str, str, bytes]


def application(environment: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer one request."""
    try:
        status, media_type, body = answer(environment)
    except Exception:
        log.exception("the question could not be answered")
        status, media_type, body = _report("500 Internal Server Error", "NoApplicableCode", "The service has a fault.")
    headers = [("Content-Type", media_type), ("Vary", "Accept-Encoding")]
    if status.startswith("503"):
        headers.append(("Retry-After", RETRY_SECONDS))
    if "gzip" in environment.get("HTTP_ACCEPT_ENCODING", ""):
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    start(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def answer(environment: dict[str, Any]) -> Answer:
    """Return HTTP status, media type and body of the answer to a request."""
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
    return "400 Bad Request" if catalogue.exception else status, catalogue.contenttype, body


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
    return status, "application/xml", body.encode()
