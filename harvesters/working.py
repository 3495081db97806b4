"""Runs a harvest job from the partner's answer to the report, and takes it up where another worker died.

A run goes through stages, each kept with it: `gather` reads and compares, `write` does what there is to do, `end` ends
the job. A run that has to wait for an operator ends its job in stage `held`; what it would do stays until somebody has
decided.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob, HarvestSource
from sqlalchemy.exc import OperationalError

from ckanext.satudatapmi.harvesters import (
    ending,
    gate,
    gathering,
    holds,
    leases,
    ledger,
    partner_tables,
    staging,
    wakeups,
    writing,
)
from ckanext.satudatapmi.harvesters.configuration import SITE, ConfigurationError
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.gate import Limits
from ckanext.satudatapmi.harvesters.gathering import Errand
from ckanext.satudatapmi.harvesters.leases import Lease, LeaseLost, Stopped
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.protocols.base import PartnerProtocol, Session, SourceSettings
from ckanext.satudatapmi.harvesters.remarks import RemarkCounter
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.harvesters.staging import Staged
from ckanext.satudatapmi.schemas.convert import short

log = logging.getLogger(__name__)

BATCH = 100
HELP_FROM = 4 * BATCH
"""How many datasets must be left for another worker to be worth its while."""
TRIES = 4
"""How many workers may die over a run without progress; then what they died over is given up."""
WORKERS_DIED = f"WorkerDied: {TRIES} workers ended while they imported this record"

STAGES = frozenset({"gather", "write", "end"})
"""Of a run that goes on; in any other it has ended."""

PRIORITY, NORMAL, SLOW = 0, 1, 2
"""Lanes: asked for by a person; ordinary; partners that answer slowly, who hold up nobody but each other."""


class SlowPartner(Exception):
    """A partner does not answer within the patience of the ordinary lane."""


@dataclass(frozen=True)
class Harvester:
    """What the pipeline needs of a harvester: its protocol, and what it does in its own way.

    Attributes:
        protocol: how the partner is read.
        user: name of the user who writes.
        session: makes the session of a run: heartbeat, whether it is patient -> session.
        settings: name, address and configuration of a source, checked.
        write: does what objects say, in place of `writing.write_batch`; None for that.
    """

    protocol: PartnerProtocol
    user: str
    session: Callable[[Callable[[], None], bool], Session]
    settings: Callable[[HarvestSource], SourceSettings]
    write: Callable[[writing.Writer, Sequence[str]], Any] | None = None


def run_job(job_id: str, worker: str, harvester: Harvester) -> bool:
    """Run a job to its end; False if another worker runs its source, or it was put into the slow lane.

    Args:
        job_id: a job that has not ended.
        worker: name of this worker, for operators.
        harvester: of the type of the job's source.
    """
    job = model.Session.get_one(HarvestJob, job_id)
    source_id = job.source_id
    leases.ensure_run(job_id, source_id, SLOW if ledger.is_slow(source_id) else NORMAL)
    model.Session.commit()
    with leases.take(job_id, source_id, worker) as lease, ending.site_language():
        if lease is None:
            return False
        try:
            return _Run(lease, harvester).go_on()
        except LeaseLost:
            model.Session.rollback()
            log.warning("harvest run was taken over by another worker: job=%s", job_id)
            return False
        except OperationalError:
            # The database is away: whoever finds it again takes the run up.
            model.Session.rollback()
            log.exception("harvest run interrupted: job=%s", job_id)
            return False
        finally:
            model.Session.remove()


class _Run:
    """One worker's part of a run."""

    def __init__(self, lease: Lease, harvester: Harvester) -> None:
        self._lease, self._harvester = lease, harvester
        self._job_id, self._source_id = lease.job_id, lease.source_id
        self._name = ""

    def go_on(self) -> bool:
        """Do what is left of the run."""
        job = model.Session.get_one(HarvestJob, self._job_id)
        if job.status == "Finished":
            return True
        if ledger.run(self._job_id).stage not in STAGES:
            # It had ended before whoever created it sent it to the queue, which marks it as running.
            job.status = "Finished"
            model.Session.commit()
            return True
        if job.status != "Running" or job.gather_started is None:
            job.status, job.gather_started = "Running", job.gather_started or ledger.now()
            model.Session.commit()
        try:
            self._name = _name(self._source_id)
            return self._stages()
        except Stopped as stop:
            self._end_early(tk._("Stopped by {name}. What was done stays.").format(name=stop.by))
        except (FetchError, CatalogueError, ConfigurationError) as error:
            self._end_early(str(error))
        except (LeaseLost, OperationalError):
            raise
        except Exception as error:
            log.exception("harvest run failed: job=%s source=%s", self._job_id, self._name)
            self._end_early(f"{type(error).__name__}: {short(str(error), 200)}")
        return True

    def _stages(self) -> bool:
        self._lease.check()
        stage = ledger.run(self._job_id).stage
        if stage == "gather":
            try:
                stage = self._gather()
            except SlowPartner:
                self._move_to_slow_lane()
                return False
        if stage == "write":
            self._write()
            stage = "end"
        if stage == "end":
            self._end()
        return True

    def _gather(self) -> str:
        if self._lease.attempts > TRIES:
            raise CatalogueError("died", tk._("{count} workers ended while they read it.").format(count=TRIES))
        errand = self._errand()
        run = ledger.run(self._job_id)
        patient = run.lane == SLOW or run.token is not None
        session = self._harvester.session(self._lease.check, patient)
        with _impatience(patient):
            found = gathering.gather(errand, session)
        if found.difference.problem and getattr(session, "gave_up", False):
            # Nothing is judged by what only impatience has cut short: reading goes on after the last page.
            raise SlowPartner
        ledger.remember(self._source_id, slow=patient and _was_slow(session))
        return self._judge(errand.limits, found)

    def _errand(self) -> Errand:
        source = model.Session.get_one(HarvestSource, self._source_id)
        settings = self._harvester.settings(source)
        limits = Limits.of(settings.config, site_limits())
        return Errand(self._lease, self._context(settings.url), settings, self._harvester.protocol, limits)

    def _context(self, base_url: str = "") -> SourceContext:
        owner = model.Session.get_one(model.Package, self._source_id).owner_org
        if not owner:
            raise ConfigurationError(
                tk._(
                    "The harvest source {name} belongs to no organisation. Give it one: its datasets go there."
                ).format(name=self._name)
            )
        return SourceContext(self._name, owner, base_url)

    def _judge(self, limits: Limits, found: gathering.Gathering) -> str:
        """Let the run pass, or hold it; return the next stage."""
        run = ledger.run(self._job_id)
        reasons = gate.judge(found.difference, limits)
        kept = {"gathered": asdict(found.gathered), "memory": found.memory, "setting": found.setting}
        difference = asdict(found.difference)
        self._lease.confirm()
        if reasons or run.verdict == holds.ASKED:
            asked = run.verdict == holds.ASKED
            not_done = holds.hold(self._job_id, self._source_id, reasons, difference, asked)
            ledger.change_run(self._job_id, found=kept, token=None)
            held = tk._("Source {name}: {message}").format(name=self._name, message=" ".join(_told(reasons)))
            errors = [held] if reasons else []
            gathered = replace(found.gathered, error=held if reasons else "", not_done=not_done)
            ending.end_job(self._job_id, gathered, [*gathering.told(gathered, ""), *errors])
            return "held"
        holds.lift(self._source_id, self._job_id)
        ledger.forget_pages(self._job_id)
        if not found.difference.is_empty:
            # A run that is stopped half-way leaves neither this state nor the one before it.
            ledger.remember(self._source_id, memory=None)
        ledger.change_run(
            self._job_id, stage="write", found=kept, token=None, difference=difference, verdict="passed", attempts=0
        )
        job = model.Session.get_one(HarvestJob, self._job_id)
        job.gather_finished = ledger.now()
        model.Session.commit()
        return "write"

    def _write(self) -> None:
        """Do all that is to be done; other workers may do a part of it meanwhile (see `help_with`)."""
        writer = writing.Writer(self._lease, self._context(), self._harvester.user)
        writer = replace(writer, load_tables=self._table_loader(writer))
        write = self._harvester.write or writing.write_batch
        # After a death one by one, until the record that may have been the cause is behind.
        size = 1 if self._lease.attempts > 1 else BATCH
        ids = staging.ids_to_do(self._job_id)
        if len(ids) > HELP_FROM and can_be_helped(self._harvester):
            wakeups.wake(int(tk.config.get("ckanext.satudatapmi.harvest.workers")))
        if self._lease.attempts > TRIES and ids:
            self._give_up(ids.pop(0))
        while ids:
            while ids:
                self._lease.check()
                now, ids = ids[:size], ids[size:]
                write(writer, now)
                size = min(BATCH, size * 2)
            ids = staging.ids_to_do(self._job_id)
            model.Session.rollback()
            time.sleep(WAIT_SECONDS if ids else 0)
        self._keep_remarks()

    def _table_loader(self, writer: writing.Writer) -> Callable[[Sequence[Staged]], list[str]] | None:
        """Return what brings in the figures of datasets, where the protocol serves them apart."""
        protocol = self._harvester.protocol
        if not protocol.features.tables or self._harvester.write is not None:
            return None
        source = model.Session.get_one(HarvestSource, self._source_id)
        session, settings = self._harvester.session(self._lease.check, True), self._harvester.settings(source)
        return lambda objects: partner_tables.load_tables(protocol, writer, settings, session, objects)

    def _give_up(self, object_id: str) -> None:
        log.error("harvest object given up: object=%s", object_id)
        ledger.compare_anew([one.guid for one in staging.whole([object_id])])
        staging.mark_failed([object_id], WORKERS_DIED)
        ledger.change_run(self._job_id, attempts=0)
        self._lease.confirm()
        model.Session.commit()

    def _keep_remarks(self) -> None:
        """Sum up what was remarked about the records."""
        counter = RemarkCounter()
        for sums in ledger.remarks_of(self._job_id):
            counter.add_sums(sums)
        found = dict(ledger.run(self._job_id).found)
        gathered = Gathered(**found["gathered"])
        remarks = dict(gathered.remarks)
        for kind, count in counter.by_kind().items():
            remarks[kind] = remarks.get(kind, 0) + count
        gathered = replace(gathered, remarks=remarks, faults=counter.listed())
        found |= {"gathered": asdict(gathered), "faults": counter.faults(self._name)}
        ledger.change_run(self._job_id, found=found, stage="end")
        self._lease.confirm()
        model.Session.commit()

    def _end(self) -> None:
        """End the job; remember the reading if all of it was accepted."""
        run = ledger.run(self._job_id)
        found, problem = run.found, (run.difference or {}).get("problem", "")
        gathered = Gathered(**found["gathered"])
        accepted = not ending.has_errors(self._job_id) and gathered.complete and not gathered.rejected
        values: dict[str, Any] = {"setting": found.get("setting", "")} if accepted else {}
        ledger.remember(self._source_id, memory=found.get("memory") if accepted else None, **values)
        # Of a large catalogue it is large: once is enough.
        ledger.change_run(self._job_id, found={**found, "memory": None})
        errors = [*gathering.told(gathered, problem), *found.get("faults", ())]
        ending.end_job(self._job_id, gathered, errors)

    def _end_early(self, message: str) -> None:
        """End a run that cannot go on; what it has not done is done by the next one."""
        model.Session.rollback()
        words = tk._("Source {name}: {message}").format(name=self._name, message=message)
        self._lease.confirm()
        self._finish_written()
        not_done = staging.count_records(self._job_id, (staging.TO_DO,))
        staging.drop(self._job_id, (staging.TO_DO,))
        gathered = replace(self._gathered_so_far(), source=self._name, error=words, not_done=not_done)
        ending.end_job(self._job_id, gathered, [words])

    def _finish_written(self) -> None:
        """Have what was written found; what is missing of it, as its figures, the next run brings."""
        written = staging.ids_written(self._job_id)
        if written:
            ledger.compare_anew([one.guid for one in staging.whole(written)])
            writing.write_batch(writing.Writer(self._lease, self._context(), self._harvester.user), written)

    def _gathered_so_far(self) -> Gathered:
        run = ledger.run(self._job_id)
        return Gathered(**run.found["gathered"]) if run.found else Gathered()

    def _move_to_slow_lane(self) -> None:
        model.Session.rollback()
        ledger.remember(self._source_id, slow=True)
        # Without a beat it is not one of those that run.
        ledger.change_run(self._job_id, lane=SLOW, attempts=0, beat=None)
        self._lease.confirm()
        model.Session.commit()


