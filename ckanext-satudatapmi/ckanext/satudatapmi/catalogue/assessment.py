"""Datasets of this site, scored: what the score needs to know of them, and the score as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import links
from ckanext.satudatapmi.catalogue.quality import Facts, Metric, Score
from ckanext.satudatapmi.reference.published import concepts, published_lists
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
        if resource.get("datastore_active")
        for code_list in _code_lists(resource["id"], context)
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


def _code_lists(resource_id: str, context: Any) -> set[str]:
    """Return the published code lists that columns of a table are bound to in its data dictionary."""
    try:
        found = tk.get_action("datastore_search")(tk.fresh_context(context), {"resource_id": resource_id, "limit": 0})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return set()
    named = {str((field.get("info") or {}).get("codes") or "") for field in found["fields"]}
    return named & set(published_lists())


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
