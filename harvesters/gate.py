"""The policy gate: how much a source may change at once before a person has to look.

A partner's server that answers with half its catalogue, or with another one, is no reason to delete or rewrite what it
published. Each source has limits; a run beyond them changes nothing until an operator has seen the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.text import _

FEW = 5
"""So many datasets may always vanish, come or change: shares say little about small catalogues."""

SHARES = ("max_deletions", "max_creations", "max_changes")
MOST: Mapping[str, float] = {**dict.fromkeys(SHARES, 1_000_000), "grace_days": 36_500}
"""The largest limits that can be set."""


@dataclass(frozen=True)
class Limits:
    """What a source may do at once.

    Attributes:
        max_deletions, max_creations, max_changes: shares of the datasets that the source has; 1 is all of them.
        grace_days: how long a dataset that vanished stays before it is deleted.
    """

    max_deletions: float = 0.2
    max_creations: float = 5.0
    max_changes: float = 1.0
    grace_days: float = 7.0

    @classmethod
    def of(cls, config: Mapping[str, Any], site: Mapping[str, Any] | None = None) -> Limits:
        """Return the limits that a source's configuration has under `policy`, the site's where it has none."""
        own = config.get("policy") or {}
        given = {**(site or {}), **own}
        return cls(**{name: float(given[name]) for name in cls.__dataclass_fields__ if given.get(name) is not None})


@dataclass(frozen=True)
class Difference:
    """What a run would do, in numbers of datasets.

    Attributes:
        known: datasets that the source has and that have not vanished.
        read: records of the catalogue.
        created, changed, vanished, returned, deleted: what would become of datasets; deleted are those whose grace is
            over.
        problem: why the catalogue was not read to its end, "" if it was.
        announced: how many the partner says there are; None if it does not.
        whole: whether what was read is all that the catalogue holds, and not only what changed.
    """

    known: int
    read: int
    created: int = 0
    changed: int = 0
    vanished: int = 0
    returned: int = 0
    deleted: int = 0
    problem: str = ""
    announced: int | None = None
    whole: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        return not (self.created or self.changed or self.vanished or self.returned or self.deleted)


@dataclass(frozen=True)
class Reason:
    """Why a run has to wait: kind (empty, truncated, deletions, creations, changes), how many, and the limit."""

    kind: str
    count: int = 0
    limit: float = 0.0
    detail: str = ""

    def words(self) -> str:
        """Return the reason as a sentence."""
        return _WORDS[self.kind](self)


def judge(difference: Difference, limits: Limits) -> tuple[Reason, ...]:
    """Return why a run must wait for a person; nothing if it may go on.

    A source that has no dataset yet has nothing to lose: all that it brings is taken.
    """
    if not difference.known:
        return ()
    reasons = []
    if difference.whole and not difference.read:
        reasons.append(Reason("empty", difference.known))
    elif difference.problem:
        reasons.append(Reason("truncated", difference.read, detail=difference.problem))
    elif difference.announced is not None and difference.announced > difference.read:
        reasons.append(Reason("short", difference.read, difference.announced))
    for kind, count, share in (
        ("deletions", difference.vanished, limits.max_deletions),
        ("creations", difference.created, limits.max_creations),
        ("changes", difference.changed, limits.max_changes),
    ):
        if count > FEW and count > share * difference.known:
            reasons.append(Reason(kind, count, share, str(difference.known)))
    return tuple(reasons)


_WORDS = {
    "empty": lambda reason: _(
        "The catalogue is empty, while {count} datasets came from it before. Nothing was changed.", count=reason.count
    ),
    "truncated": lambda reason: _(
        "The catalogue could not be read to its end ({detail}). Nothing was changed.", detail=reason.detail
    ),
    "short": lambda reason: _(
        "The catalogue says that it has {limit} datasets, but only {count} came. Nothing was changed.",
        count=reason.count,
        limit=int(reason.limit),
    ),
    "deletions": lambda reason: _(
        "{count} of {known} datasets have vanished from the catalogue; up to {limit} % may at once.",
        count=reason.count,
        known=reason.detail,
        limit=round(100 * reason.limit),
    ),
    "creations": lambda reason: _(
        "{count} datasets are new, where {known} were before; up to {limit} % may come at once.",
        count=reason.count,
        known=reason.detail,
        limit=round(100 * reason.limit),
    ),
    "changes": lambda reason: _(
        "{count} of {known} datasets have changed; up to {limit} % may at once.",
        count=reason.count,
        known=reason.detail,
        limit=round(100 * reason.limit),
    ),
}
