"""Measuring: what every public dataset scores by every profile, and what changed since the last time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, TypeVar

import ckan.model as model

from ckanext.satudatapmi.catalogue import assessment, history, quality
from ckanext.satudatapmi.catalogue.history import Measured
from ckanext.satudatapmi.catalogue.quality import Score

CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True)
class Measurement:
    """What a measurement found: counts of datasets, of those with another score than before, of those that left."""

    datasets: int
    changed: int
    left: int


def measure(packages: Iterable[Mapping[str, Any]], day: date) -> Measurement:
    """Score datasets, and store what changed, some datasets at a time; whatever was stored before a fault stays.

    Args:
        packages: all public datasets, in the shape of package_show. One that is not among them has left.
        day: of the measurement.
    """
    with history.alone() as connection:
        known = history.latest(connection)
        seen: set[str] = set()
        changed: set[str] = set()
        for chunk in _chunks(packages):
            rows = [row for row in _scores(chunk, day) if not _is_known(row, known)]
            history.store(rows)
            seen |= {package["id"] for package in chunk}
            changed |= {row.dataset_id for row in rows}
        left = [_left(row, day) for row in known.values() if row.dataset_id not in seen and row.points is not None]
        for rows in _chunks(left):
            history.store(rows)
        if changed or left:
            history.analyse(connection)
    model.set_system_info(history.MEASURED, datetime.now(UTC).isoformat(timespec="seconds"))
    return Measurement(len(seen), len(changed), len({row.dataset_id for row in left}))


def _scores(packages: Sequence[Mapping[str, Any]], day: date) -> Iterator[Measured]:
    grouped = history.in_groups(package["id"] for package in packages)
    whole = [package | {"groups": [{}]} if package["id"] in grouped else package for package in map(dict, packages)]
    for package, facts in zip(whole, assessment.facts_of_all(whole), strict=True):
        for name in quality.PROFILES:
            yield _measured(package, quality.score(facts, name), day)


def _measured(package: Mapping[str, Any], score: Score, day: date) -> Measured:
    dimensions = {one.dimension.name: one.points for one in score.dimensions}
    missed = [metric.name for metric in score.missed]
    return Measured(package["id"], score.profile, day, package.get("owner_org"), score.points, dimensions, missed)


def _is_known(row: Measured, known: Mapping[tuple[str, str], Measured]) -> bool:
    before = known.get((row.dataset_id, row.profile))
    return before is not None and row.same(before)


def _left(row: Measured, day: date) -> Measured:
    return replace(row, day=day, points=None, dimensions=None, missed=None)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
