"""Actions on the single data: figures, claims, what is published, what was revised."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures import answering, changes, claimed, nearest, question, registry, revisions, words
from ckanext.satudatapmi.figures.checks import Finding
from ckanext.satudatapmi.figures.store import claims, findings, reading
from ckanext.satudatapmi.logic import asking, figure_schema

CHANGES = FINDINGS = 200
"""How many changes and findings an answer tells at most."""


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "pmi_query": pmi_query,
        "pmi_claim_list": pmi_claim_list,
        "pmi_revision_list": pmi_revision_list,
        "pmi_change_list": pmi_change_list,
        "pmi_availability": pmi_availability,
        "pmi_finding_list": pmi_finding_list,
    }


@tk.side_effect_free
def pmi_query(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Answer a question to the single data.

    Args:
        context: CKAN's.
        data_dict: `indicator` (placement, the default, ...); for each dimension that is asked for a name or a code
            (`origin`, `destination`, `sex`, ...); `by`, the dimensions asked for code by code; `time` (2022, 2022-06,
            2022-Q1, 2019:2024, latest); `facet` (default, all or one); `vintage` (latest or a day); `aggregate` (sum,
            mean).

    Returns:
        The preferred figures, those of every facet, definitions, breaks, notes, citation and the row of each number;
        where nothing is published, the nearest published cells and the bounds that published margins set.

    Raises:
        ValidationError: a parameter cannot be understood, or figures that differ in kind were to be brought together;
            the error names what differs (HTTP 409).
    """
    tk.check_access("pmi_query", context, data_dict)
    asked = _question(data_dict)
    try:
        return _answered(asked)
    except answering.Refusal as refusal:
        raise tk.ValidationError(words.plain_refusal(refusal)) from None
    except reading.TooManyFigures:
        message = tk._(
            "More than {count} figures answer this; ask for fewer years or breakdowns, or take the whole single data."
        ).format(count=reading.MOST)
        raise tk.ValidationError({"by": [message]}) from None


def _answered(asked: question.Question) -> dict[str, Any]:
    connection = model.Session.connection()
    read, read_vintages = partial(reading.latest, connection), partial(reading.vintages, connection)
    found = answering.answer(asked, read)
    if found.cells:
        return words.plain_answer(found) | {"findings": _findings(found)}
    unpublished = (
        nearest.nearest(asked, read),
        nearest.bounds_of(asked, read_vintages),
        nearest.published_later(asked, read_vintages),
    )
    return words.plain_answer(found, *unpublished) | {"findings": []}


def _question(parameters: dict[str, Any]) -> question.Question:
    try:
        return question.question_of(parameters)
    except question.QuestionError as error:
        raise tk.ValidationError({error.parameter: [error.message]}) from None


def _findings(found: answering.Answer) -> list[dict[str, Any]]:
    """Return what the checks found of the figures of an answer."""
    # A finding is of a table: figures that another one gives of the same cell are not meant.
    figures = [one for cell in found.cells for one in cell.figures]
    shown = {(one.series_id, one.source.resource_id, one.ref_start, one.ref_end) for one in figures}
    stored = findings.findings_of_series(model.Session.connection(), {series_id for series_id, *_cell in shown})
    return [
        words.plain_finding(one.finding)
        for one in stored
        if (one.series_id, one.resource_id, *_period(one.finding)) in shown
    ]


def _period(finding: Finding) -> tuple[date | None, date | None]:
    start, end = (finding.key.get(name) for name in ("ref_start", "ref_end"))
    return (date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)


