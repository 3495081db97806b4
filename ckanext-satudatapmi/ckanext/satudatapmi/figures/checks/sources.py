"""R14: the same cell by another office, or by another paper of the same days; there it may stand in another row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import PERIOD, SHOWN, Cells, day, keys, rows
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.comparing import comparable
from ckanext.satudatapmi.figures.registry import definitions, facets

MINE = ("facet", "definition", "vintage", "value", "row")


def differing(cells: Cells) -> list[Finding]:
    """Return R14 of new figures: other publishers', and those that the same publisher gave within days."""
    frame = cells.frame[cells.frame["value"].notna()]
    indicator = {name: one.indicator for name, one in facets().items()}
    frame = frame.assign(indicator=frame["facet"].astype("object").map(indicator), at=frame.index)
    frame["key"] = keys(frame, [*cells.names, *PERIOD, "indicator"])
    theirs = frame[~frame["new"]][["key", *MINE]].astype({"facet": str, "definition": str})
    mine = frame[frame["new"] & frame["key"].isin(theirs["key"])].astype({"facet": str, "definition": str})
    both = mine.merge(theirs, on="key", suffixes=("", "_other"))
    both = both[both["value"] != both["value_other"]]
    return _other_offices(cells, both) + _same_days(cells, frame, both)


def _other_offices(cells: Cells, both: pd.DataFrame) -> list[Finding]:
    publisher = {name: one.publisher for name, one in facets().items()}
    both = both[both["facet"].map(publisher) != both["facet_other"].map(publisher)]
    large = both[["value", "value_other"]].max(axis=1)
    small = both[["value", "value_other"]].min(axis=1)
    both = both[large > setting("R14", "ratio") * small]
    newest = both.sort_values("vintage_other", kind="stable").drop_duplicates(["at", "facet_other"], keep="last")
    found: list[Finding] = []
    for row in rows(newest.head(SHOWN)):
        ours, other = definitions()[str(row.definition)], definitions()[str(row.definition_other)]
        facts = {
            "value": row.value,
            "other": row.value_other,
            "other_facet": row.facet_other,
            "ratio": _ratio(row.value, row.value_other),
            "differs": [one.attribute for one in comparable(ours, other).differences],
            "basis": ours.attributes["geography_basis"],
            "other_basis": other.attributes["geography_basis"],
        }
        found.append(cells.found("R14", int(row.at), "office", **facts))
    return found


def _same_days(cells: Cells, frame: pd.DataFrame, both: pd.DataFrame) -> list[Finding]:
    """Return the figures of one definition that differ though published within days: one of them was mistyped."""
    near = (both["vintage"] - both["vintage_other"]).abs() <= setting("R14", "days")
    both = both[near & (both["facet"] == both["facet_other"]) & (both["definition"] == both["definition_other"])]
    both = both.drop_duplicates(["at", "value_other"]).head(SHOWN)
    elsewhere = _elsewhere(cells.names, frame, both) if len(both) else {}
    return [
        cells.found(
            "R14",
            int(row.at),
            "row" if row.at in elsewhere else "paper",
            value=row.value,
            other=row.value_other,
            difference=row.value - row.value_other,
            other_vintage=day(row.vintage_other),
            **elsewhere.get(row.at, {}),
        )
        for row in rows(both)
    ]


def _elsewhere(names: Sequence[str], frame: pd.DataFrame, both: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Return where the other source has a figure under another name, but for a slip of the hand: by row of the figure,
    that number, the dimension and its code there."""
    slips = both[(both["value"] >= setting("R14", "slip_from")) & (both["value"] % 1 == 0)]
    slips = slips.assign(alike=slips["value"].map(_slips)).explode("alike").astype({"alike": float})
    mistyped = slips.loc[slips["alike"] == slips["value_other"], "at"]
    slips = slips[~slips["at"].isin(mistyped)][["at", "facet", "definition", *PERIOD, "vintage", "alike", *names]]
    there = frame[
        ~frame["new"] & frame["value"].isin(slips["alike"]) & ~frame["key"].isin(frame.loc[frame["new"], "key"])
    ]
    there = there.assign(alike=there["value"]).astype({"facet": str, "definition": str})
    pairs = slips.merge(there, on=["facet", "definition", *PERIOD, "alike"], suffixes=("", "_there"))
    pairs = pairs[(pairs["vintage"] - pairs["vintage_there"]).abs() <= setting("R14", "days")]
    found: dict[int, dict[str, Any]] = {}
    for row in pairs.to_dict("records"):
        differing = [name for name in names if row[name] != row[f"{name}_there"]]
        if len(differing) == 1:
            under = {"alike": row["alike"], "over": differing[0], "under": row[f"{differing[0]}_there"]}
            found.setdefault(row["at"], under)
    return found


def _slips(value: float) -> set[float]:
    """Return what is typed for a whole number when no digit, one digit or the order of two neighbours is wrong."""
    digits = str(int(value))
    wrong = {digits[:at] + one + digits[at + 1 :] for at in range(len(digits)) for one in "0123456789"}
    wrong |= {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(len(digits) - 1)}
    return {float(one) for one in wrong}


def _ratio(one: float, other: float) -> float | None:
    small, large = sorted((one, other))
    return large / small if small else None
