"""What the methods are called, by which numbers they decide, and why they refuse (schemas/figures/signals.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies

Words = Mapping[str, str]
REASONS = "reasons"


@dataclass(frozen=True)
class Refusal:
    """Why a method gives no result.

    Attributes:
        reason: an id of the file.
        facts: what its words name.
    """

    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return the reason and its words by language."""
        said = {language: text.format(**self.facts) for language, text in _document()[REASONS][self.reason].items()}
        return {"reason": self.reason, "words": said}


def settings(method: str) -> Mapping[str, Any]:
    """Return the numbers by which a method decides."""
    return _document()[method]["settings"]


def plain_method(method: str) -> dict[str, Any]:
    """Return what is told of a method beside each of its results."""
    told = _document()[method]
    return {"id": method, **{name: told[name] for name in ("title", "formula", "source", "settings", "assumptions")}}


@cache
def _document() -> Mapping[str, Any]:
    return vocabularies.read_yaml("figures/signals.yaml")
