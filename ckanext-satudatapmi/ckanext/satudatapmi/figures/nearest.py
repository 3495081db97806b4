"""What is known around a cell that nobody published: the nearest published cells, and the bounds that margins set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ckanext.satudatapmi.figures.answering import Figure, Reader, figures_of, selection_of
from ckanext.satudatapmi.figures.bounds import Bounds, MarginError, frechet_of
from ckanext.satudatapmi.figures.question import ALL, Question
from ckanext.satudatapmi.figures.registry import dimensions, facets
from ckanext.satudatapmi.reference import wilayah

MOST = 6
ADDITIVE = ("flow", "stock", "cumulative_flow", "event", "amount")


@dataclass(frozen=True)
class Bounded:
    """Bounds of an unpublished cell and the figures that set them: the margins, the total last."""

    bounds: Bounds
    figures: tuple[Figure, ...]


def nearest(question: Question, read: Reader) -> tuple[Figure, ...]:
    """Return the published cells nearest to the one asked for: fewer breakdowns in its period, then other periods."""
    around = _around(question, read)
    asked = dict(question.codes)
    wider = sorted((one for one in around if _asked(one) != asked), key=lambda one: (_steps(question, one), _rank(one)))
    other_times = figures_of(replace(question, time=None, frequency=None, by=(), aggregate=None), read)
    return tuple([*_unlike(wider), *other_times][:MOST])


def published_later(question: Question, read_vintages: Reader) -> tuple[Figure, ...]:
    """Return the first vintages of the figures that were published after the day whose knowledge is asked for.

    Args:
        question: that has no answer as of its day.
        read_vintages: gives every vintage, the oldest first.
    """
    if question.as_of is None:
        return ()
    first: dict[tuple[object, ...], Figure] = {}
    for one in figures_of(replace(question, as_of=None, aggregate=None), read_vintages):
        first.setdefault((one.series_id, one.ref_start, one.ref_end), one)
    return tuple(first.values())[:MOST]


def bounds_of(question: Question, read_vintages: Reader) -> Bounded | None:
    """Return the Fréchet bounds of an unpublished cell, or None where its margins and total are not published.

    Args:
        question: of one cell.
        read_vintages: gives every vintage, the oldest first: a total may have been restated by another definition
            since its parts came out, and then it is the former one that they are parts of.

    Margins count only if they are of one facet, period, definition and edition. Where the origin is a district, the
    margins of its province bound it more tightly than those of the nation. A cell that is published, or one of several
    asked for at once, has no bounds.
    """
    if question.by or len(question.codes) < 2 or question.indicator.measure not in ADDITIVE:
        return None
    around = _around(question, read_vintages)
    if any(_asked(one) == dict(question.codes) and one.value is not None for one in around):
        return None
    found = [
        bounded
        for whole in _wholes(question)
        for group in _alike(around)
        if (bounded := _bounded(question, whole, group)) is not None
    ]
    return min(found, key=lambda one: one.bounds.upper - one.bounds.lower, default=None)


def _around(question: Question, read: Reader) -> list[Figure]:
    """Return the figures of the question's period in which each code is kept, or widened to what it lies in."""
    wide = replace(question, by=(), facet=ALL, aggregate=None)
    selection = selection_of(wide)
    codes = {name: (code, *_wider(name, code)) for name, code in question.codes.items()}
    return figures_of(wide, lambda _selection: read(replace(selection, codes=codes)))


def _wider(dimension: str, code: str) -> tuple[str, ...]:
    total = dimensions()[dimension].total
    area = wilayah.areas().get(code) if dimensions()[dimension].codes == "wilayah" else None
    return (area.parent, total) if area and area.parent else (total,)


def _asked(figure: Figure) -> dict[str, str]:
    return {name: code for name, code in figure.codes.items() if code != dimensions()[name].total}


def _steps(question: Question, figure: Figure) -> int:
    """Return how many steps a figure's codes lie from those asked for."""
    return sum(
        1 + _wider(name, code).index(figure.codes[name])
        for name, code in question.codes.items()
        if figure.codes[name] != code
    )


def _rank(figure: Figure) -> int:
    return facets()[figure.facet].rank


def _unlike(figures: Iterable[Figure]) -> list[Figure]:
    """Return one figure for each cell, the first."""
    return list({tuple(one.codes.values()): one for one in reversed(list(figures))}.values())[::-1]


def _wholes(question: Question) -> list[dict[str, str]]:
    """Return the totals of the tables in which the cell may stand: the nation's, and its province's."""
    nation = {name: dimensions()[name].total for name in question.codes}
    area = wilayah.areas().get(question.codes.get("origin", ""))
    return [nation, nation | {"origin": area.parent}] if area and area.parent else [nation]


def _alike(figures: Sequence[Figure]) -> list[list[Figure]]:
    """Return the figures in groups of one facet, one period, one definition and one edition."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for one in figures:
        if one.value is not None:
            groups.setdefault((one.facet, one.ref_start, one.ref_end, one.definition, one.vintage), []).append(one)
    return list(groups.values())


def _bounded(question: Question, whole: dict[str, str], group: Sequence[Figure]) -> Bounded | None:
    by_codes = {tuple(one.codes[name] for name in question.codes): one for one in group}
    wanted = [whole | {name: code} for name, code in question.codes.items()]
    used = [by_codes.get(tuple(codes[name] for name in question.codes)) for codes in (*wanted, whole)]
    figures = [one for one in used if one is not None]
    if len(figures) < len(used):
        return None
    *margins, total = (one.value or Decimal(0) for one in figures)
    try:
        return Bounded(frechet_of(margins, total), tuple(figures))
    except MarginError:
        # Margins that contradict their total are a finding of the checks; they bound nothing.
        return None
