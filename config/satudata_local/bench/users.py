"""Users who ask the site over HTTP, read what they get, and ask again."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import urlopen

READING_SECONDS = 5.0
"""How long a user reads an answer on average, exponentially distributed."""


def p95(seconds: Sequence[float]) -> float:
    """Return the value that 95 of 100 do not exceed.

    >>> p95([float(number) for number in range(1, 101)])
    95.0
    """
    return sorted(seconds)[-(-len(seconds) * 95 // 100) - 1]


def ask(address: str, question: Mapping[str, str]) -> float:
    """Ask a question and return how many seconds the whole answer took.

    Raises:
        OSError: there was none.
    """
    began = time.perf_counter()
    with urlopen(f"{address}/api/3/action/pmi_query?{urlencode(question)}", timeout=60) as answer:  # noqa: S310
        json.loads(answer.read())
    return time.perf_counter() - began


def at_once(address: str, questions: Sequence[Mapping[str, str]], users: int, seconds: float) -> list[float]:
    """Have users ask for some time, and return how long each answer took.

    Args:
        address: of the site.
        questions: each user has a share of them and begins again at its end.
        users: how many there are.
        seconds: how long they come back.
    """
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(users) as crowd:
        visits = [crowd.submit(_visit, address, questions[user::users], user, end) for user in range(users)]
        return [one for visit in visits for one in visit.result()]


def _visit(address: str, questions: Sequence[Mapping[str, str]], user: int, end: float) -> list[float]:
    chance = random.Random(user)  # noqa: S311 - the same users in each run
    taken: list[float] = []
    while True:
        time.sleep(max(0.0, min(chance.expovariate(1 / READING_SECONDS), end - time.monotonic())))
        if time.monotonic() >= end:
            return taken
        taken.append(ask(address, questions[len(taken) % len(questions)]))
