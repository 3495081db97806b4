"""What an answer says, as plain data for the API and for pages: codes with their labels, notes in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from babel import Locale

from ckanext.satudatapmi.figures.answering import (
    CROSSED,
    EDITIONS,
    GAP_IN_TIME,
    NOT_OVER_TIME,
    NOT_PUBLISHED,
    Answer,
    Break,
    Cell,
    Figure,
    Refusal,
)
from ckanext.satudatapmi.figures.checks import Finding, explain, rules
from ckanext.satudatapmi.figures.comparing import Comparison
from ckanext.satudatapmi.figures.nearest import Bounded
from ckanext.satudatapmi.figures.question import Question
from ckanext.satudatapmi.figures.registry import UNKNOWN, Words, attributes, definitions, dimensions, facets, indicators
from ckanext.satudatapmi.reference import negara
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.text import _
from ckanext.satudatapmi.text import language as text_language

SPECIAL = "kelompok_khusus"


@cache
def label(dimension: str, code: str) -> Words:
    """Return what a code of a dimension means, by language; the code itself where nothing names it."""
    special = load(SPECIAL).get(code)
    if special:
        return {"id": special.label, "en": special.extra.get("label_en") or special.label}
    codes = dimensions()[dimension].codes
    if codes == "negara":
        alpha2 = negara.alpha2_by_alpha3().get(code, "")
        name = codes_of(codes).get(code, code)
        return {"id": name, "en": Locale("en").territories.get(alpha2, name)}
    if codes == "wilayah":
        name = codes_of(codes).get(code, code)
        return {"id": name, "en": name}
    entry = load(codes).get(code)
    if entry is None:
        return {"id": code, "en": code}
    return {"id": entry.label, "en": entry.extra.get("label_en") or entry.label}


def unit_label(code: str) -> str:
    """Return what a unit of figures is called in the visitor's language; its code where nothing names it."""
    known = load("satuan").get(code)
    if known is None:
        return code
    return known.label if text_language() == "id" else known.extra.get("label_en") or known.label


def plain_answer(
    answer: Answer, near: Sequence[Figure] = (), bounded: Bounded | None = None, later: Sequence[Figure] = ()
) -> dict[str, Any]:
    """Return an answer as the API gives it.

    Args:
        answer: what is published.
        near, bounded, later: what is known where nothing is: the nearest cells, bounds, figures published later.
    """
    figures = [one for cell in answer.cells for one in cell.figures]
    cited = [cell.preferred for cell in answer.cells if not cell.preferred.withdrawn]
    return {
        "question": plain_question(answer.question),
        "preferred": [plain_figure(cell.preferred) for cell in answer.cells],
        "cells": [_cell(cell) for cell in answer.cells],
        "facets": [_facet(name) for name in dict.fromkeys(one.facet for one in figures)],
        "definitions": [_definition(name) for name in dict.fromkeys(one.definition for one in figures)],
        "aggregate": _aggregate(answer),
        "nearest": [plain_figure(one) for one in near],
        "bounds": _bounds(bounded),
        "published_later": [plain_figure(one) for one in later],
        "breaks": [_break(one) for one in answer.breaks],
        "notes": notes(answer, bounded, later),
        "citation": list(dict.fromkeys(citation(one) for one in cited)),
    }


def plain_question(question: Question) -> dict[str, Any]:
    """Return a question as it was understood."""
    return {
        "indicator": question.indicator.id,
        "label": dict(question.indicator.label),
        "measure": question.indicator.measure,
        "unit": question.indicator.unit,
        "codes": {name: {"code": code, "label": label(name, code)} for name, code in question.codes.items()},
        "by": list(question.by),
        "time": [question.time.start.isoformat(), question.time.end.isoformat()] if question.time else "latest",
        "frequency": question.frequency,
        "facet": question.facet,
        "as_of": question.as_of.isoformat() if question.as_of else "latest",
        "aggregate": question.aggregate,
    }


