"""Figures of a breakdown that may stand in one order: of one period, one series, one definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Figure = Mapping[str, Any]
"""A figure as `pmi_query` gives it."""


def in_order(answer: Mapping[str, Any]) -> list[Figure]:
    """Return the figures with a number that count the same thing, the largest first.

    They are of the last period that the answer holds. Where several series or definitions have figures of it, those of
    the best-ranked one are taken: others do not stand in one order with them.

    Args:
        answer: of `pmi_query`.
    """
    figures = [one for one in answer["preferred"] if one["value"] is not None]
    last = max((one["ref_end"] for one in figures), default="")
    of_last = [one for one in figures if one["ref_end"] == last]
    ranks = {one["id"]: one["rank"] for one in answer["facets"]}
    kind = min(((ranks[one["facet"]], one["facet"], one["definition"]) for one in of_last), default=None)
    alike = [one for one in of_last if (ranks[one["facet"]], one["facet"], one["definition"]) == kind]
    return sorted(alike, key=lambda one: -one["value"])
