"""Actions on the single data: figures, claims, what is published, what was revised."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures import answering, changes, claimed, nearest, question, registry, revisions, words
from ckanext.satudatapmi.figures.checks import Finding
from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.figures.store import claims, findings, reading
from ckanext.satudatapmi.logic import asking, figure_schema
from ckanext.satudatapmi.logic.figure_links import RowLinks

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
        where no number is published, the nearest published cells and, for one cell in one period, the bounds that
        published margins set. `availability` is what is published by the dimensions asked for, or fewer, as
        `pmi_availability` tells it; None while it is worked out anew.

    Raises:
        ValidationError: a parameter cannot be understood, or figures that differ in kind were to be brought together;
            the error names what differs (HTTP 409).
    """
    tk.check_access("pmi_query", context, data_dict)
    with errors_told():
        return _answered(question.question_of(data_dict))


def _answered(asked: question.Question) -> dict[str, Any]:
    connection = model.Session.connection()
    links = RowLinks(connection)
    read, read_vintages = (links.linked(partial(rows, connection)) for rows in (reading.latest, reading.vintages))
    found = answering.answer(asked, read)
    beside = {"findings": _findings(found), "availability": _availability(asked)}
    if found.has_number:
        return words.plain_answer(found) | beside
    unpublished = (
        nearest.nearest(asked, read),
        nearest.bounds_of(asked, read_vintages),
        nearest.published_later(asked, read_vintages),
    )
    return words.plain_answer(found, *unpublished) | beside


def _availability(asked: question.Question) -> list[dict[str, Any]] | None:
    """Return what is published of an indicator by the dimensions asked for, or fewer; None while it is worked out."""
    try:
        rows = _availability_rows(asked.indicator.id)
    except figure_files.NotMadeYet:
        return None
    names = {*asked.codes, *asked.by}
    return [row for row in rows if names.issuperset(row["broken_down"])]


def _availability_rows(indicator: str) -> list[dict[str, Any]]:
    """Return what is published, of all indicators or of one.

    Raises:
        figure_files.NotMadeYet: the figures are being counted anew.
    """
    made = figure_files.path_of(figure_files.AVAILABILITY)
    rows = json.loads(made.read_text(encoding="utf-8"))
    return [row for row in rows if indicator in ("", row["indicator"])]


def with_links(connection: Any, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of the single data with the address where each is shown."""
    read = RowLinks(connection).linked(lambda _selection: rows)
    return [dict(row) for row in read(reading.Selection(()))]


@contextmanager
def errors_told() -> Iterator[None]:
    """Tell why a question has no answer as an action does."""
    try:
        yield
    except question.QuestionError as error:
        raise tk.ValidationError({error.parameter: [error.message]}) from None
    except answering.Refusal as refusal:
        raise tk.ValidationError(words.plain_refusal(refusal)) from None
    except reading.TooManyFigures:
        message = tk._(
            "More than {count} figures answer this; ask for fewer years or breakdowns, or take the whole single data."
        ).format(count=reading.MOST)
        raise tk.ValidationError({"by": [message]}) from None


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
        data_dict: `rule` (R1 to R14, F1) for one alone; `offset` (0, a million at most) and `limit` (50, 200 at most).

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
        ValidationError: an aggregate was asked for; the error names what differs (HTTP 409), or which there are.
    """
    tk.check_access("pmi_claim_list", context, data_dict)
    connection = model.Session.connection()
    with errors_told():
        aggregate = question.aggregate_of(data_dict.get("aggregate"))
    stated = claimed.statements(claims.all_claims(connection), partial(reading.latest, connection))
    if aggregate:
        raise tk.ValidationError(words.plain_refusal(claimed.refusal(aggregate, stated)))
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
        ValidationError: a parameter cannot be understood, or more figures answer than are told at once.
    """
    tk.check_access("pmi_revision_list", context, data_dict)
    connection = model.Session.connection()
    read = RowLinks(connection).linked(partial(reading.vintages, connection))
    with errors_told():
        figures = answering.figures_of(question.question_of(data_dict), read)
    return [revisions.plain_triangle(one) for one in revisions.triangles(figures)]


@tk.side_effect_free
def pmi_change_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures that were restated since a day, the latest first, each with what it was before.

    Args:
        context: CKAN's.
        data_dict: `since` (a day such as 2025-01-31); `month` (such as 2025-01) for what was published in it alone,
            then `since` may be left out; `indicator` for one alone; `offset` (0, a million at most) and `limit` (200,
            which is the most).

    Returns:
        For each the codes of its series, period, value and former value, difference, percent, whether the definition
        changed, both days of publication, when it was recorded (UTC), its publisher and the row of the file, and `key`,
        which tells it from all others.

    Raises:
        ValidationError: `since` is no day, `month` is no month, there is no such indicator, or a number is wrong.
    """
    tk.check_access("pmi_change_list", context, data_dict)
    wanted = asking.validated(data_dict, figure_schema.change_list_schema(), context)
    month = Month.of(wanted["month"])
    try:
        since = date.min if month and not wanted["since"] else date.fromisoformat(wanted["since"])
    except ValueError:
        raise tk.ValidationError({"since": [tk._("Write a day such as 2025-01-31.")]}) from None
    published = (month.first, month.last) if month else None
    limit = min(wanted["limit"], CHANGES)
    connection = model.Session.connection()
    rows = reading.changed_since(connection, since, limit, wanted["offset"], wanted["indicator"], published)
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
        return _availability_rows(indicator)
    except figure_files.NotMadeYet:
        told = tk._("The figures have changed and are being counted anew. Try again in some minutes.")
        raise tk.ValidationError({"figures": [told]}) from None
