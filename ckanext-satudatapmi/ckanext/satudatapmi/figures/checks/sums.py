"""R1, R2, R3: parts and their totals, in a table and beside what is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import PERIOD, SERIES, SHOWN, WHOLE, Cells, hashed, keys, rows
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.checks.levels import Level, is_area, levels
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.reference.codelists import OTHER, TOTAL, load

DECIMALS = 6
THOUSANDS = (1_000_000, 1_000)
NO_SUMS = pd.DataFrame(
    {
        "key": pd.Series(dtype="uint64"),
        "sum": pd.Series(dtype="float64"),
        "parts": pd.Series(dtype="int64"),
        "missing": pd.Series(dtype="int64"),
        "new": pd.Series(dtype="bool"),
        "oldest": pd.Series(dtype="int64"),
        "newest": pd.Series(dtype="int64"),
        "part": pd.Series(dtype="int64"),
        "over": pd.Series(dtype="object"),
        "complete": pd.Series(dtype="bool"),
    }
)


def of_table(cells: Cells, *, partial: bool) -> list[Finding]:
    """Return R1 and R3 of a table: totals that differ from their parts, parts that exceed their total.

    Args:
        cells: of the table, totals and all.
        partial: whether parts are left out; then they may only be too great.
    """
    names = [*cells.names, *PERIOD, "vintage"]
    first = ~pd.Series(keys(cells.frame, names)).duplicated().to_numpy()
    cells = Cells(cells.frame[first].reset_index(drop=True), cells.names)
    totals = _totals(cells, names)
    rounding = _rounding(cells)
    single = list(levels(cells, alone=True))
    sums = _joined([_added(cells, level, names) for level in single], totals)
    sums = pd.concat([sums, _joint(cells, names, totals, set(sums["key"]))], ignore_index=True)
    excess = sums["sum"] - sums["total"]
    allowed = rounding * (sums["parts"] + 1)
    some = partial | (sums["missing"] > 0)
    sums = sums.assign(some=some)[(excess > allowed) | (~some & (excess < -allowed))]
    found = [_sum_differs(cells, row) for row in rows(sums.head(SHOWN))]
    return found + _parts_above(cells, single, totals, names, 2 * rounding)


def of_series(newest: Cells, added: pd.DataFrame) -> list[Finding]:
    """Return R2 and R3 of new figures beside known ones of one definition, the latest edition of each.

    Args:
        newest: the latest edition of each figure.
        added: its parts added up, as `added_up` gives them.
    """
    names = [*newest.names, *SERIES]
    totals = _totals(newest, names)
    sums = added.merge(totals, on="key")
    sums = sums[sums["new"] | sums["total_new"]]
    excess = sums["sum"] - sums["total"]
    allowed = setting("R2", "rounding")
    wrong = sums[(excess > allowed) | (sums["complete"] & (excess < -allowed))]
    found = [_total_differs(newest, row) for row in rows(wrong.head(SHOWN))]
    found += _parts_above(newest, list(levels(newest, alone=False)), totals, names, 0.0)
    return found + _breakdowns(newest, added[~added["key"].isin(sums["key"])])


def added_up(newest: Cells) -> pd.DataFrame:
    """Return the sums of all parts along each dimension.

    Columns: `key` of the whole, `sum`, `parts` and `missing` (how many), `new` (whether any part is), `oldest` and
    `newest` vintage, `part` (a row, a new one if any is), `over` (the dimension), `complete`.
    """
    names = [*newest.names, *SERIES]
    return _together([_added(newest, level, names) for level in levels(newest, alone=False)])


def _joined(added: Sequence[pd.DataFrame], totals: pd.DataFrame) -> pd.DataFrame:
    return _together(added).merge(totals, on="key")


def _together(added: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([NO_SUMS, *added], ignore_index=True)


def _added(cells: Cells, level: Level, names: Sequence[str]) -> pd.DataFrame:
    """Return the parts of each whole added up, a row for each whole: its key, the sum and how it came about."""
    key = level.keys_of_wholes(cells, keys(cells.frame, names))
    added = _by_key(cells, level.parts, key)
    codes = cells.frame[level.name].iloc[level.parts]
    other = pd.Series((codes == OTHER).to_numpy()).groupby(key).any().reindex(added["key"]).to_numpy()
    closed = level.name in setting("R2", "closed")
    size = len(load(dimensions()[level.name].codes).codes) if closed else -1
    complete = (added["parts"] >= size) if closed else other & (not is_area(level.name))
    return added.assign(over=level.name, complete=complete & (added["missing"] == 0))


def _by_key(cells: Cells, at: np.ndarray, key: np.ndarray) -> pd.DataFrame:
    frame = cells.frame
    new = frame["new"].to_numpy()[at]
    value = frame["value"].to_numpy()[at]
    parts = pd.DataFrame(
        {
            "key": key,
            "value": value,
            "missing": np.isnan(value),
            "vintage": frame["vintage"].to_numpy()[at],
            "new": new,
            # The first new part stands for the sum in a finding.
            "at": np.where(new, at, len(frame) + at),
        }
    )
    added = parts.groupby("key", sort=False).agg(
        sum=("value", "sum"),
        parts=("value", "size"),
        missing=("missing", "sum"),
        new=("new", "any"),
        oldest=("vintage", "min"),
        newest=("vintage", "max"),
        part=("at", "min"),
    )
    added = added[added["missing"] < added["parts"]].reset_index()
    return added.assign(part=added["part"] % max(len(frame), 1))


def _totals(cells: Cells, names: Sequence[str]) -> pd.DataFrame:
    frame = cells.frame
    totals = pd.DataFrame({"key": keys(frame, names), "total": frame["value"], "at": np.arange(len(frame))})
    totals["total_vintage"] = frame["vintage"]
    totals["total_new"] = frame["new"]
    return totals.dropna(subset=["total"])


def _joint(cells: Cells, names: Sequence[str], totals: pd.DataFrame, seen: set[Any]) -> pd.DataFrame:
    """Return the sums of totals over several dimensions at once, of a table that prints no totals over one of them."""
    summed = [name for name in cells.names if cells.frame[name].nunique() > 1]
    left = totals[~totals["key"].isin(seen)]
    at_whole = pd.DataFrame({name: (cells.frame[name] == WHOLE.get(name, TOTAL)).to_numpy() for name in summed})
    patterns = at_whole.iloc[left["at"]].drop_duplicates() if summed else at_whole
    found: list[pd.DataFrame] = []
    for pattern in patterns[patterns.sum(axis=1) > 1].to_dict("records"):
        over = [str(name) for name, whole in pattern.items() if whole]
        at = np.flatnonzero(~at_whole[over].any(axis=1))
        key = keys(cells.frame, names)[at]
        for name in over:
            whole = pd.Series(pd.Categorical([WHOLE.get(name, TOTAL)]))
            key = key - hashed(cells.frame[name], name)[at] + hashed(whole, name)
        added = _by_key(cells, at, key)
        found.append(added[~added["key"].isin(seen)].assign(over=" ".join(over), complete=True))
    return _joined(found, totals)


def _rounding(cells: Cells) -> float:
    """Return half a unit of the last digit that a table has; counts are exact, unless all are in thousands."""
    values = cells.frame["value"].dropna().to_numpy()
    for unit in THOUSANDS:
        if len(values) and not (values % unit).any() and values.any():
            return 0.5 * unit
    for decimals in range(DECIMALS):
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=10.0**-DECIMALS / 2):
            return 0.5 * 10.0**-decimals if decimals else 0.0
    return 0.5 * 10.0**-DECIMALS


def _sum_differs(cells: Cells, row: Any) -> Finding:
    facts = {"total": row.total, "sum": row.sum, "difference": row.sum - row.total, "over": row.over}
    rule = "R3" if row.some else "R1"
    lesser = abs(row.sum - row.total) <= setting("R1", "rounding")
    return cells.found(rule, int(row.at), "sum", lesser=lesser, **facts)


def _total_differs(cells: Cells, row: Any) -> Finding:
    at = int(row.at if row.total_new else row.part)
    same_day = row.oldest == row.newest == row.total_vintage
    facts = {"total": row.total, "sum": row.sum, "difference": row.sum - row.total, "over": row.over}
    return cells.found("R2" if row.complete else "R3", at, "sum", lesser=not same_day, **facts)


def _parts_above(
    cells: Cells, steps: Iterable[Level], totals: pd.DataFrame, names: Sequence[str], allowed: float
) -> list[Finding]:
    """Return the parts that exceed their whole."""
    key = keys(cells.frame, names)
    unique = totals.drop_duplicates("key").set_index("key")
    new = cells.frame["new"].to_numpy()
    found: list[Finding] = []
    for level in steps:
        wholes = unique.reindex(level.keys_of_wholes(cells, key))
        value = cells.frame["value"].to_numpy()[level.parts]
        above = value > wholes["total"].to_numpy() + allowed
        above &= new[level.parts] | wholes["total_new"].eq(True).to_numpy()
        for at, whole in zip(level.parts[above], rows(wholes[above]), strict=True):
            row = cells.frame.iloc[at]
            lesser = row["vintage"] != whole.total_vintage
            facts = {"total": whole.total, "value": row["value"], "ratio": _ratio(row["value"], whole.total)}
            found.append(cells.found("R3", int(at), "part", lesser=lesser, over=level.name, **facts))
            if len(found) >= SHOWN:
                return found
    return found


def _ratio(value: float, whole: float) -> float | None:
    return value / whole if whole else None


def _breakdowns(cells: Cells, sums: pd.DataFrame) -> list[Finding]:
    """Return R2 of complete breakdowns of a whole that no total stands for."""
    sums = sums[sums["complete"]]
    both = sums.merge(sums, on="key", suffixes=("", "_other"))
    both = both[(both["over"] < both["over_other"]) & (both["new"] | both["new_other"])]
    return list(_pairs(cells, both.head(SHOWN)))


def _pairs(cells: Cells, both: pd.DataFrame) -> Iterator[Finding]:
    for row in rows(both):
        difference = row.sum_other - row.sum
        if difference:
            same_day = row.oldest == row.newest == row.oldest_other == row.newest_other
            near = abs(difference) <= setting("R2", "rounding")
            at = int(row.part if row.new else row.part_other)
            facts = {"sum": row.sum, "over": row.over, "other_sum": row.sum_other, "other_over": row.over_other}
            yield cells.found("R2", at, "breakdowns", lesser=near or not same_day, difference=difference, **facts)
