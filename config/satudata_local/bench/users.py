"""Users who ask the site over HTTP, read what they get, and ask again."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException

from .fetching import Answer, fetch

READING_SECONDS = 5.0
"""How long a user reads an answer on average, exponentially distributed."""


@dataclass
class Visits:
    """What users met with.

    Attributes:
        seconds: how long each answer took.
        errors: what went wrong.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def p95(seconds: Sequence[float]) -> float:
    """Return the value that 95 of 100 do not exceed.

    >>> p95([float(number) for number in range(1, 101)])
    95.0
    """
    return sorted(seconds)[-(-len(seconds) * 95 // 100) - 1]


def at_once(
    addresses: Sequence[str],
    users: int,
    seconds: float,
    enough: threading.Event | None = None,
    ask: Callable[[str], Answer] = fetch,
) -> Visits:
    """Have users ask for some time.

    Args:
        addresses: what is asked; each user has a share of them and begins again at its end.
        users: how many there are.
        seconds: how long they come back.
        enough: they go earlier if it is set.
        ask: how they ask for an address.
    """
    end, enough, found = time.monotonic() + seconds, enough or threading.Event(), Visits()
    with ThreadPoolExecutor(users) as crowd:
        visits = [crowd.submit(_visit, addresses[user::users], user, end, enough, found, ask) for user in range(users)]
        for visit in visits:
            visit.result()
    return found


def _visit(
    addresses: Sequence[str],
    user: int,
    end: float,
    enough: threading.Event,
    found: Visits,
    ask: Callable[[str], Answer],
) -> None:
    chance = random.Random(user)  # noqa: S311 - the same users in each run
    for address in itertools.cycle(addresses):
        enough.wait(max(0.0, min(chance.expovariate(1 / READING_SECONDS), end - time.monotonic())))
        if enough.is_set() or time.monotonic() >= end:
            return
        try:
            found.seconds.append(ask(address).seconds)
        except (OSError, HTTPException) as error:
            found.errors.append(str(error))
