"""What a page may load and run: nothing from other hosts, and no script but our files and those of CKAN's templates.

Scripts within a page bear a nonce (Content Security Policy Level 3). It is written where a template is read, not where
a page is sent: what somebody has entered never gets one. Attributes such as onclick, which have none, are left out of
templates; js/handlers.js does what those of CKAN's forms would do.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response, g, request
from jinja2.ext import Extension

if TYPE_CHECKING:
    from ckan.types import CKANApp

POLICY: Mapping[str, str] = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
EMBEDDED = frozenset({"satudata_indicators.embedded"})
"""Pages that are made for frames of other sites."""
HEADER, NONCE = "Content-Security-Policy", "satudata_nonce"
SCRIPT = re.compile(r"<script(?=[\s>])(?![^>]*\s(?:src|nonce)\s*=)(?![^>]*application/)", re.IGNORECASE)
"""The beginning of a script that stands in the page, and is run."""
HANDLER = re.compile(r"""\son(?:click|change|input|submit|load)\s*=\s*(?:"[^"]*"|'[^']*')""")


class Policed(Extension):
    """Gives a nonce to each script in the source of a template, and takes out what would not be run."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source, to be compiled."""
        return SCRIPT.sub(f'<script nonce="{{{{ {NONCE}() }}}}"', HANDLER.sub("", source))


def prepare(app: CKANApp) -> None:
    """Have every page say what it may load and run."""
    app.jinja_env.add_extension(Policed)
    app.jinja_env.globals[NONCE] = nonce
    app.after_request(restrict)


def nonce() -> str:
    """Return the nonce of this page, made when the first script asks for it."""
    if NONCE not in g:
        setattr(g, NONCE, secrets.token_urlsafe(16))
    return g.get(NONCE)


def restrict(response: Response) -> Response:
    """Write the policy of a page, unless it has one of its own."""
    if response.mimetype == "text/html":
        response.headers.setdefault(HEADER, _policy())
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _policy() -> str:
    policy = dict(POLICY)
    if NONCE in g:
        policy["script-src"] += f" 'nonce-{nonce()}'"
    if request.endpoint in EMBEDDED:
        policy["frame-ancestors"] = "*"
    return "; ".join(f"{name} {value}" for name, value in policy.items())
