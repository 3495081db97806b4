"""What the page of an indicator says: figures over time and by breakdown, who publishes them, why they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ckanext.satudatapmi.figures.comparing import Comparison, comparable
from ckanext.satudatapmi.figures.registry import (
    Definition,
    Dimension,
    Facet,
    Indicator,
    definitions_of,
    dimensions,
    facets_of,
    indicators,
)
from ckanext.satudatapmi.portal import breakdowns

Ask = Callable[[str, Mapping[str, str]], Any]
"""Calls an action by its name."""
ALL_TIMES = "1900:2100"
DISTRICTS = "kabupaten_kota"
"""A nation divides into provinces."""
SHOWN = 12
"""Of a breakdown on the page; the table of the answer has all."""


@dataclass(frozen=True)
class Broken:
    """An indicator by one dimension, in the last period that is published so.

    Attributes:
        dimension: by which it is broken down.
        asked: the parameters by which `/angka` shows all of it.
        figures: those that stand in one order, the largest first.
        question, facet: as pmi_query gives them.
        years: of which it is published so; none while that is worked out.
    """

    dimension: Dimension
    asked: Mapping[str, str]
    figures: Sequence[breakdowns.Figure]
    question: Mapping[str, Any]
    facet: Mapping[str, Any]
    years: Sequence[int]

    @property
    def shown(self) -> Sequence[breakdowns.Figure]:
        """The figures for which the page has room."""
        return self.figures[:SHOWN]

    def share(self, figure: breakdowns.Figure) -> float:
        """Return how long the bar of a figure is, in percent of the largest."""
        return breakdowns.share(figure, self.figures[0])


@dataclass(frozen=True)
class IndicatorPage:
    """What the page shows.

    Attributes:
        indicator: which one.
        latest: the figure of the whole in its last period, None where none is published.
        series: the answer for all periods, as pmi_query gives it.
        restated: periods of which a figure was restated, the last first, as pmi_revision_list gives them.
        broken: the breakdowns of which something is published.
        facets: who publishes it, ranked.
        definitions: what these count.
        differences: in what two of the definitions differ.
        sources: the files in which its figures stand, each with the dataset.
    """

    indicator: Indicator
    latest: breakdowns.Figure | None
    series: Mapping[str, Any]
    restated: Sequence[Mapping[str, Any]]
    broken: Sequence[Broken]
    facets: Sequence[Facet]
    definitions: Sequence[Definition]
    differences: Sequence[Comparison]
    sources: Sequence[Mapping[str, Any]]

    def of_dimension(self, name: str) -> Broken | None:
        """Return the breakdown by a dimension, None where nothing is published by it."""
        return next((one for one in self.broken if one.dimension.name == name), None)


@dataclass(frozen=True)
class Entry:
    """An indicator in the list of all: with its last figure, if it has one of the whole."""

    indicator: Indicator
    latest: breakdowns.Figure | None


def entries(ask: Ask) -> list[Entry]:
    """Return all indicators."""
    return [Entry(one, _latest(ask("pmi_query", {"indicator": one.id}))) for one in indicators().values()]


def indicator_page(indicator: Indicator, ask: Ask, year: str = "") -> IndicatorPage:
    """Return what the page of an indicator shows.

    Args:
        indicator: which one.
        ask: calls an action.
        year: of the breakdowns; of those that have nothing in it, as where none is given, the last one.
    """
    spanned = {"indicator": indicator.id, "time": ALL_TIMES}
    series = ask("pmi_query", spanned)
    parts = [found for name in indicator.breakdowns if (found := _part(indicator, name, ask, year))]
    mine = sorted(facets_of(indicator.id), key=lambda one: one.rank)
    meant = definitions_of(mine)
    figures = [*series["preferred"], *(one for each in parts for one in each.figures)]
    return IndicatorPage(
        indicator,
        _latest(ask("pmi_query", {"indicator": indicator.id})),
        series,
        _restated(ask("pmi_revision_list", spanned)),
        parts,
        mine,
        meant,
        [comparable(one, other) for one, other in combinations(meant, 2)],
        list({(one["source"]["package_id"], one["source"]["file"]): one["source"] for one in figures}.values()),
    )


def _part(indicator: Indicator, name: str, ask: Ask, year: str) -> Broken | None:
    asked = {"indicator": indicator.id}
    found = broken(asked | {"time": year}, name, ask) if year else None
    return found or broken(asked, name, ask)


def _latest(answer: Mapping[str, Any]) -> breakdowns.Figure | None:
    found = breakdowns.in_order(answer)
    return found[0] if found else None


def broken(asked: Mapping[str, str], name: str, ask: Ask) -> Broken | None:
    """Return the figures of a question by one dimension in the last period that is published so, None without any.

    Args:
        asked: parameters of the question.
        name: of the dimension.
        ask: calls an action.
    """
    answer = ask("pmi_query", {**asked, "by": name})
    figures = breakdowns.in_order(answer)
    if not figures:
        return None
    facet = breakdowns.named(answer["facets"], figures[0]["facet"])
    period = {**asked, "by": name, "time": figures[0]["ref_start"][:4]}
    rows = [row for row in answer["availability"] or [] if row["broken_down"] == [name]]
    years = sorted({int(row["year"]) for row in rows if row["origin_level"] != DISTRICTS})
    return Broken(dimensions()[name], period, figures, answer["question"], facet, years)


def _restated(triangles: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    periods = [
        period | {"facet": triangle["series"]["facet"]}
        for triangle in triangles
        for period in triangle["periods"]
        if len(period["vintages"]) > 1
    ]
    return sorted(periods, key=lambda one: one["ref_end"], reverse=True)
