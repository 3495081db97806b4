"""Our profile of ckanext-dcat: DCAT-AP 3 with every SDI field.

It reads as the stock profile does, and writes what description.py says. The feeds take that without this profile, and
without rdflib: see rendering.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pyoxigraph
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from rdflib import RDF, BNode, Literal, URIRef
from rdflib.namespace import DCAT

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.publication import catalog, context, dqv, services, store
from ckanext.satudatapmi.publication.description import describe
from ckanext.satudatapmi.publication.rdf import PREFIXES, XSD, Statements, Term


class SatuDataPmiProfile(EuropeanDCATAP3Profile):
    """DCAT-AP 3 plus Satu Data Indonesia."""

    def graph_from_dataset(self, dataset_dict: Mapping[str, Any], dataset_ref: URIRef) -> None:
        """Add a dataset to the graph; in a document of its own with its series, services and metrics.

        Args:
            dataset_dict: in the shape of package_show.
            dataset_ref: its URI.
        """
        portal, node = context.portal(), pyoxigraph.NamedNode(str(dataset_ref))
        scores = history.latest_scores([dataset_dict["id"]]).get(dataset_dict["id"], [])
        in_catalogue = (None, RDF.type, DCAT.Catalog) in self.g
        said = describe(dataset_dict, node, portal, scores, whole=not in_catalogue)
        if not in_catalogue:
            dqv.add_metrics(said, portal.site.url, whole=True)
            services.add_figures(said, pyoxigraph.NamedNode(portal.uri), portal)
            with store.snapshot() as connection:
                self._add(catalog.relations(connection, [dataset_dict["id"]], portal, among_all=False))
        self._add(said)

    def graph_from_catalog(self, catalog_dict: Mapping[str, Any] | None, catalog_ref: URIRef) -> None:
        """Add the catalogue to the graph, with what the metrics of its datasets mean.

        Args:
            catalog_dict: `modified` says when a public dataset last changed; without it the search index is asked.
            catalog_ref: its URI.
        """
        modified = (catalog_dict or {}).get("modified") or self._last_catalog_modification()
        portal = context.portal()
        said = catalog.describe(portal, modified)
        dqv.add_metrics(said, portal.site.url, whole=False)
        self._add(said)

    def _add(self, said: Statements) -> None:
        for prefix, address in PREFIXES.items():
            self.g.bind(prefix, address)
        for triple in said:
            self.g.add(tuple(_rdflib(cast(Term, term)) for term in (triple.subject, triple.predicate, triple.object)))


def _rdflib(term: Term) -> URIRef | BNode | Literal:
    """Return a term of pyoxigraph as one of rdflib."""
    if isinstance(term, pyoxigraph.NamedNode):
        return URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return BNode(term.value)
    if term.language or term.datatype == XSD.string:
        return Literal(term.value, lang=term.language)
    return Literal(term.value, datatype=URIRef(term.datatype.value))
