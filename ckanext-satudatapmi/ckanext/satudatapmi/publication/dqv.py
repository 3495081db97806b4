"""The measured quality of datasets in the W3C's Data Quality Vocabulary (https://www.w3.org/TR/vocab-dqv/).

A metric's address says what it is, on a page for readers and in every document that uses it. What is told was measured
before: nothing is computed when a feed is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.catalogue import quality
from ckanext.satudatapmi.catalogue.history import Measured
from ckanext.satudatapmi.catalogue.summary import TOTAL
from ckanext.satudatapmi.publication.rdf import DCT, DQV, RDF, SKOS, XSD, Statements, date, term


def metric_uri(site_url: str, profile: str, name: str) -> str:
    """Return the address of a metric, for good."""
    return f"{profile_uri(site_url, profile)}/{name}"


def profile_uri(site_url: str, profile: str) -> str:
    """Return the address of a profile; those of its dimensions are places on its page."""
    return f"{site_url.rstrip('/')}/mutu/metrik/{profile}"


def add_measurements(
    said: Statements, dataset: NamedNode, scores: Iterable[Measured], site_url: str, *, whole: bool
) -> None:
    """Add what a dataset scores.

    Args:
        said: to add to.
        dataset: URI of the dataset.
        scores: by profile.
        site_url: of this portal.
        whole: whether to add each single metric. With them a page of the catalogue would be five times as large and as
            slow, so it has the total and the dimensions alone.
    """
    for row in scores:
        issued = date(row.day.isoformat())
        for name, points in _values(row, whole):
            node = term(f"{dataset.value}#mutu-{row.profile}-{name}")
            said.add(dataset, DQV.hasQualityMeasurement, node)
            said.add(node, RDF.type, DQV.QualityMeasurement)
            said.add(node, DQV.isMeasurementOf, term(metric_uri(site_url, row.profile, name)))
            said.add(node, DQV.value, Literal(points))
            said.add(node, DCT.issued, issued)


def add_metrics(said: Statements, site_url: str, *, whole: bool) -> None:
    """Add what the metrics mean: all of them, or totals and dimensions alone."""
    for profile in quality.PROFILES:
        for name, _metric in _told(profile, whole):
            _describe(said, profile, name, site_url)


def _values(row: Measured, whole: bool) -> Iterator[tuple[str, int]]:
    """Yield name and points of the total, each dimension, each metric."""
    reached = {TOTAL: row.points or 0, **(row.dimensions or {})}
    missed = set(row.missed or ())
    for name, metric in _told(row.profile, whole):
        yield name, (0 if name in missed else metric.points) if metric else reached.get(name, 0)


def _told(profile_name: str, whole: bool) -> Iterator[tuple[str, quality.Metric | None]]:
    """Yield the names of the total and of each dimension, and each metric; what another profile tells is left out."""
    profile = quality.profile(profile_name)
    yield TOTAL, None
    for dimension in profile.dimensions:
        if dimension.name not in profile.inherited:
            yield dimension.name, None
            yield from ((metric.name, metric) for metric in dimension.metrics if whole)


def _describe(said: Statements, profile: str, name: str, site_url: str) -> None:
    dimension_name, title, definition = _texts(profile)[name]
    node = term(metric_uri(site_url, profile, name))
    dimension = term(f"{profile_uri(site_url, profile)}#{dimension_name}")
    said.add(node, RDF.type, DQV.Metric)
    said.add(node, DQV.inDimension, dimension)
    said.add(node, DQV.expectedDataType, XSD.integer)
    _add_texts(said, node, title, definition)
    said.add(dimension, RDF.type, DQV.Dimension)
    _dimension, title, definition = _texts(profile)[dimension_name]
    _add_texts(said, dimension, title, definition)


def _add_texts(said: Statements, node: NamedNode, title: Mapping[str, str], definition: Mapping[str, str]) -> None:
    for language in title:
        said.add(node, SKOS.prefLabel, Literal(title[language], language=language))
        said.add(node, SKOS.definition, Literal(definition[language], language=language))


@cache
def _texts(profile_name: str) -> Mapping[str, tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Return dimension, title and definition of all that is measured, by name; the total is its own dimension."""
    profile = quality.profile(profile_name)
    found = {TOTAL: (TOTAL, profile.title, profile.definition)}
    for dimension in profile.dimensions:
        found[dimension.name] = (dimension.name, dimension.title, dimension.definition)
        found |= {metric.name: (dimension.name, metric.title, metric.definition) for metric in dimension.metrics}
    return found
