"""What the margins of a table say of a cell that nobody published (command-center.md section 6.8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Bounds:
    """Between which numbers a cell lies, and where it would lie if rows and columns were independent."""

    lower: Decimal
    upper: Decimal
    independent: Decimal


class MarginError(ValueError):
    """Margins that cannot be margins of one table: a part is greater than the whole, or below zero."""


def frechet(row: Decimal, column: Decimal, total: Decimal) -> Bounds:
    """Return the Fréchet bounds of a cell of counts.

    Args:
        row, column: the margins that meet in the cell.
        total: of the table.

    Raises:
        MarginError: if a margin is below zero or above the total.

    Source:
        Fréchet, M. (1951), Sur les tableaux de corrélation dont les marges sont données.

    >>> frechet(Decimal(3), Decimal(4), Decimal(5))
    Bounds(lower=Decimal('2'), upper=Decimal('3'), independent=Decimal('2.4'))
    """
    for margin in (row, column):
        if not 0 <= margin <= total:
            raise MarginError(f"a margin of {margin} does not fit a total of {total}")
    independent = row * column / total if total else Decimal(0)
    return Bounds(max(Decimal(0), row + column - total), min(row, column), independent)
