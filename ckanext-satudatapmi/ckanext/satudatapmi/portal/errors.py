"""Harvest errors made fit for a public page: grouped by what they say, without anything that reaches a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

EXAMPLES = 3

_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*")
_PHONE = re.compile(r"(?<![\w./-])(?:\+62|62|0)[\s-]?8[\d\s.-]{7,13}\d(?![\w/-])")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|“[^”]*”|‘[^’]*’|«[^»]*»")
_DIGITS = re.compile(r"\d+")


def without_contacts(message: str) -> str:
    """Return a message with e-mail addresses and mobile numbers struck out: a quoted value may be somebody's.

    >>> without_contacts("contactPoint: value 'someone@example.id' (0812-3456-7890) is refused")
    "contactPoint: value '[…@…]' ([08…]) is refused"
    """
    return _PHONE.sub("[08…]", _EMAIL.sub("[…@…]", message))


def without_quotes(message: str) -> str:
    """Return a message without what it quotes: that may be of a record.

    >>> without_quotes('record 7, field dataset: "Judul" cannot be used')
    'record 7, field dataset: … cannot be used'
    """
    return _QUOTED.sub("…", message)


def group_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the errors that say the same apart from names and numbers as one, the most frequent first.

    Args:
        errors: each with `stage`, `record` and `message`.

    Returns:
        Dicts with `message` (of the first of its kind), `stage`, `count` and `records` (up to three).
    """
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for error in errors:
        group = groups.setdefault(
            (error["stage"] or "", kind(error["message"])),
            {"message": error["message"], "stage": error["stage"], "count": 0, "records": []},
        )
        group["count"] += 1
        if error["record"] and len(group["records"]) < EXAMPLES:
            group["records"].append(error["record"])
    return sorted(groups.values(), key=lambda group: -group["count"])


def kind(message: str) -> str:
    """Return what a message says without what it says it about: quoted values and digits are left out."""
    return " ".join(_DIGITS.sub("#", _QUOTED.sub("…", message)).split())
