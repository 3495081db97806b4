"""What is known around a cell that nobody published: the nearest published cells, and the bounds that margins set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ckanext.satudatapmi.figures.answering import Figure, Reader, figures_of, selection_of
from ckanext.satudatapmi.figures.bounds import Bounds, MarginError, frechet_of
from ckanext.satudatapmi.figures.question import ALL, Question, frequency_of
from ckanext.satudatapmi.figures.registry import dimensions, facets
from ckanext.satudatapmi.reference import wilayah

MOST = 6
Place = tuple[int, date, date]
"""A series and a period of it."""
ADDITIVE = ("flow", "stock", "cumulative_flow", "event", "amount")


@dataclass(frozen=True)
class Bounded:
    """Bounds of an unpublished cell and the figures that set them: the margins, the total last.

    All of them are of one facet, period and definition.
    """

    bounds: Bounds
    figures: tuple[Figure, ...]

    @property
    def editions(self) -> tuple[date, ...]:
        """The days of publication in their order: several where no edition has the margins and the total."""
        return tuple(sorted({one.vintage for one in self.figures}))


def nearest(question: Question, read: Reader) -> tuple[Figure, ...]:
    """Return the published cells nearest to the one asked for: fewer breakdowns in its period, then other periods."""
    around = _with_number(_around(question, read))
    asked = dict(question.codes)
    wider = sorted((one for one in around if _asked(one) != asked), key=lambda one: (_steps(question, one), _rank(one)))
    return tuple([*_unlike(wider), *_other_times(question, read)][:MOST])


def published_later(question: Question, read_vintages: Reader) -> tuple[Figure, ...]:
    """Return the first vintages of the figures that were published after the day whose knowledge is asked for.

    Args:
        question: that has no answer as of its day.
        read_vintages: gives every vintage, the oldest first.
    """
    if question.as_of is None:
        return ()
    first: dict[Place, Figure] = {}
    for one in _with_number(figures_of(replace(question, as_of=None, aggregate=None), read_vintages)):
        if one.vintage > question.as_of:
            first.setdefault(_place(one), one)
    return tuple(first.values())[:MOST]


def bounds_of(question: Question, read_vintages: Reader) -> Bounded | None:
    """Return the Fréchet bounds of an unpublished cell, or None where its margins and total are not published.

    Args:
        question: of one cell in one period.
        read_vintages: gives every vintage, the oldest first: a total may have been restated by another definition
            since its parts came out, and then it is the former one that they are parts of.

    Margins count only if they are of one facet, period and definition. Those of one edition go before those of several,
    which `Bounded.editions` names. Where the origin is a district, the margins of its province bound it more tightly
    than those of the nation. A cell that is published, or one of several asked for at once, has no bounds.
    """
    is_one = question.of_one_period and not question.by
    if not is_one or len(question.codes) < 2 or question.indicator.measure not in ADDITIVE:
        return None
    around = _published(_around(question, read_vintages))
    if any(_asked(one) == dict(question.codes) for one in around):
        return None
    found = [
        bounded
        for whole in _wholes(question)
        for group in _alike(around)
        if (bounded := _bounded(question, whole, group)) is not None
    ]
    return min(found, key=_preference, default=None)


def _preference(one: Bounded) -> tuple[int, bool, Decimal]:
    """Return what bounds are preferred by: the last moment of a stock, one edition, the narrowest."""
    last = max(figure.ref_end for figure in one.figures)
    return -last.toordinal(), len(one.editions) > 1, one.bounds.upper - one.bounds.lower


def _other_times(question: Question, read: Reader) -> list[Figure]:
    """Return the figures of the cell that was asked for in other periods: of the same length, then the nearest."""
    anytime = replace(question, time=None, frequency=None, by=(), aggregate=None)
    found = figures_of(anytime, lambda selection: read(replace(selection, last=False)))
    day = question.time.end if question.time else date.max
    return sorted(
        _with_number(found),
        key=lambda one: (
            frequency_of(one.ref_start, one.ref_end) != question.frequency,
            abs(day - one.ref_end),
            _rank(one),
        ),
    )


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


def _with_number(figures: Iterable[Figure]) -> list[Figure]:
    return [one for one in figures if one.value is not None]


def _place(figure: Figure) -> Place:
    return figure.series_id, figure.ref_start, figure.ref_end


def _published(vintages: Sequence[Figure]) -> list[Figure]:
    """Return the vintages with a number of the cells whose last vintage has one: others were withdrawn since."""
    last = {_place(one): one for one in vintages}
    return [one for one in _with_number(vintages) if last[_place(one)].value is not None]


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
    """Return the figures in groups of one facet, one period and one definition."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for one in figures:
        groups.setdefault((one.facet, one.ref_start, one.ref_end, one.definition), []).append(one)
    return list(groups.values())


def _bounded(question: Question, whole: dict[str, str], group: Sequence[Figure]) -> Bounded | None:
    cells = (*(whole | {name: code} for name, code in question.codes.items()), whole)
    figures = _chosen([_editions(group, codes) for codes in cells])
    if not figures:
        return None
    *margins, total = (one.value or Decimal(0) for one in figures)
    try:
        return Bounded(frechet_of(margins, total), figures)
    except MarginError:
        # Margins that contradict their total are a finding of the checks; they bound nothing.
        return None


def _editions(group: Sequence[Figure], codes: Mapping[str, str]) -> dict[date, Figure]:
    """Return the figures of a cell by the day of their publication."""
    return {one.vintage: one for one in group if all(one.codes[name] == code for name, code in codes.items())}


def _chosen(cells: Sequence[Mapping[date, Figure]]) -> tuple[Figure, ...]:
    """Return a figure of each cell: of the last edition that has all, else the latest of each; () if one has none."""
    if not all(cells):
        return ()
    common = set.intersection(*(set(editions) for editions in cells))
    return tuple(editions[max(common or editions)] for editions in cells)
