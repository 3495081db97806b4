"""Actions of operators: stop a run, read without writing, see the difference, accept it or refuse it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.logic import auth_audit_exempt
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.harvest.utils import DATASET_TYPE_NAME

from ckanext.satudatapmi.harvesters import base, differences, holds, leases, ledger, proposals, runs, wakeups
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.working import PRIORITY

LIMIT_MAX = 200
REASON_MAX = 2000


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {
        "satudata_harvest_stop": satudata_harvest_stop,
        "satudata_harvest_dry_run": satudata_harvest_dry_run,
        "satudata_harvest_difference": satudata_harvest_difference,
        "satudata_harvest_decide": satudata_harvest_decide,
        "satudata_harvest_now": satudata_harvest_now,
        "dataset_purge": dataset_purge,
        "harvest_job_abort": harvest_job_abort,
        "harvest_source_clear": harvest_source_clear,
        "harvest_source_job_history_clear": harvest_source_job_history_clear,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action: whoever may update the source."""
    names = [name for name in get_actions() if name.startswith("satudata_")]
    return dict.fromkeys(names, may_run)


def may_run(context: Any, data_dict: dict[str, Any] | None) -> dict[str, Any]:
    """Let those run a source who may update it."""
    source = _source((data_dict or {}).get("id", ""))
    try:
        tk.check_access("harvest_source_update", context, {"id": source.id})
    except tk.NotAuthorized:
        return {"success": False, "msg": tk._("Only those who manage the harvest source may do this")}
    return {"success": True}


def _source(reference: str) -> HarvestSource:
    """Return a source that the pipeline runs, by id or name.

    Raises:
        ObjectNotFound: there is none.
    """
    query = sa.select(HarvestSource).join(model.Package, model.Package.id == HarvestSource.id)
    query = query.where(sa.or_(HarvestSource.id == reference, model.Package.name == reference))
    found = model.Session.scalars(query.where(model.Package.state == "active")).first()
    if found is None or found.type not in base.pipeline_types():
        raise tk.ObjectNotFound(tk._("There is no harvest source {reference}").format(reference=reference))
    return found


def asked(context: Any, data_dict: dict[str, Any], action: str) -> HarvestSource:
    """Return the source that an action is about, once the caller may do it."""
    source = _source(str(tk.get_or_bust(data_dict, "id")).replace("\0", ""))
    tk.check_access(action, context, {"id": source.id})
    return source


def _person(context: Any) -> str:
    user = model.User.get(context.get("user"))
    return user.id if user else ""


