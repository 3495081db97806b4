"""The last hand on every answer: which caches may keep it, its entity tag, gzip, other sites, cookies.

CKAN writes Cache-Control itself, after every other `after_request`, and calls whatever is not a page public; Flask adds
the session's cookie later still. So this is the first function that Flask knows, which it calls last, and a layer of
WSGI around the application.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from flask import Response, request, session
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import Headers

from ckanext.satudatapmi.publication import feed
from ckanext.satudatapmi.publication.http import limits, rules
from ckanext.satudatapmi.publication.http.rules import Rule

if TYPE_CHECKING:
    from ckan.types import CKANApp

SHARED_STATUS = frozenset({200, 206, 301, 303, 304})
"""Of answers that caches may keep; a 302 may lead to the page for logging in."""
SHARED = "satudatapmi.shared"
"""Key in the WSGI environment of an answer that caches may keep: whether it is the same for everyone."""
PACKED_BYTES = 1000
"""Smaller answers are not worth packing."""
PACKED_TYPES = (
    *("text/", "application/json", "application/ld+json", "application/geo+json"),
    *("application/xml", "application/rdf+xml", "image/svg+xml"),
)


def prepare(app: CKANApp) -> None:
    """Have every answer of an application end here."""
    app.after_request_funcs.setdefault(None, []).insert(0, finish)
    app.wsgi_app = without_cookies(app.wsgi_app)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.context_processor(lambda: {"csrf_token": csrf_token})


def csrf_token() -> str:
    """Return the token against forged requests: visitors have no session to misuse, and no cookie for its sake."""
    return generate_csrf() if tk.current_user.is_authenticated else ""


def finish(response: Response) -> Response:
    """Write what caches, browsers and other sites may do with an answer."""
    rule = rules.of_request()
    if rule.is_open and (rule.everyone or not _is_known()):
        feed.allow_other_sites(response)
    if _is_shared(rule, response):
        _share(rule, response)
    else:
        response.headers["Cache-Control"] = "private, no-store"
        limits.tell(response)
    return response


def _is_shared(rule: Rule, response: Response) -> bool:
    if request.method not in ("GET", "HEAD") or response.status_code not in SHARED_STATUS or not rule.lifetime:
        return False
    return not response.cache_control.no_store and (rule.everyone or not _is_known())


def _is_known() -> bool:
    """Tell whether the request comes from somebody of whom we know more than the address."""
    sent = any(name in request.headers for name in ("Authorization", tk.config["apitoken_header_name"]))
    return sent or bool(session) or tk.current_user.is_authenticated


def _share(rule: Rule, response: Response) -> None:
    request.environ[SHARED] = rule.everyone
    directives = [name if value is True else f"{name}={value}" for name, value in rule.lifetime.items()]
    response.headers["Cache-Control"] = ", ".join(["public", *directives])
    response.vary.update(rule.vary)
    if not rule.everyone:
        response.vary.update(("Cookie", tk.config["apitoken_header_name"]))
    if response.status_code == 200 and response.is_sequence and not response.direct_passthrough:
        _pack(response)
        response.add_etag(weak=True)
        response.make_conditional(request)


def _pack(response: Response) -> None:
    """Send a text as gzip to whoever takes it."""
    if "Content-Encoding" in response.headers or not (response.mimetype or "").startswith(PACKED_TYPES):
        return
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and len(response.get_data()) > PACKED_BYTES:
        response.set_data(gzip.compress(response.get_data(), compresslevel=6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def without_cookies(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Return an application whose answers bear no cookie where a cache may keep them: it would give it to others."""

    def inner(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if SHARED in environ:
                headers = _cookieless(headers, everyone=environ[SHARED])
            return start_response(status, headers, *rest)

        return application(environ, start)

    return inner


def _cookieless(headers: list[tuple[str, str]], *, everyone: bool) -> list[tuple[str, str]]:
    found = Headers(headers)
    del found["Set-Cookie"]
    if everyone:
        names = [name.strip() for line in found.getlist("Vary") for name in line.split(",")]
        found.set("Vary", ", ".join(name for name in names if name.lower() != "cookie"))
    return found.to_wsgi_list()
