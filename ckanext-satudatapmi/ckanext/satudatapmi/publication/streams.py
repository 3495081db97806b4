"""Bounds of answers that are sent while they are written: each holds a thread and a moment of the database."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from threading import BoundedSemaphore

import ckan.plugins.toolkit as tk
from flask import request

from ckanext.satudatapmi.publication import feed

log = logging.getLogger(__name__)

AT_ONCE = 2
"""How many a process sends at once: a half of its threads (config/gunicorn.conf.py)."""
LONGEST_SECONDS = 30 * 60
"""After so long the connection breaks, whoever reads."""
PATIENCE_SECONDS = 60
"""How long a reader may take to accept a piece."""
SOCKET = "gunicorn.socket"
"""Key in the WSGI environment of the connection with the reader."""

_places = BoundedSemaphore(AT_ONCE)


def bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces of an answer, as long as it keeps within the bounds.

    Raises:
        Problem: 503 before the first piece, so many readers are served already.
        TimeoutError: it takes too long.
    """
    if not _places.acquire(blocking=False):
        raise _busy()
    try:
        end = time.monotonic() + LONGEST_SECONDS
        _lose_patience()
        for chunk in chunks:
            if time.monotonic() > end:
                log.warning("%s broke off: its reader was too slow", request.path)
                raise TimeoutError(request.path)
            yield chunk
    finally:
        _places.release()


def _lose_patience() -> None:
    """Have the connection break if its reader accepts nothing: without, it could hold the thread for ever."""
    if connection := request.environ.get(SOCKET):
        connection.settimeout(PATIENCE_SECONDS)


def _busy() -> feed.Problem:
    detail = tk._(
        "As many readers as this portal serves at a time take the whole catalogue already. Come again later, or take "
        "it page by page with `page` and `per_page`."
    )
    return feed.Problem(503, tk._("Too many readers"), detail)
