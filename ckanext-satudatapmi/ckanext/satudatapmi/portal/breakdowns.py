"""Figures of a breakdown that may stand in one order: of one period, one series, one definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.satudatapmi.figures.registry import Words

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


def about(question: Mapping[str, Any]) -> list[Words]:
    """Return what a question of `pmi_query` is about: the indicator, then each code that was asked for."""
    return [question["label"], *(one["label"] for one in question["codes"].values())]


def named(found: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """Return the series or the definition of an id, of those that an answer tells."""
    return next(one for one in found if one["id"] == name)


def share(figure: Figure, largest: Figure) -> float:
    """Return how long the bar of a figure is, in percent of the largest."""
    return round(100 * figure["value"] / largest["value"], 1) if largest["value"] else 0.0
