"""What of the observations a data message tells, and how it arranges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from ckanext.satudatapmi.figures.exports.sdmx_structure import MEASURE, components
from ckanext.satudatapmi.figures.exports.vocabulary import sdmx

ALL_DIMENSIONS = "AllDimensions"
TIME = "TIME_PERIOD"
Action = Literal["Information", "Replace"]


def dimension_ids() -> tuple[str, ...]:
    """Return the dimensions in their order, the time last."""
    attributes: Mapping[str, object] = sdmx()["attributes"]
    return tuple(name for name in components() if name != MEASURE and name not in attributes)


def attribute_ids() -> tuple[str, ...]:
    """Return the attributes in their order."""
    return tuple(sdmx()["attributes"])


@dataclass(frozen=True)
class Layout:
    """How a data message is laid out.

    Attributes:
        at_observation: the dimension that stands at the observation, while the others make the series; AllDimensions
            for a message without series.
        attributes: those that are told, in their order.
        measure: whether values are told.
        observations: whether observations are told; without them, a message has the keys of the series alone.
        action: what a receiver does with the message: look at it, or put it in place of what it holds.
    """

    at_observation: str = ALL_DIMENSIONS
    attributes: tuple[str, ...] = field(default_factory=attribute_ids)
    measure: bool = True
    observations: bool = True
    action: Action = "Information"

    @cached_property
    def series(self) -> tuple[str, ...]:
        """The dimensions of a series, none in a message without series."""
        if self.at_observation == ALL_DIMENSIONS:
            return ()
        return tuple(name for name in dimension_ids() if name != self.at_observation)

    @cached_property
    def observation(self) -> tuple[str, ...]:
        """The dimensions that stand at the observation."""
        return dimension_ids() if self.at_observation == ALL_DIMENSIONS else (self.at_observation,)

    @cached_property
    def told(self) -> tuple[str, ...]:
        """What is told of an observation beside its dimensions: the value, then the attributes."""
        return ((MEASURE,) if self.measure else ()) + self.attributes

    @cached_property
    def components(self) -> tuple[str, ...]:
        """All that is told, in the order of the message; without observations, what tells series apart alone."""
        return (*self.series, *self.observation, *self.told) if self.observations else self.series