def _told(reasons: Sequence[gate.Reason]) -> list[str]:
    return [reason.words() for reason in reasons]


def _name(source_id: str) -> str:
    return model.Session.scalars(sa.select(model.Package.name).where(model.Package.id == source_id)).one()


def site_limits() -> Mapping[str, Any]:
    """Return the limits of the policy gate that the site's configuration sets."""
    return {name: tk.config.get(f"{SITE}{name}") for name in Limits.__dataclass_fields__}


@contextmanager
def _impatience(patient: bool) -> Iterator[None]:
    """Turn a partner's slowness into SlowPartner, where nobody waits for it."""
    try:
        yield
    except FetchError as error:
        if patient or error.kind not in ("timeout", "busy"):
            raise
        raise SlowPartner from error


def _was_slow(session: Any) -> bool:
    """Tell whether a partner took longer for an answer than the ordinary lane would have waited."""
    traffic = session.traffic
    return traffic.seconds > PATIENCE_SECONDS * max(1, traffic.requests)


def can_be_helped(harvester: Harvester) -> bool:
    """Tell whether several workers may write the datasets of one source of a harvester."""
    return harvester.write is None and not harvester.protocol.features.tables


def help_with(job_id: str, harvester: Harvester) -> None:
    """Do a part of what another worker's run has to write, from its end; which objects are whose, the database tells.

    Args:
        job_id: of a run that is being written by a worker that lives.
        harvester: of the type of its source, for which `can_be_helped` holds.
    """
    run = ledger.run(job_id)
    lease = Lease(job_id, run.source_id, run.fence, 0)
    owner = model.Session.get_one(model.Package, run.source_id).owner_org or ""
    writer = writing.Writer(lease, SourceContext(_name(run.source_id), owner), harvester.user)
    ids = staging.ids_to_do(job_id)[::-1]
    try:
        with ending.site_language():
            while ids and not ledger.stopped_by(job_id):
                now, ids = ids[:BATCH], ids[BATCH:]
                writing.write_batch(writer, now)
    except (LeaseLost, OperationalError):
        model.Session.rollback()
        log.info("the run that was helped with is another worker's now: job=%s", job_id)


WAIT_SECONDS = 0.2
"""How long to wait for what other workers have taken."""

PATIENCE_SECONDS = 8.0
"""How long the ordinary lane waits for an answer."""
