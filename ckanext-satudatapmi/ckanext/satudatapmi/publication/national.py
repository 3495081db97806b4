"""The catalogue for Bappenas: all approved datasets, terbatas and tertutup too, to be read with an API token.

It is no feed for the public: names of officials are in it. Who may read it, `ckanext.satudatapmi.national_portal_users`
says; a login in a browser does not count, nor does a token in the address, which would stand in every log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import IO, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.api_token import get_user_from_token
from flask import Blueprint, Response, request

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.publication import datajson, deliveries, feed, paging, published, readings, store

log = logging.getLogger(__name__)

PATH = deliveries.NATIONAL

feeds = Blueprint("satudatapmi_national", __name__)


@feeds.get(PATH, endpoint="data_json")
@feed.guarded("xml")
def data_json() -> Response:
    """Return a page of the catalogue, as /data.json has pages; `?page=all` is everything at once."""
    reader = _reader()
    pages = request.args.getlist("page") or ["1"]
    with store.snapshot() as connection:
        # Older than what is read: a change in between counts as not fetched rather than as fetched.
        moment = published.snapshot(connection)
    if paging.ALL in pages:
        if not store.read_page(1, 1, reviews.is_approved).total:
            raise _nothing_approved()
        part = deliveries.Part(PATH, paging.ALL)
        return _respond(reader, part, moment, store.read_all(reviews.is_approved))
    wanted = feed.page_number(pages[-1])
    page = paging.filled(store.read_page(wanted, paging.page_size(), reviews.is_approved), _nothing_approved())
    part = deliveries.Part(PATH, f"{page.number}/{page.last}", page.places)
    response = _respond(reader, part, moment, page.datasets)
    response.headers.extend(paging.links(page, f"{paging.site().url}{PATH}"))
    return response


def _respond(reader: model.User, part: deliveries.Part, moment: str, packages: Iterable[Mapping[str, Any]]) -> Response:
    """Write a page, keep that it was read, and send it: what cannot be logged is not sent."""
    count, page = 0, part.name.partition("/")[0]

    def write(file: IO[bytes]) -> None:
        nonlocal count
        site, repeated = paging.site(), store.repeated_identifiers()
        entry = partial(datajson.full_entry, site=site)
        entries = (entry(package, own_identifier=package["id"] not in repeated) for package in packages)
        count = paging.write(datajson.header(site, PATH), entries, file)

    response = feed.respond(f"bappenas {page}", write, "application/json")
    readings.keep(reader.id, page, count)
    if request.method != "HEAD":
        deliveries.keep(part, moment, response.status_code, consumer=reader.name)
    log.info("national catalogue read: user=%s page=%s datasets=%d", reader.id, page, count)
    return response


def _reader() -> model.User:
    """Return the user whose token came with the request.

    Raises:
        Problem: 401 without a valid token, 403 with one that is not for this feed.
    """
    sent = request.headers.get(tk.config["apitoken_header_name"], "").strip().removeprefix("Bearer ").strip()
    user = get_user_from_token(sent) if sent else None
    if user is None or not user.is_active:
        raise feed.Problem(
            401,
            tk._("Token needed"),
            tk._("This catalogue is read with an API token in the header {header}.").format(
                header=tk.config["apitoken_header_name"]
            ),
        )
    if user.name not in tk.config["ckanext.satudatapmi.national_portal_users"]:
        log.warning("national catalogue refused: user=%s", user.id)
        raise feed.Problem(
            403,
            tk._("Token not for this catalogue"),
            tk._("The token is valid, but not one of the national portal's accounts. Ask walidata of this portal."),
        )
    return user


def _nothing_approved() -> feed.Problem:
    return feed.Problem(
        503,
        tk._("No approved dataset"),
        tk._(
            "This portal has no approved dataset at the moment. It does not send an empty catalogue, because a "
            "harvester would delete all it holds from here."
        ),
    )


@feeds.after_request
def keep_private(response: Response) -> Response:
    """Have nobody on the way keep the answer; say how it is to be had without a token."""
    feed.keep_from_caches(response)
    response.headers["Vary"] = f"{tk.config['apitoken_header_name']}, Accept, Accept-Encoding"
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="satudata"'
    return response
