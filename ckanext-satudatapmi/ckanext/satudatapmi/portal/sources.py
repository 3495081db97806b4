"""What the public may know of the harvest sources: when each was last harvested, what it holds, what failed.

Read from ckanext-harvest's tables with a few grouped queries, however many sources and datasets there are. Only what
is public is counted, and nothing that reaches a person leaves: no user, no e-mail address, no password in an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.harvesters import holds, ledger, proposals, report
from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.portal import faults, source_health, source_runs
from ckanext.satudatapmi.portal.errors import group_errors, without_contacts
from ckanext.satudatapmi.portal.source_runs import FINISHED

RECENT_JOBS = 10
ERRORS_MAX = 1000


def source_list() -> list[dict[str, Any]]:
    """Return every active, accepted source by title, each as `source_show` gives it but without jobs and errors.

    A source is {id, name, title, protocol, url, organization: {name, title} or None, frequency, next_run, datasets,
    health (see source_health.ORDER), last_checked (when it was last read to its end), last_harvest: {...} or None};
    for a harvest see source_runs.harvests. Times are ISO 8601 in UTC.
    """
    sources = [dict(row) for row in model.Session.execute(_sources()).mappings()]
    return _described(sources)


def proposed_list(of: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the proposed sources for which a condition on Package holds, as `source_list` does."""
    return _described([dict(row) for row in model.Session.execute(_sources(True).where(of)).mappings()])


def source_show(name: str, offset: int, limit: int, full: bool = False) -> dict[str, Any] | None:
    """Return one source with its latest harvests and a page of what the last one could not take, or None.

    Args:
        name: the source's name, as in its address.
        offset: errors to skip.
        limit: errors to return at most; never more than ERRORS_MAX.
        full: whether the one who asks manages the source: proposed ones are shown, and messages with what they quote.

    Returns:
        A source as in `source_list`, with `harvests` (latest first), `failing_since` (ISO 8601 or None) and `errors`:
        {count, groups: [{message, stage, count, records}], items: [{message, stage, record}]}.
    """
    query = _sources(None if full else False).where(model.Package.name == name.replace("\0", ""))
    found = [dict(row) for row in model.Session.execute(query).mappings()]
    if not found:
        return None
    source = _described(found)[0]
    harvests = source_runs.harvests(source_runs.latest_jobs([found[0]["id"]], RECENT_JOBS))
    last = source["last_harvest"]
    return source | {
        "harvests": harvests,
        "failing_since": source_health.failing_since(harvests),
        "errors": _errors(last["id"] if last else None, offset, limit, full),
    }


def statistics() -> dict[str, Any]:
    """Return {sources, tables, last_harvest}: counts of active, accepted sources and of public tables in the DataStore,
    and when a harvest last ended (ISO 8601, UTC) or None.
    """
    table = sa.cast(model.Resource.extras, JSONB)["datastore_active"].astext == "true"
    tables = (
        sa.select(sa.func.count(model.Resource.id))
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .where(model.Package.state == "active", model.Package.private.is_(False), model.Resource.state == "active")
        .where(table, sa.not_(reviews.is_hidden(model.Package.id)))
    )
    return {
        "sources": model.Session.scalar(sa.select(sa.func.count()).select_from(_sources().subquery())) or 0,
        "tables": model.Session.scalar(tables) or 0,
        "last_harvest": source_runs.iso(model.Session.scalar(sa.select(sa.func.max(HarvestJob.finished)))),
    }


def _sources(proposed: bool | None = False) -> sa.Select[Any]:
    """Return the query for the active sources: accepted ones, proposed ones, or both (None)."""
    of_kind = {False: [proposals.accepted()], True: [sa.not_(proposals.accepted())], None: []}
    return (
        sa.select(
            HarvestSource.id,
            model.Package.name,
            HarvestSource.title,
            HarvestSource.type.label("protocol"),
            HarvestSource.url,
            HarvestSource.frequency,
            HarvestSource.next_run,
            model.Group.name.label("organization_name"),
            model.Group.title.label("organization_title"),
        )
        .join(model.Package, model.Package.id == HarvestSource.id)
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .where(
            HarvestSource.__table__.c.active.is_(True),
            *of_kind[proposed],
            model.Package.state == "active",
            model.Package.private.is_(False),
        )
        .order_by(HarvestSource.title, model.Package.name)
    )


def _described(sources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ids = [source["id"] for source in sources]
    datasets, states, frozen = _held(ids), ledger.states_of(ids), holds.held_sources(ids)
    running = {job["source_id"] for job in source_runs.latest_jobs(ids, 1) if job["status"] != FINISHED}
    ended = source_runs.latest_jobs(ids, 1, source_runs.no_dry_run())
    last = {job["source_id"]: one for job, one in zip(ended, source_runs.harvests(ended), strict=True)}
    described = []
    for source in sources:
        id_ = source["id"]
        held, state, harvest = frozen.get(id_), states.get(id_), last.get(id_)
        shown = _source(source, datasets.get(id_, 0), harvest)
        good = harvest["finished"] if harvest and harvest["outcome"] in ("ok", "partial") else None
        shown["last_checked"] = source_runs.iso(state.checked) if state and state.checked else good
        shown["health"] = source_health.health(
            harvest["outcome"] if harvest else None,
            frozen=held is not None and held.verdict == holds.HELD,
            running=id_ in running,
            late=source_health.is_late(source["frequency"], source["next_run"], ledger.now()),
            slow=bool(state and state.slow),
        )
        described.append(shown)
    return described


def _source(source: Mapping[str, Any], datasets: int, harvest: dict[str, Any] | None) -> dict[str, Any]:
    organization = None
    if source["organization_name"]:
        organization = {"name": source["organization_name"], "title": source["organization_title"]}
    return {
        "id": source["id"],
        "name": source["name"],
        "title": source["title"],
        "protocol": source["protocol"],
        "url": anonymous_address(source["url"]),
        "organization": organization,
        "frequency": source["frequency"],
        "next_run": source_runs.iso(source["next_run"]),
        "datasets": datasets,
        "last_harvest": harvest,
    }


def _held(source_ids: list[str]) -> dict[str, int]:
    """Return how many public datasets came from each source."""
    query = (
        sa.select(HarvestObject.harvest_source_id, sa.func.count(sa.distinct(HarvestObject.package_id)))
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .where(HarvestObject.harvest_source_id.in_(source_ids), HarvestObject.current.is_(True))
        .where(model.Package.state == "active", model.Package.private.is_(False))
        .group_by(HarvestObject.harvest_source_id)
    )
    return dict(model.Session.execute(query).tuples().all())


def _errors(job_id: str | None, offset: int, limit: int, full: bool) -> dict[str, Any]:
    if job_id is None:
        return {"count": 0, "groups": [], "items": []}
    rows = source_runs.error_rows([job_id]).subquery()
    query = sa.select(rows.c.stage, rows.c.record, rows.c.message).order_by(rows.c.created, rows.c.id)
    errors = [
        {"stage": row["stage"], "record": row["record"], "message": without_contacts(row["message"] or "")}
        for row in model.Session.execute(query).mappings()
    ]
    if not full:
        groups = faults.public_groups(report.load([job_id]).get(job_id), errors)
        return {"count": len(errors), "groups": groups, "items": []}
    return {
        "count": len(errors),
        "groups": group_errors(errors),
        "items": errors[offset : offset + min(limit, ERRORS_MAX)],
    }
