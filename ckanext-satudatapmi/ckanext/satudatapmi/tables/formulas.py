"""Texts that a spreadsheet program would take for a formula when it opens a CSV."""

from __future__ import annotations

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def kept_as_text(value: Any) -> Any:
    """Return a cell so that spreadsheet programs show it as text: one that looks like a formula gets an apostrophe.

    >>> kept_as_text("=1+1")
    "'=1+1"
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
