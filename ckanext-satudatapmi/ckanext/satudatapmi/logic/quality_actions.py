"""Actions on the quality of metadata: of a dataset, of a publisher, of the portal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import assessment, history, principles, quality, summary
from ckanext.satudatapmi.logic import asking, quality_schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_quality_show": satudata_quality_show,
        "satudata_principles_show": satudata_principles_show,
        "satudata_assessment_show": satudata_assessment_show,
        "satudata_quality_summary": satudata_quality_summary,
        "satudata_quality_metric_show": satudata_quality_metric_show,
    }


@tk.side_effect_free
def satudata_quality_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how good the metadata of a dataset is, what to mend first, and how it changed; see
    catalogue/assessment.py.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `profile` (mqa, the default, or sdi).

    Raises:
        ValidationError: no dataset is named, or there is no such profile.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    wanted = asking.validated(data_dict, quality_schema.quality_show_schema(), context)
    tk.check_access("satudata_quality_show", context, {"id": wanted["id"]})
    package = asking.package(context, wanted["id"])
    return _quality(package["id"], assessment.facts_of(package), wanted["profile"])


@tk.side_effect_free
def satudata_principles_show(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return whether a dataset keeps to the four principles of Satu Data Indonesia, and what is missing.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `language` (id, the default, or en).

    Returns:
        {principle, kept, missing} for standar_data, metadata, interoperabilitas and kode_referensi.

    Raises:
        ValidationError: no dataset is named, or the language is another.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    wanted = asking.validated(data_dict, quality_schema.principles_show_schema(), context)
    tk.check_access("satudata_principles_show", context, {"id": wanted["id"]})
    return _principles(assessment.facts_of(asking.package(context, wanted["id"])), wanted["language"])


@tk.side_effect_free
def satudata_assessment_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what the page of a dataset shows of its quality, from one look at it.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `profile` and `language`.

    Returns:
        `quality` as satudata_quality_show gives it, `principles` as satudata_principles_show does.

    Raises:
        ValidationError: no dataset is named, or there is no such profile or language.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    wanted = asking.validated(data_dict, quality_schema.assessment_show_schema(), context)
    tk.check_access("satudata_assessment_show", context, {"id": wanted["id"]})
    package = asking.package(context, wanted["id"])
    facts = assessment.facts_of(package)
    return {
        "quality": _quality(package["id"], facts, wanted["profile"]),
        "principles": _principles(facts, wanted["language"]),
    }


@tk.side_effect_free
def satudata_quality_summary(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how good the metadata of the public datasets is, as last measured; see catalogue/summary.py.

    Args:
        context: CKAN's.
        data_dict: `organization` (id or name; without it, the whole portal), `profile` (mqa, the default, or sdi).

    Raises:
        ValidationError: there is no such profile.
        ObjectNotFound: there is no such organisation.
    """
    tk.check_access("satudata_quality_summary", context, data_dict)
    wanted = asking.validated(data_dict, quality_schema.quality_summary_schema(), context)
    return summary.summary(wanted["profile"], _organization(wanted["organization"]))


@tk.side_effect_free
def satudata_quality_metric_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what a metric is, and the public datasets that missed it when they were last measured.

    Args:
        context: CKAN's.
        data_dict: `profile`, `metric` (the name of a metric, of a dimension, or total), `organization` (id or name),
            `offset` and `limit` of the datasets.

    Returns:
        {profile, kind (metric, dimension or total), name, title, definition, points, organization} and, of a metric,
        {dimension, advice, level, count, datasets [{name, title}], those with the fewest points first}.

    Raises:
        ValidationError: no metric is named, or there is no such profile.
        ObjectNotFound: there is no such metric or organisation.
    """
    tk.check_access("satudata_quality_metric_show", context, data_dict)
    wanted = asking.validated(data_dict, quality_schema.quality_metric_show_schema(), context)
    found = summary.metric(wanted["profile"], wanted["metric"])
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no metric named {name}").format(name=wanted["metric"]))
    organization = _organization(wanted["organization"])
    if found["kind"] != "metric":
        return found | {"organization": organization}
    return found | summary.datasets_missing(found, organization, wanted["offset"], wanted["limit"])


def _quality(dataset_id: str, facts: quality.Facts, profile: str) -> dict[str, Any]:
    return assessment.described(quality.score(facts, profile), history.changes(dataset_id, profile))


def _principles(facts: quality.Facts, language: str) -> list[dict[str, Any]]:
    return [
        {"principle": mark.principle, "kept": mark.kept, "missing": list(mark.missing)}
        for mark in principles.marks(facts, language)
    ]


def _organization(reference: str) -> dict[str, str] | None:
    """Return id, name and title of an organisation, None where none is named."""
    if not reference:
        return None
    found = list(history.organizations(reference).values())
    if not found:
        raise tk.ObjectNotFound(tk._("There is no organisation named {name}").format(name=reference))
    return found[0]
