"""The monthly brief: what was published in a month, as it was known at its end, in sentences that name their query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.figures.registry import Words
from ckanext.satudatapmi.portal import brief_sentences
from ckanext.satudatapmi.portal.breakdowns import in_order
from ckanext.satudatapmi.portal.brief_sentences import Sentence
from ckanext.satudatapmi.portal.indicators import ALL_TIMES, Ask

LINES, BARS = "lines", "bars"
LEAST = 2
"""Figures in a chart."""


@dataclass(frozen=True)
class Part:
    """What the brief says of one subject.

    Attributes:
        id: of schemas/brief.yaml.
        title: by language.
        sentences: in their order.
        chart: parameters of `/angka.svg`, none where there is nothing to compare.
        figures: how many the chart shows.
    """

    id: str
    title: Words
    sentences: Sequence[Sentence]
    chart: Mapping[str, str]
    figures: int = 0


@dataclass(frozen=True)
class Brief:
    """The brief of a month.

    Attributes:
        month: of which it is.
        parts: those that say something.
        left_out: how many restated figures it does not tell one by one.
    """

    month: Month
    parts: Sequence[Part]
    left_out: int


def brief(month: Month, published: Sequence[str], ask: Ask) -> Brief:
    """Return the brief of a month.

    Args:
        month: at whose end its figures were known.
        published: the indicators of which a figure was published in it; of others nothing is asked.
        ask: calls an action.
    """
    parts = [_part(wanted, month, published, ask) for wanted in brief_sentences.document()["parts"]]
    changes = sorted(ask("pmi_change_list", {"month": month.name}), key=lambda one: one["key"])
    told = changes[: brief_sentences.document()["most_told"]]
    restated = [brief_sentences.restated(one, month) for one in told]
    parts.append(Part("restated", brief_sentences.document()["restated"], restated, {}))
    return Brief(month, [one for one in parts if one.sentences], len(changes) - len(told))


def _part(wanted: Mapping[str, Any], month: Month, published: Sequence[str], ask: Ask) -> Part:
    asked = [one for one in wanted["sentences"] if one["ask"]["indicator"] in published]
    said = [sentence for one in asked for sentence in brief_sentences.sentences(one, month, ask)]
    chart, figures = _chart(wanted.get("chart", ""), asked[0]["ask"], month, ask) if said else ({}, 0)
    return Part(wanted["id"], wanted["title"], said, chart, figures)


def _chart(kind: str, asked: Mapping[str, str], month: Month, ask: Ask) -> tuple[Mapping[str, str], int]:
    """Return the parameters of a chart of what was known at the end of the month, and how many figures it has."""
    known = {**asked, "vintage": month.last.isoformat()}
    if kind == LINES:
        series = ask("pmi_query", known | {"time": ALL_TIMES})["preferred"]
        count = sum(one["value"] is not None for one in series)
    else:
        count = len(in_order(ask("pmi_query", known))) if kind == BARS else 0
    return (known | {"as": kind}, count) if count >= LEAST else ({}, 0)
