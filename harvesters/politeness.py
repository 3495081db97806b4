"""How often a host may be asked, and when it is left alone: the rules, as functions of what is known of a host.

- a least pause between the beginnings of two requests, and a few requests at once; a server that answers sooner is not
  asked again before it has rested as long as it worked, so it never gives us more than half of its time;
- a server that asks us to wait (Retry-After with 429 or 503) is not asked before;
- a host that failed several times in a row rests; after that one request tries, and if it fails the host rests again.

What is known of a host is shared by all processes (hosts.py): several harvests of one host are as polite as one. When a
server sends us on, that counts for the host that was asked. robots.txt is not read: it is for crawlers that nobody
asked to come, while a source is entered because partner and agency agreed on it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

LONGEST_WAIT_ASKED = 86_400.0
"""Seconds: a server that asks for more is asked again after a day."""

Answer = Literal["go", "wait", "asked_to_wait", "resting"]


@dataclass(frozen=True)
class Manners:
    """How polite we are; times in seconds.

    Attributes:
        pause: between the beginnings of two requests to a host, unless it has answered and rested as long before.
        at_once: requests that a host gets at the same moment, at most.
        longest_wait: that a server may ask of us while a harvest waits.
        retries: of a request that failed in a way that may pass.
        back_off: before the first retry, about; doubled before each further one.
        failures: in a row after which a host rests.
        rest: how long it rests.
        turn: after which a request counts as ended although nobody said so: its process died.
    """

    pause: float = 0.1
    at_once: int = 2
    longest_wait: float = 60.0
    retries: int = 2
    back_off: float = 1.0
    failures: int = 5
    rest: float = 600.0
    turn: float = 600.0

    def back_off_before(self, retry: int) -> float:
        """Return how long to wait before a retry (from 0), spread so that processes do not come back all at once."""
        return self.back_off * 2**retry * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)


@dataclass(frozen=True)
class HostState:
    """What is known of a host; times in seconds of one clock.

    Attributes:
        next_at: no request begins before.
        asked_until: until when its server asked us to wait.
        rests_until: until when it rests.
        failures: in a row.
        turns: requests that are under way, and when each counts as ended at the latest.
    """

    next_at: float = 0.0
    asked_until: float = 0.0
    rests_until: float = 0.0
    failures: int = 0
    turns: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may begin.

    Attributes:
        answer: go; wait (for others); asked_to_wait (by the server); resting.
        seconds: after which to ask again.
        failures: of the host, in a row.
    """

    answer: Answer
    seconds: float = 0.0
    failures: int = 0


def ask(state: HostState, manners: Manners, now: float, turn: str) -> tuple[HostState, Verdict]:
    """Return whether a request may begin, and what is known of the host then.

    Args:
        state: what is known of the host.
        manners: how polite we are.
        now: the time.
        turn: names the request.
    """
    if now < state.rests_until:
        return state, Verdict("resting", state.rests_until - now, state.failures)
    if now < state.asked_until:
        return state, Verdict("asked_to_wait", state.asked_until - now)
    if now < state.next_at:
        return state, Verdict("wait", state.next_at - now)
    turns = {name: until for name, until in state.turns.items() if until > now}
    on_trial = state.failures >= manners.failures
    if len(turns) >= (1 if on_trial else manners.at_once):
        return state, Verdict("wait", max(manners.pause, 0.05))
    begun = replace(state, next_at=now + manners.pause, turns={**turns, turn: now + manners.turn})
    return begun, Verdict("go", failures=state.failures)


def ended(
    state: HostState, manners: Manners, now: float, turn: str, failed: bool | None, wait: float | None = None
) -> HostState:
    """Return what is known of a host after a request.

    Args:
        state: what was known of it.
        manners: how polite we are.
        now: the time.
        turn: names the request.
        failed: whether the host failed; None if the request says nothing about it.
        wait: seconds that its server asks us to wait; None if it does not ask.
    """
    begun = state.turns.get(turn, now + manners.turn) - manners.turn
    state = replace(state, turns={name: until for name, until in state.turns.items() if name != turn})
    if failed is False and now > begun:
        state = replace(state, next_at=min(state.next_at, 2 * now - begun))
    if wait is not None:
        state = replace(state, asked_until=max(state.asked_until, now + min(wait, LONGEST_WAIT_ASKED)))
    if failed is None:
        return state
    failures = state.failures + 1 if failed else 0
    rests_until = now + manners.rest if failures >= manners.failures else 0.0
    return replace(state, failures=failures, rests_until=rests_until)
