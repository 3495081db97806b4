"""What all catalogue feeds have in common on HTTP: conditional requests, gzip, reading from other sites, and errors.

An error must never look like an empty catalogue. Stock harvesters ask HEAD first and do not look at the status of the
GET that follows: a problem in JSON, read as a data.json, is a catalogue without datasets, and everything harvested
before is deleted. So a problem comes in the notation that the feed's own reader refuses: XML where JSON is expected,
JSON elsewhere. RFC 9457 defines both. A client that names JSON in `Accept` gets JSON. Services of the OGC answer with
the report that their clients know.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from hashlib import file_digest
from itertools import chain
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckan.lib.search import SearchError, SolrConnectionError
from flask import Response, request, stream_with_context
from redis import RedisError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date, parse_date
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import wrap_file

log = logging.getLogger(__name__)

RETRY_SECONDS = 120
AWAY = (
    *(exc.OperationalError, exc.InterfaceError, exc.TimeoutError),
    *(SearchError, SolrConnectionError),
    RedisError,
)
"""What is raised when a server that the site stands on cannot be reached."""
REMEMBER_SECONDS = 180 * 24 * 3600
MEMORY_BYTES = 16 * 1024**2
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Notation = Literal["json", "xml", "ows"]


class Problem(Exception):
    """A request that gets no catalogue.

    Attributes:
        status: HTTP status, 4xx or 5xx.
        title: the kind of problem, the same each time it occurs.
        detail: what is the matter this time and what to do.
    """

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


def guarded(notation: Notation) -> Callable[[Callable[..., AnyResponse]], Callable[..., AnyResponse]]:
    """Turn whatever a feed raises into a problem; half a catalogue is never sent.

    Args:
        notation: in which the problem is written, unless the client names JSON.
    """

    def decorate(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
        @wraps(view)
        def inner(*args: Any, **values: Any) -> AnyResponse:
            try:
                return view(*args, **values)
            except Problem as problem:
                return respond_problem(problem, notation)
            except HTTPException as error:
                return respond_problem(Problem(error.code or 500, error.name, error.description or ""), notation)
            except AWAY:
                log.exception("%s could not be read: a server is away", request.path)
                return respond_problem(away(), notation)
            except Exception:
                log.exception("%s could not be made", request.path)
                return respond_problem(_failed(), notation)

        return inner

    return decorate


def away() -> Problem:
    """Return the problem of a catalogue whose servers do not answer."""
    return Problem(
        503,
        tk._("Catalogue unavailable"),
        tk._("The catalogue cannot be read at the moment. It is not empty: keep what you hold and try again later."),
    )


def _failed() -> Problem:
    return Problem(
        500,
        tk._("Catalogue incomplete"),
        tk._(
            "A dataset could not be written, so nothing was sent. Keep what you hold. The operator finds the cause in "
            "the log."
        ),
    )


def no_datasets() -> Problem:
    """Return the problem of a catalogue without a single public dataset."""
    return Problem(
        503,
        tk._("No public dataset"),
        tk._(
            "This portal has no public dataset at the moment. It does not send an empty catalogue, because a harvester "
            "would delete all it holds from here. Remove the harvest source if the portal is closed for good."
        ),
    )


def none_selected() -> Problem:
    """Return the problem of a question that no dataset answers."""
    return Problem(
        404,
        tk._("No such dataset"),
        tk._("No public dataset answers this. Ask without `organization` and `modified_since` for all there are."),
    )


def no_page(number: int, last: int) -> Problem:
    """Return the problem of a page beyond the last."""
    return Problem(
        404,
        tk._("No such page"),
        tk._("Page {number} was asked for; the last page is {last}.").format(number=number, last=last),
    )


def respond_problem(problem: Problem, notation: Notation, **more: Any) -> Response:
    """Return a problem as RFC 9457 has it, with more members if any are given, which XML does not take."""
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": quote(request.path),
        **more,
    }
    if notation == "ows":
        body, media_type = _exception_report(problem), "application/xml"
    elif notation == "json" or _names_json():
        body, media_type = json.dumps(members, ensure_ascii=False), "application/problem+json"
    else:
        texts = {name: escape(NOT_IN_XML.sub("\ufffd", str(value))) for name, value in members.items()}
        parts = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<problem xmlns="urn:ietf:rfc:7807">{parts}</problem>\n'
        media_type = "application/problem+xml"
    return refusal(body, problem.status, media_type)


def refusal(body: str | bytes, status: int, media_type: str) -> Response:
    """Return an error that no cache keeps, and that says when to come again if a server is away."""
    response = Response(body, status=status, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _exception_report(problem: Problem) -> str:
    """Return a problem as the ExceptionReport of OWS 1.0, which CSW 2.0.2 uses."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.2.0">'
        '<ows:Exception exceptionCode="NoApplicableCode">'
        f"<ows:ExceptionText>{escape(problem.title)}. {escape(problem.detail)}</ows:ExceptionText>"
        "</ows:Exception></ows:ExceptionReport>\n"
    )


def _names_json() -> bool:
    return any("json" in media_type for media_type, quality in request.accept_mimetypes if quality > 0)


def page_number(value: str) -> int:
    """Return the number of a page; 0 is read as 1, because some portals count from there.

    Raises:
        Problem: 400, the value is no number of a page.
    """
    if not value.isdecimal() or len(value) > 9:
        raise Problem(
            400,
            tk._("No number of a page"),
            tk._("page is {value}; expected a whole number from 1, or for /data.json all.").format(value=repr(value)),
        )
    return max(1, int(value))


