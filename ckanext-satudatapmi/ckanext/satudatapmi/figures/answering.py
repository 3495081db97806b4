"""The answer to a question: the preferred figure, every facet, and what breaks the series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ckanext.satudatapmi.figures.comparing import Comparison, comparable, differing
from ckanext.satudatapmi.figures.question import ALL, DEFAULT, Question, children_of, frequency_of
from ckanext.satudatapmi.figures.registry import definitions, dimensions, facets
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.reference.codelists import OTHER
from ckanext.satudatapmi.reference.matchers import codes_of

ADDITIVE_OVER_TIME = ("flow", "event", "amount")
NOT_OVER_TIME, GAP_IN_TIME, NOT_PUBLISHED = "not_over_time", "gap_in_time", "not_published"
CROSSED, EDITIONS = "crossed", "editions"
"""Reasons against a sum: numbers at moments, periods that leave days out, parts without a number, two breakdowns at
once, mixed editions."""

Reader = Callable[[Selection], Sequence[Mapping[str, Any]]]
"""Gives the last vintages of a selection: `store.reading.latest`, bound to a connection."""


@dataclass(frozen=True)
class Source:
    """Where a number stands: the file in the catalogue, its bytes, row and column, and the page that shows it."""

    package_id: str
    resource_id: str
    file: str
    sheet: str | None
    sha256: str
    retrieved: date
    row: int | None
    column: str | None
    url: str = ""


@dataclass(frozen=True)
class Figure:
    """One published number.

    Attributes:
        codes: its dimensions.
        ref_start, ref_end: its period; value: None where it is missing or suppressed, which `obs_status` says.
        facet, vintage, vintage_assumed: whose it is, when it was published, and whether that day is assumed.
        definition: what it counts.
        note: printed with it.
        source: where it stands.
        series_id: of its series in the database.
    """

    codes: Mapping[str, str]
    ref_start: date
    ref_end: date
    value: Decimal | None
    obs_status: str
    conf_status: str
    facet: str
    vintage: date
    vintage_assumed: bool
    definition: str
    note: str | None
    source: Source
    series_id: int

    @property
    def withdrawn(self) -> bool:
        """Tell whether it stands for a figure that its table no longer gives (store/withdrawing.py)."""
        return self.value is None and self.source.row is None


@dataclass(frozen=True)
class Cell:
    """One cell of an answer: its figures by rank of their facets, the preferred one first."""

    codes: Mapping[str, str]
    ref_start: date
    ref_end: date
    figures: tuple[Figure, ...]

    @property
    def preferred(self) -> Figure:
        """The figure to show first: that of the best ranked facet that has a number."""
        return self.figures[0]


@dataclass(frozen=True)
class Break:
    """Two neighbours of a series that count by different definitions."""

    before: Figure
    after: Figure
    comparison: Comparison


@dataclass(frozen=True)
class Aggregate:
    """A sum or mean over the cells of an answer."""

    method: str
    value: Decimal
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Answer:
    """What is known of a question.

    Attributes:
        question: as it was understood.
        cells: in the order of periods and codes.
        breaks: where the definition changes from one period to the next.
        aggregate: if one was asked for.
    """

    question: Question
    cells: tuple[Cell, ...]
    breaks: tuple[Break, ...] = ()
    aggregate: Aggregate | None = None

    @property
    def has_number(self) -> bool:
        """Tell whether some cell has a number; one that was printed as missing, or withdrawn, has none."""
        return any(cell.preferred.value is not None for cell in self.cells)

    @property
    def assumed(self) -> bool:
        """Tell whether the answer rests on a publication date that nobody printed."""
        return any(figure.vintage_assumed for cell in self.cells for figure in cell.figures)


class Refusal(Exception):
    """Figures that must not be brought together: what differs, or what is missing.

    Attributes:
        method: sum or mean.
        differences: of the definitions, pair by pair.
        missing: by dimension the codes that no figure is published for, so that a sum would leave them out.
        facets: those that were asked for.
        reasons: names of what else speaks against a sum.
    """

    def __init__(
        self,
        method: str,
        differences: Sequence[Comparison] = (),
        missing: Mapping[str, tuple[str, ...]] | None = None,
        facets: Sequence[str] = (),
        reasons: Sequence[str] = (),
    ) -> None:
        super().__init__(method)
        self.method = method
        self.differences = tuple(differences)
        self.missing = dict(missing or {})
        self.facets = tuple(facets)
        self.reasons = tuple(reasons)


def answer(question: Question, read: Reader) -> Answer:
    """Answer a question.

    Raises:
        Refusal: a sum or mean was asked for and the figures do not allow it.
    """
    figures = figures_of(question, read)
    found = Answer(question, _cells(question, figures), _breaks(figures))
    return replace(found, aggregate=_aggregated(question, found.cells)) if question.aggregate else found


def figures_of(question: Question, read: Reader) -> list[Figure]:
    """Return the published figures that a question asks for, those of every facet, in its periods."""
    return [figure_of(row) for row in read(selection_of(question))]


def selection_of(question: Question) -> Selection:
    """Return which observations a question needs."""
    codes: dict[str, Any] = {name: (code,) for name, code in question.codes.items()}
    for name in question.by:
        parent = question.codes.get(name, dimensions()[name].total)
        codes[name] = children_of(name, parent)
    first, last = (question.time.start, question.time.end) if question.time else (None, None)
    # What has run up since a beginning is asked for by the days on which it was counted.
    cumulative = question.indicator.measure == "cumulative_flow"
    return Selection(
        indicators=(question.indicator.id,),
        codes=codes,
        start=None if cumulative else first,
        end=last,
        ends_from=first,
        # What is a number at a moment has no length to match.
        frequency=question.frequency if question.indicator.measure in ("flow", "amount") else None,
        last=question.time is None,
        facets=() if question.facet in (DEFAULT, ALL) else (question.facet,),
        as_of=question.as_of,
    )


def figure_of(row: Mapping[str, Any]) -> Figure:
    """Return a row of the database as a figure."""
    source = Source(
        row["package_id"],
        row["resource_id"],
        row["file"],
        row["sheet"],
        row["sha256"],
        row["retrieved"],
        row["source_row"],
        row["source_column"],
        row.get("url", ""),
    )
    return Figure(
        codes={name: row[name] for name in dimensions()},
        ref_start=row["ref_start"],
        ref_end=row["ref_end"],
        value=row["value"],
        obs_status=row["obs_status"],
        conf_status=row["conf_status"],
        facet=row["facet"],
        vintage=row["vintage"],
        vintage_assumed=row["vintage_assumed"],
        definition=row["definition"],
        note=row["note"],
        source=source,
        series_id=row["series_id"],
    )


def _cells(question: Question, figures: Iterable[Figure]) -> tuple[Cell, ...]:
    grouped: dict[tuple[Any, ...], list[Figure]] = {}
    for one in figures:
        key = (one.ref_start, one.ref_end, *(one.codes[name] for name in question.by))
        grouped.setdefault(key, []).append(one)
    return tuple(
        Cell(dict(zip(question.by, codes, strict=True)), start, end, tuple(sorted(group, key=_preference)))
        for (start, end, *codes), group in sorted(grouped.items())
    )


def _preference(figure: Figure) -> tuple[bool, int, int, str]:
    """Return what figures of a cell are sorted by: numbers first, then the facet's rank, then the latest."""
    return figure.value is None, facets()[figure.facet].rank, -figure.vintage.toordinal(), figure.facet


