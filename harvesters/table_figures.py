"""The figures of a published table into the single data, if its description says which series they belong to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

import ckan.model as model

from ckanext.satudatapmi.figures.claims import claims_of
from ckanext.satudatapmi.figures.observations import Provenance, observations_of
from ckanext.satudatapmi.figures.registry import definitions, facets
from ckanext.satudatapmi.figures.store.claims import load_claims
from ckanext.satudatapmi.figures.store.loading import Source, load_observations
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.values import RowError, TidyTable
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)


class UnknownSeries(ValueError):
    """A description that names a facet or a definition that is not registered."""


@dataclass(frozen=True)
class TableSource:
    """Whose table it is: organisation, dataset, the resource that holds the file; its name, digest, day of fetching."""

    publisher: str
    package_id: str
    resource_id: str
    file: str
    sha256: str
    retrieved: date


def check_series(description: TableDescription) -> None:
    """Raise UnknownSeries if a description names a facet or a definition that is not registered."""
    for key, named, known in (
        ("facet", description.facet, facets()),
        ("claim", description.claim, definitions()),
    ):
        if named is not None and named not in known:
            allowed = ", ".join(known)
            raise UnknownSeries(
                _("table.{key}: {named!r} is not one of: {allowed}", key=key, named=named, allowed=allowed)
            )


def add_figures(description: TableDescription, tidy: TidyTable, source: TableSource) -> tuple[RowError, ...]:
    """Add the figures of a table to the single data and commit; without a facet or claim there is nothing to do.

    Returns:
        The cells whose figures could not be taken.

    Raises:
        UnknownSeries: the description names what is not registered.
        sqlalchemy.exc.DBAPIError: the database refused a row; nothing of the table is kept then.
    """
    check_series(description)
    sheet = str(description.sheet) if description.sheet is not None else None
    stored = Source(source.package_id, source.resource_id, source.file, sheet, source.sha256, source.retrieved)
    if description.claim:
        load_claims(model.Session.connection(), claims_of(tidy, description.claim, source.publisher), stored)
    if not description.facet:
        model.Session.commit()
        return ()
    observations = observations_of(tidy, description.facet, Provenance(source.file, source.retrieved))
    loaded = load_observations(model.Session.connection(), observations, stored)
    model.Session.commit()
    log.info("single data grown: dataset=%s observations=%d", source.package_id, loaded.observations)
    return observations.errors
