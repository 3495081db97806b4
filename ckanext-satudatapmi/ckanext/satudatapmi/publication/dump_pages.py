"""The whole catalogue to be fetched: the page that says how, and the files of the last dump."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, send_file
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi import signing
from ckanext.satudatapmi.publication import deliveries, dumps, feed

pages = Blueprint("satudata_dumps", __name__)
FEED = "/unduhan"


@pages.get("/unduhan")
def show() -> str:
    """Show what the last dump holds and how to check it."""
    return tk.render("satudata/dumps.html", {"dump": dumps.latest(), "archive": dumps.ARCHIVE})


@pages.get("/unduhan/kunci.pem")
def key() -> Response:
    """Return the key by which the signature of a dump is checked."""
    return Response(signing.public_key(), content_type="application/x-pem-file")


@pages.get("/unduhan/terbaru/<path:name>")
@feed.guarded("json")
def newest(name: str) -> AnyResponse:
    """Lead to a file of the last dump."""
    dump = dumps.latest()
    if dump is None:
        raise _none_yet()
    answer = redirect(tk.h.url_for("satudata_dumps.download", edition=dump.name, name=name, locale="default"))
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@pages.get("/unduhan/<edition>/<path:name>")
@feed.guarded("json")
def download(edition: str, name: str) -> AnyResponse:
    """Return a file of a dump, or the part of it that is asked for; a dump never changes."""
    try:
        dump = dumps.open_dump(edition)
    except FileNotFoundError:
        raise _missing() from None
    path = dump.file(name)
    if path is None:
        raise _missing()
    if not dumps.may_be_given(dump):
        raise _withdrawn()
    answer = send_file(path, as_attachment=True, download_name=path.name, conditional=True)
    answer.headers["Accept-Ranges"] = "bytes"
    _keep(dump, path, answer)
    return answer


def _keep(dump: dumps.Dump, path: Path, answer: Response) -> None:
    """Keep that a file left, also one that is fetched in parts."""
    if dump.contents is None or not deliveries.is_delivered(answer):
        return
    name = path.relative_to(dump.folder).as_posix()
    snapshot, ids = dump.contents.moment.snapshot, dump.datasets_in(name)
    status = 304 if answer.status_code == 304 else 200
    if ids is None:
        deliveries.keep(deliveries.Part(FEED, name), snapshot, status)
    else:
        deliveries.keep_datasets(FEED, ids, snapshot, status)


def _missing() -> feed.Problem:
    detail = tk._("There is no such file. /unduhan/terbaru/manifest.json lists those of the last dump.")
    return feed.Problem(404, tk._("No such file"), detail)


def _withdrawn() -> feed.Problem:
    detail = tk._("This dump holds a dataset that is no longer public. /unduhan/terbaru/ leads to the next one.")
    return feed.Problem(410, tk._("Dump withdrawn"), detail)


def _none_yet() -> feed.Problem:
    detail = tk._("There is no dump at the moment; one is made every night and after a dataset was withdrawn.")
    return feed.Problem(503, tk._("No dump yet"), detail)
