"""Names as tables have them and as walidata have decided them: what matchers read, and what the queue is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ckanext.satudatapmi.reference.matching import Match

EVERYWHERE = ""
"""The context of a decision that holds in every one."""
Learned = Mapping[tuple[str, str, str], str | None]
"""The decided code by code list, folded name and context; None for a name that was decided to mean no code."""
NOTHING_LEARNED: Learned = MappingProxyType({})


@dataclass(frozen=True)
class NameSeen:
    """A name of a coded field, as a table has it in one context.

    Attributes:
        field: name of the field.
        codes: name of its code list.
        context: the options of the code list that the name was matched with, as `context_of` writes them.
        folded: the name as decisions are kept under.
        match: what it was found to be.
        row, column: where it stands first.
        figures: how many figures it stands beside.
        printed: the cells of that row as printed, or none.
    """

    field: str
    codes: str
    context: str
    folded: str
    match: Match
    row: int
    column: str
    figures: int
    printed: tuple[str, ...] = ()


def context_of(options: Mapping[str, Any] | None) -> str:
    """Return the options of a code list as one text.

    >>> context_of({"within": "35", "level": "kabupaten_kota"})
    'level=kabupaten_kota within=35'
    """
    return " ".join(f"{option}={value}" for option, value in sorted((options or {}).items()) if value)


def options_of(context: str) -> dict[str, str]:
    """Return the options that `context_of` wrote."""
    return dict(part.split("=", 1) for part in context.split())
