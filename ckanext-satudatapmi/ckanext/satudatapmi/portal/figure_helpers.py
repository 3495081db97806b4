"""What templates ask of the single data: labels of dimensions, codes, indicators and attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.satudatapmi.figures.registry import (
    Attribute,
    Definition,
    Facet,
    Indicator,
    Words,
    attributes,
    definitions,
    dimensions,
    facets,
    indicators,
)
from ckanext.satudatapmi.figures.words import label, unit_label
from ckanext.satudatapmi.portal.charts import drawing


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_dimension": dimension_label,
        "satudata_code_label": label,
        "satudata_code_labels": code_labels,
        "satudata_indicator": indicator,
        "satudata_attribute": attribute,
        "satudata_definition": definition,
        "satudata_facet": facet,
        "satudata_unit": unit_label,
        "satudata_live_charts": drawing.has_assets,
    }


def dimension_label(name: str) -> Words:
    """Return the label of a dimension, by language."""
    return dimensions()[name].label


def code_labels(figure: Mapping[str, Any]) -> list[Words]:
    """Return the labels of the codes of a figure that are not totals, by language."""
    return [label(name, figure[name]) for name, known in dimensions().items() if figure[name] != known.total]


def indicator(name: str) -> Indicator:
    """Return an indicator."""
    return indicators()[name]


def definition(name: str) -> Definition:
    """Return what figures of a definition count."""
    return definitions()[name]


def facet(name: str) -> Facet:
    """Return a publisher's series."""
    return facets()[name]


def attribute(name: str) -> Attribute:
    """Return an attribute of definitions."""
    return attributes()[name]