def plain_figure(figure: Figure) -> dict[str, Any]:
    """Return a figure with its source; a value is a number as it was printed, or None."""
    asked = {name: code for name, code in figure.codes.items() if code != dimensions()[name].total}
    return {
        "codes": {name: {"code": code, "label": label(name, code)} for name, code in asked.items()},
        "ref_start": figure.ref_start.isoformat(),
        "ref_end": figure.ref_end.isoformat(),
        "value": _number(figure.value),
        "unit": indicators()[facets()[figure.facet].indicator].unit,
        "obs_status": figure.obs_status,
        "conf_status": figure.conf_status,
        "facet": figure.facet,
        "vintage": figure.vintage.isoformat(),
        "vintage_assumed": figure.vintage_assumed,
        "definition": figure.definition,
        "note": figure.note,
        "source": {
            "package_id": figure.source.package_id,
            "resource_id": figure.source.resource_id,
            "file": figure.source.file,
            "sheet": figure.source.sheet,
            "row": figure.source.row,
            "column": figure.source.column,
            "sha256": figure.source.sha256,
            "retrieved": figure.source.retrieved.isoformat(),
            "url": figure.source.url,
        },
    }


def plain_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding of a check: rule, severity, title by language, the sentences that explain it, and its place."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": dict(rules()[finding.rule].title),
        "words": explain(finding),
        "facts": dict(finding.facts),
        "key": dict(finding.key),
        "row": finding.source_row,
        "column": finding.source_column,
    }


def notes(answer: Answer, bounded: Bounded | None = None, later: Sequence[Figure] = ()) -> list[str]:
    """Return what a reader has to know of an answer, in sentences."""
    said = [_later(one, answer.question.as_of) for one in later]
    if not answer.cells and not later:
        said.append(_("Nobody has published this figure."))
    figures = [one for cell in answer.cells for one in cell.figures]
    if figures and not answer.has_number and not any(one.withdrawn for one in figures):
        said.append(_("The source prints no number here."))
    said += dict.fromkeys(_withdrawn(one) for one in figures if one.withdrawn)
    if answer.assumed and answer.question.as_of:
        said.append(_("The answer as of this day rests on publication dates that are assumed."))
    elif answer.assumed:
        said.append(_("Some publication dates are assumed: the source does not print them."))
    if any(one.obs_status == "B" for one in figures):
        said.append(_("The definition was changed with the restated figure: it does not compare with the former one."))
    if any(len(cell.figures) > 1 for cell in answer.cells):
        said.append(_("Several bodies publish this figure. They count differently; the figures are never merged."))
    if answer.breaks:
        said.append(_("The definition changes within the series: do not compare across the break."))
    if bounded:
        said += _on_bounds(bounded)
    return said


def _on_bounds(bounded: Bounded) -> list[str]:
    said = [_("The bounds follow from the published margins and total; they are no published figures.")]
    if len(bounded.editions) > 1:
        said.append(
            _(
                "No single edition holds the margins and the total. Figures of {days} are combined: they count the "
                "same thing, but a revision between them would move the bounds.",
                days=", ".join(map(str, bounded.editions)),
            )
        )
    return said


def _withdrawn(figure: Figure) -> str:
    return _(
        "{publisher} no longer gives a figure that it had published: its table of {day} leaves it out.",
        publisher=facets()[figure.facet].publisher,
        day=figure.vintage,
    )


def _later(figure: Figure, as_of: date | None) -> str:
    publisher = facets()[figure.facet].publisher
    if figure.vintage_assumed:
        return _(
            "As of {day} this counts as unpublished: {publisher} prints no date with it, and {vintage} is assumed.",
            day=as_of,
            publisher=publisher,
            vintage=figure.vintage,
        )
    return _(
        "As of {day} nobody had published this figure; {publisher} did on {vintage}.",
        day=as_of,
        publisher=publisher,
        vintage=figure.vintage,
    )


def citation(figure: Figure) -> str:
    """Return how to cite a figure: publisher, series, period, day of publication, file and row."""
    facet = facets()[figure.facet]
    return _(
        "{series} ({publisher}), {start} to {end}, published {vintage}; file {file}, row {row}, sha256 {digest}",
        series=facet.title["id"],
        publisher=facet.publisher,
        start=figure.ref_start,
        end=figure.ref_end,
        vintage=figure.vintage,
        file=figure.source.file,
        row=figure.source.row,
        digest=figure.source.sha256[:12],
    )


def plain_refusal(refusal: Refusal) -> dict[str, Any]:
    """Return why figures were not brought together: a sentence for each reason, and the reasons as data."""
    return {
        "aggregate": refusal_sentences(refusal),
        "differences": [plain_comparison(one) for one in refusal.differences],
        "missing": {name: list(codes) for name, codes in refusal.missing.items()},
        "facets": list(refusal.facets),
        "reasons": list(refusal.reasons),
    }


