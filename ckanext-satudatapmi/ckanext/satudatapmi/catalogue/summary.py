"""The quality of the metadata of a publisher, or of the whole portal: figures, what to mend first, how it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import fmean, median
from typing import Any

from ckanext.satudatapmi.catalogue import history, quality
from ckanext.satudatapmi.catalogue.history import DayMean
from ckanext.satudatapmi.catalogue.quality import Profile

TOTAL = "total"
"""Name of the metric that is the whole score."""

Standing = tuple[str | None, int, Mapping[str, int]]
"""Of a dataset: its organisation's id, its points, its points by dimension."""


def summary(profile_name: str, organization: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the public datasets score, as they were last measured; points are rounded to one decimal.

    Args:
        profile_name: of the profile.
        organization: id, name and title of the organisation; None for the whole portal.

    Returns:
        profile, title by language, of, measured (ISO 8601 in UTC, None before the first measurement), organization,
        datasets, mean, median and band (None without datasets), bands [{name, from, datasets}], dimensions [{name,
        title, mean, of}], mend, history [{day, mean, datasets}] and, for the portal, publishers [{name, title,
        datasets, mean, median, band}].

        `mend` holds what is missed, with the most points to gain first: {name, dimension, title, definition, advice,
        points, datasets (that miss it), gain (points that mending them would add up to), mean_gain (by how much the
        mean would rise), examples [{name, title}]}.
    """
    profile = quality.profile(profile_name)
    owner = organization["id"] if organization else None
    standing = history.standing(profile_name, owner)
    measured = history.last_measured()
    found = {
        "profile": profile.name,
        "title": dict(profile.title),
        "of": profile.points,
        "measured": measured.isoformat() if measured else None,
        "organization": dict(organization) if organization else None,
        **_figures([points for _owner, points, _dimensions in standing], profile),
        "bands": _bands([points for _owner, points, _dimensions in standing], profile),
        "dimensions": _dimensions(standing, profile),
        "mend": _mend(history.missing(profile_name, owner), len(standing), profile),
        "history": [
            {"day": one.day.isoformat(), "mean": round(one.mean, 1), "datasets": one.datasets}
            for one in _up_to(history.days(profile_name, owner), measured)
        ],
    }
    return found if organization else found | {"publishers": _publishers(standing, profile)}


def _figures(points: Sequence[int], profile: Profile) -> dict[str, Any]:
    if not points:
        return {"datasets": 0, "mean": None, "median": None, "band": None}
    return {
        "datasets": len(points),
        "mean": round(fmean(points), 1),
        "median": round(float(median(points)), 1),
        "band": profile.band(fmean(points)),
    }


def _bands(points: Iterable[int], profile: Profile) -> list[dict[str, Any]]:
    number: dict[str, int] = defaultdict(int)
    for one in points:
        number[profile.band(one)] += 1
    return [{"name": name, "from": start, "datasets": number[name]} for name, start in profile.bands]


def _dimensions(standing: Sequence[Standing], profile: Profile) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "title": dict(one.title),
            "mean": round(fmean(reached.get(one.name, 0) for _owner, _points, reached in standing), 1),
            "of": one.points,
        }
        for one in profile.dimensions
        if standing
    ]


def _mend(
    missing: Mapping[str, tuple[int, list[dict[str, str]]]], datasets: int, profile: Profile
) -> list[dict[str, Any]]:
    found = [
        {
            "name": name,
            "dimension": dimension.name,
            "title": dict(metric.title),
            "definition": dict(metric.definition),
            "advice": dict(metric.advice),
            "points": metric.points,
            "datasets": missing[name][0],
            "gain": metric.points * missing[name][0],
            "mean_gain": round(metric.points * missing[name][0] / datasets, 1),
            "examples": missing[name][1],
        }
        for name, (dimension, metric) in profile.metrics.items()
        if name in missing
    ]
    return sorted(found, key=lambda one: -one["gain"])


def _up_to(days: Sequence[DayMean], measured: datetime | None) -> list[DayMean]:
    """Return the days on which something changed, and the last one measured, on which it stood as before."""
    last = measured.astimezone(history.zone()).date() if measured else None
    if not days or last is None or days[-1].day >= last:
        return list(days)
    return [*days, replace(days[-1], day=last)]


def _publishers(standing: Iterable[Standing], profile: Profile) -> list[dict[str, Any]]:
    """Return the organisations with public datasets, the best first."""
    by_owner: dict[str, list[int]] = defaultdict(list)
    for owner, points, _dimensions_reached in standing:
        if owner:
            by_owner[owner].append(points)
    bodies = history.organizations()
    found = [
        {"name": bodies[owner]["name"], "title": bodies[owner]["title"], **_figures(points, profile)}
        for owner, points in by_owner.items()
        if owner in bodies
    ]
    return sorted(found, key=lambda one: (-one["mean"], one["title"]))


def metric(profile_name: str, name: str) -> dict[str, Any] | None:
    """Return what is measured under a name: a metric, the points of a dimension, or the total; None if nothing is.

    Returns:
        profile, kind (metric, dimension or total), name, title, definition and points; of a metric also dimension,
        advice and level. Texts by language.
    """
    profile = quality.profile(profile_name)
    if name == TOTAL:
        texts = {"title": dict(profile.title), "definition": dict(profile.definition)}
        return {"profile": profile.name, "kind": "total", "name": name, **texts, "points": profile.points}
    for dimension in profile.dimensions:
        texts = {"title": dict(dimension.title), "definition": dict(dimension.definition)}
        if dimension.name == name:
            return {"profile": profile.name, "kind": "dimension", "name": name, **texts, "points": dimension.points}
    if name not in profile.metrics:
        return None
    dimension, found = profile.metrics[name]
    return {
        "profile": profile.name,
        "kind": "metric",
        "name": name,
        "title": dict(found.title),
        "definition": dict(found.definition),
        "points": found.points,
        "dimension": {"name": dimension.name, "title": dict(dimension.title)},
        "advice": dict(found.advice),
        "level": found.level,
    }


def datasets_missing(
    wanted: Mapping[str, Any], organization: Mapping[str, str] | None, offset: int, limit: int
) -> dict[str, Any]:
    """Return how many public datasets miss a metric (count), and a page of them (datasets: name and title).

    Args:
        wanted: as `metric` gives it.
        organization: whose datasets; None for the whole portal.
        offset, limit: of the page.
    """
    owner = organization["id"] if organization else None
    found = history.missing(wanted["profile"], owner, wanted["name"], offset + 1, offset + limit)
    count, datasets = found.get(wanted["name"], (0, []))
    return {"organization": dict(organization) if organization else None, "count": count, "datasets": datasets}
