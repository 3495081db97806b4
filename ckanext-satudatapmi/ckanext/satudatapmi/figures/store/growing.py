"""The single data grows by a table: its figures loaded, checked beside what is known, the findings kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.checks import Finding, check_series, check_table
from ckanext.satudatapmi.figures.checks.concepts import claimed_people_abroad
from ckanext.satudatapmi.figures.claims import Claim, claims_of
from ckanext.satudatapmi.figures.observations import Provenance, observations_of
from ckanext.satudatapmi.figures.registry import definitions, facets
from ckanext.satudatapmi.figures.store.claims import load_claims
from ckanext.satudatapmi.figures.store.context import beside, loads_read
from ckanext.satudatapmi.figures.store.findings import put_findings
from ckanext.satudatapmi.figures.store.loading import Loaded, forget_reading, load_observations
from ckanext.satudatapmi.figures.store.loads import Source
from ckanext.satudatapmi.reference.wilayah import INDONESIA
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.values import RowError, TidyTable
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)
NOTHING = Loaded(None, 0, 0)


class UnknownSeries(ValueError):
    """A description that names a facet or a definition that is not registered."""


@dataclass(frozen=True)
class Grown:
    """What a table brought: the load, the cells whose figures could not be taken, and what the checks found."""

    loaded: Loaded = NOTHING
    errors: tuple[RowError, ...] = ()
    findings: tuple[Finding, ...] = ()


def check_registered(description: TableDescription, where: str = "table") -> None:
    """Raise UnknownSeries if a description names a facet or a definition that is not registered.

    Args:
        description: of a table.
        where: name of the key that holds it, for the message.
    """
    for key, named, known in (
        ("facet", description.facet, facets()),
        ("claim", description.claim, definitions()),
    ):
        if named is not None and named not in known:
            message = _(
                "{key}: {named!r} is not one of: {allowed}", key=f"{where}.{key}", named=named, allowed=", ".join(known)
            )
            raise UnknownSeries(message)


def check_admitted(description: TableDescription, publisher: str) -> str:
    """Return the area whose figures an organisation may add to the facet of a description.

    Raises:
        UnknownSeries: it may add none: nobody else speaks for a publisher.
    """
    facet = facets()[description.facet] if description.facet else None
    area = facet.area_of(publisher) if facet else INDONESIA
    if facet and area is None:
        message = _(
            "table.facet: {organization} does not publish {facet}, a series of {publisher}; walidata admit publishers "
            "in facets.yaml",
            organization=publisher,
            facet=facet.id,
            publisher=facet.publisher,
        )
        raise UnknownSeries(message)
    return area or INDONESIA


def grow(
    connection: Connection, description: TableDescription, tidy: TidyTable, source: Source, publisher: str
) -> Grown:
    """Add a table to the single data, in the connection's transaction; without a facet or claim it adds nothing.

    No finding of a check keeps a figure out.

    Args:
        connection: of the site's database.
        description: says which facet the figures belong to, or what is claimed by them.
        tidy: the table.
        source: of the table.
        publisher: name of the organisation that published it.

    Raises:
        UnknownSeries: the description names what is not registered.
        sqlalchemy.exc.DBAPIError: the database refused a row; nothing of the table is kept then.
    """
    check_registered(description)
    area = check_admitted(description, publisher)
    claims = claims_of(tidy, description.claim, publisher) if description.claim else ()
    grown = _grow_by_claims(connection, claims, tidy, source)
    if description.facet:
        return _grow_by_figures(connection, description.facet, tidy, source, area)
    forget_reading(connection, source)
    return grown


def _grow_by_claims(connection: Connection, claims: Sequence[Claim], tidy: TidyTable, source: Source) -> Grown:
    load_id = load_claims(connection, claims, source)
    if load_id is None:
        return Grown()
    words = " ".join((*tidy.titles, *tidy.notes))
    findings = tuple(finding for claim in claims for finding in _called_abroad(claim, words))
    put_findings(connection, load_id, findings)
    return Grown(Loaded(load_id, len(claims), 0), findings=findings)


def _called_abroad(claim: Claim, words: str) -> list[Finding]:
    said = {"publisher": claim.publisher, "said_on": claim.said_on, "value": claim.value, "source_row": claim.row}
    return claimed_people_abroad({**said, "text": words}, claim.definition)


def _grow_by_figures(connection: Connection, facet: str, tidy: TidyTable, source: Source, area: str) -> Grown:
    observations = observations_of(tidy, facet, Provenance(source.file, source.retrieved, area))
    whole = not (tidy.errors or tidy.partial or observations.errors)
    loaded = load_observations(connection, observations, source, whole=whole)
    if loaded.load_id is None:
        return Grown(loaded, observations.errors)
    known = beside(connection, loaded.load_id, observations.facet)
    own, others = check_table(tidy, observations), check_series(observations, known)
    put_findings(connection, loaded.load_id, own)
    put_findings(connection, loaded.load_id, others, beside=loads_read(connection, observations.facet))
    log.info("figures checked: load=%d findings=%d", loaded.load_id, len(own) + len(others))
    return Grown(loaded, observations.errors, (*own, *others))