REASONS: Mapping[str, Callable[[], str]] = {
    NOT_OVER_TIME: lambda: _("These are numbers at a moment or since a beginning: they do not add up over time."),
    GAP_IN_TIME: lambda: _("The published periods leave out a part of the time that was asked for, or overlap."),
    NOT_PUBLISHED: lambda: _("Some of the parts have no published number."),
    CROSSED: lambda: _("A sum runs over one breakdown; ask for one of them."),
    EDITIONS: lambda: _("The parts come from different editions or files, which do not make one whole."),
}


def refusal_sentences(refusal: Refusal) -> list[str]:
    """Return why figures were not brought together, in sentences of the visitor's language."""
    language = text_language()
    method = {"sum": _("sum"), "mean": _("mean")}[refusal.method]
    said = [
        _(
            "There is no {method} of {one} and {other}, for they differ in: {what}.",
            method=method,
            one=_in(definitions()[one.left].title, language),
            other=_in(definitions()[one.right].title, language),
            what="; ".join(_difference(difference.attribute, difference, language) for difference in one.differences),
        )
        for one in refusal.differences
    ]
    for name, codes in refusal.missing.items():
        shown = ", ".join(_in(label(name, code), language) for code in codes[:5])
        said.append(
            _(
                "A sum over {dimension} would leave out {count} that nobody has published, such as {names}.",
                dimension=_in(dimensions()[name].label, language),
                count=len(codes),
                names=shown,
            )
        )
    said += [REASONS[name]() for name in refusal.reasons]
    if not said and len(refusal.facets) > 1:
        said.append(
            _("Figures of several series are never merged; choose one of: {facets}.", facets=", ".join(refusal.facets))
        )
    return said or [_("There is no published number to take the {method} of.", method=method)]


def plain_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return how two definitions differ."""
    return {
        "left": comparison.left,
        "right": comparison.right,
        "differences": [
            {
                "attribute": one.attribute,
                "left": one.left,
                "right": one.right,
                "conversion": one.conversion.method if one.conversion else None,
            }
            for one in comparison.differences
        ],
    }


def _difference(attribute: str, difference: Any, language: str) -> str:
    known = attributes()[attribute]
    sides = [
        _("not said") if value == UNKNOWN else _in(known.values[value], language)
        for value in (difference.left, difference.right)
    ]
    return f"{_in(known.label, language)} ({sides[0]} / {sides[1]})"


def _in(words: Words, language: str) -> str:
    return words.get(language) or words["id"]


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "codes": {name: {"code": code, "label": label(name, code)} for name, code in cell.codes.items()},
        "ref_start": cell.ref_start.isoformat(),
        "ref_end": cell.ref_end.isoformat(),
        "figures": [plain_figure(one) for one in cell.figures],
    }


def _facet(name: str) -> dict[str, Any]:
    facet = facets()[name]
    return {"id": facet.id, "publisher": facet.publisher, "title": dict(facet.title), "rank": facet.rank}


def _definition(name: str) -> dict[str, Any]:
    one = definitions()[name]
    return {"id": one.id, "title": dict(one.title), "attributes": dict(one.attributes), "note": dict(one.note)}


def _aggregate(answer: Answer) -> dict[str, Any] | None:
    found = answer.aggregate
    if found is None:
        return None
    return {"method": found.method, "value": _number(found.value), "figures": len(found.figures)}


def _bounds(bounded: Bounded | None) -> dict[str, Any] | None:
    if bounded is None:
        return None
    return {
        "lower": _number(bounded.bounds.lower),
        "upper": _number(bounded.bounds.upper),
        "independent": _number(bounded.bounds.independent.quantize(bounded.bounds.lower + 1)),
        "ref_start": bounded.figures[-1].ref_start.isoformat(),
        "ref_end": bounded.figures[-1].ref_end.isoformat(),
        "editions": [day.isoformat() for day in bounded.editions],
        "obs_status": "E",
        "method": "Fréchet",
        "figures": [plain_figure(one) for one in bounded.figures],
    }


def _break(one: Break) -> dict[str, Any]:
    return {
        "before": {"ref_end": one.before.ref_end.isoformat(), "definition": one.before.definition},
        "after": {"ref_end": one.after.ref_end.isoformat(), "definition": one.after.definition},
        "differences": plain_comparison(one.comparison)["differences"],
    }


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the database with days as texts and numbers as numbers."""
    return {
        name: value.isoformat() if isinstance(value, date) else _number(value) if hasattr(value, "quantize") else value
        for name, value in row.items()
    }


def plain_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of the database as plain data."""
    return [plain_row(row) for row in rows]
