"""Revisions: what became of a figure from one publication to the next (command-center.md sections 3 and 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from statistics import fmean
from typing import Any

from ckanext.satudatapmi.figures.answering import Figure
from ckanext.satudatapmi.figures.words import plain_figure


@dataclass(frozen=True)
class Revision:
    """Two vintages of one cell, the former and the restated one."""

    former: Figure
    restated: Figure

    @property
    def difference(self) -> Decimal | None:
        """By how much the figure was restated; None where one of the two is no number."""
        if self.former.value is None or self.restated.value is None:
            return None
        return self.restated.value - self.former.value

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the former figure; None where there is none or the former is zero."""
        if self.difference is None or not self.former.value:
            return None
        return 100 * self.difference / self.former.value

    @property
    def redefined(self) -> bool:
        """Tell whether the restated figure counts by another definition, so that the two do not compare."""
        return self.former.definition != self.restated.definition


@dataclass(frozen=True)
class Triangle:
    """All vintages of the cells of one series: a row a period, a column a publication."""

    rows: tuple[tuple[Figure, ...], ...]

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """The steps from vintage to vintage, period by period."""
        return tuple(Revision(one, other) for row in self.rows for one, other in pairwise(row))

    @property
    def mean_absolute_revision(self) -> float | None:
        """Mean of |restated - former| / former over the revisions by one definition; None without any."""
        steps = [one.percent for one in self.revisions if one.percent is not None and not one.redefined]
        return fmean(abs(float(step)) / 100 for step in steps) if steps else None


def triangles(figures: Iterable[Figure]) -> list[Triangle]:
    """Return the triangle of each series, its periods in order and the vintages of each from the first to the last.

    Args:
        figures: all vintages of any number of series.
    """
    ordered = sorted(figures, key=lambda one: (*_series(one), one.ref_end, one.ref_start, one.vintage))
    return [
        Triangle(tuple(tuple(group) for _period, group in groupby(of_series, key=_period)))
        for _key, of_series in groupby(ordered, key=_series)
    ]


def _series(figure: Figure) -> tuple[str, ...]:
    return (figure.facet, *figure.codes.values())


def _period(figure: Figure) -> tuple[object, object]:
    return figure.ref_start, figure.ref_end


def plain_triangle(triangle: Triangle) -> dict[str, Any]:
    """Return a triangle as plain data: each period with its vintages and the steps between them."""
    first = triangle.rows[0][0]
    return {
        "series": {name: value for name, value in plain_figure(first).items() if name in ("codes", "facet", "unit")},
        "mean_absolute_revision": triangle.mean_absolute_revision,
        "periods": [
            {
                "ref_start": row[0].ref_start.isoformat(),
                "ref_end": row[0].ref_end.isoformat(),
                "vintages": [plain_figure(one) for one in row],
                "revisions": [_plain_revision(Revision(one, other)) for one, other in pairwise(row)],
            }
            for row in triangle.rows
        ],
    }


def _plain_revision(revision: Revision) -> dict[str, Any]:
    return {
        "from": revision.former.vintage.isoformat(),
        "to": revision.restated.vintage.isoformat(),
        "difference": None if revision.difference is None else float(revision.difference),
        "percent": None if revision.percent is None else round(float(revision.percent), 2),
        "redefined": revision.redefined,
    }
