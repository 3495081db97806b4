"""What the operator sees: one line a step, one clear line when something is wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SetupError(Exception):
    """Something the operator has to mend; the message says what and how."""


class Stopped(Exception):
    """The operator asked for an end (Ctrl-C, or `make stop` in another terminal)."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and print its duration when it is done."""
    started = time.monotonic()
    print(f"  • {title} ...", flush=True)
    yield
    print(f"    {title}: done in {time.monotonic() - started:.1f} s", flush=True)


def say(text: str = "") -> None:
    """Print one line for the operator."""
    print(text, flush=True)


def fail(error: SetupError) -> int:
    """Print the error on stderr, one line first, and return the exit code."""
    print(f"satudata: {error}", file=sys.stderr, flush=True)
    return 1
