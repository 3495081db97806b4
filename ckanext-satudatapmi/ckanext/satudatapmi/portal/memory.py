"""A memory for what every visitor sees alike, so that a busy home page asks the search index once a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk

T = TypeVar("T")
SECONDS = 60.0

_kept: dict[str, tuple[float, Any]] = {}


def remembered(name: str, make: Callable[[], T], seconds: float = SECONDS) -> T:
    """Return what `make` returned within the last `seconds` in this process, else call it.

    Only what an anonymous visitor may see belongs here. Two threads may both call `make`: that costs a query, no more.
    """
    now = time.monotonic()
    kept = _kept.get(name)
    if kept is not None and now - kept[0] < seconds:
        return kept[1]
    value = make()
    _kept[name] = (now, value)
    return value


def ask_as_anybody(action: str, asked: Mapping[str, Any]) -> Any:
    """Call an action as nobody in particular: what is remembered for all must not depend on who came first."""
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, dict(asked))


def forget() -> None:
    """Forget everything; tests start from here."""
    _kept.clear()