def _breaks(figures: Iterable[Figure]) -> tuple[Break, ...]:
    """Return where a series changes its definition from one period to the next."""
    series: dict[tuple[Any, ...], list[Figure]] = {}
    for one in figures:
        frequency = frequency_of(one.ref_start, one.ref_end)
        series.setdefault((one.facet, frequency, *one.codes.values()), []).append(one)
    found = []
    for group in series.values():
        ordered = sorted(group, key=lambda one: (one.ref_end, one.ref_start))
        for before, after in pairwise(ordered):
            if before.definition != after.definition:
                known = definitions()
                found.append(Break(before, after, comparable(known[before.definition], known[after.definition])))
    return tuple(found)


def _aggregated(question: Question, cells: Sequence[Cell]) -> Aggregate:
    """Return the sum or mean of what was found.

    Raises:
        Refusal: concepts differ, facets would be merged, or a sum would leave parts out.
    """
    method = str(question.aggregate)
    figures = [one for cell in cells for one in (cell.figures if question.facet == ALL else cell.figures[:1])]
    numbers = [one for one in figures if one.value is not None]
    differences = differing(definitions()[one.definition] for one in figures)
    asked = tuple(sorted({one.facet for one in figures}))
    missing = _missing_parts(question, cells) if method == "sum" else {}
    reasons = _reasons_against_sum(question, cells, numbers) if method == "sum" else ()
    if differences or len(asked) > 1 or missing or reasons or not numbers:
        raise Refusal(method, differences, missing, asked, reasons)
    total = sum((one.value for one in numbers if one.value is not None), Decimal(0))
    return Aggregate(method, total if method == "sum" else total / len(numbers), tuple(numbers))


def _reasons_against_sum(question: Question, cells: Sequence[Cell], numbers: Sequence[Figure]) -> tuple[str, ...]:
    """Return why figures do not add up beside what their definitions say: their measure, periods or editions."""
    periods = sorted({(cell.ref_start, cell.ref_end) for cell in cells})
    reasons = []
    over_time = question.indicator.measure in ADDITIVE_OVER_TIME
    if not over_time and (len(periods) > 1 or not question.of_one_period):
        reasons.append(NOT_OVER_TIME)
    asked = question.time
    gaps = [one for one, other in pairwise(periods) if one[1] + timedelta(days=1) != other[0]]
    if any(cell.preferred.value is None for cell in cells):
        reasons.append(NOT_PUBLISHED)
    # One period alone leaves time out, too, where several were asked for.
    if over_time and asked and periods and (gaps or (periods[0][0], periods[-1][1]) != (asked.start, asked.end)):
        reasons.append(GAP_IN_TIME)
    if len(question.by) > 1:
        reasons.append(CROSSED)
    if question.by and any(len(editions) > 1 for editions in _editions(numbers).values()):
        reasons.append(EDITIONS)
    return tuple(reasons)


def _editions(numbers: Sequence[Figure]) -> dict[tuple[date, date], set[tuple[date, str]]]:
    """Return by period the editions and files from which its figures come."""
    found: dict[tuple[date, date], set[tuple[date, str]]] = {}
    for one in numbers:
        found.setdefault((one.ref_start, one.ref_end), set()).add((one.vintage, one.source.sha256))
    return found


def _missing_parts(question: Question, cells: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """Return by dimension the codes that lack a number in some period; a printed `other` stands for them."""
    missing: dict[str, tuple[str, ...]] = {}
    for name in question.by:
        there: dict[tuple[date, date], set[str]] = {(cell.ref_start, cell.ref_end): set() for cell in cells}
        for cell in cells:
            if cell.preferred.value is not None:
                there[cell.ref_start, cell.ref_end].add(cell.codes[name])
        parent = question.codes.get(name, dimensions()[name].total)
        wanted = children_of(name, parent) or frozenset(codes_of(dimensions()[name].codes))
        if absent := {code for codes in there.values() if OTHER not in codes for code in wanted - codes}:
            missing[name] = tuple(sorted(absent))
    return missing
