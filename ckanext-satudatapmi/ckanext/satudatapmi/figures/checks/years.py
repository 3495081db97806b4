"""R4, R11, R12, R13: a figure beside those of other periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import SERIES, SHOWN, WHOLE, Cells, day, keys, rows
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.checks.periods import begins_year, measures, months, year_of

MISSING = "M"


def pasted(cells: Cells, newest: Cells, sums: pd.DataFrame) -> list[Finding]:
    """Return R4: a new total, or a sum of new parts, that is exactly another period's total.

    Args:
        cells, newest: all editions, and the latest of each figure.
        sums: the parts of `newest` added up.
    """
    whole = _whole_key(cells, keys(cells.frame, cells.names))
    totals = cells.frame[whole].assign(at=np.flatnonzero(whole))
    parts = newest.frame.iloc[sums["part"]].reset_index(drop=True)
    of_all = _whole_key(cells, sums["key"].to_numpy() - keys(parts, SERIES))
    mine = parts.assign(value=sums["sum"], new=sums["new"], at=-1 - sums["part"])[of_all]
    asked = pd.concat([totals[totals["new"]], mine[mine["new"]]], ignore_index=True)
    asked = asked[asked["value"] >= setting("R4", "smallest")].assign(months=months)
    others = totals.assign(months=months(totals))[["facet", "value", "months", "start", "end"]].drop_duplicates()
    both = asked.astype({"facet": str}).merge(
        others.astype({"facet": str}), on=["facet", "value", "months"], suffixes=("", "_other")
    )
    both = both[both["start"] != both["start_other"]].drop_duplicates(["value", "start", "start_other"])
    found: list[Finding] = []
    for row in rows(both.head(SHOWN)):
        facts = {"value": row.value, "other_start": day(row.start_other), "other_end": day(row.end_other)}
        if row.at < 0:
            found.append(newest.found("R4", -1 - int(row.at), "sum", **facts))
        else:
            found.append(cells.found("R4", int(row.at), "total", **facts))
    return found


def _whole_key(cells: Cells, key: np.ndarray) -> np.ndarray:
    """Return which of the keys over the dimensions are that of the total over all of them."""
    total = pd.DataFrame({name: pd.Categorical([WHOLE[name]]) for name in cells.names})
    return key == keys(total, cells.names)[0]


def runs(newest: Cells) -> pd.DataFrame:
    """Return the figures of whole months, quarters or years with those before and after them in their series.

    Columns besides those of the cells: `series`, `before`, `after` (NaN where the next period is not known), `near_new`
    (whether it or the one before is new). The index is that of `newest`.
    """
    frame = newest.frame.assign(months=months(newest.frame))
    frame = frame[frame["months"] > 0]
    frame = frame.assign(series=keys(frame, [*newest.names, "facet", "definition", "months"]))
    frame = frame.sort_values(["series", "start"], kind="stable")
    by = frame.groupby("series", sort=False)
    follows = by["end"].shift() + 1 == frame["start"]
    leads = by["start"].shift(-1) == frame["end"] + 1
    return frame.assign(
        before=by["value"].shift().where(follows),
        after=by["value"].shift(-1).where(leads),
        near_new=frame["new"] | by["new"].shift().eq(True),
    )


def jumps(newest: Cells, frame: pd.DataFrame) -> list[Finding]:
    """Return R11: changes that are far from a series' usual ones, by the median absolute deviation of their logarithms.

    Args:
        newest: the latest edition of each figure.
        frame: its `runs`.
    """
    frame = frame[measures(Cells(frame, newest.names), "flow", "amount") & (frame["value"] > 0) & (frame["before"] > 0)]
    change = pd.Series(np.log(frame["value"] / frame["before"]), index=frame.index)
    by = frame["series"]
    usual = change.groupby(by).transform("median")
    distance = (change - usual).abs()
    deviation = distance.groupby(by).transform("median").clip(lower=setting("R11", "floor"))
    often = change.groupby(by).transform("size") >= setting("R11", "changes")
    wrong = frame[often & (distance > setting("R11", "deviations") * deviation) & frame["near_new"]]
    return [
        newest.found(
            "R11",
            int(row.Index),
            "jump",
            value=row.value,
            before=row.before,
            ratio=row.value / row.before,
            usual=float(np.exp(usual[row.Index])),
        )
        for row in rows(wrong.head(SHOWN))
    ]


def above_year(cells: Cells) -> list[Finding]:
    """Return R12: flows of a year, or of a part of it, that exceed the total of that year, by whatever definition."""
    flows = measures(cells, "flow")
    frame = cells.frame
    begins = begins_year(frame)
    whole = _whole_key(cells, keys(frame, cells.names)) & flows & begins.to_numpy()
    years = frame[whole]
    # A total to date counts too: it is the year's total as far as it was known then.
    years = years.assign(year=year_of(years["end"]))
    years = years[year_of(years["start"]) == years["year"]]
    total = years.groupby(["facet", "year"], observed=True).agg(total=("value", "max"), until=("end", "max"))
    asked = frame[flows & frame["new"].to_numpy() & (frame["start"] >= 0).to_numpy() & ~whole]
    asked = asked.assign(year=year_of(asked["start"]), at=asked.index).astype({"facet": str})
    asked = asked[asked["year"] == year_of(asked["end"])]
    both = asked.merge(total.reset_index().astype({"facet": str}), on=["facet", "year"])
    wrong = both[(both["value"] > both["total"]) & (both["end"] <= both["until"])]
    return [
        cells.found(
            "R12",
            int(row.at),
            "above",
            value=row.value,
            total=row.total,
            year=int(row.year),
            ratio=row.value / row.total if row.total else None,
        )
        for row in rows(wrong.head(SHOWN))
    ]


def zero_or_missing(cells: Cells, newest: Cells, frame: pd.DataFrame) -> list[Finding]:
    """Return R13: a zero between large figures, or where another edition has no data; no data where another has zero.

    Args:
        cells, newest: all editions, and the latest of each figure.
        frame: the `runs` of `newest`.
    """
    least = setting("R13", "neighbours")
    between = frame[(frame["value"] == 0) & frame["new"] & (frame["before"] >= least) & (frame["after"] >= least)]
    found = [
        newest.found("R13", int(row.Index), "between", before=row.before, after=row.after)
        for row in rows(between.head(SHOWN))
    ]
    return found + _other_edition(cells)


def _other_edition(cells: Cells) -> list[Finding]:
    frame = cells.frame
    odd = frame[(frame["value"] == 0) | (frame["value"].isna() & (frame["status"] == MISSING))]
    odd = odd.assign(key=keys(odd, [*cells.names, *SERIES]), zero=odd["value"] == 0, at=odd.index)
    mine, theirs = odd[odd["new"]], odd[~odd["new"]]
    both = mine.merge(theirs[["key", "zero", "vintage"]], on="key", suffixes=("", "_other"))
    both = both[both["zero"] != both["zero_other"]].drop_duplicates("at")
    return [
        cells.found("R13", int(row.at), "edition", zero=bool(row.zero), other_vintage=day(row.vintage_other))
        for row in rows(both.head(SHOWN))
    ]


def empty_periods(cells: Cells) -> list[Finding]:
    """Return R13 of a table: a period in which every figure is zero, though those of others are not."""
    frame = cells.frame[cells.frame["value"].notna()]
    by = frame.groupby(["start", "end"])["value"].agg(["size", "max"])
    empty = by[(by["max"] == 0) & (by["size"] >= setting("R13", "cells"))]
    if not (by["max"] > 0).any():
        return []
    found: list[Finding] = []
    for start, end in empty.index:
        at = frame.index[(frame["start"] == start) & (frame["end"] == end)][0]
        found.append(cells.found("R13", int(at), "period", cells=int(empty.loc[(start, end), "size"])))
    return found
