"""What became of the runs of a source, and who decided what: for those who may update the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob

from ckanext.satudatapmi.harvesters import deciding, holds, ledger, proposals

RUN = ledger.RUN
LIMIT, LIMIT_MAX = 10, 100


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {
        "satudata_harvest_history": satudata_harvest_history,
        "satudata_harvest_waiting": satudata_harvest_waiting,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action: whoever may update the source, or has an account."""
    return {"satudata_harvest_history": deciding.may_run, "satudata_harvest_waiting": whoever_has_an_account}


def whoever_has_an_account(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let in who is logged in: the action returns only what the caller manages."""
    return {"success": True}


@tk.side_effect_free
def satudata_harvest_history(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the latest runs of a source, with the decisions of operators.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the source; `limit` of the runs (at most 100).

    Returns:
        source (name), proposed, running (job or None), waits (job that waits for a decision, or None) and runs, latest
        first: job, created, finished, verdict (asked, held, passed, accepted or ""), stopped_by, decision, decided,
        decided_by (name of the user as shown), reason, reasons (sentences). Times are ISO 8601 in UTC.

    Raises:
        ObjectNotFound: there is no such source.
        NotAuthorized: the caller may not update the source.
        ValidationError: limit is no number.
    """
    source = deciding.asked(context, data_dict, "satudata_harvest_history")
    limit = min(deciding.number(data_dict, "limit", LIMIT), LIMIT_MAX)
    waiting = holds.open_hold(source.id)
    return {
        "source": model.Session.get_one(model.Package, source.id).name,
        "proposed": proposals.is_proposed(source.config),
        "running": ledger.open_job(source.id),
        "waits": waiting.job_id if waiting else None,
        "runs": runs_of(source.id, limit),
    }


@tk.side_effect_free
def satudata_harvest_waiting(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the runs that wait for a decision, of the sources that the caller may update, the oldest first.

    Returns:
        {source (name), title, job, asked (whether it is a dry run), since (ISO 8601, UTC), reasons}.
    """
    tk.check_access("satudata_harvest_waiting", context, data_dict)
    query = (
        sa.select(model.Package.name, model.Package.title, HarvestJob.finished, RUN.c.job_id, RUN.c.verdict)
        .add_columns(RUN.c.difference)
        .join(HarvestJob, HarvestJob.id == RUN.c.job_id)
        .join(model.Package, model.Package.id == RUN.c.source_id)
        .where(RUN.c.stage == holds.HELD, RUN.c.decision == "", model.Package.state == "active")
        .where(managed_by(context.get("user")))
        .order_by(HarvestJob.finished)
    )
    return [
        {
            "source": name,
            "title": title or name,
            "job": job,
            "asked": verdict == holds.ASKED,
            "since": _iso(finished),
            "reasons": holds.words(difference or {}),
        }
        for name, title, finished, job, verdict, difference in model.Session.execute(query)
    ]


def managed_by(user: str | None) -> sa.ColumnElement[bool]:
    """Return the condition that a Package is of an organisation whose datasets a user may update."""
    if user and authz.is_sysadmin(user):
        return sa.true()
    found = tk.get_action("organization_list_for_user")({"user": user or ""}, {"permission": "update_dataset"})
    return model.Package.owner_org.in_([organization["id"] for organization in found])


def runs_of(source_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the latest runs of a source, latest first; see `satudata_harvest_history`."""
    person = sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name)
    names = ("verdict", "stopped_by", "decision", "decided", "reason", "difference")
    query = (
        sa.select(
            HarvestJob.id.label("job"),
            HarvestJob.created,
            HarvestJob.finished,
            *(RUN.c[name] for name in names),
            person.label("decided_by"),
        )
        .join(RUN, RUN.c.job_id == HarvestJob.id)
        .outerjoin(model.User, model.User.id == RUN.c.decided_by)
        .where(HarvestJob.source_id == source_id)
        .order_by(HarvestJob.created.desc())
        .limit(limit)
    )
    return [_run(dict(row)) for row in model.Session.execute(query).mappings()]


def _run(row: Mapping[str, Any]) -> dict[str, Any]:
    difference = row["difference"] or {}
    held = row["verdict"] in (holds.HELD, holds.ASKED)
    plain = {name: value for name, value in row.items() if name != "difference"}
    times = {name: _iso(row[name]) for name in ("created", "finished", "decided")}
    return plain | times | {"reasons": holds.words(difference) if held else []}


def _iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
