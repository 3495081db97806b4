"""Reads a source and compares it, as a set, with what was last accepted: what is new, changed, vanished, back.

Entries are told by their digests. One whose digest is known needs no further look; only the others are translated,
given an identity and staged as harvest objects. Page by page what was found is committed with the token of the next, so
that a worker that takes the run up goes on where the last one died. Memory holds 16 bytes for each record of a source,
and one page.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

import ckan.model as model

from ckanext.satudatapmi.harvesters import ledger, staging
from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.harvesters.datajson import CatalogueError, Record, normalise
from ckanext.satudatapmi.harvesters.gate import Difference, Limits
from ckanext.satudatapmi.harvesters.identity import (
    dataset_id,
    digest,
    identifier_text,
    outward_digest,
    plain_identity,
    shares_identifier,
    tell_apart,
)
from ckanext.satudatapmi.harvesters.leases import Lease
from ckanext.satudatapmi.harvesters.ledger import Accepted
from ckanext.satudatapmi.harvesters.mapping import MAPPING_VERSION, SourceContext
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    EntryError,
    Page,
    PartnerProtocol,
    Reading,
    Session,
    SourceSettings,
    Unchanged,
)
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten
from ckanext.satudatapmi.harvesters.remarks import Rejection
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.harvesters.staging import Notes, Task
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

CHUNK = 500
REJECTIONS_TOLD = 100
"""How many rejected records are told one by one; a catalogue with more has one fault, not thousands."""

REJECTIONS_KNOWN = 1000
"""How many identifiers of rejected records are kept; with more, nothing counts as vanished."""

EMPTY = frozenset({"empty_catalogue", "empty_file"})


@dataclass(frozen=True)
class Gathering:
    """What a reading came to, beside the objects that it staged; the setting is that for which the memory holds."""

    gathered: Gathered
    difference: Difference
    memory: Any = None
    setting: str = ""


@dataclass
class _Found:
    """What was found so far; kept with the run after every page.

    Of rejected records the identifiers are kept: their datasets have not vanished. Nameless are those that may be any.
    """

    gathered: Gathered
    remarks: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    whole: bool = True
    removed: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    nameless: int = 0


@dataclass(frozen=True)
class Errand:
    """What a run is about: its job, its source, and how that is to be read."""

    lease: Lease
    source: SourceContext
    settings: SourceSettings
    protocol: PartnerProtocol
    limits: Limits

    def setting(self, base_url: str) -> str:
        """Return a digest of all that datasets depend on besides their records: mapping, source, owner, options."""
        open_ones = [option.key for option in self.protocol.options if option.kind != "secret"]
        options = {key: self.settings.config.get(key) for key in open_ones}
        raw = wire.canonical_json([MAPPING_VERSION, self.source.name, self.source.owner_org, base_url, options])
        return hashlib.sha256(raw.encode()).hexdigest()[:16]


def gather(errand: Errand, session: Session) -> Gathering:
    """Read a source and stage what there is to do; the caller commits.

    Raises:
        FetchError, CatalogueError: there is no catalogue; nothing was staged then.
        LeaseLost, Stopped: the run must not go on.
    """
    known = ledger.accepted(errand.lease.source_id)
    try:
        return _Gatherer(errand, session, known).gather()
    except Forgotten:
        # A page that was not fetched again holds a record that has to be written anew, or what was read before does not
        # tell records apart, or reading cannot go on where it ended.
        forget_staged(errand.lease)
        return _Gatherer(errand, session, known, forgetful=True).gather()


def forget_staged(lease: Lease) -> None:
    """Drop all that a run has found so far, and commit.

    Raises:
        LeaseLost: another worker has taken the run over.
    """
    job_id = lease.job_id
    model.Session.rollback()
    staging.drop(job_id, (staging.TO_DO,))
    ledger.forget_pages(job_id)
    ledger.change_run(job_id, token=None, found=None)
    lease.confirm()
    model.Session.commit()


class _Gatherer:
    """One reading of a source."""

    def __init__(self, errand: Errand, session: Session, known: Sequence[Accepted], forgetful: bool = False) -> None:
        self._errand, self._session = errand, session
        self._job_id, self._source_id = errand.lease.job_id, errand.lease.source_id
        self._known = {one.guid: one for one in known}
        self._by_digest = {one.digest: one for one in known if one.digest is not None}
        self._seen: set[bytes] = set()
        # Digests of the entries of pages after which nobody could go on; the next page with a token keeps them, too.
        self._not_kept = bytearray()
        # A record that comes again on a later page, among new ones, has moved, and may have hidden another one.
        self._on_page: set[bytes] = set()
        self._again = self._moved = 0
        self._taken_up = False
        self._reading = Reading()
        self._memory = None if forgetful or any(one.digest is None for one in known) else self._remembered()
        self._found = _Found(Gathered(source=errand.source.name), removed=self._reading.removed)
        self._token: Any = None
        self._take_up()

    def _remembered(self) -> Any:
        setting, memory = ledger.memory_of(self._source_id)
        return memory if setting == self._errand.setting(self._errand.settings.url) else None

    def _take_up(self) -> None:
        """Go on after the pages that another worker has read."""
        run = ledger.run(self._job_id)
        if run.token is None:
            staging.drop(self._job_id, (staging.TO_DO,))
            return
        self._token = run.token
        found = dict(run.found)
        self._found = _Found(Gathered(**found.pop("gathered")), **found)
        self._reading.removed = self._found.removed
        self._taken_up = True
        for page in ledger.pages(self._job_id):
            self._seen.update(page[at : at + 16] for at in range(0, len(page), 16))

    def gather(self) -> Gathering:
        """Read all pages, then settle what they mean together."""
        try:
            self._read()
        except Unchanged:
            self._all_unchanged()
        except CatalogueError as error:
            if error.kind not in EMPTY or not self._known:
                raise
            self._reading.problem = ""
        return self._settle()

    def _read(self) -> None:
        errand = self._errand
        pages = errand.protocol.read(errand.settings, self._session, self._reading, self._memory, self._token)
        for page in pages:
            errand.lease.check()
            self._stage_page(page)

    def _all_unchanged(self) -> None:
        # What has vanished from the source is still not there: only the others were seen again.
        self._seen = {one.digest for one in self._present() if one.digest is not None}
        self._found.gathered.records = self._found.gathered.unchanged = len(self._present())
        self._found.gathered.pages += 1
        self._reading.memory = self._memory

    def _stage_page(self, page: Page) -> None:
        """Stage what is new or changed on a page, and keep how far reading has come."""
        source = replace(self._errand.source, base_url=anonymous_address(page.base_url or self._errand.settings.url))
        self._found.pages += 1
        self._found.gathered.pages += 1
        self._on_page.clear()
        self._again = 0
        entries = iter(page.entries)
        while chunk := list(islice(entries, CHUNK)):
            self._errand.lease.check()
            self._not_kept += b"".join(entry.digest for entry in chunk)
            self._stage_chunk(chunk, source)
        # Some partners give their last page again and again, or every page for the first: nothing moves there.
        self._moved += self._again if self._on_page else 0
        for remark in page.remarks:
            self._found.remarks[remark.kind] = self._found.remarks.get(remark.kind, 0) + 1
        for one in page.rejections:
            self._found.gathered.records += 1
            self._reject(Rejection(source.name, one.place, "dataset", "", "", one.words), one.identifier)
        self._found.whole = self._found.whole and self._reading.whole
        if page.token is not None:
            ledger.keep_page(self._job_id, self._found.pages, bytes(self._not_kept))
            self._not_kept.clear()
            ledger.change_run(self._job_id, token=page.token, found=asdict(self._found), attempts=0)
            self._errand.lease.confirm()
            model.Session.commit()

    def _stage_chunk(self, chunk: Iterable[Entry], source: SourceContext) -> None:
        setting, tasks = self._errand.setting(source.base_url), []
        gathered = self._found.gathered
        for entry in chunk:
            gathered.records += 1
            if entry.digest in self._seen:
                gathered.identical_repeats += 1
                self._again += entry.digest not in self._on_page
                continue
            self._seen.add(entry.digest)
            self._on_page.add(entry.digest)
            known = self._by_digest.get(entry.digest)
            if known is not None and known.is_current(setting):
                gathered.unchanged += 1
                continue
            task = self._task(entry, gathered.records, source, setting)
            if task is not None:
                tasks.append(task)
        staging.stage(self._job_id, self._source_id, tasks)

    def _task(self, entry: Entry, number: int, source: SourceContext, setting: str) -> Task | None:
        try:
            raw = entry.record()
        except ValueError as error:
            identifier = error.identifier if isinstance(error, EntryError) else ""
            self._reject(Rejection(source.name, number, "dataset", "", "", str(error)), identifier)
            return None
        record = normalise(raw, number, source.name)
        if not isinstance(record, Record):
            self._reject(record)
            return None
        known = self._by_digest.get(entry.digest)
        identity = known.identity if known else plain_identity(record)[0]
        guid = known.guid if known else dataset_id(source.name, identity)
        notes = Notes(
            identity=identity,
            number=number,
            repeated=bool(known) and identity != plain_identity(record)[0],
            hash=entry.digest.hex(),
            base_url=source.base_url,
            setting=setting,
            outward=outward_digest(record),
            content=digest(record.raw),
        )
        return Task(guid, notes, wire.json_text(record.raw))

    def _reject(self, rejection: Rejection, identifier: Any = "") -> None:
        name, known = identifier_text(identifier), self._found.rejected
        if name and len(known) < REJECTIONS_KNOWN:
            known.append(name)
        else:
            self._found.nameless += 1
        gathered = self._found.gathered
        gathered.rejected += 1
        if len(gathered.rejections) < REJECTIONS_TOLD:
            gathered.rejections.append(
                {
                    "number": rejection.number,
                    "field": rejection.field,
                    "value": rejection.value,
                    "reason": rejection.words() if rejection.expected else rejection.advice,
                    "expected": rejection.expected,
                    "advice": rejection.advice,
                }
            )

    def _settle(self) -> Gathering:
        """Tell repeated identifiers apart, and stage what vanished and came back."""
        # What a page said that another worker has read counts, too.
        self._reading.whole = self._reading.whole and self._found.whole
        staged = self._staged_apart()
        gathered = self._found.gathered
        gathered.remarks = self._found.remarks
        gathered.complete = not self._reading.problem
        vanished = self._vanished(staged)
        returned = [one for one in self._unchanged() if one.vanished is not None]
        deleted: list[Accepted] = []
        if self._errand.limits.grace_days <= 0:
            deleted, vanished = vanished, []
        if self._may_delete():
            deleted += self._overdue(staged)
        difference = Difference(
            known=len(self._present()),
            read=gathered.records,
            created=len(staged - self._known.keys()),
            changed=sum(self._is_change(guid) for guid in staged & self._known.keys()),
            vanished=len(vanished) + len([one for one in deleted if one.vanished is None]),
            returned=len(returned),
            deleted=len(deleted),
            problem=self._reading.problem,
            announced=self._reading.announced if self._reading.whole else None,
            whole=self._reading.whole,
        )
        for action, those in ((staging.VANISH, vanished), (staging.RETURN, returned), (staging.DELETE, deleted)):
            tasks = [Task(one.guid, Notes(action=action, identity=one.identity)) for one in those]
            staging.stage(self._job_id, self._source_id, tasks)
        setting = self._errand.setting(self._errand.settings.url)
        return Gathering(gathered, difference, self._reading.memory, setting)

    def _is_change(self, guid: str) -> bool:
        """Tell whether the partner changed a record; one that is written anew for reasons of ours is none."""
        before = self._known[guid].digest
        return before is not None and before not in self._seen

    def _present(self) -> list[Accepted]:
        return [one for one in self._known.values() if one.vanished is None]

    def _standing(self) -> list[Accepted]:
        """Return those whose dataset nobody has deleted here: of the others there is nothing left to take away."""
        return [one for one in self._known.values() if one.setting != ledger.DELETED_HERE or one.digest is None]

    def _unchanged(self) -> list[Accepted]:
        return [one for one in self._known.values() if one.digest in self._seen]

    def _may_delete(self) -> bool:
        return not self._reading.problem and not self._found.nameless

    def _missing(self, staged: set[str]) -> list[Accepted]:
        """Return the datasets of which no record was seen, not even one that was rejected."""
        unseen = [one for one in self._standing() if one.guid not in staged and one.digest not in self._seen]
        rejected = set(self._found.rejected)
        return [one for one in unseen if not shares_identifier(one.identity, rejected)]

    def _vanished(self, staged: set[str]) -> list[Accepted]:
        """Return the datasets that the source holds no longer; none while they may only not have been seen."""
        if self._reading.whole:
            missing = [one for one in self._missing(staged) if one.vanished is None]
            may_delete = self._may_delete() and not self._may_have_skipped(len(missing))
        else:
            gone = set(self._reading.removed)
            missing = [one for one in self._standing() if one.identity in gone and one.guid not in staged]
            missing = [one for one in missing if one.vanished is None]
            may_delete = self._may_delete()
        if may_delete:
            return missing
        self._found.gathered.held_back = len(missing)
        return []

    def _may_have_skipped(self, count: int) -> bool:
        """Tell whether so many records may have moved past the reader, from page to page or between two workers."""
        return self._taken_up or count <= self._moved

    def _overdue(self, staged: set[str]) -> list[Accepted]:
        last = ledger.now() - timedelta(days=self._errand.limits.grace_days)
        return [one for one in self._missing(staged) if one.vanished is not None and one.vanished <= last]

    def _staged_apart(self) -> set[str]:
        """Give records that share an identifier identities of their own; return the datasets that are staged."""
        guids = staging.staged_guids(self._job_id)
        unchanged = {one.guid: one for one in self._unchanged()}
        counts: dict[str, int] = defaultdict(int)
        for guid in guids:
            counts[guid] += 1
        suffixed = {dataset_id(self._errand.source.name, plain) for plain in self._suffixed()}
        shared = {guid for guid, count in counts.items() if count > 1 or guid in unchanged or guid in suffixed}
        if not shared:
            return set(guids)
        self._tell_apart(staging.of_guids(self._job_id, shared))
        return set(staging.staged_guids(self._job_id))

    def _suffixed(self) -> Iterator[str]:
        """Yield the plain part of the identities that were told apart before."""
        for one in self._known.values():
            if "#" in one.identity:
                yield one.identity.rpartition("#")[0]

    def _tell_apart(self, objects: Iterable[staging.Staged]) -> None:
        groups: dict[str, dict[str, staging.Staged]] = defaultdict(dict)
        for one in objects:
            # One whose digest is known keeps its identity: it is written anew for reasons of ours.
            if bytes.fromhex(one.notes.hash) not in self._by_digest:
                groups[one.notes.identity][one.notes.content] = one
        families = self._families(groups)
        for plain, members in groups.items():
            before = {one.identity: one.outward for one in families[plain]}
            present = {one.identity: one.outward for one in families[plain] if one.digest in self._seen}
            outwards = {content: one.notes.outward for content, one in members.items()}
            for content, identity in tell_apart(plain, outwards, before, present).items():
                if identity != plain:
                    guid = dataset_id(self._errand.source.name, identity)
                    staging.rename(members[content], guid, identity, repeated=True)

    def _families(self, plains: Iterable[str]) -> dict[str, list[Accepted]]:
        """Return the known records by the identity that they share, bare or with a suffix."""
        families: dict[str, list[Accepted]] = {plain: [] for plain in plains}
        for one in self._known.values():
            for plain in {one.identity, one.identity.rpartition("#")[0]} & families.keys():
                families[plain].append(one)
        return families


def told(gathered: Gathered, problem: str) -> list[str]:
    """Return what is to be told of a reading beside its rejections: pages that failed, what was kept."""
    errors = [problem] if problem else []
    errors += [short(one["reason"], 1000) for one in gathered.rejections]
    if gathered.rejected > len(gathered.rejections):
        errors.append(
            _(
                "Source {source}: {count} more records were rejected for the same reasons.",
                source=gathered.source,
                count=gathered.rejected - len(gathered.rejections),
            )
        )
    if gathered.held_back:
        errors.append(
            _(
                "Source {source}: {count} datasets are missing from the catalogue. They were kept, because the "
                "catalogue was not read whole or in one go, or has records that could not be told apart.",
                source=gathered.source,
                count=gathered.held_back,
            )
        )
    return errors
