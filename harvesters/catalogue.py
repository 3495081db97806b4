"""The gather stage of a data.json source: fetch, read, compare with what was there, say what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ckanext.satudatapmi.harvesters import planning
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.identity import Identified, dataset_id, identify, outward_digest
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.harvesters.pages import PagedCatalogue, read_pages
from ckanext.satudatapmi.harvesters.planning import Plan, Task, record_hash
from ckanext.satudatapmi.harvesters.remarks import Rejection, RemarkCounter
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.text import _

REJECTIONS_TOLD = 100
"""How many rejected records are told one by one; a catalogue with more has one fault, not thousands."""


class Known(Protocol):
    """What was noted of a record when it was last accepted, as in `planning.Task`."""

    @property
    def identity(self) -> str:
        """Its identity within the source."""
        ...

    @property
    def outward(self) -> str:
        """What visitors tell it apart by."""
        ...

    @property
    def hash(self) -> str:
        """What its dataset depends on."""
        ...


@dataclass(frozen=True)
class Gathering:
    """What gathering came to.

    Attributes:
        plan: what is to be done.
        base_url: address against which relative addresses are read.
        gathered: figures for the report.
        errors: in words, to be stored beside the job.
    """

    plan: Plan
    base_url: str
    gathered: Gathered
    errors: list[str] = field(default_factory=list)


def gather(
    url: str,
    source: SourceContext,
    config: Mapping[str, Any],
    known: Mapping[str, Known],
    fetch: Callable[[str], Fetched],
) -> Gathering:
    """Return what a data.json source asks for.

    Args:
        url: its address.
        source: its name and owner; the base address is found here.
        config: its configuration (see configuration.py).
        known: what was last accepted, by dataset id.
        fetch: returns what an address answers.

    Raises:
        FetchError, CatalogueError: there is no catalogue; nothing is to be done then.
    """
    catalogue = read_pages(url, fetch, config.get("paged"))
    context = SourceContext(source.name, source.owner_org, _base_url(catalogue, config))
    outcomes = [normalise(entry, number, source.name) for number, entry in enumerate(catalogue.entries, start=1)]
    rejections = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    before = {one.identity: one.outward for one in known.values()}
    found = identify((outcome for outcome in outcomes if isinstance(outcome, Record)), before)
    counter = RemarkCounter()
    counter.add(0, catalogue.remarks)
    tasks = [_task(item, context, counter) for item in found.items]
    hashes = {guid: one.hash for guid, one in known.items()}
    plan = planning.plan(tasks, hashes, may_delete=catalogue.complete and not rejections)
    gathered = Gathered(
        source=source.name,
        records=len(outcomes),
        unchanged=plan.unchanged,
        identical_repeats=found.identical_repeats,
        rejected=len(rejections),
        held_back=plan.held_back,
        pages=catalogue.pages,
        complete=catalogue.complete,
        rejections=[
            {"number": one.number, "field": one.field, "value": one.value, "reason": one.words()}
            for one in rejections[:REJECTIONS_TOLD]
        ],
        remarks=counter.by_kind(),
    )
    return Gathering(plan, context.base_url, gathered, _errors(catalogue, rejections, counter, gathered))


def _task(item: Identified, source: SourceContext, counter: RemarkCounter) -> Task:
    counter.add(item.record.number, to_package(item, source).remarks)
    return Task(
        guid=dataset_id(source.name, item.identity),
        action=planning.WRITE,
        content=wire.json_text(item.record.raw),
        identity=item.identity,
        number=item.record.number,
        repeated=any(remark.kind == "identifier_repeated" for remark in item.remarks),
        hash=record_hash(item, source),
        outward=outward_digest(item.record),
    )


def _base_url(catalogue: PagedCatalogue, config: Mapping[str, Any]) -> str:
    """Return the address against which relative ones are read.

    That is what the configuration says, else where the catalogue lies. A copy that lies elsewhere (`mirror`) is read
    against its `@id`; if that is no address, relative addresses cannot be read.
    """
    if config.get("base_url"):
        return config["base_url"]
    if not config.get("mirror"):
        return catalogue.url
    identifier = catalogue.catalogue_id.strip()
    return identifier if identifier.startswith(("http://", "https://")) else ""


def _errors(
    catalogue: PagedCatalogue, rejections: list[Rejection], counter: RemarkCounter, gathered: Gathered
) -> list[str]:
    errors = [catalogue.problem] if catalogue.problem else []
    errors += [rejection.words() for rejection in rejections[:REJECTIONS_TOLD]]
    if len(rejections) > REJECTIONS_TOLD:
        errors.append(
            _(
                "Source {source}: {count} more records were rejected for the same reasons.",
                source=gathered.source,
                count=len(rejections) - REJECTIONS_TOLD,
            )
        )
    if gathered.held_back:
        errors.append(
            _(
                "Source {source}: {count} datasets are missing from the catalogue. They were kept, because the "
                "catalogue was not read whole or has records that could not be told apart.",
                source=gathered.source,
                count=gathered.held_back,
            )
        )
    return errors + counter.faults(gathered.source)
