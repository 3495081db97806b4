"""The change feed on HTTP, as JSON and as Atom: for harvesters that take over what changed, and it alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudatapmi.publication import change_atom, changes, deliveries, feed, paging, published, store
from ckanext.satudatapmi.publication.changes import Change, Changes
from ckanext.satudatapmi.publication.datajson import Site

JSON_PATH, ATOM_PATH = "/api/pmi/changes", "/api/pmi/changes.atom"
ON_A_PAGE = 1000
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

pages = Blueprint("satudatapmi_changes", __name__)


@dataclass(frozen=True)
class Answer:
    """What a reader is told.

    Attributes:
        found: the changes.
        since, token: the tokens with which the reader came and goes on, None for the beginning.
        limit: how many changes there are at most.
        updated: when the last change of all happened.
    """

    found: Changes
    since: str | None
    token: str
    limit: int
    updated: datetime

    def here(self, path: str) -> str:
        """Return the address of this answer."""
        return _address(path, self.since, self.limit)

    def following(self, path: str) -> str:
        """Return the address at which the reader goes on, now or later."""
        return _address(path, self.token, self.limit)


@pages.route(JSON_PATH, endpoint="json")
@feed.guarded("xml")
def as_json() -> Response:
    """Return the changes since a token, from the beginning without one, and the token to go on with."""
    answer, site = _answer(), paging.site()
    document = {
        "changes": [entry(change, site) for change in answer.found.changes],
        "next": answer.following(JSON_PATH),
        "token": answer.token,
        "more": answer.found.more,
    }
    return _respond(answer, JSON_PATH, json.dumps(document, ensure_ascii=False).encode(), "application/json")


@pages.route(ATOM_PATH, endpoint="atom")
@feed.guarded("json")
def as_atom() -> Response:
    """Return the same as an Atom feed."""
    answer, site = _answer(), paging.site()
    here, following, more = answer.here(ATOM_PATH), answer.following(ATOM_PATH), answer.found.more
    head = change_atom.Head(site, f"{site.url}{ATOM_PATH}", here, following, more, answer.updated)
    return _respond(answer, ATOM_PATH, change_atom.document(head, answer.found.changes), change_atom.MEDIA_TYPE)


def _answer() -> Answer:
    """Return what the request asks for.

    Raises:
        Problem: 400 for a token or a limit that is none, 410 for a token of another database.
    """
    limit = paging.asked_size(request.args.get("limit", ""), ON_A_PAGE, "limit")
    since = request.args.get("since") or None
    _take_over_if_restored()
    with store.snapshot() as connection:
        database = changes.database(connection)
        try:
            found = changes.read(connection, _position(since, database), limit)
        except changes.OtherDatabase:
            raise _gone() from None
        updated = published.changed(connection) or NEVER
    return Answer(found, since, changes.token(found.position, database), limit, updated)


def _take_over_if_restored() -> None:
    with store.snapshot() as connection:
        is_restored = changes.is_restored(connection)
    if is_restored:
        changes.take_over()


def _position(token: str | None, database: str) -> changes.Position:
    if token is None:
        return changes.BEGINNING
    try:
        return changes.position(token, database)
    except ValueError:
        detail = tk._("since is {value}; expected the token of an earlier answer, or nothing to begin with.")
        raise feed.Problem(400, tk._("No token"), detail.format(value=repr(token))) from None


def _gone() -> feed.Problem:
    return feed.Problem(
        410,
        tk._("Begin anew"),
        tk._(
            "The catalogue was restored since this token was given, so what changed meanwhile cannot be told. Ask "
            "without `since`, follow `next` until `more` is false, and then drop what you were not told of."
        ),
    )


def entry(change: Change, site: Site) -> dict[str, str]:
    """Return what readers are told of a change: of what went that it went, no more."""
    told = {"id": change.package_id, "kind": change.kind, "changed": change.changed.astimezone(UTC).isoformat()}
    if change.kind == "deleted":
        return told
    api = f"{site.url}/api/3/action/package_show?{urlencode({'id': change.package_id})}"
    return told | {"url": f"{site.url}/dataset/{change.name}", "api": api}


def _address(path: str, since: str | None, limit: int) -> str:
    asked = {"since": since, "limit": limit if limit != ON_A_PAGE else None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{paging.site().url}{path}?{query}".rstrip("?")


def _respond(answer: Answer, path: str, body: bytes, media_type: str) -> Response:
    response = feed.respond(None, lambda file: file.write(body), media_type)
    if answer.found.more:
        response.headers.add("Link", f'<{answer.following(path)}>; rel="next"')
    if deliveries.is_delivered(response):
        sent = deliveries.Part(path, paging.ALL)
        deliveries.keep(sent, changes.snapshot(answer.found), response.status_code)
    return response
