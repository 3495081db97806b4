"""What is asked for of the values that a slice holds, and the constraint that tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace
from pysdmx.model import (
    AvailabilityConstraint,
    Codelist,
    ConstraintAttachment,
    CubeKeyValue,
    CubeRegion,
    CubeTimeRange,
    CubeValue,
    TimePeriodBoundary,
)

from ckanext.satudatapmi.figures.exports.layout import TIME, attribute_ids, dimension_ids
from ckanext.satudatapmi.figures.exports.sdmx_structure import (
    Artefact,
    Artefacts,
    artefacts,
    code_id,
    components,
    dataflow_urn,
    list_id,
)
from ckanext.satudatapmi.figures.sdmx.data_queries import Parameters, one_of
from ckanext.satudatapmi.figures.sdmx.errors import NO_RESULTS, SdmxError
from ckanext.satudatapmi.figures.sdmx.structure_queries import ALL, kind_of
from ckanext.satudatapmi.text import _

PARAMETERS = ("mode", "references")
"""What a query for available values has beside the parameters of one for observations."""
EXACT, SELECTABLE = "exact", "available"
REFERENCES = (
    "none",
    "all",
    "codelist",
    "conceptscheme",
    "dataflow",
    "datastructure",
    "dataproviderscheme",
    "valuelist",
)


@dataclass(frozen=True)
class Available:
    """What a slice holds.

    Attributes:
        values: by dimension, without the time, the codes that occur, as the cube has them; of the vintage the days.
        start, end: the first and the last day of its periods; None for an empty slice.
        series, observations: how many there are.
    """

    values: Mapping[str, Sequence[str]]
    start: date | None
    end: date | None
    series: int
    observations: int


@dataclass(frozen=True)
class AvailabilityQuery:
    """What is asked for of the values of a slice.

    Attributes:
        dimensions: those whose values are told.
        selectable: whether values are told that could be asked for beside what is; else those of the slice.
        references: which artefacts are told beside the constraint, resources or "all".
    """

    dimensions: tuple[str, ...]
    selectable: bool
    references: tuple[str, ...]


def availability_query(component: str, given: Parameters) -> AvailabilityQuery:
    """Return what a query for available values asks for.

    Args:
        component: the dimension that is asked for, or all or *.
        given: the parameters by name.

    Raises:
        SdmxError: it cannot be understood.
    """
    names = dimension_ids() if component in ALL else tuple(component.split(","))
    for name in names:
        one_of("componentID", name, dimension_ids())
    references = tuple(given.get("references", "none").split(","))
    for word in references:
        one_of("references", word, REFERENCES)
    mode = one_of("mode", given.get("mode", EXACT), (EXACT, SELECTABLE))
    return AvailabilityQuery(names, mode == SELECTABLE, references)


def answering(query: AvailabilityQuery, found: Available) -> Artefacts:
    """Return the constraint that tells what a slice holds, and what is told beside it.

    Raises:
        SdmxError: the slice is empty.
    """
    if not found.observations:
        raise SdmxError(NO_RESULTS, _("No figure meets these conditions; leave one out."))

    def told(language: str) -> list[Artefact]:
        beside = [one for one in artefacts(language) if {"all", kind_of(one)} & {*query.references}]
        return [_constraint(query.dimensions, found), *(_in_use(one, found) for one in beside)]

    return told


def _constraint(dimensions: Sequence[str], found: Available) -> AvailabilityConstraint:
    values = [
        CubeKeyValue(name, [CubeValue(code_id(value)) for value in found.values[name]])
        for name in dimensions
        if name != TIME
    ]
    if TIME in dimensions:
        start, end = (TimePeriodBoundary(str(day)) for day in (found.start, found.end))
        values.append(CubeKeyValue(TIME, time_range=CubeTimeRange(start_period=start, end_period=end)))
    return AvailabilityConstraint(
        constraint_attachment=ConstraintAttachment(None, dataflows=[dataflow_urn()]),
        cube_region=CubeRegion(values),
        series_count=found.series,
        obs_count=found.observations,
    )


def _in_use(one: Artefact, found: Available) -> Artefact:
    """Return a list with the codes that the slice holds alone; lists of attributes stay whole."""
    if not isinstance(one, Codelist):
        return one
    users = [name for name, codes in components().items() if codes and list_id(codes) == one.id]
    if set(users) & set(attribute_ids()):
        return one
    used = {code_id(code) for name in users for code in found.values[name]}
    return replace(one, items=[code for code in one.items if code.id in used], is_partial=True)
