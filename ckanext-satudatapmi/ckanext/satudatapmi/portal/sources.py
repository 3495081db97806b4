"""What the public may know of the harvest sources: when each was last harvested, what it holds, what failed.

Read from ckanext-harvest's tables with a few grouped queries, however many sources and datasets there are. Only what
is public is counted, and nothing that reaches a person leaves: no user, no e-mail address, no password in an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError, HarvestSource
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.harvesters import proposals, report
from ckanext.satudatapmi.harvesters.visitors import anonymous_address
from ckanext.satudatapmi.portal.errors import group_errors, without_contacts

FINISHED = "Finished"
REPORTS = ("added", "updated", "not modified", "deleted", "errored")
RECENT_JOBS = 10
ERRORS_MAX = 1000


def source_list() -> list[dict[str, Any]]:
    """Return every active, accepted source by title, each as `source_show` gives it but without jobs and errors.

    A source is {name, title, protocol, url, organization: {name, title} or None, frequency, next_run, datasets,
    health, last_harvest: {...} or None}; a harvest is {started, finished, status, added, updated, not_modified,
    deleted, errored, errors}. Times are ISO 8601 in UTC.
    """
    sources = [dict(row) for row in model.Session.execute(_sources()).mappings()]
    return _described(sources)


def source_show(name: str, offset: int, limit: int, proposed: bool = False) -> dict[str, Any] | None:
    """Return one source with its latest harvests and a page of what the last one could not take, or None.

    Args:
        name: the source's name, as in its address.
        offset: errors to skip.
        limit: errors to return at most; never more than ERRORS_MAX.
        proposed: whether a proposed source is shown, too.

    Returns:
        A source as in `source_list`, with `harvests` (latest first) and `errors`:
        {count, groups: [{message, stage, count}], items: [{message, stage, record}]}.
    """
    query = _sources(proposed=None if proposed else False).where(model.Package.name == name.replace("\0", ""))
    found = [dict(row) for row in model.Session.execute(query).mappings()]
    if not found:
        return None
    source = _described(found)[0]
    jobs = _jobs(HarvestJob.source_id == found[0]["id"], RECENT_JOBS)
    last = next((job for job in jobs if job["status"] == FINISHED), None)
    return source | {"harvests": _harvests(jobs), "errors": _errors(last["id"] if last else None, offset, limit)}


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
        "last_harvest": _iso(model.Session.scalar(sa.select(sa.func.max(HarvestJob.finished)))),
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
    held = _held(ids)
    latest = {job["source_id"]: job for job in _jobs(HarvestJob.source_id.in_(ids), 1)}
    ended = {job["source_id"]: job for job in _jobs(HarvestJob.source_id.in_(ids), 1, HarvestJob.status == FINISHED)}
    harvests = {harvest["id"]: harvest for harvest in _harvests(list(ended.values()))}
    described = []
    for source in sources:
        job = ended.get(source["id"])
        harvest = harvests[job["id"]] if job else None
        described.append(_source(source, held.get(source["id"], 0), harvest, latest.get(source["id"])))
    return described


def _source(
    source: Mapping[str, Any], datasets: int, harvest: dict[str, Any] | None, latest: Mapping[str, Any] | None
) -> dict[str, Any]:
    organization = None
    if source["organization_name"]:
        organization = {"name": source["organization_name"], "title": source["organization_title"]}
    return {
        "name": source["name"],
        "title": source["title"],
        "protocol": source["protocol"],
        "url": anonymous_address(source["url"]),
        "organization": organization,
        "frequency": source["frequency"],
        "next_run": _iso(source["next_run"]),
        "datasets": datasets,
        "health": health(harvest, datasets, running=latest is not None and latest["status"] != FINISHED),
        "last_harvest": harvest,
    }


def health(harvest: Mapping[str, Any] | None, datasets: int, *, running: bool) -> str:
    """Return running, never, ok, partial (something failed) or failed (something failed and nothing came in)."""
    if running:
        return "running"
    if harvest is None:
        return "never"
    if not harvest["errors"]:
        return "ok"
    took = harvest["added"] + harvest["updated"] + harvest["not_modified"]
    return "partial" if took and datasets else "failed"


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


def _jobs(of: sa.ColumnElement[bool], each: int, *where: sa.ColumnElement[bool]) -> list[Mapping[str, Any]]:
    """Return the latest jobs of each source, `each` at most."""
    place = sa.func.row_number().over(partition_by=HarvestJob.source_id, order_by=HarvestJob.created.desc())
    ranked = (
        sa.select(
            HarvestJob.id,
            HarvestJob.source_id,
            HarvestJob.status,
            HarvestJob.created,
            HarvestJob.gather_started,
            HarvestJob.finished,
            place.label("place"),
        )
        .where(of, *where)
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= each).order_by(ranked.c.created.desc())
    return [dict(row) for row in model.Session.execute(query).mappings()]


def _harvests(jobs: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ids = [job["id"] for job in jobs]
    errors = _error_counts(ids)
    outcomes = _reports(ids)
    for job_id, gathered in report.load(ids).items():
        # Records whose dataset is up to date never become objects; gathering only counts them.
        outcomes[job_id, "not modified"] = outcomes.get((job_id, "not modified"), 0) + gathered.unchanged
    return [
        {
            "id": job["id"],
            "started": _iso(job["gather_started"] or job["created"]),
            "finished": _iso(job["finished"]),
            "status": job["status"],
            "errors": errors.get(job["id"], 0),
        }
        | {outcome.replace(" ", "_"): outcomes.get((job["id"], outcome), 0) for outcome in REPORTS}
        for job in jobs
    ]


def _reports(job_ids: list[str]) -> dict[tuple[str, str], int]:
    query = (
        sa.select(HarvestObject.harvest_job_id, HarvestObject.report_status, sa.func.count())
        .where(HarvestObject.harvest_job_id.in_(job_ids), HarvestObject.report_status.is_not(None))
        .group_by(HarvestObject.harvest_job_id, HarvestObject.report_status)
    )
    return {(job_id, report): count for job_id, report, count in model.Session.execute(query)}


def _error_counts(job_ids: list[str]) -> dict[str, int]:
    both = _error_rows(job_ids).subquery()
    query = sa.select(both.c.job_id, sa.func.count()).group_by(both.c.job_id)
    return dict(model.Session.execute(query).tuples().all())


def _error_rows(job_ids: list[str]) -> sa.CompoundSelect[Any]:
    gather = sa.select(
        HarvestGatherError.harvest_job_id.label("job_id"),
        sa.literal("Gather").label("stage"),
        sa.null().label("record"),
        HarvestGatherError.message,
        HarvestGatherError.created,
        HarvestGatherError.id,
    ).where(HarvestGatherError.harvest_job_id.in_(job_ids))
    imports = (
        sa.select(
            HarvestObject.harvest_job_id,
            HarvestObjectError.stage,
            HarvestObject.guid,
            HarvestObjectError.message,
            HarvestObjectError.created,
            HarvestObjectError.id,
        )
        .join(HarvestObject, HarvestObject.id == HarvestObjectError.harvest_object_id)
        .where(HarvestObject.harvest_job_id.in_(job_ids))
    )
    return gather.union_all(imports)


def _errors(job_id: str | None, offset: int, limit: int) -> dict[str, Any]:
    if job_id is None:
        return {"count": 0, "groups": [], "items": []}
    rows = _error_rows([job_id]).subquery()
    query = sa.select(rows.c.stage, rows.c.record, rows.c.message).order_by(rows.c.created, rows.c.id)
    errors = [
        {"stage": row["stage"], "record": row["record"], "message": without_contacts(row["message"] or "")}
        for row in model.Session.execute(query).mappings()
    ]
    return {
        "count": len(errors),
        "groups": group_errors(errors),
        "items": errors[offset : offset + min(limit, ERRORS_MAX)],
    }


def _iso(value: dt.datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
