"""What is known of migrant workers from an area, or in a country: figures, datasets, and who publishes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.figures.registry import Indicator, Words, indicators
from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.portal import breakdowns
from ckanext.satudatapmi.portal.indicators import ALL_TIMES, Ask, Broken, broken
from ckanext.satudatapmi.reference import wilayah

MAIN = "placement"
"""The indicator that is broken down on the page of a place."""
ACROSS = {"origin": "destination", "destination": "origin"}
DATASETS = 8
BODIES = 10
Search = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Searches datasets as `package_search` does."""


@dataclass(frozen=True)
class Known:
    """The last figure of an indicator for a place, and how many periods are published."""

    indicator: Indicator
    figure: breakdowns.Figure
    periods: int
    asked: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """A place and what is known of it.

    Attributes:
        dimension: `origin` or `destination`.
        code: of the place.
        name: by language.
        known: the indicators of which a figure is published.
        across: the placements from here by destination, or to here by province; None where nothing is published.
        within: the placements of its districts; None where it has none, or nothing is published.
        above: the areas in which it lies, the largest first, without the nation.
        parts: the areas of which it consists.
        datasets: those that name it, and how many there are.
        bodies: name, title and number of datasets of those who publish them.
    """

    dimension: str
    code: str
    name: Words
    known: Sequence[Known]
    across: Broken | None
    within: Broken | None
    above: Sequence[wilayah.Wilayah]
    parts: Sequence[wilayah.Wilayah]
    datasets: Sequence[Mapping[str, Any]]
    datasets_found: int
    bodies: Sequence[Mapping[str, Any]]


def place(dimension: str, code: str, ask: Ask, search: Search) -> Place:
    """Return what is known of a place.

    Args:
        dimension: `origin` for an area of Indonesia, `destination` for a country.
        code: of the dimension's list.
        ask: calls an action.
        search: searches datasets that everybody may see.
    """
    area = wilayah.areas().get(code) if dimension == "origin" else None
    parts = wilayah.within_area(code) if area and area.level == "provinsi" else []
    found = search(_naming(label(dimension, code)["id"]))
    here = {"indicator": MAIN, dimension: code}
    return Place(
        dimension,
        code,
        label(dimension, code),
        [one for indicator in indicators().values() if (one := _known(indicator, dimension, code, ask))],
        broken(here, ACROSS[dimension], ask),
        broken(here, "origin", ask) if parts else None,
        [wilayah.areas()[area.parent]] if area and area.parent else [],
        parts,
        found["results"],
        found["count"],
        found["search_facets"].get("organization", {}).get("items", []),
    )


def _known(indicator: Indicator, dimension: str, code: str, ask: Ask) -> Known | None:
    if dimension not in indicator.breakdowns:
        return None
    asked = {"indicator": indicator.id, dimension: code}
    answer = ask("pmi_query", asked | {"time": ALL_TIMES})
    figures = breakdowns.in_order(answer)
    if not figures:
        return None
    periods = {one["ref_end"] for one in answer["preferred"] if one["value"] is not None}
    return Known(indicator, figures[0], len(periods), asked)


def _naming(name: str) -> dict[str, Any]:
    """Return the search for datasets that name a place."""
    quoted = name.removeprefix("Kabupaten ").replace('"', "")
    return {
        "q": f'"{quoted}"',
        "fq": "dataset_type:dataset",
        "rows": DATASETS,
        "facet.field": ["organization"],
        "facet.limit": BODIES,
        "facet.mincount": 1,
    }


def codes_with_figures(dimension: str, ask: Ask) -> Broken | None:
    """Return the placements of all places of a dimension: provinces, or countries."""
    return broken({"indicator": MAIN}, dimension, ask)
