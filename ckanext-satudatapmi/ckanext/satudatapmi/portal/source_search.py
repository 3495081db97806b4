"""Finding harvest sources: by words, by how they fare, by protocol; those that need attention most stand first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ckanext.satudatapmi.portal import source_health, source_runs, sources
from ckanext.satudatapmi.portal.memory import remembered

LIMIT_MAX = 200
RECENT = 10
FILTERS = ("health", "protocol")
SECONDS = 10.0
"""How old what is said of all sources may be: many visitors share one reading."""


def search(asked: Mapping[str, Any], proposed_of: sa.ColumnElement[bool] | None = None) -> dict[str, Any]:
    """Return the sources that are like what is asked.

    Args:
        asked: q (part of title, name or publisher), health, protocol, offset and limit.
        proposed_of: if given, proposed sources are searched, those for which this condition on Package holds.

    Returns:
        count; sources (as sources.source_list gives them, with `failing_since` and `recent`: the latest runs, oldest
        first, each {id, finished, outcome}); datasets (sum of all that were found); and of all sources, whatever is
        asked, all (their number) and how many have each health and protocol.
    """
    every = _accepted() if proposed_of is None else sources.proposed_list(proposed_of)
    found = [source for source in every if _is_like(source, asked)]
    found.sort(key=lambda source: source_health.ORDER.index(source["health"]))
    shown = found[asked["offset"] : asked["offset"] + min(asked["limit"], LIMIT_MAX)]
    return {
        "count": len(found),
        "all": len(every),
        "datasets": sum(source["datasets"] for source in found),
        "health": _counted(every, "health"),
        "protocol": _counted(every, "protocol"),
        "sources": _with_recent(shown),
    }


def _accepted() -> list[dict[str, Any]]:
    return remembered("source list", sources.source_list, SECONDS)


def _is_like(source: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    if any(asked.get(name) and source[name] != asked[name] for name in FILTERS):
        return False
    texts = (source["title"] or "", source["name"], (source["organization"] or {}).get("title") or "")
    wanted = asked.get("q", "").casefold().split()
    return all(any(word in text.casefold() for text in texts) for word in wanted)


def _counted(found: Iterable[Mapping[str, Any]], name: str) -> dict[str, int]:
    return dict(Counter(source[name] for source in found).most_common())


def _with_recent(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    jobs = source_runs.latest_jobs([source["id"] for source in shown], RECENT)
    of_source: dict[str, list[dict[str, Any]]] = {}
    for job, harvest in zip(jobs, source_runs.harvests(jobs), strict=True):
        of_source.setdefault(job["source_id"], []).append(harvest)
    result = []
    for source in shown:
        latest = of_source.get(source["id"], [])
        recent = [{name: one[name] for name in ("id", "finished", "outcome")} for one in reversed(latest)]
        result.append(source | {"recent": recent, "failing_since": source_health.failing_since(latest)})
    return result
