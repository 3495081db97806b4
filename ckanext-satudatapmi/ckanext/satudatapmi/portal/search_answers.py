"""The figure that a search asks for: whoever searches "Lombok Tengah ke Malaysia 2022" wants a number before a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures import asking
from ckanext.satudatapmi.figures.registry import Words
from ckanext.satudatapmi.portal import breakdowns
from ckanext.satudatapmi.portal.indicators import Ask

TELLING = frozenset({"indicator", "origin", "destination"})
"""What a search has to name for a figure to be meant: a year or a sex alone may stand in any title."""
NEAREST = 3


@dataclass(frozen=True)
class SearchAnswer:
    """What a search asked for as a question to the single data.

    Attributes:
        about: what it was read as: the indicator, then each code.
        asked: the parameters by which `/angka` answers it.
        figure: the figure; None where nobody has published it.
        facet: the series it stands in; None without a figure.
        nearest: without a figure, the nearest ones that are published.
    """

    about: Sequence[Words]
    asked: Mapping[str, str]
    figure: breakdowns.Figure | None
    facet: Mapping[str, object] | None
    nearest: Sequence[breakdowns.Figure]


def answer_to(text: str, ask: Ask) -> SearchAnswer | None:
    """Return the answer to a search; None where one of its words is none of a question, for datasets are meant then.

    Args:
        text: what was searched for.
        ask: calls an action.
    """
    understood = asking.understand(text)
    parameters = dict(understood.parameters)
    if understood.doubts or not TELLING & parameters.keys() or "aggregate" in parameters:
        return None
    try:
        found = ask("pmi_query", parameters)
    except tk.ValidationError:
        return None
    figures = breakdowns.in_order(found)
    figure = figures[0] if figures else None
    facet = breakdowns.named(found["facets"], figure["facet"]) if figure else None
    return SearchAnswer(breakdowns.about(found["question"]), parameters, figure, facet, found["nearest"][:NEAREST])
