"""What the margins of a table say of a cell that nobody published (command-center.md section 6.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod


@dataclass(frozen=True)
class Bounds:
    """Between which numbers a cell lies, and where it would lie if its margins were independent of each other."""

    lower: Decimal
    upper: Decimal
    independent: Decimal


class MarginError(ValueError):
    """Margins that cannot be margins of one table: a part is greater than the whole, or below zero."""


def frechet_of(margins: Sequence[Decimal], total: Decimal) -> Bounds:
    """Return the Fréchet bounds of a cell of counts.

    Args:
        margins: those that meet in the cell, one a dimension, two at least.
        total: of the table.

    Raises:
        MarginError: if a margin is below zero or above the total.

    Source:
        Fréchet, M. (1951), Sur les tableaux de corrélation dont les marges sont données; for more than two margins
        the bounds of Bonferroni, as in Dobra, A., Fienberg, S. (2000), PNAS 97:11885.

    >>> frechet_of([Decimal(3), Decimal(4)], Decimal(5))
    Bounds(lower=Decimal('2'), upper=Decimal('3'), independent=Decimal('2.4'))
    """
    for margin in margins:
        if not 0 <= margin <= total:
            raise MarginError(f"a margin of {margin} does not fit a total of {total}")
    excess = sum(margins, Decimal(0)) - (len(margins) - 1) * total
    independent = prod(margins, start=Decimal(1)) / total ** (len(margins) - 1) if total else Decimal(0)
    return Bounds(max(Decimal(0), excess), min(margins), independent)
