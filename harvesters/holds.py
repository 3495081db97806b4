"""Runs that wait for a person: what they would do stays until it is accepted or rejected, or the partner has mended it.

While a source is held it is harvested on, on schedule, to see whether the difference is gone; nothing is written. A dry
run is a run that is held because somebody asked for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob

from ckanext.satudatapmi.harvesters import ledger, report, staging, wakeups
from ckanext.satudatapmi.harvesters.gate import Reason

ASKED = "asked"
HELD = "held"
ACCEPTED, REJECTED, LIFTED, REPLACED = "accepted", "rejected", "lifted", "replaced"

RUN = ledger.RUN


class NotHeld(Exception):
    """There is no run of the source that waits for a decision."""


def hold(job_id: str, source_id: str, reasons: Sequence[Reason], difference: Mapping[str, Any], asked: bool) -> int:
    """Hold a run, within the running transaction; the one that was held before gives way to it.

    A difference that was rejected already needs no second decision.

    Returns:
        How many of its records are not done for that reason.
    """
    # A catalogue that was cut short stages nothing: there, what is wrong with it tells it apart.
    signature = staging.signature(job_id) or ", ".join(f"{one.kind} {one.count}" for one in reasons)
    before = open_hold(source_id)
    if before is not None:
        _close(before.job_id, REPLACED)
    decision = REJECTED if not asked and signature and signature == _rejected(source_id) else ""
    held = staging.change_state(job_id, staging.OPEN, staging.HELD)
    ledger.change_run(
        job_id,
        stage=HELD,
        verdict=ASKED if asked else HELD,
        difference={
            **difference,
            "reasons": [asdict(one) for one in reasons],
            "signature": signature,
            "held": held,
        },
        decision=decision,
    )
    return _drop(job_id) if decision else 0


def open_hold(source_id: str) -> Any:
    """Return the run of a source that waits for a decision; None if none does."""
    query = sa.select(RUN).where(RUN.c.source_id == source_id, RUN.c.stage == HELD, RUN.c.decision == "")
    return model.Session.execute(query.limit(1)).first()


def held_sources(source_ids: Sequence[str]) -> dict[str, Any]:
    """Return the run that waits for a decision, by source."""
    query = sa.select(RUN).where(RUN.c.source_id.in_(source_ids), RUN.c.stage == HELD, RUN.c.decision == "")
    return {run.source_id: run for run in model.Session.execute(query)}


def _rejected(source_id: str) -> str | None:
    """Return the signature of the difference that was rejected last."""
    query = sa.select(RUN.c.difference).where(RUN.c.source_id == source_id, RUN.c.decision == REJECTED)
    found = model.Session.scalars(query.order_by(RUN.c.decided.desc().nulls_last()).limit(1)).first()
    return (found or {}).get("signature")


def lift(source_id: str, job_id: str) -> None:
    """Note that the partner has mended what a run was held for; another run passes. The caller commits."""
    before = open_hold(source_id)
    if before is not None and before.job_id != job_id:
        _close(before.job_id, LIFTED)


def _drop(job_id: str) -> int:
    """Drop what a run holds; return how many records that were."""
    records = staging.count_records(job_id, (staging.HELD,))
    staging.drop(job_id, (staging.HELD,))
    return records


def _close(job_id: str, decision: str, by: str | None = None, reason: str = "") -> None:
    report.note_not_done(job_id, _drop(job_id))
    ledger.change_run(job_id, decision=decision, decided=ledger.now(), decided_by=by, reason=reason)


def reject(source_id: str, by: str, reason: str) -> str:
    """Refuse what a held run would do, and commit; return the id of its job.

    Raises:
        NotHeld: no run waits.
    """
    run = open_hold(source_id)
    if run is None:
        raise NotHeld(source_id)
    _close(run.job_id, REJECTED, by, reason)
    model.Session.commit()
    return run.job_id


def accept(source_id: str, by: str, reason: str) -> str:
    """Have a new job do what a held run would do, and commit; return the id of the new job.

    Raises:
        NotHeld: no run waits, what it held is gone, or the source is being harvested at the moment.
    """
    run = open_hold(source_id)
    if run is None or ledger.open_job(source_id):
        raise NotHeld(source_id)
    job = HarvestJob()
    job.source_id, job.status = source_id, "Running"
    job.gather_started = job.gather_finished = ledger.now()
    model.Session.add(job)
    model.Session.flush()
    model.Session.execute(
        sa.insert(RUN).values(
            job_id=job.id,
            source_id=source_id,
            stage="write",
            lane=0,
            found=run.found,
            difference=run.difference,
            verdict=ACCEPTED,
        )
    )
    report.note_not_done(run.job_id, staging.count_records(run.job_id, (staging.HELD,)))
    if staging.move(run.job_id, job.id, staging.TO_DO) < run.difference.get("held", 0):
        # The next run counts as accepted what this one would have done: a part of it will not do.
        model.Session.rollback()
        raise NotHeld(source_id)
    ledger.change_run(run.job_id, decision=ACCEPTED, decided=ledger.now(), decided_by=by, reason=reason)
    job_id = job.id
    model.Session.commit()
    wakeups.wake()
    return job_id


def words(difference: Mapping[str, Any]) -> list[str]:
    """Return why a run is held, as sentences."""
    reasons = [Reason(**one) for one in difference.get("reasons", ())]
    return [reason.words() for reason in reasons] or [tk._("A dry run: nothing was changed.")]
