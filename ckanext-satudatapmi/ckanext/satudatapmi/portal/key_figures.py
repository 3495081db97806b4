"""The few figures that people come for, as the home page shows them: what was published last, and what was before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.figures.registry import Words
from ckanext.satudatapmi.portal import breakdowns
from ckanext.satudatapmi.schemas import vocabularies

Ask = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""Answers the parameters of a question as `pmi_query` does."""


@dataclass(frozen=True)
class Change:
    """How a figure differs from that of the period before.

    Attributes:
        former: the earlier figure, as pmi_query gives it.
        percent: of the earlier one, one digit after the comma.
    """

    former: Mapping[str, Any]
    percent: float


@dataclass(frozen=True)
class KeyFigure:
    """What one of the figures says.

    Attributes:
        title: what it is.
        figures: the figure; of a breakdown the largest ones, the largest first. As pmi_query gives them.
        names: of a breakdown, what each of them is of.
        definition: what is counted, as pmi_query gives it.
        facet: the series it stands in, as pmi_query gives it.
        change: since the period before; None where nothing can be compared.
        asked: the parameters by which `/angka` shows it.
    """

    title: Words
    figures: Sequence[Mapping[str, Any]]
    names: Sequence[Words]
    definition: Mapping[str, Any]
    facet: Mapping[str, Any]
    change: Change | None
    asked: Mapping[str, str]

    @property
    def first(self) -> Mapping[str, Any]:
        """The figure, or the largest of them."""
        return self.figures[0]

    def share(self, figure: Mapping[str, Any]) -> float:
        """Return how long the bar of a figure is, in percent of the largest."""
        return breakdowns.share(figure, self.first)


def key_figures(ask: Ask) -> list[KeyFigure]:
    """Return the figures of `schemas/home.yaml` of which a number is published.

    Args:
        ask: answers questions.
    """
    return [found for wanted in _wanted() if (found := key_figure(wanted, ask))]


def key_figure(wanted: Mapping[str, Any], ask: Ask) -> KeyFigure | None:
    """Return a figure, or None if no number of it is published.

    Args:
        wanted: as `schemas/home.yaml` says it: ask, top, title.
        ask: answers questions.
    """
    asked = wanted["ask"]
    answer = ask(asked)
    figures = breakdowns.in_order(answer)[: wanted.get("top", 1)]
    if not figures:
        return None
    first, by = figures[0], asked.get("by")
    return KeyFigure(
        title=wanted.get("title") or answer["question"]["label"],
        figures=figures,
        names=[figure["codes"][by]["label"] for figure in figures] if by else [],
        definition=breakdowns.named(answer["definitions"], first["definition"]),
        facet=breakdowns.named(answer["facets"], first["facet"]),
        change=None if by else _change(first, asked, ask),
        asked={**asked, "time": first["ref_start"][:4]},
    )


def _change(figure: Mapping[str, Any], asked: Mapping[str, str], ask: Ask) -> Change | None:
    """Return how a year's figure differs from that of the year before, of the same series and definition."""
    year = int(figure["ref_start"][:4])
    answer = ask({**asked, "facet": figure["facet"], "time": f"{year - 1}:{year}"})
    former = next(
        (one for one in answer["preferred"] if one["ref_start"] == f"{year - 1}{figure['ref_start'][4:]}"), None
    )
    if former is None or not former["value"] or answer["breaks"] or former["definition"] != figure["definition"]:
        return None
    return Change(former, round(100 * (figure["value"] - former["value"]) / former["value"], 1))


@cache
def _wanted() -> Sequence[Mapping[str, Any]]:
    return vocabularies.read_yaml("home.yaml")["figures"]
