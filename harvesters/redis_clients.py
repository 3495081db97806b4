"""Clients of Redis that do not wait for it: what they ask can be done without."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def prompt_client(url: str, patience: float) -> redis.Redis:
    """Return a client that gives up after so many seconds.

    Args:
        url: of Redis. The queue's may say that an answer can take a year; that does not count here.
        patience: seconds for connecting, and for an answer.
    """
    pool = redis.ConnectionPool.from_url(url)
    pool.connection_kwargs |= {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
    }
    return redis.Redis(connection_pool=pool)
