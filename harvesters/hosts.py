"""What is known of each host, shared by all processes through Redis, or by the threads of this one if Redis is away."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

import redis

from ckanext.satudatapmi.harvesters.politeness import HostState
from ckanext.satudatapmi.harvesters.redis_clients import prompt_client

log = logging.getLogger(__name__)

KEY = "satudatapmi:host:"
KEPT = 86_400
"""Seconds for which Redis keeps what it knows of a host that nobody asks any more; no wait or rest is longer."""
PATIENCE = 2.0
"""Seconds that Redis has for an answer: a harvest does not wait for it."""
AWAY = 30.0
"""Seconds after which Redis is tried again."""

T = TypeVar("T")
Change = Callable[[HostState, float], tuple[HostState, T]]


class Hosts(Protocol):
    """Knows hosts."""

    def change(self, host: str, change: Change[T]) -> T:
        """Change what is known of a host, in one step that no other change comes between.

        Args:
            host: its name.
            change: given what is known and the time, returns what is to be known and a value; may be called again.

        Returns:
            The value.
        """
        ...


class LocalHosts:
    """Knows hosts for the threads of this process."""

    def __init__(self) -> None:
        self._states: dict[str, HostState] = {}
        self._lock = threading.Lock()

    def change(self, host: str, change: Change[T]) -> T:
        """Change what is known of a host (see Hosts)."""
        with self._lock:
            state, value = change(self._states.get(host, HostState()), time.time())
            self._states[host] = state
        return value


class SharedHosts:
    """Knows hosts for all processes, by the clock of Redis; goes on for this process alone while Redis is away.

    Args:
        url: of Redis.
    """

    def __init__(self, url: str) -> None:
        self._redis = prompt_client(url, PATIENCE)
        self._local = LocalHosts()
        self._away_until = 0.0

    def change(self, host: str, change: Change[T]) -> T:
        """Change what is known of a host (see Hosts)."""
        if time.monotonic() >= self._away_until:
            try:
                return self._change_shared(host, change)
            except redis.RedisError as error:
                self._away_until = time.monotonic() + AWAY
                log.warning("redis is away, hosts are known to this process alone: error=%s", type(error).__name__)
        return self._local.change(host, change)

    def _change_shared(self, host: str, change: Change[T]) -> T:
        key = KEY + host

        def step(pipe: Any) -> T:
            known = pipe.get(key)
            seconds, microseconds = pipe.time()
            before = _state(known)
            after, value = change(before, seconds + microseconds / 1_000_000)
            pipe.multi()
            if after != before:
                pipe.set(key, json.dumps(asdict(after)), ex=KEPT)
            return value

        transaction: Any = self._redis.transaction  # its types know of no value
        return transaction(step, key, value_from_callable=True)


def _state(known: bytes | None) -> HostState:
    try:
        return HostState(**json.loads(known)) if known else HostState()
    except (TypeError, ValueError):  # written by another version
        return HostState()
