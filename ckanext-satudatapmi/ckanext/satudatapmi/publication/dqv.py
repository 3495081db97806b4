"""The measured quality of datasets in the W3C's Data Quality Vocabulary (https://www.w3.org/TR/vocab-dqv/).

A metric's address says what it is, on a page for readers and in every document that uses it. What is told was measured
before: nothing is computed when a feed is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, SKOS, XSD

from ckanext.satudatapmi.catalogue import quality
from ckanext.satudatapmi.catalogue.history import Measured
from ckanext.satudatapmi.catalogue.summary import TOTAL

DQV = Namespace("http://www.w3.org/ns/dqv#")


def metric_uri(site_url: str, profile: str, name: str) -> str:
    """Return the address of a metric, for good."""
    return f"{profile_uri(site_url, profile)}/{name}"


def profile_uri(site_url: str, profile: str) -> str:
    """Return the address of a profile; those of its dimensions are places on its page."""
    return f"{site_url.rstrip('/')}/mutu/metrik/{profile}"


def add_measurements(graph: Graph, dataset: URIRef, scores: Iterable[Measured], site_url: str, whole: bool) -> None:
    """Add what a dataset scores, and what the metrics mean.

    Args:
        graph: to add to.
        dataset: URI of the dataset.
        scores: by profile.
        site_url: of this portal.
        whole: whether to add each single metric. With them a page of the catalogue would be five times as large and as
            slow, so it has the total and the dimensions alone.
    """
    graph.bind("dqv", DQV)
    for row in scores:
        issued = Literal(row.day.isoformat(), datatype=XSD.date)
        for name, points in _values(row, whole):
            metric = URIRef(metric_uri(site_url, row.profile, name))
            node = URIRef(f"{dataset}#mutu-{row.profile}-{name}")
            graph.add((dataset, DQV.hasQualityMeasurement, node))
            graph.add((node, RDF.type, DQV.QualityMeasurement))
            graph.add((node, DQV.isMeasurementOf, metric))
            graph.add((node, DQV.value, Literal(points, datatype=XSD.integer)))
            graph.add((node, DCTERMS.issued, issued))
            if (metric, RDF.type, DQV.Metric) not in graph:
                _describe(graph, metric, row.profile, name, site_url)


def _values(row: Measured, whole: bool) -> Iterator[tuple[str, int]]:
    """Yield name and points of the total, each dimension, each metric; what another profile tells is left out."""
    profile = quality.profile(row.profile)
    missed = set(row.missed or ())
    yield TOTAL, row.points or 0
    for dimension in profile.dimensions:
        if dimension.name not in profile.inherited:
            yield dimension.name, (row.dimensions or {}).get(dimension.name, 0)
            for metric in dimension.metrics if whole else ():
                yield metric.name, 0 if metric.name in missed else metric.points


def _describe(graph: Graph, node: URIRef, profile: str, name: str, site_url: str) -> None:
    dimension_name, title, definition = _texts(profile)[name]
    dimension = URIRef(f"{profile_uri(site_url, profile)}#{dimension_name}")
    graph.add((node, RDF.type, DQV.Metric))
    graph.add((node, DQV.inDimension, dimension))
    graph.add((node, DQV.expectedDataType, XSD.integer))
    _add_texts(graph, node, title, definition)
    graph.add((dimension, RDF.type, DQV.Dimension))
    _dimension, title, definition = _texts(profile)[dimension_name]
    _add_texts(graph, dimension, title, definition)


def _add_texts(graph: Graph, node: URIRef, title: Mapping[str, str], definition: Mapping[str, str]) -> None:
    for language in title:
        graph.add((node, SKOS.prefLabel, Literal(title[language], lang=language)))
        graph.add((node, SKOS.definition, Literal(definition[language], lang=language)))


@cache
def _texts(profile_name: str) -> Mapping[str, tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Return dimension, title and definition of all that is measured, by name; the total is its own dimension."""
    profile = quality.profile(profile_name)
    found = {TOTAL: (TOTAL, profile.title, profile.definition)}
    for dimension in profile.dimensions:
        found[dimension.name] = (dimension.name, dimension.title, dimension.definition)
        found |= {metric.name: (dimension.name, metric.title, metric.definition) for metric in dimension.metrics}
    return found
