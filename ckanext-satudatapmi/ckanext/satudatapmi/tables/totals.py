"""Control totals: printed totals are compared with the sum of the printed parts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal

import pandas as pd

from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.values import TableWarning
from ckanext.satudatapmi.text import _

HALF = Decimal("0.5")


def check_totals(
    long: pd.DataFrame,
    over: Mapping[str, pd.Series],
    headed: Sequence[str],
    description: TableDescription,
    file: str,
) -> list[TableWarning]:
    """Compare each total with its parts.

    Args:
        long: one figure a row, with the columns `_row`, `_column`, `_value` (Decimal or None), a text column a field.
        over: for each field, which rows are totals over it.
        headed: those of the fields that the headings of columns name; the others stand in the rows.
        description: says whether all parts of a total are printed.
        file: name of the file, for messages.

    Returns:
        A warning for each total that its parts do not add up to. Where parts are missing, only for those they exceed.
    """
    if long.empty or not over:
        return []
    kinds = pd.DataFrame(dict(over))
    parts = long[~kinds.any(axis=1)]
    warnings: list[TableWarning] = []
    for flags, totals in long.groupby([kinds[name] for name in kinds], sort=False):
        summed = {str(name) for name, flag in zip(kinds, flags, strict=True) if flag}
        if summed:
            keys = _same(list(over), summed, headed)
            warnings += _compare(totals, parts, keys, description, file)
    return sorted(warnings, key=lambda warning: warning.row or 0)


def _same(fields: Sequence[str], summed: set[str], headed: Sequence[str]) -> list[str]:
    """Return the columns in which a total agrees with its parts: the row or the column that it sums along, and the
    fields that it does not sum over. Two columns of one year (two editions) stay apart."""
    across, down = summed & set(headed), summed - set(headed)
    keys = [name for name in fields if name not in summed and (name in headed if across else name not in headed)]
    if across and not down:
        return ["_row", *keys]
    if down and not across:
        return ["_column", *keys]
    return [name for name in fields if name not in summed]


def _compare(
    totals: pd.DataFrame, parts: pd.DataFrame, keys: list[str], description: TableDescription, file: str
) -> list[TableWarning]:
    groups: dict[Hashable, list[Decimal | None]] = {}
    for key, value in zip(_tuples(parts, keys), parts["_value"], strict=True):
        groups.setdefault(key, []).append(value)
    warnings: list[TableWarning] = []
    for key, row, column, total in zip(
        _tuples(totals, keys), totals["_row"], totals["_column"], totals["_value"], strict=True
    ):
        values = groups.get(key, [])
        known = [value for value in values if value is not None]
        if total is None or not known:
            continue
        partial = description.totals.parts == "some" or len(known) < len(values)
        excess = sum(known, Decimal(0)) - total
        allowed = _rounding([total, *known], description)
        if excess > allowed or (not partial and -excess > allowed):
            message = _("the printed total is {total}, its parts add up to {sum}", total=total, sum=total + excess)
            warnings.append(TableWarning(file, message, row=int(row), column=str(column)))
    return warnings


def _rounding(values: Sequence[Decimal], description: TableDescription) -> Decimal:
    """Return how far rounded parts may be off: half a unit of the last printed digit for each. Counts must agree."""
    exponent = min(int(value.as_tuple().exponent) for value in values)
    return HALF * len(values) * Decimal(1).scaleb(exponent) * description.scale if exponent < 0 else Decimal(0)


def _tuples(frame: pd.DataFrame, keys: list[str]) -> list[tuple[Hashable, ...]]:
    return list(frame[keys].itertuples(index=False, name=None)) if keys else [()] * len(frame)
