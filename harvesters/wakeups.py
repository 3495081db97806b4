"""Wakes workers that rest, through Redis, so that a job begins at once.

Workers look for work by themselves, too: a wake-up that is lost, or comes while Redis is away, costs a second.
"""

from __future__ import annotations

import logging
import time
from functools import cache

import ckan.plugins.toolkit as tk
import redis

from ckanext.satudatapmi.harvesters.redis_clients import prompt_client

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that Redis has for an answer; longer than workers rest."""
MOST = 64
"""How many wake-ups wait at most; more workers than that look by themselves."""
KEPT = 2
"""Seconds after which a wake-up has no meaning any more: every worker has looked meanwhile."""


def wake(workers: int = 1) -> None:
    """Wake so many workers that rest.

    To be called after the commit: a worker that looks before it finds nothing.
    """
    try:
        with _client().pipeline() as pipe:
            pipe.rpush(_key(), *["1"] * min(workers, MOST))
            pipe.ltrim(_key(), -MOST, -1)
            pipe.expire(_key(), KEPT)
            pipe.execute()
    except redis.RedisError as error:
        log.info("no worker could be woken, they look by themselves: error=%s", type(error).__name__)


def rest(seconds: float) -> None:
    """Wait until there may be something to do, or so many seconds."""
    try:
        _client().blpop([_key()], timeout=seconds)
    except redis.RedisError:
        time.sleep(seconds)


@cache
def _client() -> redis.Redis:
    return prompt_client(tk.config["ckan.redis.url"], PATIENCE)


def _key() -> str:
    return f"satudatapmi:{tk.config['ckan.site_id']}:wake"
