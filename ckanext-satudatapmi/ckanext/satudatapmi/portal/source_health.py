"""How a harvest source fares, in one word, from its harvests and its schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

ORDER = ("frozen", "failed", "late", "refused", "stopped", "partial", "never", "slow", "running", "ok")
"""Every word for how a source fares: what needs attention most stands first."""

MARGIN = timedelta(hours=1)
"""How long a harvest may wait for its turn before its source counts as late."""

_WORSE = ("failed", "refused", "stopped")


def health(outcome: str | None, *, frozen: bool, running: bool, late: bool, slow: bool) -> str:
    """Return how a source fares, one word of ORDER.

    Args:
        outcome: of its last harvest that was no dry run, see source_runs.outcome; None if there was none.
        frozen: whether a run waits for a decision.
        running: whether it is being harvested.
        late: whether its next harvest is overdue.
        slow: whether the partner was slow to answer.
    """
    if frozen:
        return "frozen"
    if running:
        return "running"
    if outcome in _WORSE:
        return outcome
    if late:
        return "late"
    if outcome is None:
        return "never"
    # A run that was held and decided about since is no fault any more.
    if outcome == "partial":
        return "partial"
    return "slow" if slow else "ok"


def is_late(frequency: str, next_run: datetime | None, now: datetime) -> bool:
    """Tell whether the next harvest of a source is overdue; times are in UTC, without a zone."""
    return frequency != "MANUAL" and next_run is not None and now - next_run > MARGIN


def failing_since(harvests: Sequence[Mapping[str, Any]]) -> str | None:
    """Return when the first of the latest harvests ended that have failed in a row, None if the last one has not.

    Args:
        harvests: latest first, as source_runs.harvests gives them.
    """
    since = None
    for harvest in harvests:
        if harvest["outcome"] in ("running", "dry_run"):
            continue
        if harvest["outcome"] != "failed":
            break
        since = harvest["finished"]
    return since
