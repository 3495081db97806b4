"""The web servers of the bench: gunicorn as `make run` starts it, for ours and for the rival."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from .. import servers
from ..settings import Stack
from .workers import Workers

OURS = "exec env MALLOC_ARENA_MAX=2 gunicorn --config config/gunicorn.conf.py"
RIVALS = (
    "exec env MALLOC_ARENA_MAX=2 gunicorn --config config/satudata_local/bench/rival_gunicorn.py "
    "--pythonpath config/satudata_local/bench rival_wsgi:application"
)


@contextlib.contextmanager
def serving(stack: Stack, variables: Mapping[str, str], command: str = OURS) -> Iterator[Workers]:
    """Have a site answer at the web port of a stack.

    Args:
        stack: whose port it is.
        variables: environment of the site's programs.
        command: that starts the web server.
    """
    web = Workers({"web": command}, variables, stack.logs / "web.log")
    try:
        servers.wait_for_web(stack, web.check)
        yield web
    finally:
        web.stop()
