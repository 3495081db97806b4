"""Datasets of this site, scored: what the score needs to know of them, and the score as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.catalogue import dictionaries, links
from ckanext.satudatapmi.catalogue.quality import Facts, Metric, Score
from ckanext.satudatapmi.reference.published import concepts
from ckanext.satudatapmi.schemas import wire


def facts_of(package: Mapping[str, Any], context: Any) -> Facts:
    """Return what is known of a dataset.

    Args:
        package: in the shape of package_show.
        context: of the caller, who may see it.
    """
    lists = frozenset(
        code_list
        for resource in package.get("resources") or []
        for code_list in dictionaries.code_lists(dictionaries.documents_of(resource, context))
    )
    linked = frozenset(name for name in lists if any(concept.linked("same") for concept in concepts(name)))
    addresses = {resource.get(name) for resource in package.get("resources") or [] for name in ("url", "accessURL")}
    # Keys that no field knows, such as `rights`, count as well.
    return Facts(
        wire.wire_extra(package) | dict(package),
        links=links.statuses(address for address in addresses if address),
        code_lists=lists,
        linked_lists=linked,
    )


def described(score: Score) -> dict[str, Any]:
    """Return a score as plain data.

    Returns:
        profile, points, of, band, stars, dimensions [{name, title, points, of}] and missed [{name, title, advice,
        points}], the most points first; titles and advice by language.
    """
    return {
        "profile": score.profile,
        "points": score.points,
        "of": score.of,
        "band": score.band,
        "stars": score.stars,
        "dimensions": [
            {"name": one.dimension.name, "title": dict(one.dimension.title), "points": one.points, "of": one.of}
            for one in score.dimensions
        ],
        "missed": [_missed(metric) for metric in score.missed],
    }


def _missed(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": dict(metric.title),
        "advice": dict(metric.advice),
        "points": metric.points,
    }
