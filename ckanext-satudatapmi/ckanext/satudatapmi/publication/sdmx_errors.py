"""Errors of the SDMX service: as SDMX's error message for who reads XML, as RFC 9457 has them for all others.

A problem in JSON also has the member `errors` of SDMX-JSON. Semantic errors are answered 400, not 403 or 422 as the two
versions of SDMX REST have it: nobody is forbidden anything here, and what is to be done is the same as for a syntax
error. A slice without figures is answered 404: 204, which REST 2.0 prefers, could not say why, and pysdmx 1.21 fails on
it.
"""

from __future__ import annotations

from collections.abc import Callable

import ckan.plugins.toolkit as tk
from flask import Response
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.figures.sdmx import errors
from ckanext.satudatapmi.figures.sdmx.errors import SdmxError
from ckanext.satudatapmi.publication import feed
from ckanext.satudatapmi.text import language

NOT_ACCEPTABLE = 406
"""SDMX has no code of its own for a format that is not there."""
STATUS_OF = {errors.NO_RESULTS: 404, errors.SYNTAX: 400, errors.SEMANTIC: 400, errors.TOO_LARGE: 413}
"""HTTP status by SDMX code, where they differ."""
TITLES: dict[int, Callable[[], str]] = {
    errors.NO_RESULTS: lambda: tk._("No results found"),
    errors.SYNTAX: lambda: tk._("Syntax error"),
    errors.SEMANTIC: lambda: tk._("Semantic error"),
    NOT_ACCEPTABLE: lambda: tk._("Format not available"),
    errors.INTERNAL: lambda: tk._("Internal server error"),
    errors.NOT_IMPLEMENTED: lambda: tk._("Not implemented"),
    errors.UNAVAILABLE: lambda: tk._("Service unavailable"),
    errors.TOO_LARGE: lambda: tk._("Response size exceeds service limit"),
}
MESSAGE, COMMON = (f"http://www.sdmx.org/resources/sdmxml/schemas/v2_1/{part}" for part in ("message", "common"))
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def unavailable() -> SdmxError:
    """Return the error of a database that is away."""
    words = tk._("The figures cannot be read at the moment. Keep what you hold and try again later.")
    return SdmxError(errors.UNAVAILABLE, words)


def failed() -> SdmxError:
    """Return the error of a fault of ours."""
    words = tk._("The answer could not be made, so nothing was sent. The operator finds the cause in the log.")
    return SdmxError(errors.INTERNAL, words)


def respond(error: SdmxError, notation: feed.Notation) -> Response:
    """Return an error as an answer.

    Args:
        error: why there is no other answer.
        notation: in which it is written.
    """
    status, title = STATUS_OF.get(error.code, error.code), TITLES[error.code]()
    if notation == "xml":
        return feed.refusal(_message(error, title), status, "application/xml")
    told = [{"code": error.code, "title": title, "detail": error.detail}]
    return feed.respond_problem(feed.Problem(status, title, error.detail), "json", errors=told)


def _message(error: SdmxError, title: str) -> bytes:
    """Return an error message of SDMX-ML 2.1: a text for the kind of error, one for what is the matter."""
    root = etree.Element(f"{{{MESSAGE}}}Error", nsmap={"mes": MESSAGE, "com": COMMON})
    message = etree.SubElement(root, f"{{{MESSAGE}}}ErrorMessage", code=str(error.code))
    text = etree.SubElement(message, f"{{{COMMON}}}Text", {XML_LANG: language()})
    text.text = feed.NOT_IN_XML.sub("\ufffd", f"{title}: {error.detail}")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
