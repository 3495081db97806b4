"""What walidata have decided about names: the mapping that matchers read, and the context that a decision holds in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

EVERYWHERE = ""
"""The context of a decision that holds in every one."""
Learned = Mapping[tuple[str, str, str], str | None]
"""The decided code by code list, folded name and context; None for a name that was decided to mean no code."""
NOTHING_LEARNED: Learned = MappingProxyType({})


def context_of(options: Mapping[str, Any] | None) -> str:
    """Return the options of a code list as one text.

    >>> context_of({"within": "35", "level": "kabupaten_kota"})
    'level=kabupaten_kota within=35'
    """
    return " ".join(f"{option}={value}" for option, value in sorted((options or {}).items()) if value)


def options_of(context: str) -> dict[str, str]:
    """Return the options that `context_of` wrote."""
    return dict(part.split("=", 1) for part in context.split())
