"""What the single data knows of its figures: dimensions, indicators, definitions, facets (`schemas/figures/`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.reference.codelists import TOTAL
from ckanext.satudatapmi.reference.wilayah import INDONESIA
from ckanext.satudatapmi.schemas import vocabularies

HERE = vocabularies.HERE / "figures"
UNKNOWN, NOT_APPLICABLE = "_U", "_Z"
Words = Mapping[str, str]


@dataclass(frozen=True)
class Dimension:
    """A dimension of the single data; schemas/figures/dimensions.yaml explains each attribute."""

    name: str
    codes: str
    field: str
    label: Words
    concept: str
    total: str = TOTAL


@dataclass(frozen=True)
class Attribute:
    """An attribute of definitions, its values, and whether figures compare only if it agrees; labels by language."""

    name: str
    label: Words
    values: Mapping[str, Words]
    compared: bool = True


@dataclass(frozen=True)
class Definition:
    """What a figure counts.

    Attributes:
        id: its name in facets.
        title: by language.
        attributes: value by name of attribute; `_U` where the publisher never said.
        note, legal_basis, valid_from, valid_to: for people.
    """

    id: str
    title: Words
    attributes: Mapping[str, str]
    note: Words = field(default_factory=dict)
    legal_basis: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Indicator:
    """What is measured; schemas/figures/indicators.yaml explains each attribute."""

    id: str
    label: Words
    measure: str
    unit: str
    breakdowns: tuple[str, ...]
    smallest: int = 0


@dataclass(frozen=True)
class DefinedFrom:
    """A definition of a facet and from when on it holds: by the figure's period, by its publication, or always."""

    definition: str
    periods_from: date | None = None
    published_from: date | None = None

    def holds(self, ref_start: date, vintage: date) -> bool:
        """Tell whether a figure of a period that begins on this day, published on that one, is defined so."""
        in_period = self.periods_from is None or ref_start >= self.periods_from
        return in_period and (self.published_from is None or vintage >= self.published_from)


@dataclass(frozen=True)
class Facet:
    """One publisher's series of an indicator by one method; schemas/figures/facets.yaml explains each attribute."""

    id: str
    indicator: str
    publisher: str
    title: Words
    rank: int
    lag_days: int
    definitions: tuple[DefinedFrom, ...]
    admitted: Mapping[str, str] = field(default_factory=dict)
    side: str = "origin"

    def area_of(self, organization: str) -> str | None:
        """Return the code of the area whose figures an organisation may publish in it, None if it may publish none."""
        return INDONESIA if organization == self.publisher else self.admitted.get(organization)

    def definition(self, ref_start: date, vintage: date) -> str:
        """Return the id of the definition by which a figure counts.

        Raises:
            LookupError: if the facet has none for it; the last of its definitions should have no condition.
        """
        for one in self.definitions:
            if one.holds(ref_start, vintage):
                return one.definition
        raise LookupError(f"facets.yaml: {self.id} has no definition for a period from {ref_start}")


@dataclass(frozen=True)
class Conversion:
    """A way to bring figures together whose definitions differ in one attribute."""

    attribute: str
    source: str
    target: str
    method: str
    needs: Words


@cache
def dimensions() -> Mapping[str, Dimension]:
    """Return the dimensions by name, in the order of a series key."""
    return {name: Dimension(name, **entry) for name, entry in _document("dimensions").items()}


@cache
def attributes() -> Mapping[str, Attribute]:
    """Return the attributes of definitions by name."""
    return {name: Attribute(name, **entry) for name, entry in _document("attributes").items()}


@cache
def definitions() -> Mapping[str, Definition]:
    """Return the definitions by id."""
    return {name: _definition(name, dict(entry)) for name, entry in _document("definitions").items()}


@cache
def indicators() -> Mapping[str, Indicator]:
    """Return the indicators by id."""
    return {
        name: Indicator(name, **(entry | {"breakdowns": tuple(entry["breakdowns"])}))
        for name, entry in _document("indicators").items()
    }


@cache
def facets() -> Mapping[str, Facet]:
    """Return the facets by id."""
    return {
        name: Facet(name, **(entry | {"definitions": tuple(DefinedFrom(**one) for one in entry["definitions"])}))
        for name, entry in _document("facets").items()
    }


def facets_of(indicator: str) -> tuple[Facet, ...]:
    """Return the facets of an indicator, in their order."""
    return tuple(one for one in facets().values() if one.indicator == indicator)


def definitions_of(some: Iterable[Facet]) -> tuple[Definition, ...]:
    """Return what the figures of some facets count, each definition once."""
    meant = dict.fromkeys(one.definition for facet in some for one in facet.definitions)
    return tuple(definitions()[one] for one in meant)


@cache
def conversions() -> tuple[Conversion, ...]:
    """Return the registered conversions."""
    return tuple(
        Conversion(entry["attribute"], entry["from"], entry["to"], entry["method"], entry["needs"])
        for entry in _document("conversions")
    )


def _definition(name: str, entry: dict[str, Any]) -> Definition:
    said = {attribute: entry.pop(attribute) for attribute in attributes()}
    return Definition(name, attributes=said, **entry)


def _document(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
