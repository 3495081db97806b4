"""Whether two figures may be compared, and if not, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ckanext.satudatapmi.figures.registry import UNKNOWN, Conversion, Definition, attributes, conversions


@dataclass(frozen=True)
class Difference:
    """An attribute in which two definitions differ, and the conversion that joins them, if one is registered.

    Attributes:
        attribute: its name.
        left, right: the values; `_U` where a publisher never said.
        conversion: from left to right or from right to left, or None.
    """

    attribute: str
    left: str
    right: str
    conversion: Conversion | None = None


@dataclass(frozen=True)
class Comparison:
    """How two definitions stand to each other."""

    left: str
    right: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Tell whether figures of the two may be compared and summed as they are."""
        return not self.differences

    @property
    def convertible(self) -> bool:
        """Tell whether they may be compared as they are or after the registered conversions."""
        return all(one.conversion for one in self.differences)


def comparable(left: Definition, right: Definition) -> Comparison:
    """Compare two definitions (command-center.md section 6.1).

    All attributes have to agree, or a conversion has to be registered. What a publisher never said agrees with nothing
    but itself: two figures of one definition are always comparable.

    >>> from ckanext.satudatapmi.figures.registry import definitions
    >>> kemlu, bank = definitions()["wni_lapor_diri"], definitions()["perkiraan_neraca_pembayaran"]
    >>> [one.attribute for one in comparable(kemlu, bank).differences][:2]
    ['population', 'unit_counted']
    """
    if left.id == right.id:
        return Comparison(left.id, right.id, ())
    found = [
        Difference(name, one, other, _conversion(name, one, other))
        for name, attribute in attributes().items()
        if attribute.compared
        for one, other in [(left.attributes[name], right.attributes[name])]
        if one != other or one == UNKNOWN
    ]
    return Comparison(left.id, right.id, tuple(found))


def differing(definitions: Iterable[Definition]) -> list[Comparison]:
    """Return the comparison of each pair of definitions that are not equal; none means that figures may be summed."""
    unique: Sequence[Definition] = list({one.id: one for one in definitions}.values())
    compared = (comparable(left, right) for left, right in combinations(unique, 2))
    return [one for one in compared if not one.equal]


def _conversion(attribute: str, one: str, other: str) -> Conversion | None:
    return next(
        (
            conversion
            for conversion in conversions()
            if conversion.attribute == attribute and {conversion.source, conversion.target} == {one, other}
        ),
        None,
    )
