"""Actions that belong to harvesting: the report of a job, and two of ckanext-harvest's, held back or repaired."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchIndexError
from ckanext.harvest.model import HarvestSource

from ckanext.satudatapmi.harvesters import (
    deciding,
    edits,
    history,
    proposals,
    protocol_help,
    report,
    source_rules,
    visitors,
    wakeups,
)

log = logging.getLogger(__name__)


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    ours = {
        "satudata_harvest_report": satudata_harvest_report,
        "harvest_source_reindex": harvest_source_reindex,
        "harvest_job_create": harvest_job_create,
    }
    return ours | source_rules.get_actions() | _of_modules("get_actions")


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action."""
    return {"satudata_harvest_report": may_read_report} | _of_modules("get_auth_functions")


def _of_modules(name: str) -> dict[str, Callable[..., Any]]:
    modules = (deciding, edits, history, protocol_help, visitors)
    return {key: function for module in modules for key, function in getattr(module, name)().items()}


@tk.side_effect_free
def satudata_harvest_report(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a harvest job, or of the latest job of a source; see report.harvest_report.

    Args:
        context: CKAN's.
        data_dict: `id`, of a job, or id or name of a source.

    Raises:
        ValidationError: there is no id.
        ObjectNotFound: there is no such job or source.
        NotAuthorized: the caller may not see the jobs of the source.
    """
    reference = tk.get_or_bust(data_dict, "id")
    found = report.harvest_report(reference)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no harvest job or source {reference}").format(reference=reference))
    tk.check_access("satudata_harvest_report", context, {"id": found["job"]})
    return found


def may_read_report(context: Any, data_dict: dict[str, Any] | None) -> dict[str, Any]:
    """Let those read a report who may see the job: it quotes records, of private datasets among them."""
    try:
        tk.check_access("harvest_job_show", context, data_dict)
    except tk.NotAuthorized:
        return {"success": False, "msg": tk._("Only those who manage the harvest source may read its reports")}
    return {"success": True}


@tk.chained_action
def harvest_source_reindex(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> bool:
    """Index a harvest source as package_update does, in place of ckanext-harvest's own way.

    Version 1.6.3 on CKAN 2.12 puts the source into the search index without its show schema, so that from the first
    finished job on `harvest_source_show` lacks source_type, frequency and config, and the form loses them.
    """
    source_id = tk.get_or_bust(data_dict, "id")
    tk.check_access("harvest_source_reindex", context, data_dict)
    try:
        logic.index_update_package({"ignore_auth": True}, source_id, defer_commit=context.get("defer_commit", False))
    except SearchIndexError:
        # The harvest is done all the same; the next one brings the source's page up to date.
        log.warning("harvest source could not be indexed: source=%s", source_id, exc_info=True)
        return False
    return True


@tk.chained_action
def harvest_job_create(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Create a job, but not for a proposed source: somebody accepts it first.

    Raises:
        SourceIsProposedError: the source is proposed.
    """
    source = model.Session.get(HarvestSource, data_dict.get("source_id") or "")
    if source is not None and proposals.is_proposed(source.config):
        tk.check_access("harvest_job_create", context, data_dict)
        words = tk._("{title} is a proposed source. Accept it before it is harvested.")
        raise proposals.SourceIsProposedError(words.format(title=source.title))
    created = original(context, data_dict)
    wakeups.wake()
    return created
