"""The interfaces of the portal as data services of DCAT-AP 3 (`services` in schemas/dcat.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.rdf import DCAT, DCT, RDF, Statements, term

FIGURES, TABLE = "figures", "table"


def add_table(said: Statements, dataset: NamedNode, distribution: NamedNode, resource_id: str, portal: Portal) -> None:
    """Add the services that answer from the DataStore table of a distribution.

    Each table has a service of its own: so a dataset's description stays with that dataset.
    """
    for name, service in _services(TABLE):
        node = term(f"{distribution.value}#{name}")
        said.add(distribution, DCAT.accessService, node)
        _describe(said, node, service, portal, resource_id)
        said.add(node, DCAT.servesDataset, dataset)


def add_figures(said: Statements, catalogue: NamedNode, portal: Portal) -> None:
    """Add the services that answer from the single data.

    Args:
        said: to add to.
        catalogue: URI of the catalogue.
        portal: the portal.
    """
    for _name, service in _services(FIGURES):
        node = term(portal.site.url + service["path"])
        said.add(catalogue, DCAT.service, node)
        _describe(said, node, service, portal)


def add_feeding(said: Statements, datasets: Sequence[NamedNode], portal: Portal) -> None:
    """Add that services answer from the figures of datasets.

    Args:
        said: to add to.
        datasets: URIs of those that feed the single data.
        portal: the portal.
    """
    for _name, service in _services(FIGURES):
        for dataset in datasets:
            said.add(term(portal.site.url + service["path"]), DCAT.servesDataset, dataset)


def _services(serves: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, one) for name, one in words.document()["services"].items() if one["serves"] == serves]


def _describe(
    said: Statements, node: NamedNode, service: Mapping[str, Any], portal: Portal, resource_id: str = ""
) -> None:
    said.add(node, RDF.type, DCAT.DataService)
    for predicate, texts in ((DCT.title, service["title"]), (DCT.description, service["about"])):
        for language, words_ in texts.items():
            said.add(node, predicate, Literal(words_, language=language))
    said.add(node, DCAT.endpointURL, term(portal.site.url + service["path"].format(resource=resource_id)))
    said.add(node, DCAT.endpointDescription, term(portal.site.url + service["description"]))
    if "conforms_to" in service:
        said.add(node, DCT.conformsTo, term(service["conforms_to"]))
