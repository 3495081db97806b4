"""What is said in DCAT-AP 3 of the catalogue, of its pages, and of what its datasets have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from ckanext.dcat.utils import dataset_uri
from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.figures.store import loads
from ckanext.satudatapmi.publication import series, services, words
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.rdf import DCAT, DCT, FOAF, HYDRA, RDF, Statements, date, term, text

PAGES: Mapping[str, tuple[str, ...]] = {
    "next": ("next", "nextPage"),
    "previous": ("previous", "previousPage"),
    "first": ("first", "firstPage"),
    "last": ("last", "lastPage"),
    "count": ("totalItems",),
    "items_per_page": ("itemsPerPage",),
}
"""Words of Hydra, the present one and that of its first drafts, by those of ckanext-dcat."""


def describe(portal: Portal, modified: str | None) -> Statements:
    """Return what is said of the catalogue and of its services.

    Args:
        portal: the portal.
        modified: when a public dataset last changed, in ISO 8601.
    """
    node, said = NamedNode(portal.uri), Statements(portal.uri)
    said.add(node, RDF.type, DCAT.Catalog)
    said.add(node, DCT.title, text(portal.site.title))
    said.add(node, DCT.description, text(portal.description))
    page, publisher = term(f"{portal.site.url}/"), term(f"{portal.root}/#publisher")
    said.add(node, FOAF.homepage, page)
    said.add(page, RDF.type, FOAF.Document)
    if language := words.language(portal.language):
        said.add(node, DCT.language, term(language))
        said.add(term(language), RDF.type, DCT.LinguisticSystem)
    if modified:
        said.add(node, DCT.modified, date(modified))
    said.add(node, DCT.publisher, publisher)
    said.add(publisher, RDF.type, FOAF.Agent)
    said.add(publisher, FOAF.name, text(portal.site.title))
    services.add_figures(said, node, portal)
    return said


def add_pages(said: Statements, pages: Mapping[str, str | int]) -> None:
    """Add a page and those one can turn to, as the collection of Hydra that harvesters know.

    Args:
        said: to add to.
        pages: addresses as `current`, `first`, `last`, `next` and `previous`; numbers as `count` and `items_per_page`.
    """
    node = term(str(pages["current"]))
    said.add(node, RDF.type, HYDRA.PagedCollection)
    for name, value in pages.items():
        for word in PAGES.get(name, ()):
            said.add(node, getattr(HYDRA, word), Literal(value))


def relations(connection: sa.Connection, ids: Sequence[str], portal: Portal, *, among_all: bool) -> Statements:
    """Return to which series datasets belong, and which services answer from what they brought.

    Args:
        connection: of the snapshot in which the datasets were read.
        ids: of the datasets.
        portal: the portal.
        among_all: whether the other datasets of a series are told of as well: then it is described with its first one.
    """
    said, told = Statements(portal.uri), set(ids)
    for one in series.of_datasets(connection, ids):
        if not among_all or one.members[0].id in told:
            series.describe(said, one, portal)
        series.add_members(said, one, portal, told)
    feeding = [term(dataset_uri({"id": one})) for one in sorted(loads.feeding(connection, ids))]
    services.add_feeding(said, feeding, portal)
    return said