def satudata_harvest_stop(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End the running job of a source; what it has done stays.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source.

    Returns:
        {job}

    Raises:
        ObjectNotFound: there is no such source, or it is not being harvested.
        NotAuthorized: the caller may not update the source.
    """
    source = asked(context, data_dict, "satudata_harvest_stop")
    job_id = ledger.open_job(source.id)
    if job_id is None:
        raise tk.ObjectNotFound(tk._("The source is not being harvested."))
    leases.ensure_run(job_id, source.id, PRIORITY)
    user = model.User.get(context.get("user"))
    ledger.change_run(job_id, stopped_by=user.display_name if user else tk._("an operator"), lane=PRIORITY)
    model.Session.commit()
    return {"job": job_id}


def satudata_harvest_now(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Harvest a source before all others that wait; a job that is open is taken as it is.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source.

    Returns:
        {job}

    Raises:
        ObjectNotFound, NotAuthorized: as for `satudata_harvest_stop`.
        ValidationError: the source is proposed; nobody has accepted it.
    """
    source = asked(context, data_dict, "satudata_harvest_now")
    if proposals.is_proposed(source.config):
        raise tk.ValidationError({"id": [tk._("The source is proposed: read it without writing first.")]})
    return {"job": runs.start_jobs([source.id], PRIORITY)[0]}


def satudata_harvest_dry_run(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have a source read and compared without writing; the difference then waits to be accepted or refused.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source.

    Returns:
        {job}

    Raises:
        ObjectNotFound, NotAuthorized: as for `satudata_harvest_stop`.
        ValidationError: the source is being harvested.
    """
    source = asked(context, data_dict, "satudata_harvest_dry_run")
    if ledger.open_job(source.id):
        raise tk.ValidationError({"id": [tk._("The source is being harvested. Wait for its end, or stop it.")]})
    job = HarvestJob()
    job.source_id, job.status = source.id, "Running"
    model.Session.add(job)
    model.Session.flush()
    leases.ensure_run(job.id, source.id, PRIORITY)
    ledger.change_run(job.id, verdict=holds.ASKED)
    job_id = job.id
    model.Session.commit()
    wakeups.wake()
    return {"job": job_id}


@tk.side_effect_free
def satudata_harvest_difference(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what the run of a source that waits for a decision would do.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source; `offset` and `limit` (at most 200) of the datasets.

    Returns:
        job, asked (whether it is a dry run), reasons (sentences), counts by what would become of datasets, count,
        datasets (see differences.difference).

    Raises:
        ObjectNotFound: there is no such source, or no run of it waits.
        NotAuthorized: the caller may not update the source.
        ValidationError: offset or limit is no number.
    """
    source = asked(context, data_dict, "satudata_harvest_difference")
    run = holds.open_hold(source.id)
    if run is None:
        raise tk.ObjectNotFound(tk._("No run of the source waits for a decision."))
    offset, limit = number(data_dict, "offset", 0), min(number(data_dict, "limit", 20), LIMIT_MAX)
    package = model.Session.get_one(model.Package, source.id)
    own = SourceContext(package.name, package.owner_org or "")
    counted = ("created", "changed", "vanished", "returned", "deleted")
    return {
        "job": run.job_id,
        "source": package.name,
        "asked": run.verdict == holds.ASKED,
        "reasons": holds.words(run.difference),
        "counts": {name: run.difference.get(name, 0) for name in counted},
        "known": run.difference.get("known", 0),
        "count": differences.count(run.job_id),
        "datasets": differences.difference(run.job_id, own, offset, limit),
    }


def number(data_dict: dict[str, Any], name: str, default: int) -> int:
    """Return a whole number of 0 or more that an action was given."""
    try:
        value = int(data_dict.get(name) or default)
    except (TypeError, ValueError):
        raise tk.ValidationError({name: [tk._("Expected a whole number of 0 or more.")]}) from None
    if not 0 <= value < 2**31:
        raise tk.ValidationError({name: [tk._("Expected a whole number of 0 or more.")]})
    return value


def satudata_harvest_decide(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Accept or refuse what the run of a source that waits would do.

    Who accepts has it done, by a job of its own; a proposed source is harvested on schedule from then on. Who refuses
    is not asked again about the same difference.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source; `accept`, true or false; `reason`, kept with the decision; `job`, of the
            difference that was looked at: where another one waits by now, nothing is decided.

    Returns:
        {job}: the new job of an accepted run, or the refused one.

    Raises:
        ObjectNotFound: there is no such source, or no run of it waits.
        NotAuthorized: the caller may not update the source.
        ValidationError: another difference waits than the one that was looked at.
    """
    source = asked(context, data_dict, "satudata_harvest_decide")
    _is_seen(source.id, data_dict.get("job"))
    reason = str(data_dict.get("reason") or "").replace("\0", "")[:REASON_MAX]
    try:
        if not tk.asbool(tk.get_or_bust(data_dict, "accept")):
            return {"job": holds.reject(source.id, _person(context), reason)}
        job_id = holds.accept(source.id, _person(context), reason)
    except holds.NotHeld:
        raise tk.ObjectNotFound(tk._("No run of the source waits for a decision.")) from None
    if proposals.is_proposed(source.config):
        _take_on(source)
    return {"job": job_id}


def _is_seen(source_id: str, job_id: str | None) -> None:
    waiting = holds.open_hold(source_id)
    if job_id and waiting is not None and waiting.job_id != job_id:
        words = tk._("The source was read again since. Look at the new difference before you decide.")
        raise tk.ValidationError({"job": [words]})


def _take_on(source: HarvestSource) -> None:
    """Make a proposed source one that is harvested on schedule."""
    config = json.loads(source.config or "{}")
    config.pop(proposals.KEY)
    text = json.dumps(config, sort_keys=True, ensure_ascii=False) if config else ""
    tk.get_action("harvest_source_patch")(runs.harvest_context(), {"id": source.id, "config": text})


@tk.chained_action
def harvest_job_abort(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Stop a job as `satudata_harvest_stop` does, where the pipeline runs it; others ckanext-harvest's way."""
    reference = data_dict.get("source_id") or data_dict.get("id") or ""
    job = model.Session.get(HarvestJob, reference)
    source_id = job.source_id if job is not None else reference
    try:
        source = _source(source_id)
    except tk.ObjectNotFound:
        return original(context, data_dict)
    tk.check_access("harvest_job_abort", context, data_dict)
    job_id = ledger.open_job(source.id)
    if job_id is None:
        return original(context, data_dict)
    satudata_harvest_stop({**context, "ignore_auth": True}, {"id": source.id})
    return tk.get_action("harvest_job_show")(context, {"id": job_id})


@tk.chained_action
def harvest_source_clear(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Clear a source as ckanext-harvest does, and forget what was accepted of it and what waits for a decision."""
    cleared = original(context, data_dict)
    ledger.forget_source(cleared["id"])
    model.Session.commit()
    return cleared


@tk.chained_action
def dataset_purge(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Purge a dataset, which stays away from then on; with a harvest source all that is known of it goes."""
    package = model.Package.get(data_dict.get("id"))
    if package is not None:
        tk.check_access("dataset_purge", context, data_dict)
        if package.type == DATASET_TYPE_NAME:
            ledger.forget_source(package.id)
        else:
            ledger.note_purge(package.id)
    # CKAN commits the purge, and this with it.
    return original(context, data_dict)


@tk.chained_action
@auth_audit_exempt  # ckanext-harvest's asks for the right to clear the source; there is none of this name.
def harvest_source_job_history_clear(
    original: Callable[..., Any], context: Any, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Clear the jobs of a source as ckanext-harvest does, and what waits for a decision with them."""
    cleared = original(context, data_dict)
    ledger.forget_runs_without_job(cleared["id"])
    model.Session.commit()
    return cleared