@tk.side_effect_free
def pmi_finding_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what the checks found of published figures: contradictions first. No finding keeps a figure out.

    Args:
        context: CKAN's.
        data_dict: `rule` (R1 to R14, F1) for one alone; `offset` and `limit` (50, 200 at most).

    Returns:
        `count` by rule, and `findings`, each in words, with the file, the worksheet (None without any), the row and
        the column.

    Raises:
        ValidationError: there is no such rule, or a number is wrong.
    """
    tk.check_access("pmi_finding_list", context, data_dict)
    wanted = asking.validated(data_dict, figure_schema.finding_list_schema(), context)
    connection = model.Session.connection()
    rows = findings.all_findings(connection, wanted["rule"], wanted["offset"], min(wanted["limit"], FINDINGS))
    source = ("facet", "package_id", "resource_id", "file", "sheet")
    return {
        "count": findings.count_findings(connection),
        "findings": [
            words.plain_finding(row["finding"].finding) | {name: row[name] for name in source} for row in rows
        ],
    }


@tk.side_effect_free
def pmi_claim_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return all that is said of how many PMI there are, in groups of one concept, and why the groups do not compare.

    Args:
        context: CKAN's.
        data_dict: `aggregate` (sum, mean) to be told why there is none.

    Raises:
        ValidationError: an aggregate was asked for; the error names what differs (HTTP 409).
    """
    tk.check_access("pmi_claim_list", context, data_dict)
    connection = model.Session.connection()
    stated = claimed.statements(claims.all_claims(connection), partial(reading.latest, connection))
    aggregate = data_dict.get("aggregate")
    if aggregate in question.AGGREGATES:
        raise tk.ValidationError(words.plain_refusal(claimed.refusal(str(aggregate), stated)))
    found = claimed.plain_groups(claimed.groups(stated))
    titles = _titles({one["publisher"] for group in found["groups"] for one in group["statements"]})
    for group in found["groups"]:
        for one in group["statements"]:
            one["publisher_title"] = titles.get(one["publisher"], one["publisher"])
    return found


def _titles(names: Collection[str]) -> dict[str, str]:
    """Return the titles of organisations by name."""
    query = model.Session.query(model.Group.name, model.Group.title).filter(model.Group.name.in_(names))
    return {name: title or name for name, title in query}


@tk.side_effect_free
def pmi_revision_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the revision triangles of the series that a question asks for; see `pmi_query` for its parameters.

    Raises:
        ValidationError: a parameter cannot be understood.
    """
    tk.check_access("pmi_revision_list", context, data_dict)
    asked = _question(data_dict)
    read = partial(reading.vintages, model.Session.connection())
    return [revisions.plain_triangle(one) for one in revisions.triangles(answering.figures_of(asked, read))]


@tk.side_effect_free
def pmi_change_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures that were restated since a day, the latest first, each with what it was before.

    Args:
        context: CKAN's.
        data_dict: `since` (a day such as 2025-01-31); `offset` and `limit` (200, which is the most).

    Returns:
        For each the codes of its series, period, value and former value, difference, percent, whether the definition
        changed, both days of publication, when it was recorded (UTC), its publisher and the row of the file, and `key`,
        which tells it from all others.

    Raises:
        ValidationError: `since` is no day, or a number is wrong.
    """
    tk.check_access("pmi_change_list", context, data_dict)
    wanted = asking.validated(data_dict, figure_schema.change_list_schema(), context)
    try:
        since = date.fromisoformat(wanted["since"])
    except ValueError:
        raise tk.ValidationError({"since": [tk._("Write a day such as 2025-01-31.")]}) from None
    limit = min(wanted["limit"], CHANGES)
    rows = reading.changed_since(model.Session.connection(), since, limit, wanted["offset"])
    found = [changes.plain_change(row) for row in rows]
    titles = _titles({one["publisher"] for one in found})
    return [one | {"publisher_title": titles.get(one["publisher"], one["publisher"])} for one in found]


@tk.side_effect_free
def pmi_availability(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is published: indicator, facet, breakdowns, level, year, how many cells, how fresh.

    Args:
        context: CKAN's.
        data_dict: `indicator` for one alone.

    Raises:
        ValidationError: there is no such indicator, or the figures are being counted anew.
    """
    tk.check_access("pmi_availability", context, data_dict)
    indicator = str(data_dict.get("indicator") or "")
    if indicator and indicator not in registry.indicators():
        raise tk.ValidationError({"indicator": [tk._("There is no indicator of this name.")]})
    try:
        made = figure_files.path_of(figure_files.AVAILABILITY)
    except figure_files.NotMadeYet:
        told = tk._("The figures have changed and are being counted anew. Try again in some minutes.")
        raise tk.ValidationError({"figures": [told]}) from None
    rows = json.loads(made.read_text(encoding="utf-8"))
    return [row for row in rows if not indicator or row["indicator"] == indicator]
