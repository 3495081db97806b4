"""Datasets of this site, scored: what the score needs to know of them, and the score as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from ckanext.satudatapmi.catalogue import datastore_codes, dictionaries, links
from ckanext.satudatapmi.catalogue.quality import Facts, Metric, Score
from ckanext.satudatapmi.reference.published import concepts, published_lists
from ckanext.satudatapmi.schemas import wire


def facts_of(package: Mapping[str, Any]) -> Facts:
    """Return what is known of a dataset in the shape of package_show."""
    return facts_of_all([package])[0]


def facts_of_all(packages: Sequence[Mapping[str, Any]]) -> list[Facts]:
    """Return what is known of datasets, in their order, with one query of each kind for all of them.

    Args:
        packages: in the shape of package_show.
    """
    resources = [resource for package in packages for resource in package.get("resources") or []]
    statuses = links.statuses({address for resource in resources for address in _addresses(resource)})
    lists = datastore_codes.code_lists([one["id"] for one in resources if one.get("datastore_active")])
    return [_facts(package, statuses, lists) for package in packages]


def _facts(package: Mapping[str, Any], statuses: Mapping[str, int], code_lists: Mapping[str, frozenset[str]]) -> Facts:
    resources = package.get("resources") or []
    lists = frozenset(
        name for one in resources for name in (*code_lists.get(one.get("id", ""), ()), *_own_code_lists(one))
    )
    addresses = {address for resource in resources for address in _addresses(resource)}
    # Keys that no field knows, such as `rights`, count as well.
    return Facts(
        wire.wire_extra(package) | dict(package),
        links={address: statuses[address] for address in addresses if address in statuses},
        code_lists=lists,
        linked_lists=lists & linked_lists(),
    )


def _own_code_lists(resource: Mapping[str, Any]) -> Iterable[str]:
    """Return the code lists that the MS-Var of a resource names."""
    return dictionaries.code_lists(dictionaries.own_documents(resource))


def _addresses(resource: Mapping[str, Any]) -> set[str]:
    return {address for name in ("url", "accessURL") if (address := resource.get(name))}


@cache
def linked_lists() -> frozenset[str]:
    """Return the published code lists with codes that are linked to codes elsewhere."""
    return frozenset(name for name in published_lists() if any(concept.linked("same") for concept in concepts(name)))


def described(score: Score, changes: Iterable[tuple[date, int | None]] = ()) -> dict[str, Any]:
    """Return a score as plain data.

    Args:
        score: of a dataset.
        changes: day and points, as history.changes gives them.

    Returns:
        profile, points, of, band, stars, dimensions [{name, title, points, of}], missed [{name, title, advice,
        points}], the most points first, and history [{day, from, to}], oldest first; `from` is None the first time.
        Titles and advice by language.
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
        "history": _steps(changes),
    }


def _steps(changes: Iterable[tuple[date, int | None]]) -> list[dict[str, Any]]:
    """Return the days on which the points became others; days on which the dataset was not public say nothing."""
    steps: list[dict[str, Any]] = []
    for day, points in changes:
        before = steps[-1]["to"] if steps else None
        if points is not None and points != before:
            steps.append({"day": day.isoformat(), "from": before, "to": points})
    return steps


def _missed(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": dict(metric.title),
        "advice": dict(metric.advice),
        "points": metric.points,
    }