def respond(
    name: str | None,
    write: Callable[[IO[bytes]], object],
    media_type: str,
    etag: str | None = None,
    *,
    is_packed: bool = False,
    state: str | None = None,
) -> Response:
    """Return a feed, or 304 if the client has it already.

    Args:
        name: of this page of the feed, the same each time; None for one of endlessly many, which has no Last-Modified.
        write: writes the whole of it into a file, and may raise.
        media_type: its media type.
        etag: the same as long as the feed says the same; None takes it from what is written.
        is_packed: whether what is written is packed already, and gzip would only cost time.
        state: what a feed that answers questions takes its answers from, the same as long as these are; None if this
            page of the feed is one thing, with its entity tag.
    """
    file = None
    if etag is None:
        file, etag = _written(write)
    response = _headed(name, media_type, etag, state, is_packed=is_packed)
    if response.status_code != 304:
        gzipped = not is_packed and request.accept_encodings["gzip"] > 0
        _send(response, file or _written(write)[0], gzipped=gzipped)
    return response


def stream(name: str | None, chunks: Iterator[bytes], media_type: str, etag: str) -> Response:
    """Return a feed that is sent while it is written, or 304 if the client has it already.

    Its first chunk is made before anything is sent: so a server that is away ends in a problem. If one goes away later,
    the connection breaks before the end, which HTTP/1.1 lets a client see; for others the whole is written first.

    Args:
        name: of this feed, the same each time; None for one of endlessly many, which has no Last-Modified.
        chunks: the feed, piece by piece.
        media_type: its media type.
        etag: the same as long as the feed says the same.
    """
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return respond(name, lambda file: file.writelines(chunks), media_type, etag)
    response = _headed(name, media_type, etag)
    if response.status_code == 304:
        return response
    whole, packed = chain([next(chunks)], chunks), request.accept_encodings["gzip"] > 0
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if request.method != "HEAD":
        response.response = stream_with_context(_returning_session(_packed(whole) if packed else whole))
    return response


def _returning_session(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks and give back the session they opened.

    CKAN gives it back before an answer is sent. What is opened later would stay in a transaction, and if the database
    ended it, the thread's next request would fail.
    """
    try:
        yield from chunks
    finally:
        model.Session.remove()


def _packed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks as gzip packs them; quickly, for a client waits."""
    pack = zlib.compressobj(level=3, wbits=zlib.MAX_WBITS | 16)
    for chunk in chunks:
        if part := pack.compress(chunk):
            yield part
    yield pack.flush()


def _headed(
    name: str | None, media_type: str, etag: str, state: str | None = None, *, is_packed: bool = False
) -> Response:
    """Return an answer without a body yet: 304 if the client's copy is current."""
    response = Response(content_type=media_type)
    response.set_etag(etag, weak=True)
    changed = last_changed(name, state or etag) if name else None
    if changed:
        response.last_modified = changed
    if not is_packed:
        response.headers["Vary"] = "Accept-Encoding"
    if _is_current(etag, changed):
        response.status_code = 304
    return response


def _is_current(etag: str, changed: datetime | None) -> bool:
    """Tell whether the client's copy is current; its time counts only where it sends no entity tag (RFC 9110)."""
    if request.if_none_match:
        return request.if_none_match.contains_weak(etag)
    since = request.if_modified_since
    return changed is not None and since is not None and changed <= since


def _written(write: Callable[[IO[bytes]], object]) -> tuple[IO[bytes], str]:
    """Return a file with the whole feed in it, at its start, and the digest of what it holds."""
    file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 (the response closes it)
    write(file)
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return file, digest[:32]


def _send(response: Response, file: IO[bytes], *, gzipped: bool) -> None:
    """Send a file that is whole already, with its length, so that a client sees when the connection broke."""
    if gzipped:
        packed = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 (the response closes it)
        with file, gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as pack:
            copyfileobj(file, pack)
        file = packed
        response.headers["Content-Encoding"] = "gzip"
    response.content_length = file.seek(0, io.SEEK_END)
    file.seek(0)
    response.direct_passthrough = True
    response.response = wrap_file(request.environ, file)


def last_changed(name: str, etag: str) -> datetime | None:
    """Return since when a feed has had this entity tag, to the second, or None while Redis is away.

    The database cannot tell: a dataset that is deleted or made private leaves no date behind. So the moment at which a
    feed is first seen changed is kept in Redis.
    """
    key = f"ckan:{tk.config['ckan.site_id']}:satudatapmi:feed:{name}"
    try:
        redis = connect_to_redis()
        known: Any = redis.get(key)
        known_etag, _, known_time = known.decode().partition(" ") if known else ("", "", "")
        if known_etag != etag:
            known_time = http_date(datetime.now(UTC))
            redis.set(key, f"{etag} {known_time}", ex=REMEMBER_SECONDS)
        return parse_date(known_time)
    except RedisError:
        log.warning("Redis is away: %s is sent without Last-Modified", name)
        return None


def keep_from_caches(response: Response) -> Response:
    """Have nobody on the way keep the answer."""
    request.environ["__no_cache__"] = True  # CKAN's name for it; it would call the answer public otherwise.
    response.headers["Cache-Control"] = "private, no-store"
    return response


def allow_other_sites(response: Response) -> Response:
    """Let pages of other sites read the feed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match, If-Modified-Since, Range, If-Range"
    response.headers["Access-Control-Expose-Headers"] = (
        "Accept-Ranges, Content-Disposition, Content-Range, ETag, Last-Modified, Link, RateLimit, RateLimit-Policy, "
        "Retry-After"
    )
    response.headers["Access-Control-Max-Age"] = str(24 * 3600)
    return response
